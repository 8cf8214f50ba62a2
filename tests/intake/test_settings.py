import datetime as dt
from decimal import Decimal

import attrs
import pytest

from peerbill.intake.settings import read_settings
from peerbill.model.claim import (
    Address,
    BillingProvider,
    Contact,
    DatedCharge,
    FunctionalGroup,
    Interchange,
    Party,
    Payer,
    SecondService,
)
from peerbill.model.errors import UnusableInputError
from peerbill.model.records import Settings

LEAST = """\
[organization]
name = "Shore Recovery Community"
npi = "1234567893"
tax_id = "22-1234567"
timezone = "America/New_York"
address = { street = "12 Water St", city = "Toms River", state = "NJ", zip = "08753-1234" }
contact = { name = "Billing Office", phone = "(732) 555-0100" }

[submitter]
name = "Shore Recovery Community"
id = "SHORE01"

[payers.horizon]
policy = "NJ/sud"
name = "HORIZON NJ HEALTH"
id = "EXAMPLE01"
receiver = { name = "EXAMPLE CLEARINGHOUSE", id = "EXAMPLE02" }
"""

HORIZON = Payer(
    key="horizon",
    policy=("NJ/sud",),
    name="HORIZON NJ HEALTH",
    id="EXAMPLE01",
    receiver=Party("EXAMPLE CLEARINGHOUSE", "EXAMPLE02"),
)


def problems(text: str) -> list[str]:
    with pytest.raises(UnusableInputError) as error:
        read_settings(text)
    return str(error.value).splitlines()


def test_where_checkpoints_are_kept_and_their_keys() -> None:
    kept = '\n[ledger]\ncheckpoint = "kept/"\ncheckpoint_key = "/k/private.pem"\ncheckpoint_public_key = "public.pem"\n'
    settings, notices = read_settings(LEAST + kept)
    named = (settings.ledger_checkpoint, settings.ledger_checkpoint_key, settings.ledger_checkpoint_public_key)
    least, _ = read_settings(LEAST)

    assert (named, notices) == (("kept/", "/k/private.pem", "public.pem"), ())
    assert attrs.evolve(
        settings, ledger_checkpoint="", ledger_checkpoint_key="", ledger_checkpoint_public_key=""
    ) == attrs.evolve(least)
    assert read_settings(f'{LEAST}\n[ledger]\ncheckpoint = "a.json"\n')[0].ledger_checkpoint == "a.json"


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ("checkpoint = 7", 'checkpoint: expected a text in quotation marks, such as "x", found another kind of value'),
        ('checkpoint = "staff.csv"', "checkpoint: expected a folder, such as checkpoints/, or a file of its own"),
        ('checkpoint = "Ledger.DB"', "checkpoint: expected a folder, such as checkpoints/, or a file of its own"),
        ('checkpoint = "a\\u0000b"', "checkpoint: expected the path of a file, found control characters in it"),
        ('checkpoint_key = "k.pem"', "checkpoint_key: expected checkpoint beside it, found none"),
        (
            'checkpoint_public_key = "p.pem"\ncheckpoint = "kept/"',
            "checkpoint_public_key: expected checkpoint_key beside it, found none",
        ),
    ],
)
def test_checkpoints_that_cannot_be_kept(lines: str, expected: str) -> None:
    (problem,) = problems(f"{LEAST}\n[ledger]\n{lines}\n")

    assert problem.startswith(f"peerbill.toml line {LEAST.count(chr(10)) + 3}: [ledger] {expected}"), problem


def test_the_least_that_is_needed_is_read_with_the_defaults() -> None:
    settings, notices = read_settings(LEAST)

    assert notices == ()
    assert settings == Settings(
        BillingProvider(
            name="Shore Recovery Community",
            tax_id="221234567",
            address=Address("12 Water St", "Toms River", "NJ", "087531234"),
            contact=Contact("Billing Office", "7325550100"),
            timezone="America/New_York",
            npi="1234567893",
        ),
        Party("Shore Recovery Community", "SHORE01"),
        {"horizon": HORIZON},
        "sqlite:///ledger.db",
    )


