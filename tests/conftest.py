"""A small workspace for tests: one member, one peer, one encounter; and where ledgers are, in both databases."""

import gc
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import databases
import pytest
from hypothesis import HealthCheck, settings
from thorough import some

# Modules that assert for tests: rewritten as they are imported, so that a failure shows both sides.
pytest.register_assert_rewrite("answering", "defects", "example_answers", "office", "questions", "worlds")

# A busy machine is no failure. Where CI is set, hypothesis loads a patient profile of its own, and repeatable.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
if not os.environ.get("CI"):
    settings.load_profile("patient")


ROOT = Path(__file__).parents[1]
_ON_SERVER = tuple(ROOT / "tests" / name for name in ("cli", "ledger/answers", "ledger/look", "ledger/send", "report"))


def pytest_sessionstart() -> None:
    """Look for nothing to free while modules and cases are collected: nearly all of them stay."""
    gc.disable()


def pytest_collection_finish() -> None:
    """Look for what can be freed again, and leave what was collected out of it."""
    gc.freeze()
    gc.enable()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what differs on a server by its data alone: of each module about that, some cases run there.

    Each case runs on SQLite; `make test-all` runs all of them on both.
    """
    cases: dict[Path, list[pytest.Item]] = {}
    for item in items:
        if isinstance(item, pytest.Function) and "postgresql" in item.name and item.path.is_relative_to(ROOT):
            cases.setdefault(item.path, []).append(item)
    left_out = {
        item
        for path, several in cases.items()
        if any(path.is_relative_to(folder) for folder in _ON_SERVER)
        for item in set(several) - set(some(several, 6))
    }
    if left_out:
        config.hook.pytest_deselected(items=sorted(left_out, key=lambda item: item.nodeid))
        items[:] = [item for item in items if item not in left_out]


@pytest.fixture(scope="module", autouse=True)
def old_objects_are_looked_at_once() -> Iterator[None]:
    """Leave what a module of tests loaded out of later collections: late tests would go through all of it again."""
    yield
    gc.collect()
    gc.freeze()


POLICY = """\
state = "NJ"

[source.contract]
title = "Example value, not a real rule"
kind = "primary"

[[sud.unit]]
rounding = "down"
aggregate = "encounter"
source = "contract p. 12"
"""
"""What the published text leaves open for the payer of `SMALL`."""
SMALL = {
    "peerbill.toml": """\
[organization]
name = "Shore Recovery Community"
npi = "1234567893"
tax_id = "221234567"
taxonomy = "261QR0405X"
timezone = "America/New_York"
address = { street = "12 Water St", city = "Toms River", state = "NJ", zip = "087531234" }
contact = { name = "Billing Office", phone = "7325550100" }

[submitter]
name = "Shore Recovery Community"
id = "SHORE01"

[ledger]
tag = "TEST"

[payers.horizon]
policy = "NJ/sud"
name = "HORIZON NJ HEALTH"
id = "EXAMPLE01"
receiver = { name = "EXAMPLE CLEARINGHOUSE", id = "EXAMPLE02" }
mode = "production"
charges = { "H0038:HF" = "16.00" }
""",
    "staff.csv": "staff_id,last_name,first_name,npi,role,supervisor_id,hired_on\n"
    "S1,Rivera,Dana,1245319599,peer,S2,2025-01-06\nS2,Okafor,Ife,,supervisor,,2024-03-01\n",
    "screenings.csv": "staff_id,list,list_date,result\n"
    + "".join(f"{who},LEIE,2026-{month:02}-01,clear\n" for month in range(1, 13) for who in ("S1", "S2")),
    "credentials.csv": "staff_id,state,credential,number,issued_on,expires_on,status\n"
    "S1,NJ,CPRS,12345,2025-01-01,2027-12-31,active\n",
    "members.csv": "member_id,last_name,first_name,birth_date,sex,street,city,state,zip,release_on\n"
    "M1,Lane,Alex,1988-04-02,M,5 Oak Ave,Brick,NJ,08723,2026-01-05\n",
    "coverage.csv": "member_id,payer,subscriber_id,from,to,rank\nM1,horizon,123456789012,2026-01-01,,1\n",
    "plans.csv": "member_id,plan_id,kind,effective_on,expires_on,signed_by,signed_on,goals\n"
    "M1,P1,recovery,2026-01-05,2026-12-31,S1;member,2026-01-05,stay housed;find work\n",
    "places.csv": "place_id,name,street,city,state,zip,place\n"
    "OWN,Shore Recovery Community,12 Water St,Toms River,NJ,08753-1234,57\n",
    "encounters.csv": "encounter_id,member_id,staff_id,service,start,end,place,channel,diagnoses,support_type,activity,"
    "plan_id,goal,intervention,response,next_step,location,signed_by,signed_at,voluntary\n"
    "E1,M1,S1,individual,2026-03-02T10:00,2026-03-02T10:45,57,in-person,F11.20,informational,job search,P1,find work,"
    '"Went through three postings.","Made one call.",Second call by Thursday.,center,S1,2026-03-02T16:10,yes\n',
}


@pytest.fixture
def small_workspace(tmp_path: Path) -> Path:
    """Make a folder with `SMALL` in it; a test changes what it is about."""
    folder = tmp_path / "workspace"
    folder.mkdir()
    for name, text in SMALL.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def kept_audits(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder in which all processes of this run of tests keep what they audited."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "audits"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def server_database() -> Iterator[str]:
    """Yield the address of a PostgreSQL database that this process of tests has for itself."""
    if not databases.SERVER:
        pytest.skip(databases.WITHOUT)
    with databases.new_database(os.environ.get("PYTEST_XDIST_WORKER", "main")) as url:
        yield url


@pytest.fixture
def postgresql_url(server_database: str) -> str:
    """Return the address of an empty ledger in PostgreSQL."""
    databases.clear(server_database)
    return server_database


@pytest.fixture(params=["sqlite", "postgresql"])
def ledger_url(request: pytest.FixtureRequest) -> str:
    """Return `[ledger] url` of an empty ledger: every test that asks for it runs on both databases."""
    if request.param == "sqlite":
        return databases.SQLITE
    url: str = request.getfixturevalue("postgresql_url")
    return url


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Yield the driver of a Chromium without a window."""
    from browsers import BROWSER, DRIVER, opened_browser  # noqa: PLC0415  # only tests of pages need selenium

    if not BROWSER or not DRIVER:
        pytest.skip("there is no Chromium with its driver; .ci/chromium installs Debian's packages and runs a command")
    with opened_browser() as driver:
        yield driver
