"""Values to JSON and back, refused documents, and the schemas."""

import datetime as dt
import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import attrs
import jsonschema
import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from strategies import claims, settled_claims

from peerbill.checks.audit import audit, explain
from peerbill.checks.auditor import Auditor
from peerbill.cli import main
from peerbill.coding.explanation import Explanation, Step
from peerbill.coding.questions import answer, missing_values
from peerbill.documents.kinds import ANSWERS, KINDS, REPORTS, SCHEMA, class_of
from peerbill.documents.schemas import schema_of, schema_text, shipped
from peerbill.documents.types import members, shape
from peerbill.documents.values import from_json, plain, to_json
from peerbill.intake.workspace import make_workspace, programme_ids, read_agency_policies, read_workspace
from peerbill.model.claim import Claim, ServiceLine
from peerbill.model.errors import DocumentError
from peerbill.model.finding import Finding, Severity
from peerbill.model.people import Stay
from peerbill.policy import Facts, load_policies

FINDING = Finding("PB106", Severity.ERROR, ("E1",), "encounters.start", "it is later", "Correct the day")


EXPLANATION = Explanation("E1", None, "billable", "", "", "", None, None, "", (), None, None, ())
FIGURES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**60), 2**60)
    | st.text(max_size=4)
    | st.sampled_from(("48.00", "2026-03-02", "2026-03-02T10:00", "2026-13-40", "-0.5"))
    | st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**9), max_value=10**9)
    | st.dates()
    | st.datetimes(),
    lambda figures: st.lists(figures, max_size=2).map(tuple),
    max_leaves=3,
)


def values_of(type_: Any) -> st.SearchStrategy[Any]:
    """Draw any value of a type, also such as no audit would give."""
    kind, inner, made = shape(type_)
    match kind:
        case "optional":
            return st.none() | values_of(inner[0])
        case "object":
            return st.builds(inner[0], **{one.name: values_of(one.type) for one in members(inner[0])})
        case "list":
            return st.lists(values_of(inner[0]), max_size=2).map(made)
        case "row":
            return st.tuples(*map(values_of, inner))
        case "map":
            return st.dictionaries(st.text(max_size=4), values_of(inner[0]), max_size=2)
        case "enum":
            return st.sampled_from(list(inner[0]))
        case "figure":
            return FIGURES
    plain: dict[str, st.SearchStrategy[Any]] = {
        "text": st.text(max_size=4),
        "yes-no": st.booleans(),
        "whole": st.integers(-(2**60), 2**60),
        "decimal": st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**9), max_value=10**9, places=2),
        "day": st.dates(),
        "time": st.datetimes(),
    }
    return plain[kind]


def validator(name: str) -> Any:
    return jsonschema.Draft202012Validator(json.loads(shipped(name)))


def kinds() -> tuple[str, ...]:
    return tuple(kind for kind in KINDS if kind != "answer")


@pytest.mark.parametrize("kind", kinds())
@given(data=st.data())
@settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
def test_every_kind_comes_back(kind: str, data: st.DataObject) -> None:
    """By itself and in a list; both fit the schema that ships."""
    drawn = data.draw(values_of(class_of(kind)))
    text = to_json(drawn)
    assert from_json(text, kind) == drawn
    assert list(validator(kind).iter_errors(json.loads(text))) == []
    group = "answer" if kind in ANSWERS else kind
    several = to_json([drawn, drawn])
    assert from_json(several, f"{group}s") == (drawn, drawn)
    assert list(validator(group).iter_errors(json.loads(several))) == []


@pytest.mark.parametrize(
    ("figure", "written"),
    [
        (Decimal("48.00"), "48.00"),
        ("48.00", {"text": "48.00"}),
        (Decimal(48), {"decimal": "48"}),
        ("48", "48"),
        (48, 48),
        (dt.date(2026, 3, 2), "2026-03-02"),
        ("2026-03-02", {"text": "2026-03-02"}),
        ("2026-02-30", "2026-02-30"),
        (dt.datetime(2026, 3, 2, 10), "2026-03-02T10:00:00"),
        ("2026-03-02T10:00", {"text": "2026-03-02T10:00"}),
        (("E1", "3.5"), ["E1", {"text": "3.5"}]),
        (True, True),
        (None, None),
    ],
)
def test_a_figure_comes_back_with_its_type(figure: Any, written: Any) -> None:
    """A text that looks like an amount, a day or a time says that it is a text."""
    step = Step("units", "", {"figure": figure})
    assert plain(step)["values"] == {"figure": written}
    explanation = attrs.evolve(EXPLANATION, steps=(step,))
    again = from_json(to_json(explanation), "explanation")
    assert again == explanation
    assert type(again.steps[0].values["figure"]) is type(figure)