def test_every_optional_key_is_read() -> None:
    more = """\
claim_filing = "HM"
purpose = "reporting"
mode = "production"
charges = { "H0038" = "25.00", "H0038:HQ" = 10, "H0038:HF:U1" = 12.5 }
claim_span = "batch"
interchange.sender_qualifier = "30"
interchange.sender_id = "221234567"
interchange.receiver_qualifier = "01"
interchange.receiver_id = "R"
interchange.acknowledgment = true
group = { sender = "GS", receiver = "GR" }
rendering = "agency"
taxonomy = true
provider_id = "P123"
max_claims_per_transaction = 100
max_claims_per_file = 1
address_when_none = { street = "1 A St", city = "Brick", state = "NJ", zip = "08723" }
payer = "horizon"

[payers.other]
name = "NO POLICY"

[ledger]
url = "postgresql+psycopg://peerbill@localhost/peerbill"
"""
    text = LEAST.replace('"NJ/sud"', '["NJ/sud", "MI/sud-recovery-coaching"]') + more
    text = text.replace("[submitter]", 'taxonomy = "261QR0405X"\nkind = "245G"\nregion = "south"\n\n[submitter]')
    settings, notices = read_settings(text)

    assert notices == ()
    assert (settings.organization.taxonomy, settings.organization.kind, settings.organization.region) == (
        "261QR0405X",
        "245G",
        "south",
    )
    assert settings.ledger_url == "postgresql+psycopg://peerbill@localhost/peerbill"
    assert settings.payers == {
        "horizon": attrs.evolve(
            HORIZON,
            policy=("NJ/sud", "MI/sud-recovery-coaching"),
            claim_filing="HM",
            purpose="reporting",
            mode="production",
            charges={"H0038": Decimal("25.00"), "H0038:HQ": Decimal(10), "H0038:HF:U1": Decimal("12.5")},
            claim_span="batch",
            interchange=Interchange("30", "221234567", "01", "R", acknowledgment=True),
            group=FunctionalGroup("GS", "GR"),
            rendering="agency",
            taxonomy=True,
            provider_id="P123",
            max_claims_per_transaction=100,
            max_claims_per_file=1,
            address_when_none=Address("1 A St", "Brick", "NJ", "08723"),
            payer="horizon",
        ),
        "other": Payer(key="other", policy=(), name="NO POLICY", id="", receiver=Party("", "")),
    }


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (
            'npi = "1234567893"',
            'npi = "1234567890"',
            "peerbill.toml line 3: [organization] npi: the NPI's check digit is",
        ),
        (
            'npi = "1234567893"',
            "npi = 1234567893",
            "peerbill.toml line 3: [organization] npi: expected a text in quotation",
        ),
        (
            'npi = "1234567893"',
            "",
            "peerbill.toml line 13: [payers.horizon] provider_id: expected a provider id, since",
        ),
        ('tax_id = "22-1234567"', "", "peerbill.toml line 1: [organization] tax_id: expected, found nothing. Add it."),
        ('tax_id = "22', 'taxid = "22', "tax_id: expected, found nothing. Is it misspelt as taxid?"),
        ('zip = "08753-1234"', 'zip = "8753"', "peerbill.toml line 6: [organization.address] zip: a ZIP code has five"),
        (
            'state = "NJ"',
            'state = "Jersey"',
            "peerbill.toml line 6: [organization.address] state: expected a state in",
        ),
        ("America/New_York", "Mars/Olympus", "line 5: [organization] timezone: expected the name of a time zone"),
        (
            "(732) 555-0100",
            "555-0100",
            "peerbill.toml line 7: [organization.contact] phone: expected a telephone number",
        ),
        (
            'name = "Shore Recovery Community"\nid',
            "id",
            "peerbill.toml line 9: [submitter] name: expected, found nothing.",
        ),
        ('id = "SHORE01"', 'id = " "', "peerbill.toml line 11: [submitter] id: expected a text, found it blank."),
        ('"NJ/sud"', '"NJ"', "peerbill.toml line 14: [payers.horizon] policy: expected a programme as STATE/PROGRAMME"),
        ('"NJ/sud"', "7", "peerbill.toml line 14: [payers.horizon] policy: expected a text or a list of texts"),
        ("policy =", 'mode = "prod"\npolicy =', "mode: expected test or production, found another word. Write one"),
        (
            "policy =",
            'claim_span = "weeks"\npolicy =',
            "claim_span: expected day, week, month or batch, found another word",
        ),
        ("policy =", 'claim_span = "weeks"\npolicy =', "Did you mean week?"),
        (
            "policy =",
            'charges = { "H38" = "1.00" }\npolicy =',
            "[payers.horizon.charges] H38: expected a procedure code",
        ),
        ("policy =", 'charges = { "H0038" = "1.001" }\npolicy =', "H0038: expected an amount in dollars and cents"),
        ("policy =", 'charges = { "H0038" = "-1" }\npolicy =', "H0038: expected an amount in dollars and cents"),
        ("policy =", 'charges = { "H0038" = "NaN" }\npolicy =', "H0038: expected an amount in dollars and cents"),
        ("policy =", 'charges = { "H0038" = 1e999 }\npolicy =', "H0038: expected an amount in dollars and cents"),
        ("policy =", 'charges = { "H0038" = 1e1 }\npolicy =', "H0038: expected an amount in dollars and cents"),
        ("policy =", 'charges = { "H0038" = "1e1" }\npolicy =', "H0038: expected an amount in dollars and cents"),
        ("policy =", 'charges = { "H0038" = "2_5" }\npolicy =', "H0038: expected an amount in dollars and cents"),
        (
            "policy =",
            'charges = { "H0038" = "\u0662\u0665" }\npolicy =',
            "H0038: expected an amount in dollars and cents",
        ),
        ("policy =", 'charges = { "H0038" = 1234567890 }\npolicy =', "H0038: expected an amount in dollars and cents"),
        ("policy =", 'charges = { "H0038" = true }\npolicy =', "H0038: expected an amount in dollars and cents"),
        (
            "policy =",
            "max_claims_per_file = 0\npolicy =",
            "max_claims_per_file: expected a whole number from 1 to 999,999",
        ),
        (
            "policy =",
            "max_claims_per_file = true\npolicy =",
            "max_claims_per_file: expected a whole number from 1 to 999,999",
        ),
        ("policy =", "answer_days = 3661\npolicy =", "answer_days: expected a whole number from 1 to 3,660"),
        ("policy =", f"answer_days = {'9' * 5000}\npolicy =", "line 14: this number has too many digits"),
        ("policy =", 'interchange = { sender_id = "1234567890123456" }\npolicy =', "sender_id: expected at most 15"),
        ("policy =", 'taxonomy = "yes"\npolicy =', "taxonomy: expected true or false, found another kind of value"),
        ("[payers.horizon]", "[payer.horizon]", "[payers]: expected, found nothing. Is it misspelt as payer?"),
        (
            "receiver =",
            "receivers =",
            "peerbill.toml line 13: [payers.horizon] receiver: expected, found nothing. Is it misspelt as receivers?",
        ),
    ],
)
def test_what_is_wrong_is_told_by_line_table_and_key(old: str, new: str, told: str) -> None:
    assert old in LEAST

    assert any(told in line for line in problems(LEAST.replace(old, new, 1))), problems(LEAST.replace(old, new, 1))


