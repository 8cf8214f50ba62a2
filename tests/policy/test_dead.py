"""No value of a policy file is dead: a check or the claim builder uses it, or it is told why people alone can."""

import ast
import functools
import re
from collections.abc import Iterator
from pathlib import Path

import attrs
import pytest

from peerbill import codes
from peerbill.coding.make_coding import FIELD_OF_ELEMENT
from peerbill.policy import CHANNELS, PolicyRow, load_policies, packaged_programmes, packaged_states
from peerbill.policy.tables import LISTS, NAMED, NOTE_ELEMENTS, SETTINGS, WORDS

PEERBILL = Path(__file__).parents[2] / "peerbill"

USED = {
    "population.age": "checks/member.py",
    "population.diagnosis": "checks/member.py",
    "population.except_codes": "coding/prepare.py",
    "population.enrolled": "checks/overlaps.py",
    "service.hcpcs": "coding/make_coding.py",
    "service.modifiers": "coding/make_coding.py",
    "service.mode": "coding/make_coding.py",
    "service.paid": "checks/service.py",
    "modifier.use": "coding/make_coding.py",
    "modifier.position": "coding/make_coding.py",
    "unit.minutes": "coding/make_coding.py",
    "unit.per": "coding/make_coding.py",
    "unit.rounding": "coding/make_coding.py",
    "unit.aggregate": "coding/make_coding.py",
    "unit.minimum_minutes": "coding/make_coding.py",
    "unit.continuous": "coding/make_coding.py",
    "unit.counts": "coding/make_coding.py",
    "limit.units": "checks/limits.py",
    "limit.minutes": "checks/limits.py",
    "limit.hours": "checks/limits.py",
    "limit.encounters": "checks/limits.py",
    "limit.days": "checks/limits.py",
    "limit.dollars": "checks/limits.py",
    "limit.per": "checks/limits.py",
    "limit.scope": "checks/limits.py",
    "limit.of": "checks/limits.py",
    "limit.then": "checks/limits.py",
    "group.min": "checks/service.py",
    "group.max": "checks/service.py",
    "group.per_facilitator": "checks/service.py",
    "signature.by": "checks/documentation.py",
    "signature.within": "checks/documentation.py",
    "plan.signers": "checks/plans.py",
    "plan.before_service": "checks/plans.py",
    "plan.complete_within": "checks/plans.py",
    "plan.signed_within": "checks/plans.py",
    "plan.start_within": "checks/plans.py",
    "plan.review_every": "checks/plans.py",
    "authorization.required": "checks/plans.py",
    "credential.states": "coding/credentials.py",
    "credential.also": "coding/credentials.py",
    "credential.endorsement": "checks/qualifications.py",
    "credential.formerly": "coding/credentials.py",
    "credential.in_process": "coding/credentials.py",
    "credential.in_process_within": "coding/credentials.py",
    "credential.grace_days": "coding/credentials.py",
    "credential.valid_months": "coding/credentials.py",
    "credential.renewals": "checks/qualifications.py",
    "credential.ce_hours": "checks/qualifications.py",
    "credential.peer_age": "checks/qualifications.py",
    "credential.min_age": "checks/qualifications.py",
    "credential.experience_hours": "checks/qualifications.py",
    "credential.exam": "checks/qualifications.py",
    "credential.curricula": "checks/qualifications.py",
    "credential.topics": "checks/qualifications.py",
    "credential.training_hours": "checks/qualifications.py",
    "credential.recovery_months": "checks/qualifications.py",
    "tier.supports": "checks/staff.py",
    "tier.alone": "checks/staff.py",
    "tier.overseen_by": "checks/staff.py",
    "tier.min_age": "checks/qualifications.py",
    "tier.experience_hours": "checks/qualifications.py",
    "tier.exam": "checks/qualifications.py",
    "tier.curricula": "checks/qualifications.py",
    "tier.topics": "checks/qualifications.py",
    "tier.training_hours": "checks/qualifications.py",
    "tier.recovery_months": "checks/qualifications.py",
    "supervision.by": "checks/staff.py",
    "supervision.every": "coding/supervision.py",
    "supervision.times": "coding/supervision.py",
    "supervision.minutes": "coding/supervision.py",
    "supervision.service_hours": "checks/ratios.py",
    "supervision.peers_per_supervisor": "checks/ratios.py",
    "supervision.fte": "checks/ratios.py",
    "supervision.members_per_peer": "checks/ratios.py",
    "license.name": "checks/licenses.py",
    "license.accepts": "coding/licenses.py",
    "enrollment.required": "checks/licenses.py",
    "filing.within": "coding/deadlines.py",
    "filing.resubmit_within": "coding/deadlines.py",
    "filing.other_payer_within": "coding/deadlines.py",
    "filing.never_after": "coding/deadlines.py",
    "rate.amount": "coding/charges.py",
    "rate.per": "coding/charges.py",
    "claim.form": "coding/make_coding.py",
    "claim.facility": "checks/service.py",
    "claim.rendering": "coding/make_coding.py",
    "claim.taxonomy": "checks/qualifications.py",
    "claim.supervising": "coding/make_coding.py",
    "claim.type_of_bill": "coding/make_coding.py",
    "claim.revenue_code": "coding/make_coding.py",
    "claim.attending": "coding/make_coding.py",
    "claim.admission_type": "coding/make_coding.py",
    "claim.point_of_origin": "coding/make_coding.py",
    "claim.patient_status": "coding/make_coding.py",
    "calendar.fiscal_year": "checks/limits.py",
    "calendar.week": "checks/limits.py",
}
"""The module that uses each field."""

