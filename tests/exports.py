"""Exports of other programs as an office gets them: three invented agencies, each with the faults of its program.

`clinic` writes CSV with US dates and a workbook of clients and staff, `center` a workbook with titles and footers and a
CSV in cp1252, `county` a report in UTF-16 with tabs, repeated headers and a total, and a list with bars. Every person,
number and address is invented.
"""

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

import xlsxwriter

Rows = Sequence[Sequence[object]]

MEMBERS = (
    ("501", "Quillon", "Ada", "", "", "4/9/1981", "F", "301447820116"),
    ("502", "Reyes", "José", "M", "Jr.", "12/31/1975", "M", "301552907341"),
    ("503", "Sato-Birch", "Lin", "", "", "7/22/1990", "F", "301008811725"),
)
"""Id, last name, first name, middle name, suffix, birth date, sex, Medicaid id."""

PEERS = (
    ("Marsh", "Dee", "1003000126", "CPRS"),
    ("Olds", "Kai", "1003000134", "CPRS"),
    ("Vance", "Theo", "1003000142", "LCADC"),
)
"""Last name, first name, NPI, certificate; the last one supervises."""

CONTACTS = (
    ("V1", 0, 0, dt.datetime(2026, 9, 14, 9, 0), 47, "F11.20"),
    ("V2", 1, 1, dt.datetime(2026, 9, 14, 13, 30), 60, "F10.20"),
    ("V3", 2, 0, dt.datetime(2026, 9, 15, 11, 15), 30, "F11.20"),
    ("V4", 0, 1, dt.datetime(2026, 9, 16, 15, 5), 45, "F11.20"),
)
"""Id, member, peer, start, minutes, diagnosis."""


def us_time(moment: dt.datetime) -> str:
    """Return a time as US programs write it: `9:05 AM`."""
    return f"{moment.hour % 12 or 12}:{moment.minute:02} {'AM' if moment.hour < 12 else 'PM'}"


def us_day(moment: dt.date) -> str:
    """Return a day as US programs write it: `9/4/2026`."""
    return f"{moment.month}/{moment.day}/{moment.year}"


def csv_text(rows: Rows, delimiter: str = ",") -> str:
    """Return rows as separated text, each cell that needs it in quotation marks."""

    def cell(value: object) -> str:
        text = str(value)
        return '"' + text.replace('"', '""') + '"' if any(sign in text for sign in (delimiter, '"', "\n")) else text

    return "".join(delimiter.join(map(cell, row)) + "\r\n" for row in rows)


def write_workbook(path: Path, sheets: dict[str, Rows]) -> Path:
    """Write a workbook; days and times get a format, so that they are read as such."""
    workbook = xlsxwriter.Workbook(str(path))
    day = workbook.add_format({"num_format": "m/d/yyyy"})
    moment = workbook.add_format({"num_format": "m/d/yyyy h:mm"})
    for name, rows in sheets.items():
        sheet = workbook.add_worksheet(name)
        for line, row in enumerate(rows):
            for at, value in enumerate(row):
                if isinstance(value, dt.datetime):
                    sheet.write_datetime(line, at, value, moment)
                elif isinstance(value, dt.date):
                    sheet.write_datetime(line, at, dt.datetime.combine(value, dt.time()), day)
                else:
                    sheet.write(line, at, value)
    workbook.close()
    return path