def test_a_missing_table_is_told_once() -> None:
    assert problems('[submitter]\nname = "x"\nid = "y"\n') == [
        "peerbill.toml: [organization]: expected, found nothing. Add it.",
        "peerbill.toml: [payers]: expected, found nothing. Add it.",
    ]


def test_a_key_that_is_not_known_is_told_beside_what_is_missing_for_it() -> None:
    assert problems(LEAST.replace("\nnpi =", "\nnpii =", 1)) == [
        (
            "peerbill.toml line 13: [payers.horizon] provider_id: expected a provider id, since [organization] has no "
            "npi, found none. Add the organization's npi, or the id that this payer gave it."
        ),
        "peerbill.toml line 3: [organization] npii: not known, ignored. Did you mean npi?",
    ]


def test_a_slip_of_the_pen_is_told_once() -> None:
    assert problems(LEAST.replace("tax_id =", "taxid =", 1)) == [
        "peerbill.toml line 1: [organization] tax_id: expected, found nothing. Is it misspelt as taxid?"
    ]


def test_a_workspace_needs_a_payer() -> None:
    text = LEAST[: LEAST.index("[payers.horizon]")] + "[payers]\n"

    assert problems(text) == [
        (
            "peerbill.toml line 13: [payers]: expected at least one payer, found none. "
            "Add a table such as [payers.medicaid]."
        )
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[organization\n", "peerbill.toml line 1"),
        ('a = 1\nb = "\n', "peerbill.toml line 2"),
        ('a = """\n', "peerbill.toml line 1: this is not TOML: "),
        ("a = " + "[" * 5_000, "peerbill.toml: nested too deeply"),
        ("a = 1\na = 2\n", "peerbill.toml line 2: a is in line 1 already: keep one of the two."),
        ("[a.b]\n[[a]]\n", "peerbill.toml line 2: [[a]] has no name, and line 1 has one, [a.b]: write [a.NAME]."),
    ],
)
def test_what_is_no_toml_is_told_by_its_line(text: str, told: str) -> None:
    (problem,) = problems(text)

    assert problem.startswith(told)


