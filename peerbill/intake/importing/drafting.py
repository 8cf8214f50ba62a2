"""The draft of the mapping of a sheet, whose rows are contacts, members or staff, and what has to be asked about it."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any

import attrs

from peerbill.codes import places_of_service
from peerbill.intake.cells import Unreadable
from peerbill.intake.importing import profiles as looks
from peerbill.intake.importing import values
from peerbill.intake.importing.files import ExportSheet
from peerbill.intake.importing.fill import is_closed
from peerbill.intake.importing.names import split_address, split_name
from peerbill.intake.importing.profiles import Profile
from peerbill.intake.tables import TABLES
from peerbill.model.words import UnknownWordError, fold, vocabulary

Spec = str | dict[str, Any]
Path = tuple[str | int, ...]
"""Where an answer goes in the draft: number of the source, table, number of its rows, column, key, word."""

_DONE = frozenset({"complete", "completed", "signed", "final", "finalized", "approved", "locked", "closed", "finished"})
_LABELS = {
    "intervention": ("intervention", "interventions", "service provided", "activity", "action", "i"),
    "response": ("response", "client response", "member response", "r"),
    "next_step": ("next", "next step", "next steps", "plan", "p", "follow up"),
    "goal": ("goal", "goals", "objective", "g"),
}
_CHANNELS = ("in-person", "video", "audio")
_STANDALONE = ("goal", "intervention", "response", "next_step", "group_id", "group_size", "activity", "travel_minutes")


@attrs.frozen
class MappingQuestion:
    """What headers and cells leave open.

    Attributes:
        paths: Where the answer goes.
        text: The question.
        allowed: The answers; any text where there are none.
        default: The answer that is likely, or "".

    """

    paths: tuple[Path, ...]
    text: str
    allowed: tuple[str, ...] = ()
    default: str = ""

    @property
    def is_number(self) -> bool:
        """Whether the answer is a whole number."""
        return self.paths[0][-1] == "width"


@attrs.frozen
class ColumnMatch:
    """A column of theirs: what it becomes, and some of its cells."""

    source: str
    column: str
    ours: tuple[str, ...]
    samples: tuple[str, ...] = attrs.field(repr=False)


@attrs.frozen
class KnownSheet:
    """A sheet whose rows are known to be contacts, members or staff, and which column is which."""

    sheet: ExportSheet
    kind: str
    roles: Mapping[str, Profile]
    columns: Sequence[Profile]


@attrs.define
class Drafting:
    """Makes the draft of a sheet, and its questions."""

    known: KnownSheet
    number: int
    payers: Mapping[str, str]
    state: str
    member_roles: frozenset[str]
    programmes: Sequence[str] = ()
    questions: list[MappingQuestion] = attrs.field(factory=list)
    tables: dict[str, list[dict[str, Spec]]] = attrs.field(factory=dict)
    where: dict[str, str | list[str]] = attrs.field(factory=dict)

    def draft(self) -> dict[str, Any]:
        """Return the source."""
        {looks.CONTACT: self._contact, looks.MEMBER: self._member, looks.STAFF: self._staff}[self.known.kind]()
        source: dict[str, Any] = {"file": _pattern(self.known.sheet.file)}
        if self.known.sheet.sheet:
            source["sheet"] = self.known.sheet.sheet
        if self.where:
            source["where"] = self.where
        return source | {table: rows for table, rows in self.tables.items() if any(rows)}

    def matches(self) -> list[ColumnMatch]:
        """Return each column of the sheet with what it becomes."""
        ours: dict[str, list[str]] = {}
        for table, several in self.tables.items():
            for rows in several:
                for name, spec in rows.items():
                    for theirs in _theirs(spec):
                        ours.setdefault(theirs, []).append(f"{table}.{name}")
        for theirs in self.where:
            words = self.where[theirs]
            named = words if isinstance(words, str) else ", ".join(words)
            ours.setdefault(theirs, []).append(f"only rows with {named}" if named else "only some rows")
        return [
            ColumnMatch(
                self.known.sheet.name,
                column.name,
                tuple(dict.fromkeys(ours.get(column.name, ()))),
                column.cells[:3],
            )
            for column in self.known.columns
        ]

    # --- parts ---

    @property
    def _sheet(self) -> str:
        return self.known.sheet.name

    def _role(self, role: str) -> Profile | None:
        return self.known.roles.get(role)

    def _name(self, role: str) -> str:
        found = self._role(role)
        return found.name if found else ""

    def _put(self, table: str, name: str, spec: Spec | None, block: int = 0) -> None:
        rows = self.tables.setdefault(table, [])
        while len(rows) <= block:
            rows.append({})
        if spec:
            rows[block][name] = spec

    def _ask(
        self,
        question: str,
        table: str,
        name: str,
        *key: str,
        allowed: Sequence[str] = (),
        default: str = "",
    ) -> None:
        path: Path = (self.number, table, 0, name, *key)
        for at, asked in enumerate(self.questions):
            if asked.text == question:  # a day is that of the start and of the end
                self.questions[at] = attrs.evolve(asked, paths=(*asked.paths, path))
                return
        self.questions.append(MappingQuestion((path,), question, tuple(allowed), default))

    def _plain(self, table: str, **columns: str) -> None:
        """Fill columns of ours from columns of theirs as they are."""
        for name, role in columns.items():
            self._put(table, name, self._name(role) or None)

    def _day(self, table: str, name: str, role: str, *, past: bool = False) -> None:
        """Fill a day, and ask for its form where two are left."""
        found = self._role(role)
        if found is None:
            return
        days = [values.parts(cell)[0] for cell in found.cells]
        self._put(table, name, self._formed({"column": found.name}, found, days, (table, name), past=past))

    def _formed(
        self, spec: dict[str, Any], column: Profile, days: Sequence[str], place: tuple[str, str], *, past: bool = False
    ) -> Spec:
        """Return the spec of a day with its form, which is asked for where two are left."""
        reader = values.day_reader(days, "", past=past)
        slashed = any("/" in day or re.fullmatch(r"\d{1,2}[-.]\d{1,2}[-.]\d{2,4}", day) for day in days)
        if isinstance(reader, values.Unclear):
            spec["form"] = ""
            self._ask(
                f"{column.name} of {self._sheet} has days that can be read in two ways: is month or day first?",
                *place,
                "form",
                allowed=("month-first", "day-first"),
                default="month-first",
            )
        elif all(isinstance(reader(day), Unreadable) for day in days) and days:
            spec["form"] = "excel"
        elif slashed:
            spec["form"] = _form_of(days)
        return spec if len(spec) > 1 else column.name

    def _moment(self, name: str, role: str) -> Spec | None:
        """Return the spec of a start or an end: a moment, a time of the day's column, or a start with a duration."""
        found, day = self._role(role), self._role("day")
        if found is not None and found.mostly(looks.is_moment):
            spec: dict[str, Any] = {"column": found.name}
            days = [values.parts(cell)[0] for cell in found.cells]
            self._formed(spec, found, days, ("encounters", name))
            if not found.mostly(lambda text: "T" in text):  # a workbook's own times count 24 hours
                self._clocked(spec, [values.parts(cell)[1] for cell in found.cells], name)
            return spec if len(spec) > 1 else found.name
        if found is not None and day is not None:
            spec = {"column": day.name, "time": found.name}
            self._formed(spec, day, [values.parts(cell)[0] for cell in day.cells], ("encounters", name))
            self._clocked(spec, [values.parts(cell)[1] or cell for cell in found.cells], name)
            return spec
        if name == "start" and day is not None and day.mostly(looks.is_moment):
            return day.name
        return None

    def _on_open_day(self, name: str) -> Spec | None:
        """Return the spec of a time of the day where no column is known to have the day, and ask for the day's."""
        found = self._role(name)
        if found is None:
            return None
        columns = tuple(column.name for column in self.known.columns)
        question = f"Which column of {self._sheet} has the day of each contact?"
        self._ask(question, "encounters", name, "column", allowed=columns)
        spec: dict[str, Any] = {"column": "", "time": found.name}
        self._clocked(spec, [values.parts(cell)[1] or cell for cell in found.cells], name)
        return spec

    def _clocked(self, spec: dict[str, Any], times: Sequence[str], name: str) -> None:
        """Say how times without AM and PM count: those of the other column of the contact tell it as well."""
        if all(time[-1:].lower() == "m" for time in times):
            return
        others = [other for role in ("start", "end") if (other := self._role(role))]
        both = [values.parts(cell)[1] or cell for other in others for cell in other.cells]
        if isinstance(values.clock_reader(both), values.Unclear):
            spec["clock"] = ""
            self._ask(
                f"The times of {self._sheet} have no AM or PM, and none is after 12:59: do they count 24 hours?",
                "encounters",
                name,
                "clock",
                allowed=("24-hour",),
                default="24-hour",
            )
        elif isinstance(values.clock_reader(times), values.Unclear) or any(":" in time for time in times):
            spec["clock"] = "24-hour"

    def _words(
        self, table: str, name: str, column: Profile, read: Callable[[str], str], question: str, **more: Any
    ) -> Spec:
        """Return the spec of a coded column, with a blank for each of their words that `read` does not know."""
        ours = {word: read(word) for word in column.words}
        if all(fold(word) == fold(known) for word, known in ours.items()):
            return column.name
        if is_closed(TABLES[table], name):
            ours = {word: known for word, known in ours.items() if not known}
        for word, known in ours.items():
            if not known:
                self._ask(question.format(word=word), table, name, "values", word, **more)
        return {"column": column.name, "values": ours} if ours else column.name

    # --- contacts ---

    def _contact(self) -> None:
        put = partial(self._put, "encounters")
        put(
            "encounter_id",
            self._name("id") or self._open_column("encounters", "encounter_id", "the id of each contact"),
        )
        put("member_id", self._member_of())
        put("staff_id", self._staff_of())
        put("service", self._service())
        start, end = self._moment("start", "start"), self._moment("end", "end")
        if start is None and self._role("start"):
            start, end = self._on_open_day("start"), end or self._on_open_day("end")
        duration = self._role("duration")
        put("start", start)
        if end is None and isinstance(start, str | dict) and duration is not None and duration.cells:
            unit = "h:mm" if duration.mostly(lambda text: ":" in text) else ""
            base = dict(start) if isinstance(start, dict) else {"column": start}
            end = base | {"plus": duration.name, "unit": unit}
            if not unit:
                self._ask(
                    f"{duration.name} of {self._sheet} has numbers: are they minutes, or hours?",
                    "encounters",
                    "end",
                    "unit",
                    allowed=("minutes", "hours"),
                    default="minutes",
                )
        put("end", end)
        put("programme", self._programme())
        put("place", self._place())
        put("channel", self._channel())
        put("diagnoses", self._name("diagnoses") or None)
        if (units := self._role("units")) and start is None:
            put("billed_units", units.name)
        for name in _STANDALONE:
            put(name, self._name(name) or None)
        self._narrative()
        if support := self._role("support_type"):
            read = partial(_read, "support-type")
            put("support_type", self._words("encounters", "support_type", support, read, "Which kind is `{word}`?"))
        self._signed()
        self._filter()
        if not self.member_roles:
            self._members_of_contacts()
        elif (person := self._role("member_name")) and self._role("member_id"):
            # A list of members often has no column for these parts of a name.
            parts = {"middle_name": "middle", "suffix": "suffix"}
            for name in (name for name, role in parts.items() if role not in self.member_roles):
                if "name" not in self.member_roles and _has_part(person, _split(person), name):
                    self._put("members", "member_id", self._name("member_id"))
                    self._put("members", name, {"column": person.name, "split": _split(person)})

    def _open_column(self, table: str, name: str, what: str) -> Spec:
        self._ask(
            f"Which column of {self._sheet} has {what}?",
            table,
            name,
            "column",
            allowed=tuple(column.name for column in self.known.columns),
        )
        return {"column": ""}

    def _member_of(self) -> Spec:
        if id_ := self._name("member_id") or self._name("subscriber_id"):
            return id_
        if self._role("member_last") and self._role("member_first"):
            names = [self._name("member_last"), self._name("member_first")]
            return {"column": names, "join": ", ", "person": "members"}
        return {"column": self._name("member_name"), "person": "members"}

    def _staff_of(self) -> Spec:
        if id_ := self._name("staff_id"):
            return id_
        return {"column": self._name("staff_npi") or self._name("staff_name"), "person": "staff"}

    def _service(self) -> Spec:
        column = self._role("service")
        question = "Which service is `{word}`: individual, group, or another of your programme?"
        if column is not None and column.words:
            return self._with_blanks(
                "service", column, self._words("encounters", "service", column, _service_of, question)
            )
        group = column or self._role("group_id") or self._role("group_size")
        if group is None:
            question = f"No column of {self._sheet} has the service. Which is it in every row?"
            self._ask(question, "encounters", "service", "value", default="individual")
            return {"value": ""}
        if group.cells:
            question = f"Which service is a row of {self._sheet} in which {group.name} is filled?"
            self._ask(question, "encounters", "service", "filled", default="group")
            return self._with_blanks("service", group, {"column": group.name, "filled": ""})
        return self._with_blanks("service", group, group.name)

    def _with_blanks(self, name: str, column: Profile, spec: Spec) -> Spec:
        """Ask what a blank cell of a coded column is; a blank would be left to chance."""
        if column.filled == column.rows:
            return spec
        question = f"{column.name} of {self._sheet} is blank in some rows: what is the {name} of these?"
        allowed = _CHANNELS if name == "channel" else ()
        likely = {"channel": "in-person", "service": "individual"}[name]
        self._ask(question, "encounters", name, "default", allowed=allowed, default=likely)
        return ({"column": spec} if isinstance(spec, str) else spec) | {"default": ""}

    def _programme(self) -> Spec | None:
        """Say which programme a contact is of, where a payer has several."""
        if len(self.programmes) < 2:
            return None
        column = self._role("programme")
        if column is not None and column.words:
            question = "Which programme is `{word}`?"
            return self._words("encounters", "programme", column, lambda _: "", question, allowed=self.programmes)
        question = f"Which programme are the contacts of {self._sheet}?"
        self._ask(question, "encounters", "programme", "value", allowed=self.programmes)
        return {"value": ""}

    def _place(self) -> Spec:
        column = self._role("place")
        if column is None or not column.cells:
            self._ask(
                f"No column of {self._sheet} has the place of service. Which code is it in every row (11 "
                "office, 12 home, 57 treatment facility, 99 other)?",
                "encounters",
                "place",
                "value",
                allowed=tuple(places_of_service()),
            )
            return {"value": ""}
        numbers = [cell.partition(".")[0] for cell in column.cells]
        if all(number.isdigit() for number in numbers):
            short = any(len(number) == 1 for number in numbers)
            return {"column": column.name, "width": 2} if short else column.name
        question = "Which place-of-service code is `{word}` (11 office, 12 home, 57 treatment facility, 99 other)?"
        allowed = tuple(places_of_service())
        return self._words("encounters", "place", column, _place_of, question, allowed=allowed)

    def _channel(self) -> Spec:
        column = self._role("channel")
        if column is not None and column.words:
            question = "How did a contact with `{word}` take place: in-person, video or audio?"
            spec = self._words("encounters", "channel", column, partial(_read, "channel"), question, allowed=_CHANNELS)
            return self._with_blanks("channel", column, spec)
        self._ask(
            f"No column of {self._sheet} says whether a contact was in person, by video or by audio. Which is "
            "it in every row?",
            "encounters",
            "channel",
            "value",
            allowed=_CHANNELS,
            default="in-person",
        )
        return {"value": ""}

    def _narrative(self) -> None:
        column = self._role("narrative")
        if column is None:
            return
        found = {
            name: label
            for label in looks.labels(column)
            for name, known in _LABELS.items()
            if looks.normal(label) in known and not self._role(name)
        }
        for name, label in found.items():
            self._put("encounters", name, {"column": column.name, "label": label})
        if not found and not self._role("intervention"):
            self._put("encounters", "intervention", column.name)

    def _signed(self) -> None:
        signer, at = self._role("signed_by"), self._role("signed_at")
        if signer is not None:
            self._put("encounters", "signed_by", {"column": signer.name, "person": "staff"})
        elif at is not None:
            staff = self._name("staff_name")
            names = tuple(column.name for column in self.known.columns)
            self._put("encounters", "signed_by", {"column": "", "person": "staff"})
            self._ask(
                f"{self._sheet} says when a note was signed ({at.name}), and not by whom. Which column has the signer?",
                "encounters",
                "signed_by",
                "column",
                allowed=names,
                default=staff,
            )
        for name in ("signed_at", "cosigned_at", "created_at"):
            found = self._role(name)
            if found is not None and found.mostly(looks.is_moment):
                days = [values.parts(cell)[0] for cell in found.cells]
                self._put("encounters", name, self._formed({"column": found.name}, found, days, ("encounters", name)))
        if cosigner := self._role("cosigned_by"):
            self._put("encounters", "cosigned_by", {"column": cosigner.name, "person": "staff"})

    def _filter(self) -> None:
        """Import only notes that are finished; ask by which word, where none is known."""
        status = self._role("status")
        if status is None or not status.words:
            return
        done = [word for word in status.words if fold(word) in _DONE]
        self.where[status.name] = done[0] if len(done) == 1 else done or ""
        if not done:
            question = f"Which word of {status.name} in {self._sheet} has a note that is finished and may be billed?"
            path = (self.number, "where", status.name)
            self.questions.append(MappingQuestion((path,), question, allowed=status.words))

    def _members_of_contacts(self) -> None:
        key = self._name("member_id") or self._name("subscriber_id")
        if not key or not {"member_name", "member_last"} & set(self.known.roles):
            return
        self._put("members", "member_id", key)
        if self._role("member_last") and self._role("member_first"):
            self._last_and_first("member_last", "member_first")
        elif person := self._role("member_name"):
            self._split_name("members", person)
        self._day("members", "birth_date", "birth_date", past=True)
        self._sex("sex")
        if self._role("subscriber_id"):
            self._coverage(key, "subscriber_id")

    # --- members ---

    def _member(self) -> None:
        key = self._name("id") or self._name("subscriber_id")
        self._put("members", "member_id", key)
        if self._role("last") and self._role("first"):
            self._last_and_first("last", "first")
            self._plain("members", middle_name="middle")
        elif person := self._role("name"):
            self._split_name("members", person)
        self._plain("members", suffix="suffix")
        self._day("members", "birth_date", "birth_date", past=True)
        self._sex("sex")
        self._address()
        self._day("members", "died_on", "died")
        release = self._role("release")
        if release is not None and release.mostly(lambda text: looks.is_day(text) or looks.is_moment(text)):
            self._day("members", "release_on", "release")
        if self._role("subscriber_id"):
            self._coverage(key, "subscriber_id")
        if self._role("plan_from"):
            self._plans(key)

    def _last_and_first(self, last: str, first: str) -> None:
        """Fill the names of members from two columns; a suffix in the last name goes to its own column."""
        column = self.known.roles[last]
        if _has_part(column, "last", "suffix") and not self._role("suffix"):
            for name in ("last_name", "suffix"):
                self._put("members", name, {"column": column.name, "split": "last"})
        else:
            self._put("members", "last_name", column.name)
        self._put("members", "first_name", self._name(first))

    def _split_name(self, table: str, person: Profile) -> None:
        split = _split(person)
        for name in ("last_name", "first_name", "middle_name", "suffix"):
            if name in {"last_name", "first_name"} or _has_part(person, split, name):
                self._put(table, name, {"column": person.name, "split": split})

    def _sex(self, role: str) -> None:
        if column := self._role(role):
            question = "Which sex is `{word}`: F, M or U?"
            self._put(
                "members",
                "sex",
                self._words("members", "sex", column, partial(_read, "sex"), question, allowed=("F", "M", "U")),
            )

    def _address(self) -> None:
        whole = self._role("address")
        if whole is not None and whole.mostly(lambda text: not isinstance(split_address(text), Unreadable)):
            for name in ("street", "city", "state", "zip"):
                self._put("members", name, {"column": whole.name, "split": "address"})
            return
        self._plain("members", street="street", city="city", state="state")
        if whole is not None and not self._role("street"):
            self._put("members", "street", whole.name)
        if zip_code := self._role("zip"):
            lost = any(len(cell.partition(".")[0]) == 4 for cell in zip_code.cells)
            self._put("members", "zip", {"column": zip_code.name, "width": 5} if lost else zip_code.name)

    def _coverage(self, key: str, role: str) -> None:
        self._put("coverage", "member_id", key)
        payer = self._role("payer")
        keys = tuple(self.payers)
        if payer is not None and payer.words:
            only = keys[0] if len(keys) == 1 else ""
            question = "Which payer is `{word}`?"
            spec = self._words("coverage", "payer", payer, self._payer_of, question, allowed=keys, default=only)
            self._put("coverage", "payer", spec)
        elif len(keys) == 1:
            self._put("coverage", "payer", {"value": keys[0]})
        else:
            self._put("coverage", "payer", {"value": ""})
            self._ask(
                f"Which payer insures the members of {self._sheet}?",
                "coverage",
                "payer",
                "value",
                allowed=keys,
            )
        self._put("coverage", "subscriber_id", self._numbered("coverage", "subscriber_id", role))
        if self._role("covered_from"):
            self._day("coverage", "from", "covered_from")
            self._day("coverage", "to", "covered_to")
        else:
            self._put("coverage", "from", {"value": ""})
            self._ask(
                f"{self._sheet} does not say since when the members are insured. Which day (YYYY-MM-DD) is true "
                "for all of them?",
                "coverage",
                "from",
                "value",
            )

    def _numbered(self, table: str, name: str, role: str) -> Spec:
        """Return the spec of a payer's number; its width is asked for where some may have lost a zero."""
        column = self.known.roles[role]
        numbers = [cell.partition(".")[0] for cell in column.cells]
        widths = {len(number) for number in numbers}
        if not all(number.isdigit() for number in numbers) or len(widths) == 1:
            return column.name
        self._ask(
            f"{column.name} of {self._sheet} has numbers of {min(widths)} to {max(widths)} digits: how many "
            "digits has it, with the leading zeros that a spreadsheet takes away? Write 0 where they differ.",
            table,
            name,
            "width",
            default=str(max(widths)),
        )
        return {"column": column.name, "width": ""}

    def _payer_of(self, word: str) -> str:
        for key, name in self.payers.items():
            if fold(word) in {fold(key), fold(name)}:
                return key
        return ""

    def _plans(self, key: str) -> None:
        begins = self._name("plan_from")
        self._put("plans", "member_id", key)
        self._put("plans", "plan_id", {"column": [key, begins], "join": "-"})
        self._day("plans", "effective_on", "plan_from")
        self._day("plans", "expires_on", "plan_to")
        if self._role("plan_signed"):
            self._day("plans", "signed_on", "plan_signed")
            self._put("plans", "signed_by", {"value": ""})
            self._ask(
                "Who signs the plans (member, guardian, staff ids; several with ;)?",
                "plans",
                "signed_by",
                "value",
                default="member",
            )
        if goals := self._role("goals"):
            several = any(";" in cell for cell in goals.cells)
            lines = any("\n" in cell for cell in goals.cells)
            separator = {"separator": ";"} if several else {"separator": "\n"} if lines else {}
            self._put("plans", "goals", {"column": goals.name, **separator} if separator else goals.name)

    # --- staff ---

    def _staff(self) -> None:
        key = self._name("id") or self._name("npi") or self._open_column("staff", "staff_id", "the id of each person")
        self._put("staff", "staff_id", key)
        if self._role("last") and self._role("first"):
            self._plain("staff", last_name="last", first_name="first")
        elif person := self._role("name"):
            self._split_name("staff", person)
        self._plain("staff", npi="npi", taxonomy="taxonomy")
        if (role := self._role("role")) and role.words:
            question = "Which role is `{word}`: peer, supervisor or clinician?"
            self._put("staff", "role", self._words("staff", "role", role, _role_of, question, allowed=_ROLES_ALLOWED))
        elif (credential := self._role("credential")) and credential.words:
            question = "Which role has somebody with `{word}`: peer, supervisor or clinician?"
            spec = self._words("staff", "role", credential, _role_of, question, allowed=_ROLES_ALLOWED)
            self._put("staff", "role", spec)
        supervisor_npi = self._name("supervisor_npi")
        if supervisor_npi and not self._role("id"):
            self._put("staff", "supervisor_id", supervisor_npi)
        elif self._role("supervisor"):
            self._put("staff", "supervisor_id", {"column": self._name("supervisor"), "person": "staff"})
        self._day("staff", "hired_on", "hired", past=True)
        self._day("staff", "left_on", "left")
        self._day("staff", "recovery_since", "recovery", past=True)
        if supervisor_npi and not self._role("id") and (supervisor := self._role("supervisor")):
            self._put("staff", "staff_id", supervisor_npi, block=1)
            self._put("staff", "npi", supervisor_npi, block=1)
            for name in ("last_name", "first_name"):
                self._put("staff", name, {"column": supervisor.name, "split": _split(supervisor)}, block=1)
            self._put("staff", "role", {"value": "supervisor"}, block=1)
        if self._role("credential"):
            self._credentials(key)

    def _credentials(self, key: Spec) -> None:
        self._put("credentials", "staff_id", key)
        if not self.state:
            question = f"Which state issued the certificates of {self._sheet}?"
            self._ask(question, "credentials", "state", "value")
        self._put("credentials", "state", {"value": self.state})
        self._plain("credentials", credential="credential", number="number", training_hours="training")
        self._day("credentials", "issued_on", "issued", past=True)
        if not self._role("issued"):
            self._put("credentials", "issued_on", {"value": ""})
            self._ask(
                f"{self._sheet} does not say when the certificates were issued. Which day (YYYY-MM-DD) is true for "
                "all of them?",
                "credentials",
                "issued_on",
                "value",
            )
        self._day("credentials", "expires_on", "expires")