def clinic(folder: Path) -> tuple[Path, Path]:
    """Write the export of a clinic: a CSV with BOM and a footer, and a workbook with two sheets."""
    rows: list[Sequence[object]] = [
        (
            "Visit ID",
            "Client",
            "Client #",
            "DOB",
            "Medicaid ID",
            "Date of Service",
            "Time In",
            "Time Out",
            "Staff",
            "Service Type",
            "Location",
            "Dx",
            "Goal",
            "Intervention",
            "Client Response",
            "Plan for Next Contact",
            "Signed",
            "Signature Date/Time",
            "Units",
            "Status",
        )
    ]
    for id_, member, peer, start, minutes, diagnosis in CONTACTS:
        who, staff = MEMBERS[member], PEERS[peer]
        rows.append(
            (
                id_,
                f"{who[1]}, {who[2]} {who[3]} {who[4]}".strip(),
                who[0],
                who[5],
                f"{who[7]}.0" if member else who[7],
                us_day(start),
                us_time(start),
                us_time(start + dt.timedelta(minutes=minutes)),
                f"{staff[0]}, {staff[1]}",
                "Peer Support - Individual",
                "Home" if member else "Community",
                diagnosis,
                "find work",
                f'went over the letter, and read it aloud ("{id_}")',
                "felt calmer",
                "call on Friday",
                f"{staff[0]}, {staff[1]}",
                f"{us_day(start)} {us_time(start + dt.timedelta(hours=2))}",
                minutes // 15,
                "Complete",
            )
        )
    rows.append((*rows[-1][:-1], "Draft"))
    rows[-1] = ("V9", *rows[-1][1:])
    notes = folder / "visits_2026-09.csv"
    notes.write_bytes(("\ufeff" + csv_text(rows) + "\r\nTotal visits: 5\r\n").encode())
    clients: list[Sequence[object]] = [
        (
            "Client #",
            "Last",
            "First",
            "Sex",
            "Birth Date",
            "Street",
            "City",
            "ST",
            "Zip",
            "Insurance",
            "Policy #",
            "Eff Date",
            "ROI on file",
            "Plan Start",
            "Plan End",
            "Plan signed",
            "Goals",
        )
    ]
    for id_, last, first, _, _, birth, sex, medicaid in MEMBERS:
        born = dt.datetime.strptime(birth, "%m/%d/%Y").date()  # noqa: DTZ007 - a day has no zone
        clients.append(
            (
                int(id_),
                last,
                first,
                {"F": "Female", "M": "Male"}[sex],
                born,
                "4 Pine St",
                "Toms River",
                "New Jersey",
                8753,
                "Shore Health",
                int(medicaid),
                dt.date(2026, 1, 1),
                dt.date(2026, 8, 1),
                dt.date(2026, 8, 3),
                dt.date(2027, 1, 31),
                dt.date(2026, 8, 4),
                "find work; stay housed",
            )
        )
    staff_rows: list[Sequence[object]] = [
        ("Staff", "NPI", "Credential", "Certificate No.", "Issued", "Expires", "Supervisor", "Hire Date")
    ]
    for last, first, npi, certificate in PEERS:
        supervisor = "" if certificate == "LCADC" else "Vance, Theo"
        staff_rows.append(
            (
                f"{last}, {first}",
                int(npi),
                certificate,
                f"NJ-{npi[-4:]}",
                dt.date(2024, 3, 1),
                dt.date(2027, 2, 28),
                supervisor,
                dt.date(2023, 5, 1),
            )
        )
    workbook = write_workbook(folder / "clients_and_staff.xlsx", {"Clients": clients, "Staff": staff_rows})
    return notes, workbook


