"""Which encounters of a bucket of members go to the row engine, since nothing proves that its checks find nothing.

The proofs are those of `peerbill.checks.asked` and `peerbill.checks.quiet`: the same checks, asked about what many
encounters share. DuckDB finds what they share, Python asks. A day of a member goes to the row engine as a whole, with
the days that no night without a session parts from it; whoever has something on file that reaches further, wholly.

Not proven, ever: sessions of several people, groups, contacts over midnight or on a day on which the clocks change,
breaks, travel, recorded units; members with authorizations, other services, a payer before the first, or rows that
could not be used; programmes with a time to sign or to cosign, tiers, licenses or enrollments of peers; and units of
which a day's minutes are added.
"""

import datetime as dt
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, Final

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
from peerbill.coding.prepare import Preparer, clean_diagnoses
from peerbill.model.encounter import Encounter
from peerbill.model.people import Coverage, rank_of
from peerbill.policy import Policies, Rules
from peerbill.scale.columns import FIELDS, Batch, charge_cell, encounters_of
from peerbill.scale.peer_proofs import doubted_days, steady_days
from peerbill.scale.store import LISTED, Store

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
_LATE: Final = ("delay_reason", "attachment_type", "attachment_transmission", "attachment_control")


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
    """Proves what can be proven of a bucket, in a worker's own store. `index` has no encounters."""

    def __init__(self, store: Store, index: Index, policies: Policies, checks: CheckSet) -> None:
        self._store = store
        self._index = index
        self._preparer = Preparer(index, policies)
        self._policies = policies
        self._checks = checks.of_encounter
        self._codings: dict[Coding, int] = {}
        self._models: list[Context] = []
        self._coverage: dict[int, Coverage] = {}

    def of(self, holds: Iterable[LimitedHold]) -> Proof:
        """Return what is proven of the encounters of the store's view `m`."""
        self._encounters()
        self._days()
        self._staff(holds)
        self._members(holds)
        programmes = self._situations()
        self._lengths()
        self._ask_of_lines()
        self._ask_of_days()
        self._ask_of_activities()
        self._ask_of_staff()
        self._ask_of_plans()
        self._rows()
        return self._proof(programmes)

    # What encounters share

    def _encounters(self) -> None:
        """Make the table of encounters, with what their rows by themselves say."""
        last = dt.datetime.combine(self._index.as_of, dt.time.max)
        late = " and ".join(f"{name} = ''" for name in _LATE)
        self._store.run(
            f"""create or replace table e as
            select encounter_id, member_id, staff_id, {", ".join(_SITUATION)}, activity, plan_id, goal, start, "end",
                start::date as day, (epoch_us("end") - epoch_us(start)) // 1000000 as seconds, voluntary,
                start_offset is null and end_offset is null as is_local,
                coalesce(
                    start < "end" and "end" <= signed_at and signed_at <= ? and "end"::date = start::date
                    and start_offset is null and end_offset is null and member_id <> '' and facilitators = ''
                    and group_id = '' and not held_by_peers and billed_units is null
                    and coalesce(break_minutes, 0) = 0 and coalesce(travel_minutes, 0) = 0
                    and case when signed_by = '["' || staff_id || '"]' then true when signed_by = '' then false
                        else list_contains({LISTED.format("signed_by")}, staff_id) end
                    and (created_at is null or (start <= created_at and created_at <= signed_at))
                    and (edited_at is null or edited_at <= signed_at)
                    and (cosigned_at is null or cosigned_at <= ?)
                    and voluntary is distinct from false and {late},
                    false) as plain
            from m""",
            [last, last],
        )

    def _days(self) -> None:
        """Make the table of days: those on which the same programmes and charges hold are of one class."""
        days = [day for (day,) in self._store.rows("select distinct day from e where day is not null")]
        wanted = [name for (name,) in self._store.rows("select distinct programme from e")]
        steady_days(self._store, self._index.zone, days)
        classes: dict[tuple[object, ...], int] = {}
        payers = self._index.records.settings.payers.values()
        rows = [
            (
                day,
                _number(classes, tuple(self._preparer.period(payer, name, day) for payer in payers for name in wanted)),
            )
            for day in days
        ]
        self._store.make("days", {"day": "date", "period": "bigint"}, rows)

    def _staff(self, holds: Iterable[LimitedHold]) -> None:
        """Make the table of staff: in which days a member of it has the same tier, site and certificates."""
        index = self._index
        concerned = {id_ for _, member_id, people in holds if not member_id for id_ in people}
        classes: dict[object, int] = {}
        rows: list[tuple[object, ...]] = []
        for (staff_id,) in self._store.rows("select distinct staff_id from e"):
            staff = index.staff.get(staff_id)
            if staff is None or not concerned.isdisjoint({staff_id, staff.supervisor_id}):
                continue
            bounds = {dt.date.min}
            for row in index.credentials.get(staff_id, ()):
                bounds.update(_ends(row.issued_on, row.expires_on))
            for first, until in _spans(bounds):
                key = (staff.tier, staff.site, self._preparer.held(staff, first))
                rows.append((staff_id, first, until, _number(classes, key)))
        columns = {"staff_id": "text", "first": "date", "until": "date", "class": "bigint"}
        self._store.make("staff", columns, rows)

    def _members(self, holds: Iterable[LimitedHold]) -> None:
        """Make the table of members: in which days the same rows of theirs hold, and who pays."""
        index = self._index
        concerned = {member_id for _, member_id, _ in holds}
        ages = _ages_matter(self._policies)
        stretches = Stretches.of_members(index)
        numbers: dict[int, int] = {}
        rows: list[tuple[object, ...]] = []
        for member_id, payer, first_day, last_day in self._store.rows(
            "select member_id, payer, min(day), max(day) from e where day is not null group by 1, 2"
        ):
            member = index.members.get(member_id)
            if member is None or member_id in concerned or self._reaches_further(member_id):
                continue
            bounds = {first_day, *(day for day in stretches.bounds(member_id) if first_day < day <= last_day)}
            if ages:
                bounds |= {day for day in _birthdays(member.birth_date, first_day, last_day) if first_day < day}
            for first, until in _spans(bounds):
                # A programme that nobody has: no situation is looked for.
                start = dt.datetime.combine(first, dt.time())
                found = self._preparer.context(Encounter("", member_id, start=start, payer=payer, programme="-"))
                if found.coverage is None or not found.covered or found.payer is None:
                    continue
                coverage = numbers.setdefault(id(found.coverage), len(numbers))
                self._coverage[coverage] = found.coverage
                age = found.age if ages else None
                # A birthday parts situations, but not what is asked about the rows of a member.
                stretch = stretches.of(member_id, first)
                rows.append((member_id, payer, first, until, stretch, coverage, found.payer.key, age))
        columns = {"member_id": "text", "payer": "text", "first": "date", "until": "date", "stretch": "bigint"}
        self._store.make("people", {**columns, "coverage": "bigint", "payer_key": "text", "age": "bigint"}, rows)

    def _reaches_further(self, member_id: str) -> bool:
        """Tell whether a member has something on file by which one day decides about another."""
        index = self._index
        return (
            member_id in index.authorizations
            or member_id in index.other_services
            or any(rank_of(row) > 1 for row in index.coverage.get(member_id, ()))
        )

    # What is asked about it

    def _situations(self) -> dict[int, tuple[str, str]]:
        """Ask about each situation; return the policy of each coding."""
        keys = [*(f"e.{name}" for name in _SITUATION), "days.period", "staff.class", "people.payer_key", "people.age"]
        self._store.run(
            """create or replace table v as
            select e.rowid as number, e.* exclude ("end", plain, is_local), days.period, staff.class, people.payer_key,
                people.age, people.stretch, people.coverage,
                coalesce(plain and steady.day is not null, false) as steady,
                coalesce("end"::date = e.day and is_local and steady.day is not null, seconds is null) as is_timed
            from e join days using (day)
            join staff on e.staff_id = staff.staff_id and e.day >= staff.first and e.day < staff.until
            join people on e.member_id = people.member_id and e.payer = people.payer
                and e.day >= people.first and e.day < people.until
            left join steady on e.day = steady.day"""
        )
        listed = ", ".join(name.partition(".")[2] for name in keys)
        self._store.run(
            f"""create or replace table classes as
            select row_number() over () as situation, {listed}, any_value(encounter_id) as encounter_id,
                min(day) as first, max(day) as last
            from v group by {listed}"""
        )
        programmes: dict[int, tuple[str, str]] = {}
        rows = []
        found = self._store.rows("select situation, encounter_id, first, last from classes")
        models = self._models_of(row[1] for row in found)
        for number, encounter_id, *days in found:
            context = models[encounter_id]
            coding, programme = context.coding, context.programme
            if coding is None or programme is None or not self._is_quiet(context, days):
                continue
            if coding not in self._codings:
                self._codings[coding] = len(self._models)
                self._models.append(context)
                programmes[self._codings[coding]] = (programme.id, programme.sha256)
            limits = _limits(context.rules) or {}
            diagnoses = len(clean_diagnoses(context.encounter.diagnoses))
            rows.append((number, self._codings[coding], diagnoses, *limits.values()))
        limited = {f"most_{window}": "bigint" for window in _WINDOWS}
        self._store.make("quiet", {"situation": "bigint", "coding": "bigint", "diagnoses": "bigint", **limited}, rows)
        same = " and ".join(f"v.{name} is not distinct from c.{name}" for name in listed.split(", "))
        self._store.run(
            f"""create or replace table w as
            select v.* exclude (period, class, payer_key, age, {", ".join(_SITUATION)}), v.payer,
                quiet.situation, quiet.coding
            from v join classes c on {same} join quiet on c.situation = quiet.situation"""
        )
        self._store.run("drop table v")
        return programmes

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

    def _models_of(self, ids: Iterable[str]) -> dict[str, Context]:
        """Return encounters by their ids, each with everything on file about it."""
        self._store.make("wanted", {"encounter_id": "text"}, ((id_,) for id_ in ids))
        columns = ", ".join(f'"{name}"' for name in _MODEL)
        table = self._store.table(f"select {columns} from e semi join wanted using (encounter_id)")
        return {row.encounter_id: self._preparer.context(row) for row in encounters_of(table)}

    def _asked(self, words: Collection[str], situation: Situation | None) -> list[Check]:
        """Return the checks that look at what these words say and can find something in a situation."""
        return [
            check
            for check in self._checks
            if check.looks_at in words and (check.needs is None or situation is None or check.needs(situation))
        ]

    def _lengths(self) -> None:
        """Make the table of what a contact of a length comes to, and whether its line is plain."""
        rows: list[tuple[object, ...]] = []
        for coding, seconds in self._store.rows("select distinct coding, seconds from w where seconds > 0"):
            context = self._models[coding]
            if context.coding is None:
                continue
            minutes = minutes_if(_NOBODYS, dt.timedelta(seconds=seconds), context.coding.unit)
            units = own_units(minutes, context.coding.unit)
            if units is not None:
                made = _like(context, _NOBODYS, minutes=minutes, units=units)
                is_plain = is_plain_line([made]) and not any(True for _ in unpriced(made))
                rows.append((coding, seconds, minutes, units, charge_cell(charge_of(made)), is_plain))
        columns = {"coding": "bigint", "seconds": "bigint", "minutes": "bigint", "units": "bigint", "charge": "charge"}
        self._store.make("lengths", {**columns, "is_plain": "boolean"}, rows)

    def _ask_of_lines(self) -> None:
        """Ask of the shortest and the longest contact of each situation whether its line can be written."""
        found = self._store.rows(
            """select situation, coding, encounter_id, units.fewest, units.most from classes join (
                select situation, coding, min(units) as fewest, max(units) as most
                from w join lengths using (coding, seconds) where steady and is_plain group by 1, 2
            ) units using (situation)"""
        )
        models = self._models_of(row[2] for row in found)
        self._store.make(
            "writable",
            {"situation": "bigint"},
            (
                (situation,)
                for situation, coding, model, *ends in found
                if not any(
                    True
                    for units in ends
                    for _ in unwritable_line(_like(self._models[coding], models[model].encounter, units=units))
                )
            ),
        )

    def _ask_of_days(self) -> None:
        self._store.make(
            "quiet_days",
            {"coding": "bigint", "day": "date"},
            (
                (coding, day)
                for coding, day in self._store.rows("select distinct coding, day from w")
                if self._is_silent({"day"}, _like(self._models[coding], _NOBODYS, day=day))
            ),
        )

    def _ask_of_activities(self) -> None:
        self._store.make(
            "quiet_activities",
            {"coding": "bigint", "activity": "text"},
            (
                (coding, activity)
                for coding, activity in self._store.rows("select distinct coding, activity from w")
                if self._is_silent({"activity"}, _like(self._models[coding], Encounter("", "", activity=activity)))
            ),
        )

    def _ask_of_staff(self) -> None:
        """Ask about the first and the last day on which the same of a member of staff holds."""
        stretches = Stretches.of_staff(self._index)
        found = self._store.rows(
            "select coding, staff_id, any_value(encounter_id), list(distinct day) from w where steady group by 1, 2"
        )
        models = self._models_of(row[2] for row in found)
        rows: list[tuple[object, ...]] = []
        for coding, staff_id, encounter_id, days in found:
            context = models[encounter_id]
            checks = self._asked({"staff"}, context.situation)
            lasting: dict[object, list[dt.date]] = {}
            for day in sorted(days):
                context.day = day
                lasting.setdefault((stretches.of(staff_id, day), standing(context)), []).append(day)
            for alike in lasting.values():
                if all(_finds_nothing(checks, _on(context, day)) for day in {alike[0], alike[-1]}):
                    rows += ((coding, staff_id, day) for day in alike)
        self._store.make("quiet_staff", {"coding": "bigint", "staff_id": "text", "day": "date"}, rows)

    def _ask_of_plans(self) -> None:
        """Ask about the first and the last contact of each stretch in which a member's rows stay the same."""
        self._store.run(
            """create or replace table stretches as
            select row_number() over () as number, member_id, payer, coverage, stretch, coding, plan_id, goal,
                min(start) as starts, max(start) as ends
            from w where steady group by all"""
        )
        of_members = [self._asked({"member"}, context.situation) for context in self._models]
        of_plans = [self._asked({"plan"}, context.situation) for context in self._models]
        silent: dict[tuple[int, int], bool] = {}
        rows: list[tuple[object, ...]] = []
        for number, member_id, payer, coverage, _, coding, plan_id, goal, *ends in self._store.rows(
            "select * from stretches order by number"
        ):
            model = self._models[coding]
            service, row = model.encounter.service, self._coverage[coverage]
            contexts = [
                _like(
                    model,
                    Encounter("", member_id, "", service, start, plan_id=plan_id, goal=goal, payer=payer),
                    day=start.date(),
                    member=self._index.members[member_id],
                    coverage=row,
                )
                for start in dict.fromkeys(ends)
            ]
            # A row of coverage is of one member.
            if (coverage, coding) not in silent:
                silent[coverage, coding] = _finds_nothing(of_members[coding], contexts[0])
            if silent[coverage, coding] and all(_finds_nothing(of_plans[coding], context) for context in contexts):
                rows.append((number,))
        self._store.make("quiet_stretches", {"number": "bigint"}, rows)

    # What of it is proven

    def _rows(self) -> None:
        """Make the table of encounters with whose day each is, and whether nothing is found of it by itself."""
        self._store.make("ties", {"staff_id": "text", "member_id": "text"}, self._index.relationships)
        columns = {"coding": "bigint", "hcpcs": "text", "modifiers": "texts"}
        self._store.make(
            "codings",
            {**columns, "programme": "text", "excludes": "boolean"},
            (
                (number, context.hcpcs, list(context.modifiers), *_excluding(context.rules))
                for number, context in enumerate(self._models)
            ),
        )
        fields = sorted({required.field for one in self._codings for required in one.required})
        filled = ", ".join(f'{_is_filled(name)} as "has_{name}"' for name in fields)
        documents = f"join (select encounter_id, {filled} from m) filled using (encounter_id)" if fields else ""
        documented = " ".join(
            f"when {number} then {_documented(context)}" for number, context in enumerate(self._models)
        )
        documented = f"case w.coding {documented} else false end" if documented else "false"
        self._store.run(
            f"""create or replace table whole_days as
            with proven as (
                select w.number, w.coding, w.situation, w.is_timed, lengths.minutes, lengths.units, lengths.charge,
                    coalesce(w.steady and lengths.is_plain and {documented}, false)
                    and writable.situation is not null and quiet_days.day is not null
                    and quiet_activities.activity is not null and quiet_staff.day is not null
                    and quiet_stretches.number is not null and ties.staff_id is null as whole
                from w {documents}
                left join lengths on w.coding = lengths.coding and w.seconds = lengths.seconds
                left join writable on w.situation = writable.situation
                left join quiet_days on w.coding = quiet_days.coding and w.day = quiet_days.day
                left join quiet_activities on w.coding = quiet_activities.coding
                    and w.activity = quiet_activities.activity
                left join quiet_staff on w.coding = quiet_staff.coding and w.staff_id = quiet_staff.staff_id
                    and w.day = quiet_staff.day
                left join stretches s on w.steady and w.member_id = s.member_id and w.payer = s.payer
                    and w.coverage = s.coverage and w.stretch = s.stretch and w.coding = s.coding
                    and w.plan_id = s.plan_id and w.goal = s.goal
                left join quiet_stretches on s.number = quiet_stretches.number
                left join ties on w.staff_id = ties.staff_id and w.member_id = ties.member_id)
            select e.encounter_id, e.member_id as who, e.day, e.start, e."end", e.staff_id, e.site, e.support_type,
                coalesce(p.whole, false) as whole, p.coding, p.minutes, p.units, p.charge, quiet.diagnoses,
                coalesce(e.seconds, 0) <= 0 or coalesce(p.is_timed and p.units is not null, false) as is_counted,
                codings.programme || ' ' || codings.hcpcs as code, codings.excludes, {_listed("quiet.most_", _WINDOWS)}
            from e left join proven p on e.rowid = p.number left join quiet on p.situation = quiet.situation
            left join codings on p.coding = codings.coding"""
        )

    def _proof(self, programmes: Mapping[int, tuple[str, str]]) -> Proof:
        store = self._store
        doubted_days(store, "doubted_days", "whole_days", _QUIET_DAY)
        store.run(
            f"""create or replace table doubted as
            select encounter_id from whole_days where day is null or who = ''
            union select encounter_id from whole_days semi join doubted_days using (who, day)
            union select encounter_id from whole_days semi join ({_BEYOND_A_DAY}) using (who)"""
        )
        store.run("create or replace view left_over as select * from whole_days anti join doubted using (encounter_id)")
        supports = Counter[str]()
        used: set[int] = set()
        for coding, support_type, count in store.rows(
            "select coding, support_type, count(*) from left_over group by 1, 2"
        ):
            used.add(coding)
            supports[support_type] += count
        del supports[""]
        return Proof(
            doubted=store.table("select m.* from m_kept m semi join doubted using (encounter_id)"),
            audited=store.table(
                """select encounter_id, minutes, units, hcpcs, modifiers, 'billable' as status, charge,
                    0::bigint as number
                from left_over join codings using (coding)"""
            ),
            programmes=frozenset(programmes[coding] for coding in used),
            supports=tuple(sorted(supports.items())),
        )

    def _is_silent(self, words: Collection[str], context: Context) -> bool:
        return _finds_nothing(self._asked(words, context.situation), context)