def _theirs(spec: Spec) -> Iterable[str]:
    if isinstance(spec, str):
        return (spec,)
    columns = spec.get("column", ())
    several = [columns] if isinstance(columns, str) else columns
    return [name for name in (*several, spec.get("time", ""), spec.get("plus", "")) if name]


def _pattern(file: str) -> str:
    """Return the name of a file with `*` for a date or a number in it, so that next week's export fits."""
    stem, dot, ending = file.rpartition(".")
    shorter = re.sub(r"[\d][\d\s_.-]*", "*", stem)
    shorter = re.sub(r"[\s_.-]*\*+[\s_.*-]*", "*", shorter)
    return f"{shorter if '*' in shorter else f'{stem}*'}{dot}{ending}"


def _form_of(days: Sequence[str]) -> str:
    """Return the form that `day_reader` found: a month is never above 12."""
    numbers = [re.split(r"[-/.]", day)[:2] for day in days]
    pairs = [(int(one), int(two)) for one, two in (pair for pair in numbers if len(pair) == 2) if (one + two).isdigit()]
    return "day-first" if any(one > 12 and one < 32 for one, _ in pairs) else "month-first"


def _read(name: str, word: str) -> str:
    try:
        return vocabulary(name).read(word)
    except UnknownWordError:
        return ""