@pytest.mark.parametrize("figure", [1.5, {}, {"text": 1}, {"text": "a", "decimal": "1"}, {"decimal": "NaN"}, [[{}]]])
def test_what_is_no_figure_is_refused(figure: Any) -> None:
    document = json.loads(to_json(attrs.evolve(EXPLANATION, steps=(Step("units", ""),))))
    document["value"]["steps"][0]["values"] = {NAME: figure}
    assert list(validator("explanation").iter_errors(document)) != []
    with pytest.raises(DocumentError) as caught:
        from_json(json.dumps(document), "explanation")
    assert list(caught.value.problems) == [
        "value.steps[0].values.*: expected a whole number, true, false, null, a text, or a list of these"
    ]


@given(st.lists(claims() | settled_claims(), max_size=2))
@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
def test_claims_come_back(drawn: list[Claim]) -> None:
    """Amounts are text with the decimals that they have."""
    text = to_json(drawn, "claims")
    assert from_json(text, "claims") == tuple(drawn)
    for claim, found in zip(drawn, json.loads(text)["value"], strict=True):
        assert [line["charge"] for line in found["lines"]] == [str(line.charge) for line in claim.lines]


def test_a_document_says_what_it_is() -> None:
    """Schema and kind stand before the value; `from_` is `from`; an answer is read as any of its kinds."""
    document = json.loads(to_json(FINDING))
    assert list(document) == ["schema", "kind", "value"]
    assert (document["schema"], document["kind"], document["value"]["severity"]) == (SCHEMA, "finding", "error")
    interchange = class_of("interchange_answer")("000000001", "A")
    assert from_json(to_json(interchange), "answer") == interchange
    assert from_json(to_json((), "findings"), "findings") == ()
    assert list(plain(Stay("M1", "inpatient", None))) == ["member_id", "kind", "from", "to"]


NAME = "Anselm-Quince"  # what a message must never repeat


@pytest.mark.parametrize(
    ("change", "problems"),
    [
        ({"schema": 2}, ["schema: expected 1, found another. A newer peerbill wrote it: update this one"]),
        ({"schema": NAME}, ["schema: expected 1, found another. Write it again with to_json"]),
        ({"kind": "claim"}, ["kind: expected finding, found another. Read it as the kind that it is"]),
        ({NAME: 1}, ["document: a key that is no word is no field of a document"]),
        ({"value": [NAME]}, ["value: expected an object"]),
        (
            {
                "value": {
                    "code": 7,
                    "severity": NAME,
                    "encounter_ids": ["E1", None],
                    "where": "",
                    "message": "",
                    NAME: 1,
                }
            },
            [
                "value: a key that is no word is no field of Finding",
                "value.code: expected text",
                "value.severity: expected one of error, warning, info",
                "value.encounter_ids[1]: expected text",
                "value: fix is missing",
            ],
        ),
    ],
)
def test_a_wrong_document_is_refused_with_every_reason(change: dict[str, object], problems: list[str]) -> None:
    """Each problem has its path; none repeats a value."""
    document = json.loads(to_json(FINDING)) | change
    with pytest.raises(DocumentError) as caught:
        from_json(json.dumps(document), "finding")
    assert list(caught.value.problems) == problems
    assert NAME not in str(caught.value)


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        ("charge", 48, 'expected a decimal number as text, such as "48.00"'),
        ("charge", "NaN", 'expected a decimal number as text, such as "48.00"'),
        ("charge", "1E999", 'expected a decimal number as text, such as "48.00"'),
        ("service_date", "2026-02-30", "expected a day YYYY-MM-DD"),
        ("service_date", "20260302", "expected a day YYYY-MM-DD"),
        ("units", True, "expected a whole number"),
        ("units", 1.0, "expected a whole number"),
    ],
)
def test_a_wrong_type_is_refused(field: str, value: object, expected: str) -> None:
    """Nothing is converted: an amount is text, a count is no yes."""
    line = ServiceLine("L1", ("E1",), dt.date(2026, 3, 2), "H0038", ("HF",), 3, Decimal("48.00"))
    document = {"schema": 1, "kind": "claim", "value": {"lines": [plain(line) | {field: value}]}}
    with pytest.raises(DocumentError) as caught:
        from_json(json.dumps(document), "claim")
    assert f"value.lines[0].{field}: {expected}" in caught.value.problems


