"""The draft of a mapping for a sheet whose rows are contacts."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from peerbill.codes import places_of_service
from peerbill.intake.importing import profiles as looks
from peerbill.intake.importing import values
from peerbill.intake.importing.draft_members import members_of_contacts
from peerbill.intake.importing.drafting import Drafting, MappingQuestion, Spec, has_part, known_word, split_of
from peerbill.intake.importing.profiles import Profile
from peerbill.model.words import fold

_CHANNELS = ("in-person", "video", "audio")
_DONE = frozenset({"complete", "completed", "signed", "final", "finalized", "approved", "locked", "closed", "finished"})
_LABELS = {
    "intervention": ("intervention", "interventions", "service provided", "activity", "action", "i"),
    "response": ("response", "client response", "member response", "r"),
    "next_step": ("next", "next step", "next steps", "plan", "p", "follow up"),
    "goal": ("goal", "goals", "objective", "g"),
}
_STANDALONE = ("goal", "intervention", "response", "next_step", "group_id", "group_size", "activity", "travel_minutes")


def draft_contacts(draft: Drafting) -> None:
    """Fill the mapping of a sheet whose rows are contacts."""
    put = partial(draft.put, "encounters")
    put(
        "encounter_id",
        draft.column_name("id") or draft.open_column("encounters", "encounter_id", "the id of each contact"),
    )
    put("member_id", _member_of(draft))
    put("staff_id", _staff_of(draft))
    put("service", _service(draft))
    start, end = _moment(draft, "start", "start"), _moment(draft, "end", "end")
    if start is None and draft.column("start"):
        start, end = _on_open_day(draft, "start"), end or _on_open_day(draft, "end")
    duration = draft.column("duration")
    put("start", start)
    if end is None and isinstance(start, str | dict) and duration is not None and duration.cells:
        unit = "h:mm" if duration.mostly(lambda text: ":" in text) else ""
        base = dict(start) if isinstance(start, dict) else {"column": start}
        end = base | {"plus": duration.name, "unit": unit}
        if not unit:
            draft.ask(
                f"{duration.name} of {draft.sheet_name} has numbers: are they minutes, or hours?",
                "encounters",
                "end",
                "unit",
                allowed=("minutes", "hours"),
                default="minutes",
            )
    put("end", end)
    put("programme", _programme(draft))
    put("place", _place(draft))
    put("channel", _channel(draft))
    put("diagnoses", draft.column_name("diagnoses") or None)
    if (units := draft.column("units")) and start is None:
        put("billed_units", units.name)
    for name in _STANDALONE:
        put(name, draft.column_name(name) or None)
    _narrative(draft)
    if support := draft.column("support_type"):
        read = partial(known_word, "support-type")
        put("support_type", draft.words("encounters", "support_type", support, read, "Which kind is `{word}`?"))
    _signed(draft)
    _filter(draft)
    if not draft.member_roles:
        members_of_contacts(draft)
    elif (person := draft.column("member_name")) and draft.column("member_id"):
        # A list of members often has no column for these parts of a name.
        parts = {"middle_name": "middle", "suffix": "suffix"}
        for name in (name for name, role in parts.items() if role not in draft.member_roles):
            if "name" not in draft.member_roles and has_part(person, split_of(person), name):
                draft.put("members", "member_id", draft.column_name("member_id"))
                draft.put("members", name, {"column": person.name, "split": split_of(person)})


def _moment(draft: Drafting, name: str, role: str) -> Spec | None:
    """Return the spec of a start or an end: a moment, a time of the day's column, or a start with a duration."""
    found, day = draft.column(role), draft.column("day")
    if found is not None and found.mostly(looks.is_moment):
        spec: dict[str, Any] = {"column": found.name}
        days = [values.parts(cell)[0] for cell in found.cells]
        draft.formed(spec, found, days, ("encounters", name))
        if not found.mostly(lambda text: "T" in text):  # a workbook's own times count 24 hours
            _clocked(draft, spec, [values.parts(cell)[1] for cell in found.cells], name)
        return spec if len(spec) > 1 else found.name
    if found is not None and day is not None:
        spec = {"column": day.name, "time": found.name}
        draft.formed(spec, day, [values.parts(cell)[0] for cell in day.cells], ("encounters", name))
        _clocked(draft, spec, [values.parts(cell)[1] or cell for cell in found.cells], name)
        return spec
    if name == "start" and day is not None and day.mostly(looks.is_moment):
        return day.name
    return None


