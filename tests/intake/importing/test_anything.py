"""Whatever an export holds, it is read, asked about or refused with a message: nothing else happens."""

from collections.abc import Callable
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from peerbill.intake.importing.convert import ConvertedExport, convert_export
from peerbill.intake.importing.files import DELIMITERS, ExportSheet, decode, find_delimiter
from peerbill.intake.importing.mapping import read_mapping
from peerbill.intake.importing.profiles import CONTACT, MEMBER, STAFF, _names
from peerbill.intake.importing.suggest import suggest_mapping
from peerbill.model.errors import UnusableInputError

ZONE = ZoneInfo("America/New_York")
NAMES = sorted({name for kind in (CONTACT, MEMBER, STAFF) for several in _names()[kind].values() for name in several})
CELLS = st.one_of(
    st.sampled_from(
        [
            *("", " ", "9/14/2026", "03/04/2026", "14-Sep-2026 0915", "2026-09-14T10:00", "46279.5", "9:00 AM", "1:30"),
            *(
                "0:45",
                "45",
                "1003000126",
                "301447820116.0",
                "Reed, Bo A. Jr.",
                "Ada Quill",
                "Reed^Bo",
                "F1120",
                "F11.20",
            ),
            *("Phone", "Telehealth", "Group", "Home", "12", "Complete", "Plan: a. Next: b", "9 Elm St, Lima, OH 45801"),
        ]
    ),
    st.text(max_size=8),
)


@st.composite
def sheets(draw: st.DrawFn) -> ExportSheet:
    header = draw(st.lists(st.one_of(st.sampled_from(NAMES), st.text(max_size=6)), min_size=1, max_size=9))
    width = st.integers(max(1, len(header) - 1), len(header) + 1)
    rows = draw(st.lists(width.flatmap(lambda cells: st.lists(CELLS, min_size=cells, max_size=cells)), max_size=5))
    above = draw(st.lists(st.just(["Report of 9/28/2026"]), max_size=1))
    return ExportSheet("a.csv", "", "UTF-8", list(enumerate([*above, header, *rows], start=1)))


def message(work: Callable[[], object]) -> str:
    """Return the message with which work is refused, or "" where it is done."""
    try:
        work()
    except UnusableInputError as error:
        return str(error) or "a refusal without a message"
    return ""


@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow])
@given(sheet=sheets(), answer=st.sampled_from(["", "12", "month-first", "individual", "2026-01-01", "24-hour"]))
def test_any_sheet_is_suggested_for_and_converted_or_refused(sheet: ExportSheet, answer: str) -> None:
    suggestion = suggest_mapping([sheet], {"plan": "PLAN"}, "NJ")
    answers = {
        question: "12" if question.is_number else question.default or answer or "9" for question in suggestion.questions
    }
    done: list[ConvertedExport] = []

    def convert() -> None:
        mapping = read_mapping(suggestion.answered(answers).text)
        done.append(convert_export(mapping, [sheet], ZONE, payers=["plan"]))

    refused = message(convert)

    assert refused.startswith("mapping.toml line ") == (not done)
    for converted in done:
        (read,) = converted.sheets
        broken = sum(problem.count for problem in converted.problems if not problem.table)
        assert read.rows + len(read.left_out) + sum(read.filtered.values()) + broken + 1 == len(sheet.rows)


@given(st.binary(max_size=60))
def test_any_bytes_are_decoded_or_refused(content: bytes) -> None:
    texts: list[str] = []
    refused = message(lambda: texts.append(decode("a.csv", content)[0]))

    assert refused.startswith("a.csv") == (not texts)


@given(st.text(max_size=60))
def test_any_text_has_a_delimiter_or_is_refused(text: str) -> None:
    found: list[str] = []
    refused = message(lambda: found.append(find_delimiter("a.csv", text)))

    assert refused.startswith("a.csv: expected a clear delimiter") == (not found)
    assert set(found) <= set(DELIMITERS)


@given(st.text(max_size=80))
def test_any_text_is_a_mapping_or_is_refused(text: str) -> None:
    refused = message(lambda: read_mapping(f'[[source]]\nfile = "a"\n[source.encounters]\n{text}'))

    assert not refused or refused.startswith("mapping.toml line ")