_NOBODYS: Final = Encounter("", "")
_WINDOWS: Final = {"day": 1, "week": 7, "month": 31, "ever": None}
_QUIET_DAY: Final = f"""
    coalesce(sum(units) <= min(most_day), false)
    and (count(*) = 1 or (
        min(staff_id) = max(staff_id) and min(site) = max(site) and sum(diagnoses) <= {_MOST_DIAGNOSES}))
    and (not bool_or(excludes) or min(code) = max(code))"""
"""Of the encounters of a day of a member: no line is crowded, no two people give one, and no limit on units is near."""
_BEYOND_A_DAY: Final = f"""
    select who from (
        select who, day, sum(units) as units, bool_and(is_counted) as is_counted,
            min(most_week) as most_week, min(most_month) as most_month, min(most_ever) as most_ever
        from whole_days group by 1, 2)
    group by 1
    having least(min(most_week), min(most_month), min(most_ever)) < {_NO_LIMIT}
        and not coalesce(bool_and(is_counted)
            and least(sum(units), max(units) * 7) <= min(most_week)
            and least(sum(units), max(units) * 31) <= min(most_month)
            and sum(units) <= min(most_ever), false)"""
"""The members who may come near a limit on more than a day: only those of whose contacts all are known do not."""


def _limits(rules: Rules | None) -> dict[str, int] | None:
    """Return how many units of a member a window may have; None where a limit counts something else."""
    found = units_within(rules) if rules is not None else {}
    return None if found is None else {name: found.get(days, _NO_LIMIT) for name, days in _WINDOWS.items()}


def _excluding(rules: Rules | None) -> tuple[str, bool]:
    """Return the programme, and whether it names services that exclude its own (PB807)."""
    if rules is None:
        return "", True
    return rules.programme, any(rules.exclusion.of(verb) for verb in ("same_time", "same_day", "enrolled"))


def _documented(context: Context) -> str:
    """Return the condition that a row shows what a programme requires of a note."""
    if context.rules is None or context.coding is None:
        return "false"
    names = {required.field for required in context.coding.required}
    conditions = [f'"has_{name}"' for name in sorted(names)]
    if "voluntary" in context.rules.documentation.of("require"):
        conditions.append("w.voluntary")
    return " and ".join(conditions) or "true"


def _is_filled(name: str) -> str:
    """Return the condition that a column says something: neither blank nor zero."""
    type_ = FIELDS[name]
    if type_ in (str, tuple[str, ...]):
        return f"coalesce(\"{name}\" <> '', false)"
    if type_ in (int, int | None):
        return f'coalesce("{name}" <> 0, false)'
    return f'coalesce("{name}", false)' if type_ == bool | None else f'"{name}" is not null'


def _listed(before: str, names: Iterable[str]) -> str:
    return ", ".join(f"{before}{name}" for name in names)


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
