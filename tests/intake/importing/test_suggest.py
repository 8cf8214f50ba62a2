"""A mapping proposed from headers and cells, and the questions that they leave open."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from exports import CENTER, CLINIC, COUNTY, center, clinic, county

from peerbill.intake.importing.convert import ConvertedExport, convert_export
from peerbill.intake.importing.files import ExportSheet
from peerbill.intake.importing.mapping import read_mapping
from peerbill.intake.importing.run import read_files
from peerbill.intake.importing.suggest import MappingSuggestion, suggest_mapping
from peerbill.model.errors import UnusableInputError

ZONE = ZoneInfo("America/New_York")
PAYERS = {"nj-horizon": "HORIZON NJ HEALTH"}
ASKED: Mapping[str, dict[str, str]] = {
    "clinic": {
        "Which place-of-service code is `Community` (11 office, 12 home, 57 treatment facility, 99 other)?": "99",
        "No column of visits_2026-09.csv says whether a contact was in person, by video or by audio. Which is it in "
        "every row?": "in-person",
        "Which payer is `Shore Health`?": "nj-horizon",
        "Who signs the plans (member, guardian, staff ids; several with ;)?": "member",
        "Which role has somebody with `CPRS`: peer, supervisor or clinician?": "peer",
        "Which role has somebody with `LCADC`: peer, supervisor or clinician?": "clinician",
    },
    "center": {
        "No column of notes.xlsx (Progress Notes) has the service. Which is it in every row?": "individual",
        "notes.xlsx (Progress Notes) says when a note was signed (Signed On), and not by whom. Which column has the "
        "signer?": "Provider",
        "notes.xlsx (Consumers) does not say since when the members are insured. Which day (YYYY-MM-DD) is true for "
        "all of them?": "2026-01-01",
        "Plan begins of notes.xlsx (Consumers) has days that can be read in two ways: is month or day first?": (
            "month-first"
        ),
        "Valid from of providers.csv has days that can be read in two ways: is month or day first?": "month-first",
    },
    "county": {
        "Grp of report.txt is blank in some rows: what is the service of these?": "individual",
        "No column of report.txt says whether a contact was in person, by video or by audio. Which is it in every "
        "row?": "in-person",
    },
}
KINDS = [("clinic", clinic, CLINIC, "NJ"), ("center", center, CENTER, "IN"), ("county", county, COUNTY, "MI")]


def suggested(folder: Path, write: Callable[[Path], Any], state: str, payer: str = "nj-horizon") -> MappingSuggestion:
    return suggest_mapping(read_files(write(folder)), {payer: "HORIZON NJ HEALTH"}, state)


def cells(result: ConvertedExport) -> dict[str, dict[tuple[str, ...], dict[str, str]]]:
    return {
        name: {key: {column: cell for column, cell in row.cells.items() if cell} for key, row in table.rows.items()}
        for name, table in result.tables.items()
    }


@pytest.mark.parametrize(("name", "write", "by_hand", "state"), KINDS)
def test_the_answered_mapping_gives_what_a_mapping_by_hand_gives(
    name: str, write: Callable[[Path], Any], by_hand: str, state: str, tmp_path: Path
) -> None:
    payer = {"NJ": "nj-horizon", "IN": "in-medicaid", "MI": "mshn"}[state]
    suggestion = suggested(tmp_path, write, state, payer)
    asked = {question.text: question for question in suggestion.questions}
    answers = {**ASKED[name], "Which payer is `Shore Health`?": payer}
    assert list(asked) == list(ASKED[name])

    answered = suggestion.answered({asked[text]: answers[text] for text in asked})
    files = read_files(sorted(path for path in tmp_path.iterdir() if path.is_file()))
    ours = convert_export(read_mapping(answered.text), files, ZONE)
    theirs = convert_export(read_mapping(by_hand), files, ZONE)

    assert answered.questions == ()
    assert ours.problems == theirs.problems == ()
    expected = cells(theirs)
    if name == "county":  # the clerk's own knowledge, which no file has
        for plan in expected["plans"].values():
            del plan["signed_on"], plan["signed_by"], plan["goals"]
        for person in expected["staff"].values():
            person.pop("tier", None)
    assert cells(ours) == expected


def test_open_questions_are_comments_above_blanks_that_cannot_be_imported(tmp_path: Path) -> None:
    text = suggested(tmp_path, center, "IN").text

    assert (
        "# ? No column of notes.xlsx (Progress Notes) has the service. Which is it in every row?\n"
        'service = { value = "" }\n' in text
    )
    assert "Quillon" not in text
    with pytest.raises(UnusableInputError) as refused:
        read_mapping(text)
    problems = str(refused.value).splitlines()
    assert len(problems) == len(ASKED["center"])
    assert all("an open question: expected " in problem for problem in problems)


def test_every_column_is_shown_with_what_it_becomes_and_three_samples(tmp_path: Path) -> None:
    suggestion = suggested(tmp_path, clinic, "NJ")
    by_column = {match.column: match for match in suggestion.matches if match.source == "visits_2026-09.csv"}

    assert by_column["Date of Service"].ours == ("encounters.start", "encounters.end")
    assert by_column["Date of Service"].samples == ("9/14/2026", "9/15/2026", "9/16/2026")
    assert by_column["Status"].ours == ("only rows with Complete",)
    assert [name for name, match in by_column.items() if not match.ours] == ["DOB", "Medicaid ID", "Units"]
    assert "9/14/2026" not in repr(suggestion)


def sheet(name: str, *lines: str) -> ExportSheet:
    return ExportSheet(name, "", "UTF-8", [(number, line.split("|")) for number, line in enumerate(lines, start=1)])


HEADER = "Note ID|Client ID|Client|Date|Start|End|Staff|Location|Mode|Service"
ROW = "N1|7|Reed, Bo|9/14/2026|13:00|13:45|Quill, Ada|12|Phone|Group"


def draft(*lines: str, **options: Any) -> tuple[Mapping[str, Any], tuple[str, ...]]:
    """Return the encounters of the only source, and the questions."""
    suggestion = suggest_mapping([sheet("a.csv", *lines)], **options)
    (source,) = suggestion.draft
    (encounters,) = source["encounters"]
    return encounters, tuple(question.text for question in suggestion.questions)


def test_what_cells_leave_in_one_reading_is_not_asked() -> None:
    encounters, questions = draft(HEADER, ROW)

    assert encounters == {
        "encounter_id": "Note ID",
        "member_id": "Client ID",
        "staff_id": {"column": "Staff", "person": "staff"},
        "service": "Service",
        "start": {"column": "Date", "time": "Start", "form": "month-first", "clock": "24-hour"},
        "end": {"column": "Date", "time": "End", "form": "month-first", "clock": "24-hour"},
        "place": "Location",
        "channel": "Mode",
    }
    assert questions == ()


def test_what_they_leave_in_two_is_asked_once() -> None:
    encounters, questions = draft(HEADER, "N1|7|Reed, Bo|03/04/2026|9:00|1:45|Quill, Ada|2|Telehealth|Peer 1:1")

    assert questions == (
        "Which service is `Peer 1:1`: individual, group, or another of your programme?",
        "Date of a.csv has days that can be read in two ways: is month or day first?",
        "The times of a.csv have no AM or PM, and none is after 12:59: do they count 24 hours?",
        "How did a contact with `Telehealth` take place: in-person, video or audio?",
    )
    assert encounters["start"] == {"column": "Date", "time": "Start", "form": "", "clock": ""}
    assert encounters["end"] == {"column": "Date", "time": "End", "form": "", "clock": ""}
    assert encounters["place"] == {"column": "Location", "width": 2}
    assert encounters["channel"] == {"column": "Mode", "values": {"Telehealth": ""}}


def test_one_of_the_two_times_tells_the_clock_of_both() -> None:
    encounters, questions = draft(HEADER, ROW.replace("13:00", "12:30"))

    assert encounters["start"]["clock"] == "24-hour"
    assert questions == ()


def test_a_coded_column_with_blank_cells_is_asked_about() -> None:
    encounters, questions = draft(HEADER, ROW, ROW.replace("N1", "N2").replace("Phone|Group", "|"))

    assert encounters["channel"] == {"column": "Mode", "default": ""}
    assert encounters["service"] == {"column": "Service", "default": ""}
    assert questions == (
        "Service of a.csv is blank in some rows: what is the service of these?",
        "Mode of a.csv is blank in some rows: what is the channel of these?",
    )


def test_a_column_of_groups_tells_the_service_where_no_other_does() -> None:
    header = HEADER.replace("Service", "Group #")
    encounters, questions = draft(header, ROW.replace("Group", "G7"), ROW.replace("N1", "N2").replace("Group", ""))

    assert encounters["service"] == {"column": "Group #", "filled": "", "default": ""}
    assert questions == (
        "Which service is a row of a.csv in which Group # is filled?",
        "Group # of a.csv is blank in some rows: what is the service of these?",
    )
    assert encounters["group_id"] == "Group #"


@pytest.mark.parametrize(
    ("words", "where", "asked"),
    [
        (("Complete", "Draft"), "Complete", False),
        (("Signed", "Approved", "Open"), ["Signed", "Approved"], False),
        (("Posted", "Open"), "", True),
    ],
)
def test_only_notes_that_are_finished_are_imported(words: tuple[str, ...], where: str | list[str], asked: bool) -> None:
    lines = (f"{ROW.replace('N1', f'N{at}')}|{word}" for at, word in enumerate(words))
    suggestion = suggest_mapping([sheet("a.csv", f"{HEADER}|Status", *lines)])

    assert suggestion.draft[0]["where"] == {"Status": where}
    if asked:
        (question,) = suggestion.questions
        assert f'# ? {question.text}\nwhere = {{ Status = "" }}\n' in suggestion.text
        with pytest.raises(UnusableInputError, match=r"line 6: where\.Status: an open question"):
            read_mapping(suggestion.text)
        assert suggestion.answered({question: "Posted"}).draft[0]["where"] == {"Status": "Posted"}
    else:
        assert suggestion.questions == ()
        (source,) = read_mapping(suggestion.text).sources
        assert source.where["Status"] == tuple([where] if isinstance(where, str) else where)


def test_the_programme_is_asked_for_where_a_payer_has_several() -> None:
    several = ("XX/peer", "XX/sud")
    encounters, questions = draft(HEADER, ROW, programmes=several)
    by_word, of_words = draft(f"{HEADER}|Program", f"{ROW}|Recovery", programmes=several)

    assert encounters["programme"] == {"value": ""}
    assert questions == ("Which programme are the contacts of a.csv?",)
    assert by_word["programme"] == {"column": "Program", "values": {"Recovery": ""}}
    assert of_words == ("Which programme is `Recovery`?",)
    assert "programme" not in draft(HEADER, ROW, programmes=several[:1])[0]


def test_an_answer_goes_to_every_place_of_its_question() -> None:
    suggestion = suggest_mapping([sheet("a.csv", HEADER, ROW.replace("9/14/2026", "03/04/2026"))])
    (question,) = suggestion.questions
    answered = suggestion.answered({question: "day-first"})

    assert answered.text.count('form = "day-first"') == 2
    assert suggestion.text.count('form = ""') == 2


def test_a_duration_gives_the_end_only_in_its_unit() -> None:
    header = HEADER.replace("End", "Duration")
    encounters, questions = draft(header, ROW.replace("13:45", "45"))
    colons, _ = draft(header, ROW.replace("13:45", "0:45"))

    assert questions == ("Duration of a.csv has numbers: are they minutes, or hours?",)
    assert encounters["end"] == {
        "column": "Date",
        "time": "Start",
        "form": "month-first",
        "clock": "24-hour",
        "plus": "Duration",
        "unit": "",
    }
    assert colons["end"]["unit"] == "h:mm"


def test_units_without_times_stay_units() -> None:
    encounters, _ = draft("Note ID|Client ID|Date|Units|Staff", "N1|7|9/14/2026|3|Quill, Ada")

    assert encounters["billed_units"] == "Units"
    assert "start" not in encounters


def test_times_without_a_day_that_is_known_ask_for_its_column() -> None:
    encounters, questions = draft(
        "Note ID|Client ID|When it was|Start|End|Staff|Location|Mode|Service",
        "N1|7|9/14/2026|13:00|13:45|Quill, Ada|12|Phone|Group",
    )

    assert questions == ("Which column of a.csv has the day of each contact?",)
    assert encounters["start"] == {"column": "", "time": "Start", "clock": "24-hour"}
    assert encounters["end"] == {"column": "", "time": "End", "clock": "24-hour"}


def test_coded_words_are_answered_by_words_that_we_know() -> None:
    cells = "N1|7|Reed, Bo|9/14/2026|13:00|13:45|Quill, Ada|Shed|Telehealth|Group"
    (where, how) = suggest_mapping([sheet("a.csv", HEADER, cells)]).questions

    assert "12" in where.allowed
    assert "Shed" not in where.allowed
    assert how.allowed == ("in-person", "video", "audio")


def test_numbers_that_may_have_lost_a_zero_are_asked_about() -> None:
    lines = ("Client ID|Client|DOB|Medicaid ID", "1|Reed, Bo|9/14/1979|0123456789", "2|Quill, Al|1/2/1980|123456780.0")
    suggestion = suggest_mapping([sheet("a.csv", *lines)], PAYERS)
    width = next(question for question in suggestion.questions if question.paths[0][-1] == "width")

    assert width.default == "10"
    assert suggestion.answered({width: "10"}).draft[0]["coverage"][0]["subscriber_id"] == {
        "column": "Medicaid ID",
        "width": 10,
    }


def test_contacts_give_members_only_where_no_list_has_them() -> None:
    suggestion = suggest_mapping([sheet("a.csv", f"{HEADER}|DOB", f"{ROW}|9/14/1979")])

    assert suggestion.draft[0]["members"] == [
        {
            "member_id": "Client ID",
            "last_name": {"column": "Client", "split": "last-first"},
            "first_name": {"column": "Client", "split": "last-first"},
            "birth_date": {"column": "DOB", "form": "month-first"},
        }
    ]


def test_a_sheet_of_other_rows_is_left_out_and_listed() -> None:
    suggestion = suggest_mapping([sheet("a.csv", "Item|Price", "Chair|9.00"), ExportSheet("b.xlsx", "Empty", "", ())])

    assert suggestion.strange == ("a.csv", "b.xlsx (Empty)")
    assert suggestion.draft == ()
    assert [match.ours for match in suggestion.matches] == [(), ()]


@pytest.mark.parametrize(
    ("file", "pattern"),
    [
        ("visits_2026-09.csv", "visits*.csv"),
        ("2026-09-28 visits (3).csv", "*visits (*).csv"),
        ("report.txt", "report*.txt"),
    ],
)
def test_next_week_s_file_fits(file: str, pattern: str) -> None:
    suggestion = suggest_mapping([sheet(file, HEADER, ROW)])

    assert suggestion.draft[0]["file"] == pattern


def test_names_with_marks_are_written_as_toml() -> None:
    header = HEADER.replace("Note ID", 'Note "ID"').replace("Client ID", "Client \\ ID")
    suggestion = suggest_mapping([sheet("a.csv", header, ROW)])
    (source,) = read_mapping(suggestion.text).sources

    assert source.tables[0].columns["encounter_id"].columns == ('Note "ID"',)
    assert source.tables[0].columns["member_id"].columns == ("Client \\ ID",)