def test_unknown_keys_are_told_with_what_was_meant() -> None:
    text = LEAST + "max_claim_per_file = 10\n\n[shoes]\nsize = 44\n"
    settings, notices = read_settings(text.replace("[submitter]", 'fax = "1"\n\n[submitter]'))

    assert settings.payers["horizon"].max_claims_per_file == 5000
    assert notices == (
        "peerbill.toml line 9: [organization] fax: not known, ignored. Remove it, or look up its name.",
        (
            "peerbill.toml line 20: [payers.horizon] max_claim_per_file: not known, ignored. "
            "Did you mean max_claims_per_file?"
        ),
        "peerbill.toml line 22: [shoes]: not known, ignored. Remove it, or look up its name.",
    )


# Payer profiles

PROFILED = LEAST.replace(
    'name = "HORIZON NJ HEALTH"\nid = "EXAMPLE01"\nreceiver = { name = "EXAMPLE CLEARINGHOUSE", id = "EXAMPLE02" }\n',
    'name = "MICHIGAN MEDICAID"\nreceiver = { name = "MDHHS" }\nprofile = "MI/champs"\n',
)
FILLED = attrs.evolve(HORIZON, name="MICHIGAN MEDICAID", id="D00111", receiver=Party("MDHHS", "D00111"))


def test_a_profile_fills_what_the_workspace_leaves_out_and_says_what_is_not_confirmed() -> None:
    settings, notices = read_settings(PROFILED)

    assert settings.payers == {"horizon": FILLED}
    told = (
        "peerbill.toml line 17: [payers.horizon] profile: taken from MI/champs and not confirmed: id, receiver.id. "
        "Ask the payer before production."
    )
    assert notices == (told,)


def test_the_workspace_s_own_value_stands() -> None:
    settings, notices = read_settings(PROFILED.replace('"MDHHS" }', '"MDHHS", id = "OWN" }') + 'id = "MINE"\n')

    assert notices == ()
    assert settings.payers == {"horizon": attrs.evolve(FILLED, id="MINE", receiver=Party("MDHHS", "OWN"))}


@pytest.mark.parametrize("mode", ['"production"', '" production "'])
def test_production_refuses_each_value_that_is_not_confirmed(mode: str) -> None:
    assert problems(f"{PROFILED}mode = {mode}\n") == [
        f'peerbill.toml line 17: [payers.horizon] profile: {key} = "D00111" of the profile MI/champs is not confirmed '
        f'(secondary). Ask the payer; then write it here, or confirmed = ["{key}"], before mode = "production".'
        for key in ("id", "receiver.id")
    ]


