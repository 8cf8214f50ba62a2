"""Answers of invented agencies in New Jersey, Indiana and Michigan, as a file of `peerbill setup --answers`."""

import datetime as dt

from peerbill.setup.answers_file import read_answers
from peerbill.setup.interview import Setup

DAY = dt.date(2026, 10, 2)

AGENCY = """\
[organization]
name = "Lantern Row Recovery"
npi = "1234567893"
tax_id = "22-7654321"
taxonomy = "251S00000X"
street = "7 Lantern Row"
city = "Riverton"
state = "STATE"
zip = "08077-1234"
timezone = "eastern"
contact = "Billing Office"
phone = "(856) 555-0142"

[submitter]
id = "LRR01"
"""

NJ = f"""{AGENCY.replace("STATE", "NJ")}
[payers.plan]
name = "Garden Plan"
policy = "NJ/sud"
id = "44556"
rendering = "peer"
charges = {{ "H0038:HF" = 16 }}

[policy."NJ/sud"]
asked = "Garden Plan provider line"
on = 2026-09-30
unit.rounding = "down"
unit.aggregate = "encounter"
credential.CPRS = true
"""

IN = f"""{AGENCY.replace("STATE", "IN")}
[payers.medicaid]
name = "Hoosier Plan"
policy = "IN/mro"
id = "HOOS"
rendering = "peer"
charges = {{ "H0038:HW" = "17.50" }}

[policy."IN/mro"]
asked = "Provider module"
on = 2026-07-01
service.individual.hcpcs = {{ answer = "H0038", page = "p. 31" }}
service.individual.modifiers = {{ answer = ["HW"], page = "p. 31" }}
unit.minutes = 15
unit.rounding = "down"
unit.aggregate = "encounter"
credentials = {{ answer = ["CRS"], page = "p. 12" }}
"""

MI = f"""{AGENCY.replace("STATE", "MI")}
[payers.pihp]
name = "Lakes Health"
policy = "MI/sud-recovery-coaching"
id = "LAKE1"
rendering = "peer"
charges = {{ H0038 = "25.00" }}

[policy."MI/sud-recovery-coaching"]
asked = "Contract with Lakes Health"
on = 2026-01-15
page = "attachment C"
unit.rounding = "down"
unit.aggregate = "encounter"
service.individual.modifiers = "HF"
"""


def setup_of(answers: str) -> Setup:
    """Return the set-up of a new agency with the answers of a file, of which none is wrong."""
    given = read_answers("answers.toml", answers).answers
    setup, problems = Setup(DAY).all_answered(given)
    assert problems == {}
    return setup