PRINTED = {
    "population.diagnosis_on_claim": "every 837P claim carries a diagnosis, and PB404 asks for one",
    "credential.name": "the credential is found by its abbreviation; the name is for people",
    "credential.issuer": "the abbreviation and the state say which certificate it is; issuers are spelled in many ways",
    "license.issuer": "the kind says which license it is; issuers are spelled in many ways",
    "claim.referring": "claims do not carry a referring provider (loop 2310A) yet, so that a column would go nowhere",
    "claim.rate_code": "claims do not carry value codes (HI*BE) yet, and no policy has a value",
    "claim.place": "the claim has the place of the encounter, and PB602 looks at that",
}
"""The fields that no program can use, and why: `peerbill policy` prints them for the biller."""

OWN_CHECK = {
    "date",
    "start-and-end",
    "duration",
    "member",
    "author",
    "author-title",
    "service",
    "place",
    "diagnosis",
    "group-size",
    "voluntary",
}
"""Note elements that have checks of their own (PB101, PB301, PB303, PB401, PB404, PB601, PB602, PB604, PB209)."""

_IN_THE_TEXT = "it is a sentence of the note among others, and no column holds it apart"

PRINTED_ELEMENTS = {
    "reason": _IN_THE_TEXT,
    "new-needs": "a note of a contact without new needs has none: a blank column would say nothing",
    "referrals": "a contact without a referral has none: a blank column would say nothing",
    "other-contacts": "a contact with the member alone has none: a blank column would say nothing",
    "medical-need": "the record as a whole shows it, not a column: PB404 and PB501 look at diagnosis and plan",
    "permission": "it is a paper in the member's file; PB408 looks at the release",
}
"""Note elements that no column shows, and why; they are printed for those who write and read notes."""

FIELDS = [f"{table}.{field.name}" for table, cls in {**SETTINGS, **NAMED}.items() for field in attrs.fields(cls)]


def test_every_field_of_a_row_is_used_or_told_why_not() -> None:
    assert sorted(FIELDS) == sorted([*USED, *PRINTED])
    assert sorted(NOTE_ELEMENTS) == sorted({*FIELD_OF_ELEMENT, *OWN_CHECK, *PRINTED_ELEMENTS})


