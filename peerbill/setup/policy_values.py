"""The values of programmes that an agency gives: what is asked of them, and the rows that the answers make."""

import datetime as dt
import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

import attrs

from peerbill.coding.charges import choose_charge, schedule_rate
from peerbill.coding.make_coding import make_coding
from peerbill.coding.questions import NOBODY, MissingValue, missing_values
from peerbill.model.errors import NotInForceError
from peerbill.model.toml_text import toml_key
from peerbill.policy import Facts, Policies, Programme, load_policies
from peerbill.policy.load import agency_file
from peerbill.policy.tables import SHAPES, WORDS
from peerbill.setup import question as q
from peerbill.setup.question import NONE, SetupQuestion

SOURCE = ("asked", "on", "page")
"""The keys of a source: whom somebody asked, or the document; when; which page."""

_WORDS = {
    "down": "only whole units count: 37 minutes of 15 are 2",
    "up": "every unit that was begun counts: 37 minutes of 15 are 3",
    "midpoint": "half a unit or more counts as one: 37 minutes of 15 are 2, 38 are 3",
    "past-midpoint": "more than half a unit counts as one: 37 minutes of 15 are 2, 38 are 3; 45 of 30 are 1",
    "encounter": "each contact is rounded by itself: 20 and 20 minutes are 1 and 1",
    "day": "the contacts of a day are added first: 20 and 20 minutes are 40, so 2",
    "peer": "the peer who gave the service",
    "supervisor": "the peer's supervisor",
    "agency": "nobody beside the agency",
}
_BY_ITSELF = ("unit.minutes", "unit.rounding", "unit.aggregate")


def file_of(programme: str) -> str:
    """Return the name of an agency's policy file for a programme's state."""
    return f"policies/{programme.partition('/')[0].lower()}.toml"


def load(programme: str, policies: Mapping[str, str]) -> Policies:
    """Load a programme with an agency's own files over it. Raises PolicyError with every mistake of a file."""
    return load_policies([programme], policies)


def policy_questions(
    programme_id: str, policies: Mapping[str, str], given: Mapping[str, str], day: dt.date
) -> Iterator[SetupQuestion]:
    """Yield what is asked of a programme: what it leaves open, what was answered, and what may be given besides.

    `policies` are the agency's files, `given` the answers that are in none of them yet, both taken into account.
    """
    packaged = load(programme_id, {}).programme(programme_id)
    texts = policy_texts(policies, given)
    own = load(programme_id, texts).programme(programme_id) if texts else packaged
    written = _written(programme_id, policies)
    start = f"policy.{programme_id}."
    seen: set[str] = set()
    for programme in dict.fromkeys((packaged, own)):
        for missing in _missing(programme, day):
            key = start + key_of(missing)
            if key not in seen and missing.value != "claim.rendering":
                seen.add(key)
                yield _question(key, missing, programme_id, given.get(key) or written.get(key, ""), asked=True)
    for value in _others(own, day):
        key = start + value
        if key not in seen:
            missing = _as_missing(own, value)
            yield _question(key, missing, programme_id, given.get(key) or written.get(key, ""), asked=False)
    accepted = sorted(own.rules(_in_force(own, day), Facts()).credential)
    key = f"{start}credentials"
    yield SetupQuestion(
        key=key,
        text="Which certificates of peers count"
        + (f", besides {', '.join(accepted)}?" if accepted else "? Without one, nothing can be checked of them."),
        read=q.names,
        where=f"{file_of(programme_id)} [[{own.key}.credential.NAME]]",
        example="CPRS, CRS",
        asked=not accepted,
        answer=given.get(key) or written.get(key, ""),
    )


def source_questions(programme_id: str, given: Mapping[str, str]) -> Iterator[SetupQuestion]:
    """Yield whom somebody asked for the values of a programme, when, and which page, with a key for all of them."""
    start = f"policy.{programme_id}."
    where = f"{file_of(programme_id)} [source]"
    answered = any(
        key.startswith(start)
        and key.rpartition(".")[2] not in SOURCE
        and not {f"{key}.asked", f"{key}.on"} <= given.keys()
        for key in given
    )
    for name, words, read, required, example in (
        ("asked", "Whom did you ask, or which document did you read?", q.long_text, True, "provider line"),
        ("on", "When, or of which day is the document?", q.day, True, "2026-09-30"),
        ("page", "On which page or in which section? Nothing for none.", q.long_text, False, "p. 31"),
    ):
        key = start + name
        yield SetupQuestion(
            key, words, read, where, example=example, required=required and answered, asked=answered and required,
            answer=given.get(key, ""),
        )  # fmt: skip