def _service_of(word: str) -> str:
    folded = fold(word)
    found = [service for service in ("individual", "group") if service in folded.split("-")]
    return found[0] if len(found) == 1 else ""


def _place_of(word: str) -> str:
    """Return the code of a place that can be no other: an office, say, may be a treatment facility."""
    return word if word.isdigit() else _HOMES.get(fold(word), "")


_HOMES = dict.fromkeys(("home", "client-home", "member-home", "consumer-home", "participant-home"), "12")


def _role_of(word: str) -> str:
    if known := _read("role", word):
        return known
    folded = fold(word)
    found = [role for role, marks in _ROLES.items() if any(mark in folded for mark in marks)]
    return found[0] if len(found) == 1 else ""


_ROLES_ALLOWED = ("peer", "supervisor", "clinician")
_ROLES = {"peer": ("peer", "recovery-coach"), "supervisor": ("supervisor",), "clinician": ("clinician", "counselor")}


def _split(person: Profile) -> str:
    if person.mostly(lambda text: "^" in text):
        return "carets"
    return "last-first" if person.mostly(lambda text: "," in text) else "first-last"


def _has_part(person: Profile, split: str, part: str) -> bool:
    return any(not isinstance(name := split_name(cell, split), Unreadable) and name[part] for cell in person.cells)