ORDINARY = {
    ("service", "mode"): {"individual", "family", "youth", "crisis", "drop-in", "outreach"},
    ("modifier", "use"): {"optional"},
    ("unit", "counts"): {"contact"},
    ("rate", "per"): {"service", "day"},
    ("claim", "form"): {"837P"},
    ("claim", "rendering"): {"agency"},
}
"""Words that no comparison needs: the ordinary case, which holds unless another word is given."""

COMPARED_WITH_ROWS = {("tier", "supports"), ("calendar", "week")}
"""Fields whose words are compared with what an encounter's row says, the kind of support and the day of the week."""

CODES_OF_A_CLAIM = {
    ("claim", field) for field in ("type_of_bill", "admission_type", "point_of_origin", "patient_status")
}
"""Fields whose words are codes of a national list, which a claim carries as they are."""

READ_ELSEWHERE = {
    ("unit", "rounding"): "coding/units.py",
    ("unit", "aggregate"): "coding/units.py",
    ("unit", "per"): "coding/units.py",
    ("claim", "rendering"): "coding/prepare.py",
    ("claim", "attending"): "coding/prepare.py",
}
"""Fields whose words are compared in another module than the one that reads the field."""


@functools.cache
def parsed(module: str) -> ast.Module:
    return ast.parse((PEERBILL / module).read_text(encoding="utf-8"))


def reads(module: ast.AST, table: str, field: str) -> bool:
    """Tell whether a module reads a field of a table's rows.

    Such a read is `….value.field`, `value.field` where value was assigned from `….value`, a field of a variable that is
    annotated with the row's class, or the field's name as a text where it is asked who said it or what it holds.
    """
    kind = {**SETTINGS, **NAMED}[table].__name__
    for function in ast.walk(module):
        if not isinstance(function, ast.FunctionDef):
            continue
        named = {
            argument.arg
            for argument in (*function.args.args, *function.args.kwonlyargs)
            if argument.annotation is not None and re.search(rf"\b{kind}\b", ast.unparse(argument.annotation))
        }
        for node in ast.walk(function):
            if isinstance(node, ast.Assign) and ast.unparse(node.value).endswith(".value"):
                named |= {target.id for target in node.targets if isinstance(target, ast.Name)}
        for node in ast.walk(function):
            if isinstance(node, ast.Attribute) and node.attr == field:
                whose = ast.unparse(node.value)
                if whose in named or whose.endswith(".value"):
                    return True
            if isinstance(node, ast.Call | ast.Subscript | ast.Compare | ast.For | ast.Tuple | ast.List) and any(
                isinstance(child, ast.Constant) and child.value == field for child in ast.iter_child_nodes(node)
            ):
                return True
    return False


@pytest.mark.parametrize("name", sorted(USED))
def test_the_module_that_is_said_to_use_a_field_reads_it(name: str) -> None:
    table, _, field = name.partition(".")

    assert reads(parsed(USED[name]), table, field)


def test_what_only_looks_like_a_field_is_no_read_of_it() -> None:
    module = ast.parse(
        "def f(listing, group: Group):\n    return listing.of('deny'), date.min, limit.value.units, group.max\n"
    )

    assert [reads(module, *name) for name in (("limit", "of"), ("group", "min"), ("limit", "per"))] == [False] * 3
    assert [reads(module, *name) for name in (("limit", "units"), ("group", "max"))] == [True] * 2


@pytest.mark.parametrize(
    ("table", "field"),
    [pair for pair in WORDS if ".".join(pair) in USED and pair not in {*COMPARED_WITH_ROWS, *CODES_OF_A_CLAIM}],
)
def test_every_word_that_a_field_takes_is_compared_with_or_is_the_ordinary_case(table: str, field: str) -> None:
    """A word that the reader allows and nothing compares with would change nothing, without a word to the writer."""
    module = READ_ELSEWHERE.get((table, field), USED[f"{table}.{field}"])
    texts = {node.value for node in ast.walk(parsed(module)) if isinstance(node, ast.Constant)}
    words = set(WORDS[table, field][1])

    assert words - texts == ORDINARY.get((table, field), set()) - texts
    assert ORDINARY.get((table, field), set()) <= words