def center(folder: Path) -> tuple[Path, Path]:
    """Write the export of a center: a workbook with a title, a footer and people by Medicaid id; a CSV in cp1252."""
    notes: list[Sequence[object]] = [
        ("Cedar Center - Progress Notes 9/14/2026 - 9/16/2026",),
        (),
        (
            "Ref",
            "Consumer",
            "RID",
            "Begin",
            "End",
            "Duration",
            "Provider",
            "POS",
            "Mode",
            "ICD-10",
            "Goal",
            "Narrative",
            "Signed On",
        ),
    ]
    for id_, member, peer, start, minutes, diagnosis in CONTACTS:
        who, staff = MEMBERS[member], PEERS[peer]
        notes.append(
            (
                id_,
                f"{who[2]} {who[1]} {who[4]}".strip(),
                int(who[7]),
                start,
                start + dt.timedelta(minutes=minutes),
                f"{minutes // 60}:{minutes % 60:02}",
                f"{staff[1]} {staff[0]}",
                10 if member == 1 else 12,
                "Telehealth video" if member == 1 else "Face to face",
                diagnosis.replace(".", ""),
                "find work",
                f"Intervention: read the letter. Response: felt calmer ({id_}). Next: call on Friday.",
                start + dt.timedelta(hours=3),
            )
        )
    notes.append(("", "", "", "", "", "Printed 09/28/2026"))
    consumers: list[Sequence[object]] = [("RID", "Name", "Gender", "DOB", "Address", "Plan begins", "Plan ends")]
    for _, last, first, _, suffix, birth, sex, medicaid in MEMBERS:
        consumers.append(
            (
                int(medicaid),
                f"{first} {last} {suffix}".strip(),
                sex,
                birth,
                "4 Pine St, Lafayette, IN 47901",
                "7/1/2026",
                "6/30/2027",
            )
        )
    workbook = write_workbook(folder / "notes.xlsx", {"Progress Notes": notes, "Consumers": consumers})
    rows: list[Sequence[object]] = [
        ("Provider", "NPI", "Title", "Certificate", "Valid from", "Valid to", "Supervised by", "Supervisor NPI")
    ]
    rows += [
        (f"{first} {last}", npi, "Peer", "CRS", "02/01/2025", "01/31/2027", "Renée Vance", PEERS[2][2])
        for last, first, npi, _ in PEERS[:2]
    ]
    providers = folder / "providers.csv"
    providers.write_bytes(csv_text(rows, ";").encode("cp1252"))
    return workbook, providers


def county(folder: Path) -> tuple[Path, Path, Path]:
    """Write the export of a county: a report in UTF-16 with pages, a list with bars, and a CSV of staff."""
    header = "Enc#\tMemberNo\tLName\tFName\tDOS\tStart\tStop\tClinician\tPOS\tGrp\tDx1\tSupportType\tGoalTxt\tIntvTxt"
    header += "\tRespTxt\tNextTxt\tESig\tESigDt"
    lines = ["Encounter Detail Report", "Run 2026-09-28 07:14", "", header]
    for at, (id_, member, peer, start, minutes, diagnosis) in enumerate(CONTACTS):
        who, staff = MEMBERS[member], PEERS[peer]
        end = start + dt.timedelta(minutes=minutes)
        clinician = f"{staff[0]}, {staff[1]}".upper()
        cells = [id_, who[0], f"{who[1]} {who[4]}".strip().upper(), who[2].upper(), f"{start:%d-%b-%Y}"]
        cells += [f"{start:%H%M}", f"{end:%H%M}", clinician, "12", "", diagnosis, "Emotional ", "find work", "read it"]
        cells += ["felt calmer", "call on Friday", clinician, f"{start:%d-%b-%Y} {end:%H%M}"]
        lines.append("\t".join(cells))
        if at == 1:
            lines += ["", header]
    lines += ["\t\t\tTOTAL\t\t\t\t\t\t\t\t\t\t\t\t\t\t4"]
    report = folder / "report.txt"
    report.write_bytes("".join(f"{line}\r\n" for line in lines).encode("utf-16"))
    rows = ["NO|NAME|BIRTH|SEX|ADDR1|CITY|ST|ZIP|MCAID|COVFROM|PLANFROM|PLANTO"]
    for id_, last, first, middle, suffix, birth, sex, medicaid in MEMBERS:
        born = dt.datetime.strptime(birth, "%m/%d/%Y").date()  # noqa: DTZ007 - a day has no zone
        rows.append(
            f"{id_}|{last}^{first}^{middle}^{suffix}|{born:%Y%m%d}|{sex}|4 Pine St|LANSING|MI|48933|{medicaid}"
            "|20260101|20260701|20261231"
        )
    members = folder / "members.txt"
    members.write_text("\n".join(rows) + "\n", encoding="utf-8")
    staff_rows: list[Sequence[object]] = [
        ("Clinician", "NPI", "Job", "Cert", "Cert date", "Cert end", "Supervisor", "Training hrs", "In recovery since")
    ]
    for last, first, npi, certificate in PEERS:
        peer_row = certificate == "CPRS"
        staff_rows.append(
            (
                f"{last}, {first}".upper(),
                npi,
                "Recovery Coach" if peer_row else "Supervisor",
                certificate,
                "01-Feb-2025",
                "31-Jan-2027",
                "VANCE, THEO" if peer_row else "",
                46 if peer_row else "",
                "12-May-2019" if peer_row else "",
            )
        )
    staff_file = folder / "staff.csv"
    staff_file.write_text(csv_text(staff_rows), encoding="utf-8")
    return report, members, staff_file


