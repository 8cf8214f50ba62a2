"""Which encounters of a bucket of members go to the row engine, since nothing proves that its checks find nothing.

The proofs are those of `peerbill.checks.asked` and `peerbill.checks.quiet`: the same checks, asked about what many
encounters share: equal values of columns find it. A day of a member goes to the row engine as a whole, with
the days that no night without a session parts from it; whoever has something on file that reaches further, wholly.

Not proven, ever: sessions of several people, groups, contacts over midnight or on a day on which the clocks change,
breaks, travel, recorded units; members with authorizations, other services, a payer before the first, or rows that
could not be used; programmes with a time to sign or to cosign, tiers, licenses or enrollments of peers; and units of
which a day's minutes are added.
"""

import datetime as dt
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from typing import TYPE_CHECKING, Any, Final

import attrs

from peerbill.checks.base import Check
from peerbill.checks.check_set import CheckSet
from peerbill.checks.limits import units_within
from peerbill.checks.quiet import Stretches, is_plain_line, standing
from peerbill.checks.rows import LimitedHold
from peerbill.checks.service import unnamed_places, unpriced, unwritable_line
from peerbill.codes import is_inpatient_place
from peerbill.coding.context import Coding, Context, Index, Situation
from peerbill.coding.explanation import charge_of
from peerbill.coding.lines import counts_alone
from peerbill.coding.minutes import minutes_if, own_units
from peerbill.coding.prepare import Preparer, age_on, clean_diagnoses
from peerbill.model.encounter import Encounter
from peerbill.model.people import Coverage, rank_of
from peerbill.policy import Policies, Programme, Rules
from peerbill.scale.columns import Batch, charge_cell, encounters_of, texts_of
from peerbill.scale.numbered import BLANK, Alike, Array, Columns, Rows, Spans
from peerbill.scale.packages import load
from peerbill.scale.peer_proofs import Days, doubted_days, is_steady

if TYPE_CHECKING:
    from decimal import Decimal

OF_MEMBERS: Final = frozenset({"PB405", "PB512", "PB701", "PB802", "PB804", "PB807", "PB809"})
"""The checks of members of which it is proven below that they find nothing."""
_SHARED: Final = frozenset({"situation", "staff", "day", "member", "plan", "activity", "row"})
"""What checks of one encounter may look at, where it is asked below; any other check leaves its situation unproven."""
_OF_PLACE: Final = "PB602"
"""It looks at the place, and whether its code is one that day: a code is one from a day, or to a day."""
_MOST_DIAGNOSES: Final = 12
_ONE_DAY: Final = dt.timedelta(days=1)
_EVER: Final = dt.date.max
_NO_LIMIT: Final = 1 << 40
_SITUATION: Final = (
    "service",
    "channel",
    "place",
    "facility",
    "site",
    "support_type",
    "diagnoses",
    "payer",
    "programme",
)
_MODEL: Final = (*_SITUATION, "encounter_id", "member_id", "staff_id", "start", "end", "plan_id", "goal", "activity")
"""Columns of an encounter that stands for others."""
_TIMES: Final = ("start", "end", "signed_at", "created_at", "edited_at", "cosigned_at")
_LATE: Final = ("delay_reason", "attachment_type", "attachment_transmission", "attachment_control")
COLUMNS: Final = frozenset(
    (
        *_MODEL,
        *_TIMES,
        *_LATE,
        *("start_offset", "end_offset", "facilitators", "group_id", "held_by_peers", "billed_units", "break_minutes"),
        *("travel_minutes", "signed_by", "cosigned_by", "voluntary"),
    )
)
"""The columns that are looked at, but for those of notes that a programme requires."""


@attrs.frozen(eq=False)
class Proof:
    """What was proven of a bucket.

    Attributes:
        doubted: the rows of the encounters that go to the row engine, with all columns.
        audited: what became of the others, with the columns of `audited_types`.
        programmes: the policies of the others, as pairs of id and SHA-256.
        supports: how many of the others gave each kind of support.

    """

    doubted: Batch
    audited: Batch
    programmes: frozenset[tuple[str, str]]
    supports: tuple[tuple[str, int], ...]