def _on_open_day(draft: Drafting, name: str) -> Spec | None:
    """Return the spec of a time of the day where no column is known to have the day, and ask for the day's."""
    found = draft.column(name)
    if found is None:
        return None
    columns = tuple(column.name for column in draft.known.columns)
    question = f"Which column of {draft.sheet_name} has the day of each contact?"
    draft.ask(question, "encounters", name, "column", allowed=columns)
    spec: dict[str, Any] = {"column": "", "time": found.name}
    _clocked(draft, spec, [values.parts(cell)[1] or cell for cell in found.cells], name)
    return spec


def _clocked(draft: Drafting, spec: dict[str, Any], times: Sequence[str], name: str) -> None:
    """Say how times without AM and PM count: those of the other column of the contact tell it as well."""
    if all(time[-1:].lower() == "m" for time in times):
        return
    others = [other for role in ("start", "end") if (other := draft.column(role))]
    both = [values.parts(cell)[1] or cell for other in others for cell in other.cells]
    if isinstance(values.clock_reader(both), values.Unclear):
        spec["clock"] = ""
        draft.ask(
            f"The times of {draft.sheet_name} have no AM or PM, and none is after 12:59: do they count 24 hours?",
            "encounters",
            name,
            "clock",
            allowed=("24-hour",),
            default="24-hour",
        )
    elif isinstance(values.clock_reader(times), values.Unclear) or any(":" in time for time in times):
        spec["clock"] = "24-hour"


def _member_of(draft: Drafting) -> Spec:
    if id_ := draft.column_name("member_id") or draft.column_name("subscriber_id"):
        return id_
    if draft.column("member_last") and draft.column("member_first"):
        names = [draft.column_name("member_last"), draft.column_name("member_first")]
        return {"column": names, "join": ", ", "person": "members"}
    return {"column": draft.column_name("member_name"), "person": "members"}


def _staff_of(draft: Drafting) -> Spec:
    if id_ := draft.column_name("staff_id"):
        return id_
    return {"column": draft.column_name("staff_npi") or draft.column_name("staff_name"), "person": "staff"}


def _service(draft: Drafting) -> Spec:
    column = draft.column("service")
    question = "Which service is `{word}`: individual, group, or another of your programme?"
    if column is not None and column.words:
        return _with_blanks(
            draft, "service", column, draft.words("encounters", "service", column, _service_of, question)
        )
    group = column or draft.column("group_id") or draft.column("group_size")
    if group is None:
        question = f"No column of {draft.sheet_name} has the service. Which is it in every row?"
        draft.ask(question, "encounters", "service", "value", default="individual")
        return {"value": ""}
    if group.cells:
        question = f"Which service is a row of {draft.sheet_name} in which {group.name} is filled?"
        draft.ask(question, "encounters", "service", "filled", default="group")
        return _with_blanks(draft, "service", group, {"column": group.name, "filled": ""})
    return _with_blanks(draft, "service", group, group.name)


def _with_blanks(draft: Drafting, name: str, column: Profile, spec: Spec) -> Spec:
    """Ask what a blank cell of a coded column is; a blank would be left to chance."""
    if column.filled == column.rows:
        return spec
    question = f"{column.name} of {draft.sheet_name} is blank in some rows: what is the {name} of these?"
    allowed = _CHANNELS if name == "channel" else ()
    likely = {"channel": "in-person", "service": "individual"}[name]
    draft.ask(question, "encounters", name, "default", allowed=allowed, default=likely)
    return ({"column": spec} if isinstance(spec, str) else spec) | {"default": ""}


def _programme(draft: Drafting) -> Spec | None:
    """Say which programme a contact is of, where a payer has several."""
    if len(draft.programmes) < 2:
        return None
    column = draft.column("programme")
    if column is not None and column.words:
        question = "Which programme is `{word}`?"
        return draft.words("encounters", "programme", column, lambda _: "", question, allowed=draft.programmes)
    question = f"Which programme are the contacts of {draft.sheet_name}?"
    draft.ask(question, "encounters", "programme", "value", allowed=draft.programmes)
    return {"value": ""}