@pytest.mark.parametrize("text", ["", "{", "[]", "null", b"\xff", "[" * 100_000, '"text"'])
def test_what_is_no_document_is_refused(text: str | bytes) -> None:
    """Also what is no JSON, and what is nested without end."""
    with pytest.raises(DocumentError):
        from_json(text, "finding")


def test_what_has_no_document_is_told() -> None:
    """A value of no kind, several kinds in one list, and a kind that there is not."""
    with pytest.raises(TypeError, match="object has no document"):
        to_json(object())
    with pytest.raises(TypeError, match="several values need one kind"):
        to_json([FINDING, class_of("interchange_answer")("1", "A")])
    with pytest.raises(ValueError, match="there is no kind invoice"):
        from_json(to_json(FINDING), "invoice")
    with pytest.raises(DocumentError, match="half a character"):
        to_json(Finding("PB106", Severity.ERROR, ("\udc80",), "", "", ""))


# --- schemas ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [*KINDS, *REPORTS])
def test_the_schemas_that_ship_are_those_of_the_types(name: str) -> None:
    """After a change of a type: `python -m peerbill.documents.schemas`."""
    assert shipped(name) == schema_text(name)
    jsonschema.Draft202012Validator.check_schema(schema_of(name))


def _examples() -> Iterator[str]:
    for path in sorted((Path(__file__).parents[2] / "fixtures" / "examples").iterdir()):
        if (path / "example.toml").is_file():
            yield path.name


@pytest.mark.parametrize("example", list(_examples()))
def test_what_commands_write_fits_its_schema(example: str, tmp_path: Path) -> None:
    """audit, bill, check and todo on every shipped example; and its records and audit come back equal."""
    folder = tmp_path / "agency"
    made = make_workspace(folder, example, "TEST")
    assert made is not None
    day = f"{made.as_of}"
    run = CliRunner().invoke
    run(main, ["audit", str(folder), "--as-of", day, "--json", str(tmp_path / "audit.json")])
    run(main, ["bill", str(folder), "--as-of", day, "--out", str(tmp_path / "out")])
    files = [str(path) for path in sorted((tmp_path / "out").glob("*.837"))]
    run(main, ["check", "--quick", *files, "--json", str(tmp_path / "check.json")])
    run(main, ["todo", str(folder), "--as-of", day, "--json", str(tmp_path / "todo.json")])
    for name, path in (
        ("audit-report", tmp_path / "audit.json"),
        ("manifest", tmp_path / "out" / "manifest.json"),
        ("check-report", tmp_path / "check.json"),
        ("todo-report", tmp_path / "todo.json"),
    ):
        assert list(validator(name).iter_errors(json.loads(path.read_text(encoding="utf-8")))) == [], name

    records = read_workspace(folder)
    policies = load_policies(programme_ids(records.settings), read_agency_policies(folder))
    result = audit(records, policies, made.as_of)
    answers = [Auditor(records, policies, made.as_of).encounter(one) for one in records.encounters[:3]]
    assert from_json(to_json(records), "records") == records
    assert from_json(to_json(result), "audit") == result
    assert from_json(to_json(answers, "encounter_audits"), "encounter_audits") == tuple(answers)
    ids = [one.encounter_id for one in records.encounters[:3]]
    explanations = tuple(explain(records, policies, made.as_of, id_) for id_ in ids)
    assert from_json(to_json(explanations), "explanations") == explanations
    for programme in policies:
        missing = missing_values(programme, made.as_of)
        found = answer(programme, made.as_of, Facts(service="individual", channel="video"), 37)
        assert from_json(to_json(missing, "missing_values"), "missing_values") == missing
        assert from_json(to_json(found), "programme_answer") == found