@pytest.mark.parametrize("name", sorted(PRINTED))
def test_a_field_that_is_only_printed_is_read_by_no_check(name: str) -> None:
    """Else it belongs among the used ones."""
    table, _, field = name.partition(".")
    texts = {
        path: path.read_text(encoding="utf-8")
        for room in ("checks", "coding")
        for path in (PEERBILL / room).glob("*.py")
    }
    read = re.compile(rf'{table}\.value\.{field}\b|\bsaid(\.get\(|\[)"{field}"')

    assert [path.name for path, text in texts.items() if read.search(text)] == []


def dead(row: PolicyRow) -> Iterator[str]:
    """Give what a row says that nothing knows."""
    if row.table not in LISTS:
        yield from (key for key in row.values if f"{row.table}.{key}" not in {*USED, *PRINTED})
        yield from (f"{code} is no code" for code in _words(row, "hcpcs") if not codes.is_plausible_hcpcs(code))
    yield from (f"curriculum {word}" for word in row.values.get("curricula", ()) if word not in codes.curricula())
    yield from (f"topic {word}" for word in row.values.get("topics", ()) if word not in codes.training_topics())
    if row.table == "claim":
        yield from (f"place {code}" for code in _words(row, "place") if not codes.is_place_of_service(code))
    for verb, words in row.values.items() if row.table in LISTS else ():
        yield from (f"{verb} {word}" for word in words if not _is_known(row.table, verb, word))
    for condition in row.when:
        if condition.name == "place":
            yield from (f"when place {code}" for code in condition.values if not codes.is_place_of_service(str(code)))


def _words(row: PolicyRow, key: str) -> list[str]:
    return [row.values[key]] if key in row.values else []


def _is_known(table: str, verb: str, word: str) -> bool:
    match table:
        case "place":
            return codes.is_place_of_service(word)
        case "channel":
            return word in CHANNELS
        case "documentation":
            return word in NOTE_ELEMENTS
    if verb == "lift":
        verb, _, word = word.partition(":")
    match verb:
        case "stay":
            return word == "*" or word in codes.kinds("stay")
        case "relationship":
            return word in codes.kinds("relationship")
        case "same_time" | "same_day" | "enrolled":
            return word == "*" or word in codes.kinds("other-service") or codes.is_plausible_hcpcs(word)
    # The loader holds activities against the files' own lists.
    return verb == "activity"


@pytest.mark.parametrize("state", packaged_states())
def test_no_value_of_a_state_is_dead(state: str) -> None:
    programmes = load_policies(packaged_programmes(state))
    found = {f"{row.said.path}: {what}" for known in programmes for row in known.rows() for what in dead(row)}

    assert sorted(found) == []


def test_a_dead_value_is_found() -> None:
    text = """
state = "QQ"
[source.a]
title = "A"
[own]
name = "Own"
source = "a"
[[own.service.individual]]
hcpcs = "H9999"
source = "a"
[[own.credential.A]]
curricula = ["wrap", "rap"]
topics = ["boundaries", "bounds"]
source = "a"
[[own.exclusion]]
stay = ["hospitle", "inpatient"]
same_day = ["H0038", "T9999"]
lift = ["stay:imd", "stay:imt"]
source = "a"
[[own.place]]
allow = ["11", "00"]
source = "a"
when = { place = ["00"] }
"""
    known = load_policies(["QQ/own"], {"qq.toml": text}).programme("QQ/own")
    found = [what for row in known.rows() for what in dead(row)]

    assert sorted(found) == [
        "H9999 is no code",
        "allow 00",
        "curriculum rap",
        "lift stay:imt",
        "same_day T9999",
        "stay hospitle",
        "topic bounds",
        "when place 00",
    ]