CLINIC = """\
[[source]]
file = "visits*.csv"
where = { Status = "Complete" }
ignore = ["DOB", "Units", "Medicaid ID"]

[source.encounters]
encounter_id = "Visit ID"
member_id = "Client #"
staff_id = { column = "Staff", person = "staff" }
service = { column = "Service Type", values = { "Peer Support - Individual" = "individual" } }
start = { column = "Date of Service", time = "Time In" }
end = { column = "Date of Service", time = "Time Out" }
place = { column = "Location", values = { Office = "57", Community = "99", Home = "12" } }
channel = { value = "in-person" }
diagnoses = "Dx"
goal = "Goal"
intervention = "Intervention"
response = "Client Response"
next_step = "Plan for Next Contact"
signed_by = { column = "Signed", person = "staff" }
signed_at = "Signature Date/Time"

[source.members]
member_id = "Client #"
middle_name = { column = "Client", split = "last-first" }
suffix = { column = "Client", split = "last-first" }

[[source]]
file = "clients_and_staff*.xlsx"
sheet = "Clients"

[source.members]
member_id = "Client #"
last_name = "Last"
first_name = "First"
sex = "Sex"
birth_date = "Birth Date"
street = "Street"
city = "City"
state = "ST"
zip = { column = "Zip", width = 5 }
release_on = "ROI on file"

[source.coverage]
member_id = "Client #"
payer = { column = "Insurance", values = { "Shore Health" = "nj-horizon" } }
subscriber_id = "Policy #"
from = "Eff Date"

[source.plans]
member_id = "Client #"
plan_id = { column = ["Client #", "Plan Start"], join = "-" }
effective_on = "Plan Start"
expires_on = "Plan End"
signed_on = "Plan signed"
signed_by = { value = "member" }
goals = { column = "Goals", separator = ";" }

[[source]]
file = "clients_and_staff*.xlsx"
sheet = "Staff"

[source.staff]
staff_id = "NPI"
npi = "NPI"
last_name = { column = "Staff", split = "last-first" }
first_name = { column = "Staff", split = "last-first" }
supervisor_id = { column = "Supervisor", person = "staff" }
role = { column = "Credential", values = { CPRS = "peer", LCADC = "clinician" } }
hired_on = "Hire Date"

[source.credentials]
staff_id = "NPI"
state = { value = "NJ" }
credential = "Credential"
number = "Certificate No."
issued_on = "Issued"
expires_on = "Expires"
"""
"""The mapping of the clinic's export."""