def can_be_proven(index: Index, checks: CheckSet, holds: Iterable[LimitedHold]) -> bool:
    """Tell whether anything can be proven of a workspace: nothing in it reaches over all members."""
    known = {check.code for check in checks.checks if check.scope == "member"}
    of_lines = {check.looks_at for check in checks.of_line}
    return (
        known <= OF_MEMBERS
        and of_lines <= {"row"}
        and not index.prior_payments
        and not index.history.rows
        and index.purged_before is None
        and all(payer.second_service is None for payer in index.records.settings.payers.values())
        and all(member_id or people for _, member_id, people in holds)
    )


class MemberProofs:
    """Proves what can be proven of the encounters of a bucket. `index` has none of them."""

    def __init__(self, columns: Columns, index: Index, policies: Policies, checks: CheckSet) -> None:
        self._columns = columns
        self._index = index
        self._preparer = Preparer(index, policies)
        self._policies = policies
        self._checks = checks.of_encounter
        self._codings: dict[Coding, int] = {}
        self._models: list[Context] = []
        self._programmes: list[Programme] = []
        self._coverage: dict[int, Coverage] = {}
        self._charges: list[Decimal | None] = []

    def of(self, holds: Collection[LimitedHold]) -> Proof:
        """Return what is proven."""
        rows = self._encounters()
        known = self._in_situations(self._with_people(rows, holds))
        self._add_lengths(known)
        left = known.where(known["plain"] & known["is_plain"])
        left = left.where(
            self._can_be_written(left)
            & self._is_documented(left)
            & self._is_not_tied(left)
            & self._day_is_quiet(left)
            & self._activity_is_quiet(left)
        )
        left = left.where(self._staff_is_quiet(left))
        left = left.where(self._plan_is_quiet(left))
        return self._proof(rows, known, left)

    # What encounters share

    def _encounters(self) -> Rows:
        """Return the encounters whose day and member are known, with what their rows by themselves say."""
        np, columns = load("numpy"), self._columns
        last = np.datetime64(dt.datetime.combine(self._index.as_of, dt.time.max))
        start, end, signed, created, edited, cosigned = map(columns.times, _TIMES)
        day = start.astype("datetime64[D]")
        member = columns.numbers("member_id")
        is_local = columns.is_blank("start_offset") & columns.is_blank("end_offset")
        is_within_a_day = (end.astype("datetime64[D]") == day) & is_local
        plain = (
            is_within_a_day
            & (start < end)
            & (end <= signed)
            & (signed <= last)
            & columns.is_blank("billed_units")
            & (np.isnat(created) | ((start <= created) & (created <= signed)))
            & (np.isnat(edited) | (edited <= signed))
            & (np.isnat(cosigned) | (cosigned <= last))
            & (columns.is_blank("voluntary") | (columns.whole("voluntary") != 0))
            & self._are_signed()
        )
        for name in ("held_by_peers", "break_minutes", "travel_minutes"):
            plain &= columns.whole(name) == 0
        for name in ("facilitators", "group_id", *_LATE):
            plain &= columns.numbers(name) == BLANK
        rows = Rows(
            number=np.arange(len(columns)),
            member=member,
            staff=columns.numbers("staff_id"),
            start=start,
            end=end,
            day=day,
            plain=plain,
            is_within_a_day=is_within_a_day,
        ).where(~np.isnat(start) & (member != BLANK))
        rows["at"] = np.arange(len(rows["number"]))
        steady = is_steady(self._index.zone, rows["day"])
        rows["plain"] &= steady
        rows["is_within_a_day"] &= steady
        rows["seconds"] = (np.fmax(rows["start"], rows["end"]) - rows["start"]) // np.timedelta64(1, "s")
        return rows

    def _are_signed(self) -> Array:
        """Tell of each row whether its author signed it."""
        staff, signed = self._columns.texts("staff_id"), self._columns.texts("signed_by")
        return _asked_once(
            lambda by, author: by != BLANK and staff.values[author] in texts_of(signed.values[by]),
            signed.numbers,
            staff.numbers,
        )

    def _column(self, name: str, rows: Rows) -> Array:
        """Return the numbers of the texts of a column in some rows."""
        return self._columns.numbers(name)[rows["number"]]

    def _with_people(self, rows: Rows, holds: Collection[LimitedHold]) -> Rows:
        """Return the rows of people who are known on the day, with what the same days, peers and members share."""
        staff, kinds = self._staff(holds)
        at = staff.find(rows["staff"], rows["day"])
        rows = rows.where(at >= 0)
        rows["shift"], rows["period"] = kinds[at[at >= 0]], self._periods(rows)
        payer = self._column("payer", rows)
        pairs = Alike.by(rows["member"], payer)
        spans, people = self._members(pairs, rows["member"], payer, rows["day"], holds)
        at = spans.find(pairs.numbers, rows["day"])
        rows = rows.where(at >= 0)
        rows |= {name: column[at[at >= 0]] for name, column in people.items()}
        return rows

    def _periods(self, rows: Rows) -> Array:
        """Give each day a number: the same for those on which the same programmes and charges hold."""
        wanted = self._columns.texts("programme").values
        payers = self._index.records.settings.payers.values()
        known: dict[Any, int] = {}
        days = Alike.by(rows["day"])
        periods = (
            tuple(self._preparer.period(payer, name, day) for payer in payers for name in wanted)
            for (day,) in days.each(rows["day"])
        )
        return days.spread((_number(known, period) for period in periods), int)

    def _staff(self, holds: Iterable[LimitedHold]) -> tuple[Spans, Array]:
        """Return the days of each peer by number, and which of them have the same tier, site and certificates."""
        index = self._index
        concerned = {id_ for _, member_id, people in holds if not member_id for id_ in people}
        known: dict[Any, int] = {}
        spans, kinds = [], []
        for number, staff_id in enumerate(self._columns.texts("staff_id").values):
            staff = index.staff.get(staff_id)
            if staff is None or not concerned.isdisjoint({staff_id, staff.supervisor_id}):
                continue
            bounds = {dt.date.min}
            for row in index.credentials.get(staff_id, ()):
                bounds.update(_ends(row.issued_on, row.expires_on))
            for first, until in _spans(bounds):
                spans.append((number, first, until))
                kinds.append(_number(known, (staff.tier, staff.site, self._preparer.held(staff, first))))
        return Spans(spans), load("numpy").array(kinds, int)

    def _members(
        self, pairs: Alike, member: Array, payer: Array, day: Array, holds: Iterable[LimitedHold]
    ) -> tuple[Spans, dict[str, Array]]:
        """Return the days of each member and payer by number: in which the same rows of theirs hold, and who pays."""
        np, index = load("numpy"), self._index
        members, payers = self._columns.texts("member_id").values, self._columns.texts("payer").values
        concerned = {member_id for _, member_id, _ in holds}
        ages = _ages_matter(self._policies)
        stretches = Stretches.of_members(index)
        numbers: dict[Any, int] = {}
        keys: dict[Any, int] = {}
        spans: list[tuple[int, dt.date, dt.date]] = []
        people: list[tuple[int, int, int, int]] = []
        kinds = zip(pairs.each(member, payer), pairs.ends(day), strict=True)
        for number, ((who, by), (first_day, last_day)) in enumerate(kinds):
            member_id, named = members[who], payers[by]
            member_row = index.members.get(member_id)
            if member_row is None or member_id in concerned or self._reaches_further(member_id):
                continue
            bounds = {first_day, *(day for day in stretches.bounds(member_id) if first_day < day <= last_day)}
            if ages:
                bounds |= {day for day in _birthdays(member_row.birth_date, first_day, last_day) if first_day < day}
            for first, until in _spans(bounds):
                row = self._preparer.covering(member_id, named, first)
                if row is None:
                    continue
                coverage, payer_key = _number(numbers, id(row)), _number(keys, row.payer)
                self._coverage[coverage] = row
                age = age_on(member_row, first) if ages else None
                # A birthday parts situations, but not what is asked about the rows of a member.
                spans.append((number, first, until))
                people.append((stretches.of(member_id, first), coverage, payer_key, 0 if age is None else age + 1))
        made = np.array(people, int).reshape(-1, 4).T
        return Spans(spans), dict(zip(("stretch", "coverage", "payer_key", "age"), made, strict=True))

    def _reaches_further(self, member_id: str) -> bool:
        """Tell whether a member has something on file by which one day decides about another."""
        index = self._index
        return (
            member_id in index.authorizations
            or member_id in index.other_services
            or any(rank_of(row) > 1 for row in index.coverage.get(member_id, ()))
        )

    # What is asked about it

    def _in_situations(self, rows: Rows) -> Rows:
        """Ask about each situation; return the rows of those that are quiet, with what is known of them."""
        np = load("numpy")
        alike = Alike.by(
            *(self._column(name, rows) for name in _SITUATION),
            *(rows[name] for name in ("period", "shift", "payer_key", "age")),
        )
        names = ("coding", "code", "excludes", "diagnoses", *(f"most_{window}" for window in _WINDOWS))
        codes: dict[Any, int] = {}
        found: list[tuple[int, ...]] = []
        contexts = self._contexts(rows["number"][alike.first])
        for context, days in zip(contexts, alike.ends(rows["day"]), strict=True):
            coding, programme = context.coding, context.programme
            if coding is None or programme is None or not self._is_quiet(context, days):
                found.append((-1,) * len(names))
                continue
            if coding not in self._codings:
                self._codings[coding] = len(self._models)
                self._models.append(context)
                self._programmes.append(programme)
            limits = _limits(context.rules) or {}
            code, excludes = _excluding(context.rules)
            found.append(
                (
                    self._codings[coding],
                    _number(codes, (code, context.hcpcs)),
                    excludes,
                    len(clean_diagnoses(context.encounter.diagnoses)),
                    *limits.values(),
                )
            )
        made = np.array(found, np.int64).reshape(-1, len(names))[alike.numbers]
        rows |= {"situation": alike.numbers, **dict(zip(names, made.T, strict=True))}
        return rows.where(rows["coding"] >= 0)

    def _is_quiet(self, context: Context, days: Iterable[dt.date]) -> bool:
        """Tell whether nothing is found of the situation from one day to another, and its lines are of one contact."""
        situation, coding = context.situation, context.coding
        if situation is None or coding is None or coding.unit_charge is None or coding.rounding_gap is not None:
            return False
        asked = [check for check in self._checks if check.needs is None or check.needs(situation)]
        index = self._index
        return (
            all(check.looks_at in _SHARED or check.code == _OF_PLACE for check in asked)
            and _finds_nothing((check for check in asked if check.looks_at == "situation"), context)
            and not is_inpatient_place(context.encounter.place)
            and all(
                _finds_nothing((check for check in asked if check.code == _OF_PLACE), _on(context, day)) for day in days
            )
            and coding.mode != "group"
            and counts_alone(coding.unit)
            and not (coding.form.name == "837I" and index.spend_down)
            and not any(True for _ in unnamed_places([context]))
            and _limits(context.rules) is not None
        )

    def _contexts(self, numbers: Array) -> list[Context]:
        """Return the encounters of some rows as those that stand for others, each with everything on file about it."""
        names = [name for name in self._columns.table.column_names if name in _MODEL]
        encounters = encounters_of(self._columns.table.select(names).take(load("pyarrow").array(numbers)))
        return [self._preparer.context(encounter) for encounter in encounters]

    def _asked(self, words: Collection[str], situation: Situation | None) -> list[Check]:
        """Return the checks that look at what these words say and can find something in a situation."""
        return [
            check
            for check in self._checks
            if check.looks_at in words and (check.needs is None or situation is None or check.needs(situation))
        ]

    def _add_lengths(self, rows: Rows) -> None:
        """Add what a contact of each length comes to, and whether its line is plain."""
        np = load("numpy")
        alike = Alike.by(rows["coding"], rows["seconds"])
        found: list[tuple[int, int, bool]] = []
        for coding, seconds in alike.each(rows["coding"], rows["seconds"]):
            context = self._models[coding]
            minutes = units = None
            if context.coding is not None and seconds > 0:
                minutes = minutes_if(_NOBODYS, dt.timedelta(seconds=seconds), context.coding.unit)
                units = own_units(minutes, context.coding.unit)
            made = _like(context, _NOBODYS, minutes=minutes, units=units)
            is_plain = units is not None and is_plain_line([made]) and not any(True for _ in unpriced(made))
            self._charges.append(charge_cell(charge_of(made)) if is_plain else None)
            found.append((-1 if minutes is None else minutes, -1 if units is None else units, is_plain))
        made = np.array(found, np.int64).reshape(-1, 3)[alike.numbers]
        rows |= {"minutes": made[:, 0], "units": made[:, 1], "is_plain": made[:, 2] != 0, "length": alike.numbers}

    def _can_be_written(self, rows: Rows) -> Array:
        """Ask of the shortest and the longest contact of each situation whether its line can be written."""
        alike = Alike.by(rows["situation"])
        models = self._contexts(rows["number"][alike.first])
        kinds = zip(models, alike.each(rows["coding"]), alike.ends(rows["units"]), strict=True)
        return alike.spread(
            not any(
                True
                for units in ends
                for _ in unwritable_line(_like(self._models[coding], model.encounter, units=units))
            )
            for model, (coding,), ends in kinds
        )

    def _is_documented(self, rows: Rows) -> Array:
        """Tell of each row whether it shows what a programme requires of a note."""
        np = load("numpy")
        filled = {
            name: self._columns.is_filled(name)[rows["number"]]
            for name in sorted({required.field for coding in self._codings for required in coding.required})
        }
        found = np.zeros(len(rows["number"]), np.bool_)
        for number, context in enumerate(self._models):
            if context.rules is not None and context.coding is not None:
                shows = rows["coding"] == number
                for required in context.coding.required:
                    shows &= filled[required.field]
                if "voluntary" in context.rules.documentation.of("require"):
                    shows &= self._columns.whole("voluntary")[rows["number"]] != 0
                found |= shows
        return found

    def _is_not_tied(self, rows: Rows) -> Array:
        """Tell of each row whether no tie between the peer and the member is on file."""
        staff, members = self._columns.texts("staff_id").values, self._columns.texts("member_id").values
        ties = self._index.relationships
        return _asked_once(lambda peer, who: (staff[peer], members[who]) not in ties, rows["staff"], rows["member"])

    def _day_is_quiet(self, rows: Rows) -> Array:
        return _asked_once(
            lambda coding, day: self._is_silent({"day"}, _like(self._models[coding], _NOBODYS, day=day)),
            rows["coding"],
            rows["day"],
        )

    def _activity_is_quiet(self, rows: Rows) -> Array:
        activities = self._columns.texts("activity").values
        return _asked_once(
            lambda coding, activity: self._is_silent(
                {"activity"}, _like(self._models[coding], Encounter("", "", activity=activities[activity]))
            ),
            rows["coding"],
            self._column("activity", rows),
        )

    def _staff_is_quiet(self, rows: Rows) -> Array:
        """Ask about the first and the last day on which the same of a member of staff holds."""
        stretches = Stretches.of_staff(self._index)
        pairs = Alike.by(rows["coding"], rows["staff"])
        days = Alike.by(pairs.numbers, rows["day"])
        of_pair: list[list[tuple[dt.date, int]]] = [[] for _ in pairs.first]
        for number, (pair, day) in enumerate(days.each(pairs.numbers, rows["day"])):
            of_pair[pair].append((day, number))
        quiet: set[int] = set()
        for context, its_days in zip(self._contexts(rows["number"][pairs.first]), of_pair, strict=True):
            checks = self._asked({"staff"}, context.situation)
            lasting: dict[object, list[tuple[dt.date, int]]] = {}
            for day, number in sorted(its_days):
                context.day = day
                key = (stretches.of(context.encounter.staff_id, day), standing(context))
                lasting.setdefault(key, []).append((day, number))
            for alike in lasting.values():
                if all(_finds_nothing(checks, _on(context, day)) for day in {alike[0][0], alike[-1][0]}):
                    quiet.update(number for _, number in alike)
        return days.spread(number in quiet for number in range(len(days.first)))

    def _plan_is_quiet(self, rows: Rows) -> Array:
        """Ask about the first and the last contact of each stretch in which a member's rows stay the same."""
        members, payers, plans, goals = (
            self._columns.texts(name).values for name in ("member_id", "payer", "plan_id", "goal")
        )
        of_members = [self._asked({"member"}, context.situation) for context in self._models]
        of_plans = [self._asked({"plan"}, context.situation) for context in self._models]
        silent: dict[tuple[int, int], bool] = {}
        shared = [rows[name] for name in ("member", "coverage", "stretch", "coding")]
        shared += [self._column(name, rows) for name in ("payer", "plan_id", "goal")]
        alike = Alike.by(*shared)
        quiet: list[bool] = []
        for (who, coverage, _, coding, payer, plan, goal), starts in zip(
            alike.each(*shared), alike.ends(rows["start"]), strict=True
        ):
            model, member_id = self._models[coding], members[who]
            cells = {"plan_id": plans[plan], "goal": goals[goal], "payer": payers[payer]}
            contexts = [
                _like(
                    model,
                    Encounter("", member_id, "", model.encounter.service, start, **cells),
                    day=start.date(),
                    member=self._index.members[member_id],
                    coverage=self._coverage[coverage],
                )
                for start in dict.fromkeys(starts)
            ]
            # A row of coverage is of one member.
            if (coverage, coding) not in silent:
                silent[coverage, coding] = _finds_nothing(of_members[coding], contexts[0])
            asked = of_plans[coding]
            quiet.append(silent[coverage, coding] and all(_finds_nothing(asked, context) for context in contexts))
        return alike.spread(quiet)

    # What of it is proven

    def _proof(self, rows: Rows, known: Rows, left: Rows) -> Proof:
        """Return what is proven, where nothing is found by itself of the rows that are left."""
        np, arrow, columns = load("numpy"), load("pyarrow"), self._columns
        whole = np.zeros(len(rows["at"]), np.bool_)
        whole[left["at"]] = True
        days = Days.of(rows["member"], rows["start"], rows["end"])
        doubted = np.ones(len(columns), np.bool_)
        doubted[rows["number"]] = doubted_days(
            days, rows["start"], rows["end"], whole, self._go_together(days, rows, known)
        ) | days.rows(_near_limits(days, rows, known))
        proven = left.where(~doubted[left["number"]])
        number, coding, length = (arrow.array(proven[name]) for name in ("number", "coding", "length"))
        audited = {
            "encounter_id": columns.table["encounter_id"].take(number),
            "minutes": proven["minutes"],
            "units": proven["units"],
            "hcpcs": arrow.array([model.hcpcs for model in self._models], arrow.string()).take(coding),
            "modifiers": arrow.array(
                [list(model.modifiers) for model in self._models], arrow.list_(arrow.string())
            ).take(coding),
            "status": arrow.repeat("billable", len(number)),
            "charge": arrow.array(self._charges, arrow.decimal128(18, 2)).take(length),
            "number": np.zeros(len(number), np.int64),
        }
        programmes = (self._programmes[one] for one in np.unique(proven["coding"]))
        supports = self._columns.texts("support_type").values
        given = Counter(self._column("support_type", proven).tolist())
        return Proof(
            doubted=columns.whole_rows(doubted),
            audited=arrow.table(audited),
            programmes=frozenset((programme.id, programme.sha256) for programme in programmes),
            supports=tuple(sorted((supports[kind], count) for kind, count in given.items() if kind != BLANK)),
        )

    def _go_together(self, days: Days, rows: Rows, known: Rows) -> Array:
        """Tell of each day whose rows all are whole whether these go together.

        No line is crowded, no two people give one, and no limit on the units of a day is near.
        """
        np = load("numpy")
        site = self._column("site", rows)
        units, most, diagnoses, excludes, code = (
            known.within(rows, name) for name in ("units", "most_day", "diagnoses", "excludes", "code")
        )

        def is_same(values: Array) -> Array:
            return days.each(np.minimum, values) == days.each(np.maximum, values)

        is_alone = np.diff(days.begins, append=len(days.order)) == 1
        is_one_line = is_same(rows["staff"]) & is_same(site) & (days.each(np.add, diagnoses) <= _MOST_DIAGNOSES)
        return (
            (days.each(np.add, units) <= days.each(np.minimum, most))
            & (is_alone | is_one_line)
            & (is_same(code) | (days.each(np.maximum, excludes) == 0))
        )

    def _is_silent(self, words: Collection[str], context: Context) -> bool:
        return _finds_nothing(self._asked(words, context.situation), context)


