"use strict";
// The list of findings, the pages of encounters and the choice of what is shown. Every text goes in as text.
(() => {
  const ROWS = 100;
  const SHOWN = 3;
  const RAISED = "The agency's own settings (severity in peerbill.toml) made it more severe.";
  const MOST_PRINTED = 2000;
  const data = JSON.parse(document.getElementById("data").textContent);
  const { findings, encounters, texts, ids, staff, members, severities, statuses, known } = data;
  const count = findings.code ? findings.code.length : 0;
  const collator = new Intl.Collator("en", { numeric: true });
  const money = new Intl.NumberFormat("en-US", { style: "currency", currency: "USD" });
  const whole = new Intl.NumberFormat("en-US");

  const several = value => (value === null || value === undefined ? [] : Array.isArray(value) ? value : [value]);
  const day = number => {
    const text = String(number);
    return number === null ? "" : `${text.slice(0, 4)}-${text.slice(4, 6)}-${text.slice(6)}`;
  };
  const dollars = cents => (cents === null ? "" : money.format(cents / 100));
  const number = value => (value === null ? "" : whole.format(value));
  const quoted = id => encodeURIComponent(id).replace(/[!'()*]/g, sign => "%" + sign.charCodeAt(0).toString(16).toUpperCase());
  function unquoted(text) {
    try {
      return decodeURIComponent(text);
    } catch {
      return text; // somebody typed it
    }
  }
  const noun = (value, name) => `${whole.format(value)} ${name}${value === 1 ? "" : "s"}`;

  function make(tag, properties = {}, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(properties)) {
      if (name in element && name !== "list") element[name] = value;
      else element.setAttribute(name, value);
    }
    element.append(...children.filter(child => child !== null && child !== ""));
    return element;
  }

  const encounterLink = at => (at < known ? make("a", { href: `#encounter-${quoted(ids[at])}` }, ids[at]) : ids[at]);
  function peerLink(id) {
    const key = `peer-${quoted(id)}`;
    return document.getElementById(key) ? make("a", { href: `#${key}` }, id) : id;
  }
  function joined(items, draw, most = Infinity) {
    const parts = [];
    items.slice(0, most).forEach((item, at) => parts.push(...(at ? [", ", draw(item)] : [draw(item)])));
    if (items.length > most) parts.push(` and ${whole.format(items.length - most)} more`);
    return parts;
  }
  const staffLink = at => peerLink(staff[at]);

  function sourcesOf(group) {
    const list = make("ul", { className: "sources" });
    for (const [at, asked] of data.groups[group]) {
      const [title, where, date, status, url] = data.sources[at];
      const name = [title, where, date].filter(Boolean).join(", ");
      list.append(make("li", {}, asked ? "Why asked: " : "Source: ",
        url ? make("a", { href: url, rel: "noreferrer noopener" }, name) : name, status ? ` [${status}]` : ""));
    }
    return list.childNodes.length ? list : "";
  }

  function facts(pairs) {
    const list = make("dl", { className: "facts" });
    for (const [name, ...value] of pairs) {
      const shown = value.filter(part => part !== "" && part !== null);
      if (shown.length) list.append(make("div", {}, make("dt", {}, name), make("dd", {}, ...shown)));
    }
    return list;
  }

  function explanation(at) {
    const list = make("ol", { className: "steps" });
    for (const step of several(encounters.steps[at])) {
      const [sentence, group] = data.steps[step];
      list.append(make("li", {}, texts[sentence], sourcesOf(group)));
    }
    return list;
  }

  function encounterFacts(at) {
    const of = name => encounters[name][at];
    const size = of("size") === null ? "" : ` of ${of("size")}`;
    return facts([
      ["Status", statuses[of("status")]],
      ["Start", of("start") || "not known"],
      ["End", of("end") || "not known"],
      ["Peer", staff[of("staff")] ? staffLink(of("staff")) : "not recorded"],
      ["Member", members[of("member")]],
      ["Facilitators", ...joined(several(of("facilitators")), staffLink)],
      ["Service", texts[of("service")]],
      ["Place", texts[of("place")]],
      ["Channel", texts[of("channel")]],
      ["Site", texts[of("site")]],
      ["Group", texts[of("group")] ? texts[of("group")] + size : ""],
      ["Minutes", number(of("minutes"))],
      ["Units", number(of("units"))],
      ["Code", texts[of("code")]],
      ["Charge a unit", dollars(of("rate"))],
      ["Charge", dollars(of("charge"))],
      ["Payer", texts[of("payer")]],
      ["Programme", texts[of("programme")]],
      ["SHA-256 of its values", texts[of("policy")]],
      ["Line in its file", of("line") ? number(of("line")) : ""],
    ]);
  }

  // What a finding says

  function details(at) {
    const of = name => findings[name][at];
    const named = several(of("encounters"));
    const block = make("div", { className: "details" },
      make("p", {}, make("strong", {}, "Remedy: "), texts[of("fix")]),
      sourcesOf(of("sources")),
      of("raised") ? make("p", {}, RAISED) : "",
      make("p", {}, make("strong", {}, "Encounters: "), ...joined(named, encounterLink)));
    const withFacts = named.filter(id => id < known);
    for (const encounter of withFacts.slice(0, SHOWN)) {
      block.append(make("h3", {}, `Encounter ${ids[encounter]}: facts`), encounterFacts(encounter));
      const steps = explanation(encounter);
      if (steps.childNodes.length) block.append(make("h3", {}, `Encounter ${ids[encounter]}: why its units`), steps);
    }
    if (withFacts.length > SHOWN) block.append(make("p", {}, `These are the first ${SHOWN}; the others have theirs behind their links.`));
    return block;
  }

  function found(at) {
    return [
      make("span", { className: "where" }, texts[findings.where[at]]), " ", texts[findings.message[at]],
    ];
  }

  // The list

  const ranks = list => {
    const order = list.map((_, at) => at).sort((a, b) => collator.compare(list[a], list[b]));
    const rank = new Array(list.length);
    order.forEach((value, place) => { rank[value] = place; });
    return rank;
  };
  const rankOf = {};
  const ranked = (name, list) => (rankOf[name] ??= ranks(list));
  const first = (column, name, list) => at => {
    const value = several(findings[column][at])[0];
    return value === undefined ? -1 : ranked(name, list)[value];
  };
  const plain = column => at => findings[column][at] ?? -1;
  const COLUMNS = [
    ["No.", at => at, "number"],
    ["Severity", plain("severity")],
    ["Check", at => ranked("texts", texts)[findings.code[at]]],
    ["Day", plain("day")],
    ["Encounter", first("encounters", "ids", ids)],
    ["Peer", first("staff", "staff", staff)],
    ["Member", first("members", "members", members)],
    ["What was found", at => ranked("texts", texts)[findings.message[at]]],
    ["Minutes", plain("minutes"), "number"],
    ["Units", plain("units"), "number"],
    ["Charge", plain("charge"), "number"],
    ["Status", first("statuses", "statuses", statuses)],
  ];

  const state = { chosen: [], page: 0, column: 1, descending: false, peer: null };
  const controls = {};
  const body = make("tbody");
  const heads = [];
  const status = make("p", { id: "count", role: "status" });
  const printed = make("p", { className: "printed" });
  const turns = {};

  function option(select, value, text) {
    select.append(make("option", { value }, text));
  }
  function filter(name, label, every, options) {
    const select = controls[name] = make("select", { id: `filter-${name}` });
    option(select, "", every);
    for (const [value, text] of options) option(select, value, text);
    select.addEventListener("change", () => choose());
    return make("div", { className: "field" }, make("label", { htmlFor: select.id }, label), select);
  }
  const met = column => {
    const seen = new Set();
    for (const value of findings[column] || []) for (const one of several(value)) seen.add(one);
    return [...seen];
  };

  function build() {
    const search = controls.search = make("input", { type: "search", id: "filter-search", autocomplete: "off", spellcheck: false });
    let waiting = 0;
    search.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(choose, 150); });
    const codes = met("code").sort((a, b) => collator.compare(texts[a], texts[b]));
    const peers = met("staff").sort((a, b) => collator.compare(staff[a], staff[b]));
    const clear = make("button", { type: "button", id: "clear" }, "Clear the filter");
    clear.addEventListener("click", () => {
      for (const [name, control] of Object.entries(controls)) if (name !== "peer" || state.peer === null) control.value = "";
      choose();
    });
    const form = make("form", { className: "filter", role: "search", "aria-label": "Filter of the findings" },
      make("div", { className: "field" }, make("label", { htmlFor: search.id }, "Search ids, checks and sentences"), search),
      filter("severity", "Severity", "all", met("severity").sort().map(at => [at, severities[at]])),
      filter("code", "Check", "all", codes.map(at => [at, `${texts[at]} ${data.requirements[texts[at]] || ""}`.slice(0, 70)])),
      filter("peer", "Peer", "all", peers.map(at => [at, staff[at]])),
      filter("week", "Week of", "all", met("weeks").sort().map(at => [at, day(at)])),
      filter("status", "Status of the encounter", "all", met("statuses").sort().map(at => [at, statuses[at]])),
      clear);
    form.addEventListener("submit", event => { event.preventDefault(); choose(); });

    const row = make("tr");
    COLUMNS.forEach(([title, , kind], at) => {
      const sort = make("button", { type: "button" }, title);
      sort.addEventListener("click", () => {
        state.descending = state.column === at && !state.descending;
        state.column = at;
        choose();
      });
      heads.push(make("th", { scope: "col", className: kind || "", "data-title": title }, sort));
      row.append(heads[at]);
    });
    const caption = make("caption", { id: "findings-caption" }, "Findings of the filter");
    const table = make("table", { id: "findings-table" }, caption, make("thead", {}, row), body);
    const pages = make("nav", { "aria-label": "Pages of findings", className: "pages" });
    for (const [name, text, page] of [
      ["first", "First page", () => 0],
      ["previous", "Previous page", () => state.page - 1],
      ["next", "Next page", () => state.page + 1],
      ["last", "Last page", () => lastPage()],
    ]) {
      turns[name] = make("button", { type: "button", id: `page-${name}` }, text);
      turns[name].addEventListener("click", () => { turn(page()); });
      pages.append(turns[name]);
    }
    document.getElementById("list").append(
      make("p", { className: "hint" }, `Printing prints the findings of the filter, each with its remedy and sources, at most ${whole.format(MOST_PRINTED)}.`),
      form, status, printed,
      make("div", { className: "box", id: "findings-box", role: "region", "aria-labelledby": "findings-caption", tabIndex: 0 }, table),
      pages);
  }

  const lower = [];
  const inText = (at, sought) => (lower[at] ??= texts[at].toLowerCase()).includes(sought);
  function matching(list, sought) {
    const found = new Set();
    list.forEach((text, at) => { if (text.toLowerCase().includes(sought)) found.add(at); });
    return found;
  }

  function tests() {
    const chosen = [];
    for (const [name, column] of [["severity", "severity"], ["code", "code"], ["peer", "staff"], ["week", "weeks"], ["status", "statuses"]]) {
      if (controls[name].value === "") continue;
      const wanted = Number(controls[name].value);
      const values = findings[column];
      chosen.push(at => (Array.isArray(values[at]) ? values[at].includes(wanted) : values[at] === wanted));
    }
    for (const sought of controls.search.value.toLowerCase().split(/\s+/).filter(Boolean)) {
      const inside = { encounters: matching(ids, sought), staff: matching(staff, sought), members: matching(members, sought) };
      const has = (column, at) => several(findings[column][at]).some(one => inside[column].has(one));
      chosen.push(at => inText(findings.code[at], sought) || inText(findings.message[at], sought) || inText(findings.where[at], sought)
        || has("encounters", at) || has("staff", at) || has("members", at));
    }
    return chosen;
  }

  function choose() {
    const chosen = tests();
    const rows = [];
    for (let at = 0; at < count; at += 1) if (chosen.every(test => test(at))) rows.push(at);
    const [, value] = COLUMNS[state.column];
    const keys = new Float64Array(count);
    for (const at of rows) keys[at] = value(at);
    const sign = state.descending ? -1 : 1;
    rows.sort((a, b) => sign * (keys[a] - keys[b]) || a - b);
    state.chosen = rows;
    heads.forEach((head, at) => {
      if (at === state.column) head.setAttribute("aria-sort", state.descending ? "descending" : "ascending");
      else head.removeAttribute("aria-sort");
    });
    turn(0);
  }

  const lastPage = () => Math.max(Math.ceil(state.chosen.length / ROWS) - 1, 0);

  function turn(page) {
    const active = document.activeElement;
    state.page = Math.min(Math.max(page, 0), lastPage());
    const start = state.page * ROWS;
    const shown = state.chosen.slice(start, start + ROWS);
    body.replaceChildren(...shown.flatMap(at => lines(at)));
    turns.first.disabled = turns.previous.disabled = state.page === 0;
    turns.next.disabled = turns.last.disabled = state.page === lastPage();
    // A button that is switched off loses the focus: it goes to its neighbour.
    if (active && active.disabled) (turns.next.disabled ? turns.previous : turns.next).focus();
    say(start, shown.length);
  }

  function say(start, shown) {
    const named = new Set();
    for (const at of state.chosen) for (const one of several(findings.encounters[at])) if (one < known) named.add(one);
    let cents = 0;
    for (const one of named) cents += encounters.charge[one] || 0;
    const rows = shown ? ` Rows ${whole.format(start + 1)} to ${whole.format(start + shown)}, page ${whole.format(state.page + 1)} of ${whole.format(lastPage() + 1)}.` : "";
    status.textContent = `${whole.format(state.chosen.length)} of ${noun(count, "finding")}, on ${noun(named.size, "encounter")} charged ${money.format(cents / 100)}.${rows}`;
  }

  function lines(at) {
    const of = name => findings[name][at];
    const number_ = at + 1;
    const button = make("button", { type: "button", className: "open", "aria-expanded": "false", "aria-label": `${number_}, details of finding` }, whole.format(number_));
    const days = of("last") !== of("day") ? `${day(of("day"))} to ${day(of("last"))}` : day(of("day"));
    const named = several(of("encounters"));
    const line = make("tr", { className: severities[of("severity")] },
      make("td", { className: "number" }, button),
      make("td", {}, make("span", { className: "severity" }, severities[of("severity")])),
      make("td", {}, texts[of("code")]),
      make("td", { className: "whole" }, days),
      make("th", { scope: "row" }, ...joined(named, encounterLink, 2)),
      make("td", {}, ...joined(several(of("staff")), staffLink, 2)),
      make("td", {}, ...joined(several(of("members")), id => members[id], 2)),
      make("td", { className: "text" }, ...found(at)),
      make("td", { className: "number" }, number(of("minutes"))),
      make("td", { className: "number" }, number(of("units"))),
      make("td", { className: "number" }, dollars(of("charge"))),
      make("td", {}, several(of("statuses")).map(one => statuses[one]).join(", ")));
    button.addEventListener("click", () => {
      const open = button.getAttribute("aria-expanded") === "true";
      button.setAttribute("aria-expanded", String(!open));
      if (open) line.nextSibling.remove();
      else line.after(make("tr", { className: "opened" }, make("td", { colSpan: COLUMNS.length }, details(at))));
    });
    return [line];
  }

  // What is shown: all, a peer or an encounter

  const overview = document.getElementById("overview");
  const list = document.getElementById("findings");
  const page = document.getElementById("encounter");
  const title = document.title;
  let current = null;

  function showEncounter(id) {
    const at = ids.indexOf(id);
    const head = make("h2", { id: "encounter-title", tabIndex: -1 }, `Encounter ${id}`);
    page.replaceChildren(head, make("p", { className: "back" }, make("a", { href: "#findings" }, "All findings")));
    if (at < 0 || at >= known) {
      page.append(make("p", {}, "No finding names this encounter, so its facts are not in this page."));
      return head;
    }
    page.append(encounterFacts(at));
    const steps = explanation(at);
    if (steps.childNodes.length) page.append(make("h3", {}, "Why its code, units and charge"), steps);
    page.append(make("h3", {}, "Findings"));
    for (const one of several(encounters.findings[at])) {
      const row = one - 1;
      const others = several(findings.encounters[row]).filter(other => other !== at);
      page.append(make("article", { className: `finding ${severities[findings.severity[row]]}` },
        make("h4", {}, `${whole.format(one)}: ${severities[findings.severity[row]]} ${texts[findings.code[row]]}`),
        make("p", {}, ...found(row)),
        make("p", {}, make("strong", {}, "Remedy: "), texts[findings.fix[row]]),
        sourcesOf(findings.sources[row]),
        findings.raised[row] ? make("p", {}, RAISED) : "",
        others.length ? make("p", {}, make("strong", {}, "With: "), ...joined(others, encounterLink, 30)) : ""));
    }
    return head;
  }

  function route(moved) {
    const hash = location.hash;
    let head = null;
    let name = "";
    if (current) current.classList.remove("current");
    current = hash.startsWith("#peer-") ? document.getElementById(hash.slice(1)) : null;
    const encounter = hash.startsWith("#encounter-") ? unquoted(hash.slice("#encounter-".length)) : null;
    overview.hidden = Boolean(current) || encounter !== null;
    page.hidden = encounter === null;
    list.hidden = encounter !== null;
    if (current) {
      current.classList.add("current");
      head = current.querySelector("h2");
      name = head.textContent;
    } else if (encounter !== null) {
      head = showEncounter(encounter);
      name = head.textContent;
    }
    document.title = name ? `${name}, ${title}` : title;
    limit(current);
    if (head && moved) head.focus();
    else if (moved && hash.length > 1) document.getElementById(hash.slice(1))?.scrollIntoView();
    if (head) window.scrollTo(0, 0);
  }

  function limit(section) {
    const id = section ? staff.findIndex(one => `peer-${quoted(one)}` === section.id) : -1;
    const peer = section ? id : null;
    if (peer === state.peer) return;
    const before = state.peer;
    state.peer = peer;
    controls.peer.closest(".field").hidden = peer !== null;
    controls.peer.value = peer === null ? "" : String(peer);
    if (peer !== null && controls.peer.value === "") {
      // A peer whom no finding concerns.
      option(controls.peer, String(peer), "");
      controls.peer.value = String(peer);
    }
    if (before !== peer) choose();
  }

  // Paper

  function toPaper() {
    const shown = state.chosen.slice(0, MOST_PRINTED);
    const chosen = Object.entries(controls).filter(([, control]) => control.value !== "");
    const named = chosen.map(([name, control]) => (name === "code" ? `check ${texts[control.value]}`
      : `${name} ${control.tagName === "SELECT" ? control.selectedOptions[0].textContent : control.value}`));
    printed.textContent = `Printed: ${whole.format(shown.length)} of ${noun(state.chosen.length, "finding")} of the filter (${named.join("; ") || "all findings"}).`;
    body.replaceChildren(...shown.flatMap(at => [...lines(at), make("tr", { className: "opened" }, make("td", { colSpan: COLUMNS.length },
      make("p", {}, make("strong", {}, "Remedy: "), texts[findings.fix[at]]), sourcesOf(findings.sources[at])))]));
    for (const one of document.querySelectorAll("details:not([open])")) { one.open = true; one.dataset.closed = "yes"; }
  }
  function fromPaper() {
    for (const one of document.querySelectorAll("details[data-closed]")) { one.open = false; delete one.dataset.closed; }
    turn(state.page);
  }

  build();
  choose();
  route(location.hash.length > 1);
  performance.mark("listed");
  window.addEventListener("hashchange", () => route(true));
  window.addEventListener("beforeprint", toPaper);
  window.addEventListener("afterprint", fromPaper);
})();