def test_production_refuses_a_value_of_the_payer_read_for_another_transaction() -> None:
    found = problems(PROFILED.replace("MI/champs", "DC/dhcf") + 'mode = "production"\n')

    assert any(
        "max_claims_per_file = 5000 of the profile DC/dhcf is not confirmed (primary, read for 837I)" in line
        for line in found
    )
    assert any("taxonomy = true of the profile" in line for line in found)


def test_production_takes_confirmed_values() -> None:
    settings, notices = read_settings(PROFILED + 'mode = "production"\nconfirmed = ["id", "receiver.id"]\n')

    assert notices == ()
    assert settings.payers == {"horizon": attrs.evolve(FILLED, mode="production")}


def test_production_takes_the_workspace_s_own_values_without_confirmation() -> None:
    own = 'mode = "production"\nid = "MINE"\nconfirmed = "receiver.id"\n'
    settings, _ = read_settings(PROFILED + own)

    assert settings.payers == {"horizon": attrs.evolve(FILLED, mode="production", id="MINE")}


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (
            "MI/champs",
            "MI/chams",
            "expected the id of a payer profile, such as MI/champs, found something else. Did you mean MI/champs?",
        ),
        ("MI/champs", "nothing", "found something else. List them with: peerbill policy --payers"),
        ('"MI/champs"', '"MI/champs"\nconfirmed = ["receiver.ID"]', "Did you mean receiver.id?"),
        ('"MI/champs"', '"MI/champs"\nconfirmed = ["zzz"]', "Its keys are id, receiver.id."),
        (
            'profile = "MI/champs"',
            'id = "X"\nconfirmed = ["id"]',
            "expected a profile whose values are confirmed, found none. Remove it.",
        ),
        (
            'receiver = { name = "MDHHS" }',
            'receiver = "MDHHS"',
            "[payers.horizon] receiver: expected a table, found another kind of value.",
        ),
    ],
)
def test_slips_with_a_profile_are_told(old: str, new: str, told: str) -> None:
    assert told in "\n".join(problems(PROFILED.replace(old, new)))


# --- charges that change on a day, and the pay-to address -------------------------------------------------------------

CHANGED = """
[[payers.horizon.charge]]
hcpcs = "H0038:HF"
amount = "16.00"
from = 2026-01-01
to = 2026-09-14

[[payers.horizon.charge]]
hcpcs = "H0038:HF"
amount = 18
from = "2026-09-15"
"""


def test_charges_have_first_and_last_days() -> None:
    settings, notices = read_settings(LEAST + CHANGED)

    assert notices == ()
    assert settings.payers["horizon"].dated_charges == (
        DatedCharge("H0038:HF", Decimal(16), dt.date(2026, 1, 1), dt.date(2026, 9, 14)),
        DatedCharge("H0038:HF", Decimal(18), dt.date(2026, 9, 15)),
    )


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("to = 2026-09-14", "to = 2026-09-15", "from: expected one charge for H0038:HF on a day, found tables 1 and 2"),
        ("to = 2026-09-14\n", "", "from: expected one charge for H0038:HF on a day, found tables 1 and 2"),
        ("to = 2026-09-14", "to = 2025-09-14", "to: expected a day on or after from"),
        ("amount = 18", "amount = 18.001", "amount: expected an amount in dollars and cents"),
        ("amount = 18\n", "", "amount: expected an amount in dollars and cents"),
        ('from = "2026-09-15"', 'from = "15.9.2026"', "from: expected a day such as 2026-09-15"),
        ('from = "2026-09-15"', "", "from: expected, found nothing"),
        ('hcpcs = "H0038:HF"', 'hcpcs = "H38"', "hcpcs: expected a procedure code with its modifiers"),
    ],
)
def test_charges_that_overlap_or_cannot_be_read_are_refused(old: str, new: str, told: str) -> None:
    found = problems(LEAST + CHANGED.replace(old, new, 1))

    assert any(told in line for line in found), found