def _near_limits(days: Days, rows: Rows, known: Rows) -> Array:
    """Tell of each day whether its member may come near a limit on more than a day.

    Only those of whose contacts all are known do not.
    """
    np = load("numpy")
    longer = {name: known.within(rows, f"most_{name}", _NO_LIMIT) for name in _WINDOWS if name != "day"}
    units = known.within(rows, "units", -1)
    is_counted = (rows["seconds"] <= 0) | (rows["is_within_a_day"] & (units >= 0))
    people = days.people()
    of_day = days.each(np.add, np.maximum(units, 0))
    total, highest = np.add.reduceat(of_day, people), np.maximum.reduceat(of_day, people)
    most = {name: np.minimum.reduceat(days.each(np.minimum, values), people) for name, values in longer.items()}
    is_far = np.logical_and.reduceat(days.each(np.logical_and, is_counted), people)
    is_limited = np.zeros(len(people), np.bool_)
    for name, limit in most.items():
        length = _WINDOWS[name]
        is_limited |= limit < _NO_LIMIT
        is_far &= (total if length is None else np.minimum(total, highest * length)) <= limit
    return np.repeat(is_limited & ~is_far, np.diff(people, append=len(days.begins)))


def _asked_once(ask: Callable[..., bool], *columns: Array) -> Array:
    """Ask once about rows that are equal in all columns, and return the answer for each row."""
    alike = Alike.by(*columns)
    return alike.spread(ask(*values) for values in alike.each(*columns))


