"""Which findings of an audit a person may waive, and the waivers that they become."""

import datetime as dt
from collections.abc import Collection, Iterator, Sequence

from dateutil.relativedelta import relativedelta

from peerbill.checks.audit import Audit
from peerbill.checks.waivers import may_be_waived
from peerbill.model.encounter import fingerprint
from peerbill.model.errors import UnusableInputError
from peerbill.model.finding import Finding, finding_order
from peerbill.model.plural import named
from peerbill.model.records import Records
from peerbill.model.waiver import Waiver, content_of

LONGEST = relativedelta(years=1)
"""The longest time that a waiver holds: within a year somebody looks at its reason again."""

_MOST_NAMED = 10


def checked_until(until: dt.date, day: dt.date) -> dt.date:
    """Return the last day of a waiver given on `day`. Raises UnusableInputError where it has passed or is too far."""
    if not day <= until <= day + LONGEST:
        raise UnusableInputError(
            f"A waiver ends on {day} at the earliest and on {day + LONGEST} at the latest, and {until} was given"
        )
    return until


def waivers_of(
    result: Audit,
    records: Records,
    code: str,
    encounter_ids: Sequence[str],
    *,
    where: str,
    until: dt.date,
    reason: str,
) -> tuple[list[Waiver], list[tuple[str, str]]]:
    """Return the waivers of what an audit finds in encounters, and the encounters without any, each with why.

    They have no id yet. `where` chooses among several findings of the code; "" means all of them.
    """
    wanted = set(encounter_ids)
    fingerprints = {one.encounter_id: fingerprint(one) for one in records.encounters}
    waivers: list[Waiver] = []
    refused: dict[str, list[str]] = {}
    spoken_of: set[str] = set()
    for finding in sorted(result.findings, key=finding_order):
        concerned = wanted.intersection(finding.encounter_ids)
        if finding.code != code or (where and finding.where != where) or not concerned:
            continue
        spoken_of |= concerned
        why = _why_not(finding, wanted, fingerprints.keys())
        if why:
            for id_ in sorted(concerned):
                refused.setdefault(id_, []).append(why)
        else:
            waivers.append(
                Waiver(
                    waiver_id="",
                    code=code,
                    encounter_ids=finding.encounter_ids,
                    fingerprints=tuple(fingerprints[id_] for id_ in finding.encounter_ids),
                    where=finding.where,
                    content=content_of(finding),
                    severity=finding.severity,
                    message=finding.message,
                    until=until,
                    reason=reason,
                )
            )
    for id_, why in _without(result, code, where, sorted(wanted - spoken_of)):
        refused.setdefault(id_, []).append(why)
    return waivers, [(id_, why) for id_, whys in sorted(refused.items()) for why in dict.fromkeys(whys)]


def _why_not(finding: Finding, wanted: set[str], present: Collection[str]) -> str:
    """Return why a finding cannot be waived, or ""."""
    place = f"{finding.code} {finding.where}"
    if not may_be_waived(finding):
        sources = "; ".join(dict.fromkeys(one.title for one in finding.citations))
        because = f" ({sources})" if sources else ""
        return (
            f"{place} is an error, which no waiver lifts{because}. Correct the record: {finding.fix} Where your payer "
            "says otherwise, enter its value with its source in policies/*.toml"
        )
    others = [id_ for id_ in finding.encounter_ids if id_ not in wanted]
    if others:
        return (
            f"{place} is about {named(finding.encounter_ids, _MOST_NAMED)} together: name "
            f"{named(others, _MOST_NAMED)} too, so that all of it is waived"
        )
    absent = [id_ for id_ in finding.encounter_ids if id_ not in present]
    return f"{place} also names {named(absent, _MOST_NAMED)}, which cannot be read" if absent else ""


def _without(result: Audit, code: str, where: str, encounter_ids: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield why nothing was waived in encounters of which the audit says nothing under the code."""
    waived = {id_: one.waiver for one in result.waived if one.finding.code == code for id_ in one.finding.encounter_ids}
    status = {one.encounter_id: one.status for one in result.encounters}
    elsewhere = {
        id_: finding.where for finding in result.findings if finding.code == code for id_ in finding.encounter_ids
    }
    for id_ in encounter_ids:
        if id_ not in status:
            yield id_, "no encounter has this id"
        elif id_ in waived and where in ("", waived[id_].where):
            waiver = waived[id_]
            end = f"end it first with peerbill review end-waiver DIR {waiver.waiver_id}"
            yield id_, f"{code} is waived until {waiver.until} by {waiver.waiver_id}: to change that, {end}"
        elif id_ in elsewhere:
            yield id_, f"the audit finds {code} in {elsewhere[id_]}, not in {where}"
        elif status[id_] == "billed":
            yield id_, f"it is billed and unchanged: the audit does not look for {code} any more"
        else:
            yield id_, f"the audit of {result.as_of} does not find {code} in it"