def _place(draft: Drafting) -> Spec:
    column = draft.column("place")
    if column is None or not column.cells:
        draft.ask(
            f"No column of {draft.sheet_name} has the place of service. Which code is it in every row (11 "
            "office, 12 home, 57 treatment facility, 99 other)?",
            "encounters",
            "place",
            "value",
            allowed=tuple(places_of_service()),
        )
        return {"value": ""}
    numbers = [cell.partition(".")[0] for cell in column.cells]
    if all(number.isascii() and number.isdigit() for number in numbers):
        short = any(len(number) == 1 for number in numbers)
        return {"column": column.name, "width": 2} if short else column.name
    question = "Which place-of-service code is `{word}` (11 office, 12 home, 57 treatment facility, 99 other)?"
    allowed = tuple(places_of_service())
    return draft.words("encounters", "place", column, _place_of, question, allowed=allowed)


def _channel(draft: Drafting) -> Spec:
    column = draft.column("channel")
    if column is not None and column.words:
        question = "How did a contact with `{word}` take place: in-person, video or audio?"
        spec = draft.words("encounters", "channel", column, partial(known_word, "channel"), question, allowed=_CHANNELS)
        return _with_blanks(draft, "channel", column, spec)
    draft.ask(
        f"No column of {draft.sheet_name} says whether a contact was in person, by video or by audio. Which is "
        "it in every row?",
        "encounters",
        "channel",
        "value",
        allowed=_CHANNELS,
        default="in-person",
    )
    return {"value": ""}


def _narrative(draft: Drafting) -> None:
    column = draft.column("narrative")
    if column is None:
        return
    found = {
        name: label
        for label in looks.labels(column)
        for name, known in _LABELS.items()
        if looks.normal(label) in known and not draft.column(name)
    }
    for name, label in found.items():
        draft.put("encounters", name, {"column": column.name, "label": label})
    if not found and not draft.column("intervention"):
        draft.put("encounters", "intervention", column.name)


def _signed(draft: Drafting) -> None:
    signer, at = draft.column("signed_by"), draft.column("signed_at")
    if signer is not None:
        draft.put("encounters", "signed_by", {"column": signer.name, "person": "staff"})
    elif at is not None:
        staff = draft.column_name("staff_name")
        names = tuple(column.name for column in draft.known.columns)
        draft.put("encounters", "signed_by", {"column": "", "person": "staff"})
        draft.ask(
            f"{draft.sheet_name} says when a note was signed ({at.name}), and not by whom. Which column has "
            "the signer?",
            "encounters",
            "signed_by",
            "column",
            allowed=names,
            default=staff,
        )
    for name in ("signed_at", "cosigned_at", "created_at"):
        found = draft.column(name)
        if found is not None and found.mostly(looks.is_moment):
            days = [values.parts(cell)[0] for cell in found.cells]
            draft.put("encounters", name, draft.formed({"column": found.name}, found, days, ("encounters", name)))
    if cosigner := draft.column("cosigned_by"):
        draft.put("encounters", "cosigned_by", {"column": cosigner.name, "person": "staff"})


def _filter(draft: Drafting) -> None:
    """Import only notes that are finished; ask by which word, where none is known."""
    status = draft.column("status")
    if status is None or not status.words:
        return
    done = [word for word in status.words if fold(word) in _DONE]
    draft.where[status.name] = done[0] if len(done) == 1 else done or ""
    if not done:
        question = f"Which word of {status.name} in {draft.sheet_name} has a note that is finished and may be billed?"
        path = (draft.number, "where", status.name)
        draft.questions.append(MappingQuestion((path,), question, allowed=status.words, without_cells=question))


def _service_of(word: str) -> str:
    folded = fold(word)
    found = [service for service in ("individual", "group") if service in folded.split("-")]
    return found[0] if len(found) == 1 else ""


def _place_of(word: str) -> str:
    """Return the code of a place that can be no other: an office, say, may be a treatment facility."""
    return word if word.isascii() and word.isdigit() else _HOMES.get(fold(word), "")


_HOMES = dict.fromkeys(("home", "client-home", "member-home", "consumer-home", "participant-home"), "12")
