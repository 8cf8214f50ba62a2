"""The draft of a mapping for a sheet whose rows are members, and for members in a sheet of contacts."""

from functools import partial

from peerbill.intake.cells import Unreadable
from peerbill.intake.importing import profiles as looks
from peerbill.intake.importing.drafting import Drafting, Spec, has_part, known_word
from peerbill.intake.importing.names import split_address
from peerbill.model.words import fold


def draft_members(draft: Drafting) -> None:
    """Fill the mapping of a sheet whose rows are members."""
    key = draft.column_name("id") or draft.column_name("subscriber_id")
    draft.put("members", "member_id", key)
    if draft.column("last") and draft.column("first"):
        _last_and_first(draft, "last", "first")
        draft.put_plain("members", middle_name="middle")
    elif person := draft.column("name"):
        draft.put_name("members", person)
    draft.put_plain("members", suffix="suffix")
    draft.put_day("members", "birth_date", "birth_date", past=True)
    _sex(draft, "sex")
    _address(draft)
    draft.put_day("members", "died_on", "died")
    release = draft.column("release")
    if release is not None and release.mostly(lambda text: looks.is_day(text) or looks.is_moment(text)):
        draft.put_day("members", "release_on", "release")
    if draft.column("subscriber_id"):
        _coverage(draft, key, "subscriber_id")
    if draft.column("plan_from"):
        _plans(draft, key)


def _last_and_first(draft: Drafting, last: str, first: str) -> None:
    """Fill the names of members from two columns; a suffix in the last name goes to its own column."""
    column = draft.known.roles[last]
    if has_part(column, "last", "suffix") and not draft.column("suffix"):
        for name in ("last_name", "suffix"):
            draft.put("members", name, {"column": column.name, "split": "last"})
    else:
        draft.put("members", "last_name", column.name)
    draft.put("members", "first_name", draft.column_name(first))


def _sex(draft: Drafting, role: str) -> None:
    if column := draft.column(role):
        question = "Which sex is `{word}`: F, M or U?"
        draft.put(
            "members",
            "sex",
            draft.words("members", "sex", column, partial(known_word, "sex"), question, allowed=("F", "M", "U")),
        )


def _address(draft: Drafting) -> None:
    whole = draft.column("address")
    if whole is not None and whole.mostly(lambda text: not isinstance(split_address(text), Unreadable)):
        for name in ("street", "city", "state", "zip"):
            draft.put("members", name, {"column": whole.name, "split": "address"})
        return
    draft.put_plain("members", street="street", city="city", state="state")
    if whole is not None and not draft.column("street"):
        draft.put("members", "street", whole.name)
    if zip_code := draft.column("zip"):
        lost = any(len(cell.partition(".")[0]) == 4 for cell in zip_code.cells)
        draft.put("members", "zip", {"column": zip_code.name, "width": 5} if lost else zip_code.name)


def _coverage(draft: Drafting, key: str, role: str) -> None:
    draft.put("coverage", "member_id", key)
    payer = draft.column("payer")
    keys = tuple(draft.payers)
    if payer is not None and payer.words:
        only = keys[0] if len(keys) == 1 else ""
        question = "Which payer is `{word}`?"
        spec = draft.words("coverage", "payer", payer, partial(_payer_of, draft), question, allowed=keys, default=only)
        draft.put("coverage", "payer", spec)
    elif len(keys) == 1:
        draft.put("coverage", "payer", {"value": keys[0]})
    else:
        draft.put("coverage", "payer", {"value": ""})
        draft.ask(
            f"Which payer insures the members of {draft.sheet_name}?",
            "coverage",
            "payer",
            "value",
            allowed=keys,
        )
    draft.put("coverage", "subscriber_id", _numbered(draft, "coverage", "subscriber_id", role))
    if draft.column("covered_from"):
        draft.put_day("coverage", "from", "covered_from")
        draft.put_day("coverage", "to", "covered_to")
    else:
        draft.put("coverage", "from", {"value": ""})
        draft.ask(
            f"{draft.sheet_name} does not say since when the members are insured. Which day (YYYY-MM-DD) is true "
            "for all of them?",
            "coverage",
            "from",
            "value",
        )


def _numbered(draft: Drafting, table: str, name: str, role: str) -> Spec:
    """Return the spec of a payer's number; its width is asked for where some may have lost a zero."""
    column = draft.known.roles[role]
    numbers = [cell.partition(".")[0] for cell in column.cells]
    widths = {len(number) for number in numbers}
    if not all(number.isascii() and number.isdigit() for number in numbers) or len(widths) == 1:
        return column.name
    draft.ask(
        f"{column.name} of {draft.sheet_name} has numbers of {min(widths)} to {max(widths)} digits: how many "
        "digits has it, with the leading zeros that a spreadsheet takes away? Write 0 where they differ.",
        table,
        name,
        "width",
        default=str(max(widths)),
    )
    return {"column": column.name, "width": ""}


def _payer_of(draft: Drafting, word: str) -> str:
    for key, name in draft.payers.items():
        if fold(word) in {fold(key), fold(name)}:
            return key
    return ""


def _plans(draft: Drafting, key: str) -> None:
    begins = draft.column_name("plan_from")
    draft.put("plans", "member_id", key)
    draft.put("plans", "plan_id", {"column": [key, begins], "join": "-"})
    draft.put_day("plans", "effective_on", "plan_from")
    draft.put_day("plans", "expires_on", "plan_to")
    if draft.column("plan_signed"):
        draft.put_day("plans", "signed_on", "plan_signed")
        draft.put("plans", "signed_by", {"value": ""})
        draft.ask(
            "Who signs the plans (member, guardian, staff ids; several with ;)?",
            "plans",
            "signed_by",
            "value",
            default="member",
        )
    if goals := draft.column("goals"):
        several = any(";" in cell for cell in goals.cells)
        lines = any("\n" in cell for cell in goals.cells)
        separator = {"separator": ";"} if several else {"separator": "\n"} if lines else {}
        draft.put("plans", "goals", {"column": goals.name, **separator} if separator else goals.name)


def members_of_contacts(draft: Drafting) -> None:
    """Fill the columns of `members` that a sheet of contacts has, where no sheet has the members."""
    key = draft.column_name("member_id") or draft.column_name("subscriber_id")
    if not key or not {"member_name", "member_last"} & set(draft.known.roles):
        return
    draft.put("members", "member_id", key)
    if draft.column("member_last") and draft.column("member_first"):
        _last_and_first(draft, "member_last", "member_first")
    elif person := draft.column("member_name"):
        draft.put_name("members", person)
    draft.put_day("members", "birth_date", "birth_date", past=True)
    _sex(draft, "sex")
    if draft.column("subscriber_id"):
        _coverage(draft, key, "subscriber_id")
