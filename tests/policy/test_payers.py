"""Payer profiles: every value sourced, of the kind that peerbill.toml takes, and told with what is in doubt."""

import attrs
import pytest
from shared import SHARED, needs_shared

from peerbill.codes import states_and_district
from peerbill.intake.settings import read_settings
from peerbill.model.claim import Payer
from peerbill.model.errors import PolicyError
from peerbill.policy.payers import PROFILE_KEYS, PayerProfile, ProfileValue, Told, payer_profile, profile_ids

STATUSES = {"primary", "secondary", "unconfirmed"}


@pytest.mark.parametrize("id_", profile_ids())
def test_everything_in_a_profile_is_sourced_and_of_its_kind(id_: str) -> None:
    profile = payer_profile(id_)
    keys = [value.key for value in profile.values]
    said: list[ProfileValue | Told] = [*profile.values, *profile.told]

    assert id_.partition("/")[0] in states_and_district()
    assert profile.name
    assert profile.as_of is not None
    assert profile.values or profile.told
    assert len(keys) == len(set(keys))
    assert all(type(value.value) is PROFILE_KEYS[value.key] for value in profile.values)
    assert all(one.status in STATUSES and one.citations and all(c.title for c in one.citations) for one in said)


def test_the_keys_are_those_of_a_payer() -> None:
    fields = {field.name for field in attrs.fields(Payer)}

    assert {key.partition(".")[0] for key in PROFILE_KEYS} <= fields
    assert not {"provider_id", "charges", "mode", "policy", "key"} & {key.partition(".")[0] for key in PROFILE_KEYS}


@pytest.mark.parametrize(
    ("status", "transaction", "sure"),
    [
        ("primary", "837P", True),
        ("primary", "837I", False),
        ("secondary", "837P", False),
        ("unconfirmed", "837P", False),
    ],
)
def test_only_the_payer_s_own_word_on_837p_is_sure(status: str, transaction: str, *, sure: bool) -> None:
    assert ProfileValue("id", "X", status, transaction).is_sure is sure


def test_michigan() -> None:
    profile = payer_profile("MI/champs")

    assert [(value.key, value.value, value.status) for value in profile.values] == [
        ("id", "D00111", "secondary"),
        ("receiver.id", "D00111", "secondary"),
    ]
    assert "maximum claims" in profile.unknown


def test_a_conflict_is_kept_and_no_side_is_taken() -> None:
    profile = payer_profile("GA/gammis")

    assert profile.values == ()
    assert [told.text for told in profile.told if told.about == "conflict"] == [
        "clearinghouses use GAMEDICAID, SKGA0 and 12K05, and some quote 77034: none is taken"
    ]


@pytest.mark.parametrize("id_", ["MI/chams", "XX/none", "", "MI"])
def test_a_profile_that_is_not_there_is_told(id_: str) -> None:
    with pytest.raises(PolicyError, match="is no payer profile"):
        payer_profile(id_)


@needs_shared
def test_every_id_of_the_companion_guides_stands_in_a_profile() -> None:
    text = (SHARED / "edi" / "companion-guides.yaml").read_text(encoding="utf-8")
    profiles = [payer_profile(id_) for id_ in profile_ids()]
    ids = {value.value for profile in profiles for value in profile.values if value.key.endswith("id")}

    assert {"DCMEDICAID", "MMISODJFS", "EMEDNYBAT", "NCTRACKSBAT", "77027", "VAMMIS FA", "CO_TXIX", "DPWMN"} <= ids
    assert all(str(id_) in text for id_ in ids)


def workspace(profile: PayerProfile) -> str:
    """Return a peerbill.toml that takes all it can from a profile, all of it confirmed, in production."""
    given = {value.key for value in profile.values}
    own = {"name": "PAYER", "id": "PAYER1", "receiver.name": "RECEIVER", "receiver.id": "RECEIVER1"}
    lines = [f'{key} = "{value}"' for key, value in own.items() if key not in given]
    confirmed = ", ".join(f'"{key}"' for key in sorted(given))
    return f"""
[organization]
name = "Shore Recovery Community"
npi = "1234567893"
tax_id = "22-1234567"
timezone = "America/New_York"
address = {{ street = "12 Water St", city = "Toms River", state = "NJ", zip = "08753-1234" }}
contact = {{ name = "Billing Office", phone = "(732) 555-0100" }}
[submitter]
name = "Shore Recovery Community"
id = "SHORE01"
[payers.one]
policy = "NJ/sud"
mode = "production"
profile = "{profile.id}"
confirmed = [{confirmed}]
{chr(10).join(lines)}
"""


@pytest.mark.parametrize("id_", profile_ids())
def test_every_profile_fills_a_workspace(id_: str) -> None:
    profile = payer_profile(id_)
    settings, notices = read_settings(workspace(profile))
    payer = settings.payers["one"]

    assert notices == ()
    for value in profile.values:
        found: object = payer
        for part in value.key.split("."):
            found = getattr(found, part)
        assert found == value.value
