"""`peerbill.toml` from answers: what is asked of the agency, the submitter and a payer, and how it is written."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from peerbill.intake.settings import us_state
from peerbill.model.claim import PART_UNITS
from peerbill.model.words import vocabulary
from peerbill.policy import packaged_programmes, packaged_states
from peerbill.policy.load import packaged_file
from peerbill.policy.payers import payer_profile, profile_ids
from peerbill.setup import question as q
from peerbill.setup.question import Reader, SetupQuestion

FILE = "peerbill.toml"
_PLACE = "medicaid"
"""The key of the payer in the commented file that `init` makes."""

_NEARLY_THE_SAME = 90
"""How alike the names of payers of two states must be, of 100."""

_ORGANIZATION: Mapping[str, tuple[str, ...]] = {
    "organization.street": ("organization", "address", "street"),
    "organization.city": ("organization", "address", "city"),
    "organization.state": ("organization", "address", "state"),
    "organization.zip": ("organization", "address", "zip"),
    "organization.contact": ("organization", "contact", "name"),
    "organization.phone": ("organization", "contact", "phone"),
}
_PAYER: Mapping[str, tuple[str, ...]] = {"receiver_name": ("receiver", "name"), "receiver_id": ("receiver", "id")}
_MEANINGS = {
    "hold": "hold such contacts until you have entered the payer's rule",
    "whole": "bill the whole units, which every rule gives; what the rule adds is billed once you have entered it",
    "test": "the payer reads the files and pays nothing",
    "production": "the payer has accepted your test files",
    "peer": "the peer who gave the service",
    "supervisor": "the peer's supervisor",
    "agency": "nobody beside the agency",
}


def path_of(key: str) -> tuple[str, ...]:
    """Return where an answer stands in `peerbill.toml`."""
    if key in _ORGANIZATION:
        return _ORGANIZATION[key]
    top, _, rest = key.partition(".")
    if top != "payers":
        return (top, rest)
    payer, _, field = rest.partition(".")
    if field.startswith("charges."):
        return ("payers", payer, "charges", field.removeprefix("charges."))
    return ("payers", payer, *_PAYER.get(field, (field,)))


def answers_in(text: str) -> dict[str, str]:
    """Return the answers that a `peerbill.toml` has, by key; "" is no answer. Raises TOMLDecodeError for other text."""
    document = tomllib.loads(text, parse_float=Decimal)
    found: dict[str, str] = {}

    def take(key: str) -> None:
        value: object = document
        for part in path_of(key):
            value = value.get(part) if isinstance(value, Mapping) else None
        if isinstance(value, list):
            value = ", ".join(map(str, value))
        if value not in (None, "") and not isinstance(value, Mapping):
            found[key] = str(value)

    for question in organization_questions({}):
        take(question.key)
    payers = document.get("payers", {})
    for payer, table in payers.items() if isinstance(payers, Mapping) else ():
        if payer == _PLACE and isinstance(table, Mapping) and not table.get("name") and not table.get("policy"):
            continue  # the place to fill in of a file that init made
        for question in payer_questions(payer, {}):
            take(question.key)
        charges = table.get("charges", {}) if isinstance(table, Mapping) else {}
        for code, amount in charges.items() if isinstance(charges, Mapping) else ():
            found[f"payers.{payer}.charges.{code}"] = str(amount)
    # The commented file has a zone in it that nobody has chosen.
    if "organization.name" not in found:
        found.pop("organization.timezone", None)
    return found


def organization_questions(answers: Mapping[str, str]) -> Iterator[SetupQuestion]:
    """Yield what is asked of the agency and of who sends its files."""
    for key, text, read, example, required in (
        ("organization.name", "What is the agency's name, as it is enrolled with its payers?", q.text, "", True),
        ("organization.npi", "What is the agency's National Provider Identifier?", q.npi, "1234567893", True),
        ("organization.tax_id", "What is its employer identification number (EIN)?", q.tax_id, "38-1234567", True),
        ("organization.taxonomy", "What is its taxonomy code?", q.taxonomy, "251S00000X", True),
        ("organization.street", "Street and number (no post office box)?", q.street, "101 Main St", True),
        ("organization.city", "City?", q.text, "Lansing", True),
        ("organization.state", "State?", us_state, "MI", True),
        ("organization.zip", "ZIP+4, nine digits?", q.zip9, "48933-1234", True),
        ("organization.timezone", "In which time zone are times written down?", q.timezone, "eastern", True),
        ("organization.contact", "Whom may a payer call about a file?", q.text, "Billing Office", True),
        ("organization.phone", "Their telephone number?", q.phone, "517-555-0100", True),
    ):
        yield _question(key, text, read, answers, example=example, required=required)
    name = answers.get("organization.name", "")
    yield _question(
        "submitter.name", "Who sends the files: the agency, or its billing service?", q.text, answers, default=name,
        required=True,
    )  # fmt: skip
    yield _question(
        "submitter.id", "Which id did the payer or clearinghouse give the sender (ISA06)?", _id, answers,
        example="GLRC01", required=True,
    )  # fmt: skip


def payer_questions(payer: str, answers: Mapping[str, str]) -> Iterator[SetupQuestion]:
    """Yield what is asked of a payer; `payer` is its key."""
    start = f"payers.{payer}."
    profile = _profile_values(answers.get(f"{start}profile", ""))
    state = answers.get("organization.state", "")
    name = answers.get(f"{start}name", "")
    id_ = answers.get(f"{start}id", "")
    programmes = programme_list(state)

    def ask(field: str, text: str, read: Reader, **more: Any) -> SetupQuestion:
        return _question(start + field, text, read, answers, default_of=profile.get(field, ""), **more)

    yield ask("profile", "Which payer profile holds for it?", q.word(profile_ids()), asked=False)
    yield ask("name", "What is the payer's name?", q.text, required=True)
    yield ask(
        "policy",
        "Which programme is billed? It is what the agency does, in a state.",
        programme_reader(state),
        required=True,
        allowed=tuple(id_ for id_, _ in programmes),
        meanings=programmes,
        example=programmes[0][0] if programmes else "MI/sud-recovery-coaching",
    )
    yield ask("id", "What is the payer's id on claims (2010BB)?", _id, required=True, example="22326")
    yield ask("receiver_name", "Who receives the files: the payer, or a clearinghouse?", q.text, default=name,
              required=True)  # fmt: skip
    yield ask("receiver_id", "What is the receiver's id (ISA08)?", _id, default=id_, required=True)
    yield ask("mode", "Are test files sent, or production?", q.word(vocabulary("mode")), default="test",
              allowed=vocabulary("mode").words, meanings=_meanings(vocabulary("mode").words))  # fmt: skip
    words = vocabulary("rendering").words
    yield ask("rendering", "Whom do the payer's claims name as rendering provider? Ask the payer.", q.word(words),
              allowed=words, meanings=_meanings(words))  # fmt: skip
    yield ask("part_units", "Where nobody knows how part units are rounded, what is done?", q.word(PART_UNITS),
              allowed=PART_UNITS, meanings=_meanings(PART_UNITS), default="hold")  # fmt: skip


def programme_list(state: str) -> tuple[tuple[str, str], ...]:
    """Return the programmes of a state with their names; of every state where none is given or it has none."""
    states = (state,) if state in packaged_states() else packaged_states()
    found = []
    for each in states:
        file = packaged_file(each)
        if file is not None:
            found += [(f"{each}/{key}", str(header.values.get("name", ""))) for key, header in file.headers.items()]
    return tuple(found)


def programme_reader(state: str) -> Reader:
    """Return a reader of a programme: STATE/PROGRAMME, or its name alone in the agency's state."""

    def read(value: str) -> str:
        head, slash, key = value.strip().partition("/")
        wanted = f"{head.upper()}/{key.lower()}" if slash else f"{state}/{head.lower()}"
        known = packaged_programmes(wanted.partition("/")[0])
        if wanted in known:
            return wanted
        listed = ", ".join(known or [id_ for id_, _ in programme_list(state)][:8])
        raise ValueError(f"expected a programme as STATE/PROGRAMME: {listed}")

    return read