_NOBODYS: Final = Encounter("", "")
_WINDOWS: Final = {"day": 1, "week": 7, "month": 31, "ever": None}


def _limits(rules: Rules | None) -> dict[str, int] | None:
    """Return how many units of a member a window may have; None where a limit counts something else."""
    found = units_within(rules) if rules is not None else {}
    return None if found is None else {name: found.get(days, _NO_LIMIT) for name, days in _WINDOWS.items()}


def _excluding(rules: Rules | None) -> tuple[str, bool]:
    """Return the programme, and whether it names services that exclude its own (PB807)."""
    if rules is None:
        return "", True
    return rules.programme, any(rules.exclusion.of(verb) for verb in ("same_time", "same_day", "enrolled"))


def _on(context: Context, day: dt.date) -> Context:
    """Return a context on another day."""
    context.day = day
    return context


def _like(context: Context, encounter: Encounter, **changes: Any) -> Context:
    """Return another encounter of a context's coding."""
    values: dict[str, Any] = {"day": context.day, "member": context.member, "coverage": context.coverage} | changes
    return Context(
        encounter,
        context.index,
        covered=True,
        payer=context.payer,
        programme=context.programme,
        situation=context.situation,
        rules=context.rules,
        coding=context.coding,
        **values,
    )


def _finds_nothing(checks: Iterable[Check], context: Context) -> bool:
    return not any(True for check in checks for _ in check.function(context))