def charge_questions(
    programme_id: str, policies: Mapping[str, str], given: Mapping[str, str], day: dt.date, payer: str,
    charges: Mapping[str, str],
) -> Iterator[SetupQuestion]:  # fmt: skip
    """Yield the charge of each line that the programme pays for, by code and modifiers as far as they are known."""
    programme = load(programme_id, policy_texts(policies, given)).programme(programme_id)
    on = _in_force(programme, day)
    amounts = {code: Decimal(amount) for code, amount in charges.items()}
    seen: set[str] = set()
    for service in programme.rules(on, Facts()).service:
        rules = programme.rules(on, Facts(service=service, channel="in-person"))
        coding = make_coding(rules, service, NOBODY, programme.key, {})
        entry = ":".join((coding.hcpcs, *coding.modifiers))
        if not coding.hcpcs or entry in seen or "modifiers" in {gap.field for gap in coding.gaps if not gap.known}:
            continue
        seen.add(entry)
        amount = choose_charge(amounts, coding.hcpcs, coding.modifiers)
        rate = schedule_rate(rules, coding.unit)
        yield SetupQuestion(
            key=f"payers.{payer}.charges.{entry}",
            text=f"What do you usually charge for a unit of {entry.replace(':', ' ')} (service {service}), in dollars?",
            read=q.money,
            where=f"peerbill.toml [payers.{payer}] charges",
            example="16.00",
            note=f"the programme's own rate is {rate:.2f}" if rate is not None else "",
            holds=rate is None,
            asked=rate is None,
            answer=f"{amount:.2f}" if amount is not None else "",
        )


def key_of(missing: MissingValue) -> str:
    """Return the name of a value in an answers file: `unit.rounding`, `service.group.hcpcs`, `credentials`."""
    _, _, path = missing.table.partition(".")
    if path.startswith("credential."):
        return "credentials" if not missing.known else path
    return f"{path}.{missing.field}"


def _missing(programme: Programme, day: dt.date) -> Iterator[MissingValue]:
    for missing in missing_values(programme, _in_force(programme, day)):
        if missing.value != "credential":  # asked for in its own words
            yield missing


def _in_force(programme: Programme, day: dt.date) -> dt.date:
    """Return a day, or the nearest on which the programme is in force. Raises NotInForceError where there is none."""
    if programme.is_in_force(day):
        return day
    for other in (programme.from_, programme.to):
        if other is not None and programme.is_in_force(other):
            return other
    raise NotInForceError(f"{programme.id} is in force on no day")


def _others(programme: Programme, day: dt.date) -> Iterator[str]:
    """Yield values that an agency may give although they are known: its payer's own unit, code or modifiers."""
    yield from _BY_ITSELF
    for service in programme.rules(_in_force(programme, day), Facts()).service:
        yield from (f"service.{service}.hcpcs", f"service.{service}.modifiers")


def _as_missing(programme: Programme, value: str) -> MissingValue:
    path, _, field = value.rpartition(".")
    words = WORDS.get((path.partition(".")[0], field), ("", ()))[1]
    text = f"What is {value.replace('.', ' ')} of {programme.id}, if it is another than peerbill has?"
    return MissingValue(
        value=value,
        table=f"{programme.key}.{path}",
        field=field,
        question=text,
        allowed=words,
        form="",
        note="",
        known=None,
        holds=False,
        row="",
        why_asked=(),
    )


def _question(key: str, missing: MissingValue, programme: str, answer: str, *, asked: bool) -> SetupQuestion:
    kind = missing.table.split(".")[1]
    field = missing.field
    read: q.Reader
    example = ""
    if kind == "credential":
        read, example = q.yes_no, "yes"
    elif missing.allowed:
        read = q.word(missing.allowed)
    elif field == "modifiers":
        read, example = q.modifiers, "HF, HQ; or none"
    elif field == "minutes":
        read, example = q.minutes, "15"
    elif field == "paid":
        read, example = q.yes_no, "yes"
    elif (kind, field) in SHAPES:
        read, example = q.shaped(*SHAPES[kind, field]), SHAPES[kind, field][1]
    else:
        read = q.long_text
    known = "yes" if kind == "credential" else _shown(missing.known)
    doubt = f"nobody has confirmed: {known}" if missing.known is not None else ""
    return SetupQuestion(
        key=key,
        text=_in_words(missing.question),
        read=read,
        where=f"{file_of(programme)} [[{missing.table}]] {field}".strip(),
        allowed=missing.allowed,
        meanings=tuple((word, _WORDS[word]) for word in missing.allowed if word in _WORDS),
        example=example,
        note="; ".join(filter(None, (" ".join(missing.note.split()), doubt))),
        holds=missing.holds,
        asked=asked,
        answer=answer,
    )


def _in_words(question: str) -> str:
    """Return a question without what it says on how an answer is written in TOML."""
    for written in (', such as ["HF", "HQ"]', " [] for none.", " Write true or false, without quotation marks."):
        question = question.replace(written, "")
    return question


