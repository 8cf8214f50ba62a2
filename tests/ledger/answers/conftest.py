"""An office, and an empty ledger for it."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import attrs
import databases
import pytest
from office import Office

from peerbill.ledger.look.history import reading
from peerbill.ledger.store import schema
from peerbill.ledger.store.ledger import open_ledger
from peerbill.ledger.verify import verify


@pytest.fixture(scope="module")
def empty_ledger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a ledger that holds nothing: making its tables takes longer than most tests."""
    folder = tmp_path_factory.mktemp("ledger")
    open_ledger(databases.SQLITE, folder, tag=databases.TAG)
    return folder / "ledger.db"


@pytest.fixture
def office(tmp_path: Path, empty_ledger: Path, ledger_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    """Yield an office, and look afterwards whether its ledger agrees with its audit trail."""
    if ledger_url == databases.SQLITE:
        shutil.copy(empty_ledger, tmp_path)
    databases.keep_connections(monkeypatch)
    yield Office(tmp_path, ledger_url)
    # No answer changes a schema, and to look at one takes half as long as all the rest.
    monkeypatch.setattr(schema, "differences", lambda _: iter(()))
    with reading(ledger_url, tmp_path) as connection:
        assert connection is not None
        assert verify(connection).problems == ()


@pytest.fixture
def in_sets(office: Office) -> Office:
    """Return an office whose claims to north each stand in a transaction set of their own."""
    payers = {key: attrs.evolve(one, max_claims_per_transaction=1) for key, one in office.settings.payers.items()}
    office.settings = attrs.evolve(office.settings, payers=payers)
    return office