def test_a_table_of_several_is_named_by_its_own_line() -> None:
    text = LEAST + CHANGED.replace("amount = 18", "amount = -18")
    line = text.splitlines().index("amount = -18") + 1

    assert [one.partition(":")[0] for one in problems(text)] == [f"peerbill.toml line {line}"]


def test_each_charge_that_shares_a_day_with_another_is_named_once() -> None:
    table = '[[payers.horizon.charge]]\nhcpcs = "{}"\namount = 1\nfrom = {}\nto = {}\n'
    spans = [
        ("H0038:HF", "2026-03-01", "2026-03-31"),
        ("H0038:HF", "2026-01-01", "2026-12-31"),
        ("H0038:HF", "2026-12-31", "2027-01-31"),
        ("H0038:HF", "2027-02-01", "2027-02-01"),
        ("H0038", "2026-01-01", "2026-12-31"),
    ]
    found = problems(LEAST + "\n".join(table.format(*span) for span in spans))

    assert [one.partition("found ")[2].partition(" on")[0] for one in found] == ["tables 1 and 2", "tables 2 and 3"]


def test_order_of_modifiers_does_not_make_another_charge() -> None:
    text = CHANGED.replace("H0038:HF", "H0038:HF:HQ", 1).replace('"H0038:HF"', '"H0038:HQ:HF"').replace("to = ", "#")

    assert "on a day" in problems(LEAST + text)[0]


def test_payments_may_go_to_another_address() -> None:
    address = 'pay_to = { street = "PO Box 12", city = "Brick", state = "NJ", zip = "08723" }'
    settings, _ = read_settings(LEAST.replace("timezone =", f"{address}\ntimezone =", 1))

    assert settings.organization.pay_to == Address("PO Box 12", "Brick", "NJ", "08723")


@pytest.mark.parametrize(
    ("line", "field", "expected"),
    [
        ('rendering = "Peer"', "rendering", "peer"),
        ('claim_span = " WEEK "', "claim_span", "week"),
        ('claim_span = "monthly"', "claim_span", "month"),
        ('purpose = "Reporting"', "purpose", "reporting"),
        ('mode = "PRODUCTION"', "mode", "production"),
    ],
)
def test_words_of_a_payer_are_known_in_any_case_and_spacing(line: str, field: str, expected: str) -> None:
    settings, _ = read_settings(LEAST.replace("policy =", f"{line}\npolicy ="))

    assert getattr(next(iter(settings.payers.values())), field) == expected


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ('"59"', SecondService("59", "59")),
        ('{ same_peer = "76", other_peer = "77" }', SecondService("76", "77")),
        ('{ other_peer = "XE" }', SecondService("", "XE")),
        ('""', None),
        ("{}", None),
    ],
)
def test_the_modifiers_of_a_second_service(given: str, expected: SecondService | None) -> None:
    settings, notices = read_settings(LEAST.replace("policy =", f"second_service = {given}\npolicy =", 1))

    assert notices == ()
    assert settings.payers["horizon"].second_service == expected


@pytest.mark.parametrize("given", ['"7"', '{ same_peer = "767" }', "76"])
def test_what_is_no_modifier_of_a_second_service_is_refused(given: str) -> None:
    found = problems(LEAST.replace("policy =", f"second_service = {given}\npolicy =", 1))

    assert all("horizon" in line and "expected" in line for line in found), found


@pytest.mark.parametrize(("word", "order"), [("month-first", "month-first"), ("Day first", "day-first"), ("", "")])
def test_the_order_of_days_with_slashes(word: str, order: str) -> None:
    assert read_settings(f'{LEAST}\n[workspace]\ndates = "{word}"\n')[0].dates == order


def test_another_order_is_refused() -> None:
    (problem,) = problems(f'{LEAST}\n[workspace]\ndates = "US"\n')
    assert problem == (
        "peerbill.toml line 20: [workspace] dates: expected month-first or day-first, the order of days such as "
        "9/14/2026. Correct it."
    )