def payer_key(name: str) -> str:
    """Return a key for a payer's table from its name: `Horizon NJ Health` is horizon-nj-health."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:30].strip("-") or "payer"


def near_profiles(name: str, state: str) -> tuple[tuple[str, str], ...]:
    """Return the packaged payer profiles that may be a payer's: those of its state, the likeliest first.

    Of another state only one with nearly the same name is among them: "Medicaid" is a word of many names.
    """
    from rapidfuzz import fuzz, utils  # noqa: PLC0415  # for this question alone

    found = []
    for id_ in profile_ids():
        of_state = id_.partition("/")[0] == state
        if id_.endswith("/clearinghouse"):
            continue
        known = payer_profile(id_).name
        score = fuzz.token_sort_ratio(name, known, processor=utils.default_process)
        if of_state or score >= _NEARLY_THE_SAME:
            found.append((not of_state, -score, id_, known))
    return tuple((id_, known) for *_, id_, known in sorted(found)[:6])


def _profile_values(id_: str) -> dict[str, str]:
    if id_ not in profile_ids():
        return {}
    values = {value.key.replace(".", "_"): str(value.value) for value in payer_profile(id_).values}
    return {key: value for key, value in values.items() if key in {"name", "id", "receiver_name", "receiver_id"}}


def _id(value: str) -> str:
    code = value.strip()
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9 ._-]{1,14}", code):
        raise ValueError("expected an id of 2 to 15 letters and digits")
    return code


def _meanings(words: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    return tuple((word, _MEANINGS[word]) for word in words)


def _question(
    key: str, text: str, read: Reader, answers: Mapping[str, str], *, default: str = "", default_of: str = "",
    **more: Any,
) -> SetupQuestion:  # fmt: skip
    where = path_of(key)
    table, field = ".".join(where[:-1]), where[-1]
    return SetupQuestion(
        key=key,
        text=text,
        read=read,
        where=f"{FILE} [{table}] {field}",
        default=default_of or default,
        answer=answers.get(key, ""),
        **more,
    )


# Writing


def settings_text(text: str, blank: str, given: Mapping[str, str]) -> str:
    """Return `peerbill.toml` with answers written into it; comments and unknown keys stay as they are.

    `text` is the file as it is, "" where there is none; `blank` the commented file to begin with.
    """
    import tomlkit  # noqa: PLC0415  # the core does without it

    payers = dict.fromkeys(key.split(".")[1] for key in given if key.startswith("payers."))
    document = tomlkit.parse(text or blank)
    tables = document.setdefault("payers", tomlkit.table(is_super_table=True))
    place = tables.get(_PLACE)
    for payer in payers:
        if payer in tables:
            continue
        if place is not None and not place.get("name") and not place.get("policy"):
            # Renamed in the text, so that its comments stay with it.
            named = re.sub(
                rf"^(\s*#?\s*\[+payers\.){_PLACE}\b", rf"\g<1>{payer}", tomlkit.dumps(document), flags=re.MULTILINE
            )
            document, place = tomlkit.parse(named), None
            tables = document["payers"]
        else:
            tables[payer] = tomlkit.table()
    for key, answer in given.items():
        if answer and not key.startswith("policy."):
            _put(document, path_of(key), answer)
    for payer in payers:
        table = tables[payer]
        if "claim_filing" not in table:
            table["claim_filing"] = "MC"
    return tomlkit.dumps(document)


def _put(document: object, path: tuple[str, ...], value: str) -> None:
    import tomlkit  # noqa: PLC0415  # the core does without it
    from tomlkit.items import InlineTable, Table  # noqa: PLC0415  # as above

    table = document
    for part in path[:-1]:
        if part not in table:  # type: ignore[operator]  # tables all the way
            inner = tomlkit.inline_table() if isinstance(table, Table) else tomlkit.table()
            table[part] = inner  # type: ignore[index]
        table = table[part]  # type: ignore[index]
    before = table.get(path[-1])  # type: ignore[attr-defined]
    if before is not None and str(before) == value:
        return
    item = tomlkit.string(value)
    if before is not None and hasattr(before, "trivia") and not isinstance(table, InlineTable):
        item.trivia.comment_ws = before.trivia.comment_ws
        item.trivia.comment = before.trivia.comment
    table[path[-1]] = item  # type: ignore[index]