def _shown(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(map(str, value)) or NONE
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def _written(programme: str, policies: Mapping[str, str]) -> dict[str, str]:
    """Return the answers that an agency's files have already, by key; those for some days or situations are its own."""
    state, _, key = programme.partition("/")
    found: dict[str, str] = {}
    certificates: list[str] = []
    for name, text in policies.items():
        file = agency_file(name, text)
        for row in file.rows:
            if file.state != state or row.programme != key or row.when or row.off:
                continue
            path = ".".join(filter(None, (row.table, row.name)))
            if row.table == "credential":
                certificates.append(row.name)
                found[f"policy.{programme}.{path}"] = "yes"
            for field, value in row.values.items():
                found[f"policy.{programme}.{path}.{field}"] = _shown(value)
    if certificates:
        found[f"policy.{programme}.credentials"] = ", ".join(dict.fromkeys(certificates))
    return found


# Writing


@attrs.frozen
class _Answer:
    """An answer to be written: the row of a table that has the field, its value, and its source."""

    programme: str
    path: tuple[str, ...]
    field: str
    value: object
    asked: str
    on: str
    page: str


def policy_texts(policies: Mapping[str, str], given: Mapping[str, str]) -> dict[str, str]:
    """Return an agency's policy files with answers written into them; what is there beside them stays as it is.

    A row of a file that has the value, for no day or situation of its own, gets the answer; else a row is added.
    """
    texts = dict(policies)
    answers = list(_answers(given))
    for programme in dict.fromkeys(answer.programme for answer in answers):
        name = file_of(programme)
        state = programme.partition("/")[0]
        text = texts.get(name) or f'state = "{state}"\n'
        texts[name] = _filled(text, [answer for answer in answers if answer.programme == programme])
    return texts


def _answers(given: Mapping[str, str]) -> Iterator[_Answer]:
    for key, text in given.items():
        if not key.startswith("policy.") or not text:
            continue
        programme, _, value = key.removeprefix("policy.").partition(".")
        start = f"policy.{programme}."
        if value.rpartition(".")[2] in SOURCE:
            continue
        asked, on, page = (given.get(f"{key}.{name}") or given.get(start + name, "") for name in SOURCE)
        source = {"asked": asked, "on": on, "page": page}
        if value == "credentials":
            for name in text.split(", "):
                yield _Answer(programme, ("credential", name), "", "", **source)
        elif value.startswith("credential."):
            if text == "yes":
                yield _Answer(programme, ("credential", value.partition(".")[2]), "", "", **source)
        else:
            *path, field = value.split(".")
            yield _Answer(programme, tuple(path), field, _typed(field, text), **source)


def _typed(field: str, text: str) -> object:
    if field == "modifiers":
        return [] if text == NONE else text.split(", ")
    if field == "minutes":
        return int(text)
    return text == "yes" if field == "paid" else text


def _filled(text: str, answers: Sequence[_Answer]) -> str:
    import tomlkit  # noqa: PLC0415  # the core does without it

    document = tomlkit.parse(text)
    added: list[str] = []
    for answer in answers:
        _, _, key = answer.programme.partition("/")
        source, described = _source(document, answer, added)
        row = _row_of(document, (key, *answer.path), answer.field)
        if row is not None:
            if answer.field:
                row[answer.field] = answer.value
            row["source"] = source
            row.pop("status", None)
        else:
            name = ".".join(toml_key(part) for part in (key, *answer.path))
            value = f"{answer.field} = {tomlkit.item(answer.value).as_string()}\n" if answer.field else ""
            added.append(f"[[{name}]]\n{value}source = {tomlkit.item(source).as_string()}\n")
        if described:
            added.insert(0, described)
    body = tomlkit.dumps(document).rstrip("\n")
    return "\n\n".join((body, *(part.rstrip("\n") for part in added))) + "\n"


def _source(document: Mapping[str, object], answer: _Answer, added: Sequence[str]) -> tuple[str, str]:
    """Return the source of a row, and the table that describes it unless the file has it."""
    import tomlkit  # noqa: PLC0415  # the core does without it

    if not answer.asked:
        return answer.page or "agency", ""
    key = "-".join(filter(None, (re.sub(r"[^a-z0-9]+", "-", answer.asked.lower()).strip("-")[:40], answer.on)))
    cited = f"{key} {answer.page}".strip()
    there = document.get("source", {})
    title = tomlkit.item(answer.asked).as_string()
    described = f"[source.{key}]\ntitle = {title}\n" + (f'date = "{answer.on}"\n' if answer.on else "")
    is_there = (isinstance(there, Mapping) and key in there) or described in added
    return cited, "" if is_there else described


def _row_of(document: Mapping[str, object], path: Sequence[str], field: str) -> dict[str, object] | None:
    """Return the row of a file that an answer goes into: without days or situations, with the value or a blank."""
    table: object = document
    for part in path:
        table = table.get(part) if isinstance(table, Mapping) else None
    if not isinstance(table, list):
        return None
    rows = [row for row in table if isinstance(row, dict) and not {"when", "from", "to"} & row.keys()]
    return next((row for row in rows if not field or field in row), None)