def _number(known: dict[Any, int], key: object) -> int:
    return known.setdefault(key, len(known))


def _ends(first: dt.date | None, last: dt.date | None) -> Iterator[dt.date]:
    """Yield the days on which what holds from one day to another begins and no longer holds."""
    if first is not None:
        yield first
    if last is not None and last < dt.date.max:
        yield last + _ONE_DAY


def _spans(bounds: Iterable[dt.date]) -> Iterator[tuple[dt.date, dt.date]]:
    """Yield the spans between days, each with the day after it; the last has no end."""
    days = sorted(bounds)
    return zip(days, [*days[1:], _EVER], strict=True)


def _birthdays(born: dt.date | None, first: dt.date, last: dt.date) -> Iterator[dt.date]:
    """Yield the birthdays between two days."""
    for year in range(first.year, last.year + 1) if born is not None else ():
        if born is not None:
            leaps = (born.month, born.day) == (2, 29)
            day = dt.date(year, 2, 28) + _ONE_DAY if leaps else born.replace(year=year)
            if first <= day <= last:
                yield day


def _ages_matter(policies: Policies) -> bool:
    """Tell whether a programme asks for the age of members."""
    return any(
        "age" in programme.conditions
        or any(row.table == "population" and "age" in row.values for row in programme.rows())
        for programme in policies
    )