CENTER = """\
[[source]]
file = "notes*.xlsx"
sheet = "Progress Notes"
ignore = ["Consumer", "Duration"]

[source.encounters]
encounter_id = "Ref"
member_id = "RID"
staff_id = { column = "Provider", person = "staff" }
service = { value = "individual" }
start = "Begin"
end = "End"
place = { column = "POS", width = 2 }
channel = "Mode"
diagnoses = "ICD-10"
goal = "Goal"
intervention = { column = "Narrative", label = "Intervention" }
response = { column = "Narrative", label = "Response" }
next_step = { column = "Narrative", label = "Next" }
signed_by = { column = "Provider", person = "staff" }
signed_at = "Signed On"

[[source]]
file = "notes*.xlsx"
sheet = "Consumers"

[source.members]
member_id = "RID"
last_name = { column = "Name", split = "first-last" }
first_name = { column = "Name", split = "first-last" }
middle_name = { column = "Name", split = "first-last" }
suffix = { column = "Name", split = "first-last" }
sex = "Gender"
birth_date = "DOB"
street = { column = "Address", split = "address" }
city = { column = "Address", split = "address" }
state = { column = "Address", split = "address" }
zip = { column = "Address", split = "address" }

[source.coverage]
member_id = "RID"
payer = { value = "in-medicaid" }
subscriber_id = "RID"
from = { value = "2026-01-01" }

[source.plans]
member_id = "RID"
plan_id = { column = ["RID", "Plan begins"], join = "-" }
effective_on = { column = "Plan begins", form = "month-first" }
expires_on = { column = "Plan ends", form = "month-first" }

[[source]]
file = "providers*.csv"

[[source.staff]]
staff_id = "NPI"
npi = "NPI"
last_name = { column = "Provider", split = "first-last" }
first_name = { column = "Provider", split = "first-last" }
role = "Title"
supervisor_id = "Supervisor NPI"

[[source.staff]]
staff_id = "Supervisor NPI"
npi = "Supervisor NPI"
last_name = { column = "Supervised by", split = "first-last" }
first_name = { column = "Supervised by", split = "first-last" }
role = { value = "supervisor" }

[[source.credentials]]
staff_id = "NPI"
state = { value = "IN" }
credential = "Certificate"
issued_on = { column = "Valid from", form = "month-first" }
expires_on = "Valid to"
"""
"""The mapping of the center's export."""

COUNTY = """\
[[source]]
file = "report*.txt"
ignore = ["LName", "FName"]

[source.encounters]
encounter_id = "Enc#"
member_id = "MemberNo"
staff_id = { column = "Clinician", person = "staff" }
service = { column = "Grp", values = { Y = "group" }, default = "individual" }
start = { column = "DOS", time = "Start" }
end = { column = "DOS", time = "Stop" }
place = "POS"
channel = { value = "in-person" }
diagnoses = "Dx1"
support_type = "SupportType"
goal = "GoalTxt"
intervention = "IntvTxt"
response = "RespTxt"
next_step = "NextTxt"
signed_by = { column = "ESig", person = "staff" }
signed_at = "ESigDt"

[[source]]
file = "members*.txt"

[source.members]
member_id = "NO"
last_name = { column = "NAME", split = "carets" }
first_name = { column = "NAME", split = "carets" }
middle_name = { column = "NAME", split = "carets" }
suffix = { column = "NAME", split = "carets" }
birth_date = "BIRTH"
sex = "SEX"
street = "ADDR1"
city = "CITY"
state = "ST"
zip = "ZIP"

[source.coverage]
member_id = "NO"
payer = { value = "mshn" }
subscriber_id = "MCAID"
from = "COVFROM"

[source.plans]
member_id = "NO"
plan_id = { column = ["NO", "PLANFROM"], join = "-" }
effective_on = "PLANFROM"
expires_on = "PLANTO"
signed_on = "PLANFROM"
signed_by = { value = "member;1003000142" }
goals = { value = "Keep stable housing;Stay in recovery through the holidays;Return to work part time" }

[[source]]
file = "staff*.csv"

[source.staff]
staff_id = "NPI"
npi = "NPI"
last_name = { column = "Clinician", split = "last-first" }
first_name = { column = "Clinician", split = "last-first" }
supervisor_id = { column = "Supervisor", person = "staff" }
role = "Job"
recovery_since = "In recovery since"
tier = { column = "Job", values = { "Recovery Coach" = "coach", Supervisor = "supervisor" } }

[source.credentials]
staff_id = "NPI"
state = { value = "MI" }
credential = "Cert"
issued_on = "Cert date"
expires_on = "Cert end"
training_hours = "Training hrs"
"""
"""The mapping of the county's export."""
