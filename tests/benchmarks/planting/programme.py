"""The agencies of the benchmark: `programmes.toml`, read into values."""

import functools
import tomllib
from pathlib import Path
from typing import Any

import attrs

from peerbill.intake.settings import read_settings
from peerbill.model.records import Settings
from peerbill.policy import Policies, load_policies

_SOURCE = '[source.example]\ntitle = "Example value, not a real rule"\nkind = "primary"\n'


@attrs.frozen(eq=False)
class Programme:
    """An agency that serves one programme; `facts` are the values of its table in `programmes.toml`, by key."""

    key: str
    facts: dict[str, Any]

    @property
    def state(self) -> str:
        """The two letters of the state."""
        return self.id.partition("/")[0]

    @property
    def id(self) -> str:
        """STATE/PROGRAMME."""
        return str(self.facts["programme"])

    def has(self, *names: str) -> bool:
        """Tell whether the programme has a rule for each of some names."""
        return all(name in self.facts for name in names)

    def __getitem__(self, name: str) -> Any:
        return self.facts[name]

    def get(self, name: str, default: Any = None) -> Any:
        """Return a value, or a default where the programme has no such rule."""
        return self.facts.get(name, default)

    @functools.cache  # noqa: B019  # eight programmes, for the time of a run
    def policies(self) -> Policies:
        """Return the packaged policy with the agency's contract over it."""
        text = f'state = "{self.state}"\n{_SOURCE}{self["contract"]}'
        return load_policies([self.id], {"policies/contract.toml": text})

    def settings(self, sites: dict[str, int] | None = None) -> Settings:
        """Return `peerbill.toml`; `sites` are keys of sites, each with the number of its street."""
        charges = ", ".join(f'"{code}" = "{amount}"' for code, amount in self["charges"].items())
        region = f'city = "{self["city"]}", state = "{self.state}"'
        kind = f'kind = "{self["kind"]}"\n' if self.has("kind") else ""
        payer = f'payer = "{self["payer"]}"\n' if self.has("payer") else ""
        text = f"""\
[organization]
name = "Harbor Recovery Community"
npi = "1234567893"
tax_id = "381234567"
taxonomy = "251S00000X"
timezone = "{self["timezone"]}"
{kind}address = {{ street = "1 Harbor Street", {region}, zip = "{self["zip"]}" }}
contact = {{ name = "Billing Office", phone = "5175550100" }}

[submitter]
name = "Harbor Recovery Community"
id = "HARBOR1"

[payers.plan]
policy = ["{self.id}"]
name = "STATE PLAN"
id = "EXAMPLE01"
receiver = {{ name = "STATE PLAN", id = "EXAMPLE01" }}
mode = "production"
rendering = "peer"
{payer}charges = {{ {charges} }}

[payers.medicare]
name = "MEDICARE"
id = "MC001"
claim_filing = "MB"
"""
        for site, number in (sites or {}).items():
            text += f"""
[sites.{site}]
name = "Harbor {site}"
address = {{ street = "{number} Quay Street", {region}, zip = "{self["zip"]}" }}
"""
        settings, notices = read_settings(text)
        if notices:
            raise ValueError(notices)
        return settings

    def shared_rows(self) -> dict[str, list[dict[str, str]]]:
        """Return the rows of the agency as a whole: its licenses, its own enrollment, a place where it serves."""
        rows: dict[str, list[dict[str, str]]] = {
            "places": [
                {
                    "place_id": "CMHC",
                    "name": "Riverside Mental Health Center",
                    "street": "40 Riverside Way",
                    "city": self["city"],
                    "state": self.state,
                    "zip": self["zip"],
                    "place": "53",
                }
            ]
        }
        if self.has("license"):
            rows["licenses"] = [{"kind": self["license"], "issued_on": "2024-01-01", "expires_on": "2027-12-31"}]
        if self.get("organization_enrolled"):
            rows["enrollments"] = [{"payer": "plan", "from": "2024-01-01"}]
        return rows


@functools.cache
def programmes() -> tuple[Programme, ...]:
    """Return every agency, in the order of the file."""
    file = Path(__file__).with_name("programmes.toml")
    return tuple(Programme(key, facts) for key, facts in tomllib.loads(file.read_text(encoding="utf-8")).items())
