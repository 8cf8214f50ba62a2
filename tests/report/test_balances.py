"""Every cent of a ledger is in the report once, and its sections agree with each other and with `claims`."""

import datetime as dt
import shutil
import tempfile
from decimal import Decimal
from pathlib import Path

import databases
import pytest
from claim_stories import STORIES, Sections, Storyteller, sections
from hypothesis import given, settings
from hypothesis import strategies as st
from office import NORTH, SOUTH, Office

from peerbill.ledger.answers.decisions import PostedAdjustment, PostedClaim, PostedLine
from peerbill.ledger.answers.settle import Settled, settle
from peerbill.ledger.look.figures import ClaimFigures, Figures
from peerbill.ledger.store.ledger import open_ledger
from peerbill.model.claim_state import ClaimState
from peerbill.model.money import cents
from peerbill.model.sent_claim import SentClaim
from peerbill.report.balances import accounts, bucket
from peerbill.report.scope import Scope
from peerbill.report.values import BUCKETS

NOTHING = Decimal("0.00")


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("ledger")
    open_ledger(databases.SQLITE, folder, tag=databases.TAG)
    return folder / "ledger.db"


@pytest.fixture
def office(tmp_path: Path, empty: Path, ledger_url: str, monkeypatch: pytest.MonkeyPatch) -> Office:
    if ledger_url == databases.SQLITE:
        shutil.copy(empty, tmp_path)
    databases.keep_connections(monkeypatch)
    return Office(tmp_path, ledger_url)


def tell(office: Office, stories: list[str]) -> None:
    """Bill to both payers, a claim for each story, and let it happen."""
    numbers = [number for pair in zip(NORTH, SOUTH, strict=False) for number in pair][: len(stories)]
    teller = Storyteller(office)
    of_claim = {}
    for file in office.send(numbers):
        for claim in file.claims:
            of_claim[claim.claim_id] = file, claim
    for (claim_id, (file, claim)), story in zip(sorted(of_claim.items()), stories, strict=False):
        ids = [id_ for line in office.built[claim_id].lines for id_ in line.encounter_ids]
        teller.tell(file, claim, story, [int(id_[1:]) for id_ in ids])


def check(found: Sections) -> None:
    """Assert that the sections agree to the cent."""
    rows = {(row.month, row.payer): row.amounts for row in found.balances}
    total = rows["", ""]
    for amounts in rows.values():
        assert (
            amounts.charges + amounts.transferred
            == amounts.payments + amounts.adjustments + amounts.written_off + amounts.balance
        )
        assert amounts.adjustments == amounts.co + amounts.pr + amounts.oa + amounts.pi + amounts.other
        assert amounts.balance == amounts.waiting + amounts.refused - amounts.credit
        assert min(amounts.waiting, amounts.refused, amounts.credit, amounts.written_off) >= 0
    for keys in (
        [key for key in rows if all(key)],
        [key for key in rows if key[0] and not key[1]],
        [key for key in rows if key[1] and not key[0]],
    ):
        for name in ("claims", "charges", "payments", "adjustments", "written_off", "balance", "transferred"):
            assert sum(getattr(rows[key], name) for key in keys) == getattr(total, name)
    assert (total.claims, int(100 * total.charges), int(100 * total.payments)) == (
        found.sums.standing, found.sums.charge_cents, found.sums.paid_cents,
    )  # fmt: skip
    assert total.transferred == NOTHING
    for row in found.aging:
        assert sum(row.amounts) == row.balance == rows.get(("", row.payer), total).balance
    assert {row.payer for row in found.aging} >= {key[1] for key, one in rows.items() if one.balance} - {""}
    figures = found.figures
    assert sum(row.paid - row.taken_back for row in figures.paid) == found.sums.paid_cents
    assert sum(row.charge for row in figures.staff) == found.sums.charge_cents
    assert sum((one.claims for one in found.deposits), NOTHING) == total.payments
    for one in found.deposits:
        assert one.amount == one.claims + one.tests + one.apart + one.unmatched - one.plb + one.difference


def check_claims(found: Sections, claims: dict[str, SentClaim]) -> None:
    """Assert that each claim comes to what `claims` shows of it: its adjustments are settled or refused, nothing else.

    A claim of which a part went on to the next payer, and that to the next payer, are looked at together.
    """
    for account in found.accounts:
        claim = claims[account.claim.claim_id]
        assert (account.paid, account.charge) == (
            cents(claim.paid),
            cents(claim.charge) if account.claim.standing and not claim.follows else 0,
        )
        if not account.claim.standing:
            assert (account.adjusted, account.balance) == (0, -account.paid)
        elif not account.transferred and not claim.follows:
            cuts = [*claim.adjustments, *(cut for line in claim.lines for cut in line.adjustments)]
            taken = sum(cents(cut.amount) for cut in cuts)
            if claim.state in {"written", "accepted"}:
                assert (account.waiting, account.refused, account.adjusted, taken) == (cents(claim.charge), 0, 0, 0)
            elif claim.state == "paid":
                assert (account.adjusted, account.balance) == (taken, 0)
            elif claim.state in {"partly-paid", "denied"}:
                assert account.adjusted + account.refused == taken
                assert account.refused > 0 == account.waiting
            elif claim.state == "written-off":
                assert account.adjusted + account.written_off == taken
            else:
                assert (claim.state, account.refused, account.adjusted) == ("reversed", cents(claim.charge), 0)


@settings(max_examples=10)
@given(st.lists(st.sampled_from(STORIES), min_size=1, max_size=7))
def test_every_cent_is_in_the_report_once(empty: Path, stories: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(empty, folder)
        office = Office(Path(folder))
        tell(office, stories)
        found = sections(office)

        check(found)
        check_claims(found, office.claims())


def test_every_story_at_once_on_both_databases(office: Office) -> None:
    tell(office, list(STORIES))
    found = sections(office)

    check(found)
    check_claims(found, office.claims())
    assert {account.claim.state for account in found.accounts} >= {
        "written", "paid", "partly-paid", "denied", "reversed", "rejected-payer", "replaced", "voided", "written-off",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("story", "expected"),
    [
        # charges, transferred, paid, CO, PR, OA, written off, waiting, refused, credit: of a claim of 48.00
        ("nothing", "48 0 0 0 0 0 0 48 0 0"),
        ("rejected", "0 0 0 0 0 0 0 0 0 0"),
        ("rejected and billed again", "48 0 38.4 9.6 0 0 0 0 0 0"),
        ("in full", "48 0 48 0 0 0 0 0 0 0"),
        ("reduced", "48 0 38.4 9.6 0 0 0 0 0 0"),
        ("share", "48 0 36 0 12 0 0 0 0 0"),
        ("cut", "48 0 24 6 0 0 0 0 18 0"),
        ("denied", "48 0 0 0 0 0 0 0 48 0"),
        ("member denied", "48 0 0 0 0 0 0 0 48 0"),
        ("too much", "48 0 53 0 0 -5 0 0 0 0"),
        ("taken back", "48 0 0 0 0 0 0 0 48 0"),
        ("paid anew", "48 0 24 6 0 0 0 0 18 0"),
        ("denied twice", "48 0 0 0 0 0 0 0 48 0"),
        ("written off", "48 0 24 6 0 0 18 0 0 0"),
        ("voided", "0 0 38.4 0 0 0 0 0 0 38.4"),
        ("void confirmed", "0 0 0 0 0 0 0 0 0 0"),
        ("replaced", "48 0 38.4 0 0 0 0 48 0 38.4"),
        ("replaced and paid", "48 0 48 0 0 0 0 0 0 0"),
    ],
)
def test_what_a_claim_comes_to(tmp_path: Path, empty: Path, story: str, expected: str) -> None:
    shutil.copy(empty, tmp_path)
    office = Office(tmp_path)
    tell(office, [story])

    assert plain(sections(office), "") == [Decimal(text) for text in expected.split()]


@pytest.mark.parametrize(
    ("story", "north", "south"),
    [
        ("next payer", "48 -12 36 0 0 0 0 0 0 0", "0 12 0 0 0 0 0 12 0 0"),
        ("next payer paid", "48 -12 36 0 0 0 0 0 0 0", "0 12 12 0 0 0 0 0 0 0"),
        ("next payer denied", "48 -12 36 0 0 0 0 0 0 0", "0 12 0 0 0 0 0 0 12 0"),
        # It pays half of the whole charge though 12.00 was left: that is 18.00 too much.
        ("next payer pays by its own schedule", "48 -12 36 0 0 0 0 0 0 0", "0 12 24 6 0 0 0 0 0 18"),
        # The first payer owes all of it again, and the second gets its payment back.
        ("next payer paid first taken back", "48 0 0 0 0 0 0 0 48 0", "0 0 12 0 0 0 0 0 0 12"),
        ("next payer paid first voided", "0 0 36 0 0 0 0 0 0 36", "0 0 12 0 0 0 0 0 0 12"),
        ("next payer paid first replaced", "48 -12 36 0 0 0 0 0 0 0", "0 12 12 0 0 0 0 0 0 0"),
    ],
)
def test_the_next_payer_is_charged_what_was_left(
    tmp_path: Path, empty: Path, story: str, north: str, south: str
) -> None:
    shutil.copy(empty, tmp_path)
    office = Office(tmp_path)
    tell(office, [story])
    found = sections(office)

    assert plain(found, "north") == [Decimal(text) for text in north.split()]
    assert plain(found, "south") == [Decimal(text) for text in south.split()]


def plain(found: Sections, payer: str) -> list[Decimal]:
    (amounts,) = (row.amounts for row in found.balances if (row.month, row.payer) == ("", payer))
    return [
        amounts.charges, amounts.transferred, amounts.payments, amounts.co, amounts.pr, amounts.oa, amounts.written_off,
        amounts.waiting, amounts.refused, amounts.credit,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("days", "place"),
    [(-1, 0), (0, 0), (30, 0), (31, 1), (60, 1), (61, 2), (90, 2), (91, 3), (120, 3), (121, 4), (1000, 4)],
)
def test_each_age_is_in_its_bucket(tmp_path: Path, empty: Path, days: int, place: int) -> None:
    shutil.copy(empty, tmp_path)
    office = Office(tmp_path)
    tell(office, ["nothing"])
    day = dt.date.fromisoformat(sections(office).figures.claims[0].first_day)
    row = sections(office, Scope(day + dt.timedelta(days=days))).aging[0]

    assert (row.since, row.payer, bucket(days)) == ("service", "north", place)
    assert row.amounts == tuple(Decimal(48) if at == place else NOTHING for at in range(len(BUCKETS)))
    assert row.claims == tuple(int(at == place) for at in range(len(BUCKETS)))


def test_the_age_since_billing_counts_from_the_day_on_which_it_was_sent(tmp_path: Path, empty: Path) -> None:
    shutil.copy(empty, tmp_path)
    office = Office(tmp_path)
    tell(office, ["nothing"])
    sent = dt.date(2026, 3, 31)
    rows = {
        after: [row.amounts.index(Decimal(48)) for row in sections(office, Scope(sent + dt.timedelta(after))).aging]
        for after in (30, 31)
    }

    # The service was on 2026-03-01, 30 days before.
    assert rows == {30: [1, 1, 0, 0], 31: [2, 2, 1, 1]}


def test_a_period_and_a_payer_choose(tmp_path: Path, empty: Path) -> None:
    shutil.copy(empty, tmp_path)
    office = Office(tmp_path)
    tell(office, ["in full", "reduced", "nothing"])
    both = sections(office)
    days = sorted(claim.first_day for claim in both.figures.claims)
    first = dt.date.fromisoformat(days[0])

    def total(scope: Scope) -> Decimal:
        return sections(office, scope).balances[-1].amounts.charges

    every = sum(claim.charge for claim in both.figures.claims) / 100
    assert total(Scope(AS_OF)) == Decimal(every)
    assert total(Scope(AS_OF, from_=first)) == Decimal(every)
    assert total(Scope(AS_OF, to=first - dt.timedelta(days=1))) == 0
    assert total(Scope(AS_OF, payers=("north",))) + total(Scope(AS_OF, payers=("south",))) == Decimal(every)
    assert sections(office, Scope(AS_OF, payers=("east",))).deposits == ()


AS_OF = dt.date(2026, 5, 15)


# Any ledger


@st.composite
def any_figures(draw: st.DrawFn) -> Figures:
    """Return claims in any state, that replace and follow each other as no payer would have it, with any payments."""
    claims: list[ClaimFigures] = []
    settled: dict[str, Settled] = {}
    for number in range(draw(st.integers(1, 6))):
        earlier = st.sampled_from(["", *(claim.claim_id for claim in claims)])
        charge, paid = draw(st.sampled_from([100, 4800])), draw(st.sampled_from([-50, 0, 100, 3600, 9000]))
        adjustments = tuple(
            PostedAdjustment(group, reason, amount)
            for group, reason, amount in draw(
                st.lists(st.tuples(st.sampled_from(["CO", "PR", "OA", "PI", "CR"]), REASONS, AMOUNTS), max_size=3)
            )
        )
        lines = (PostedLine(1, charge, paid, adjustments),) if draw(st.booleans()) else ()
        payment = PostedClaim("2026-04-01", 1, 1, "1", charge, paid, () if lines else adjustments, (), lines)
        claim = ClaimFigures(
            claim_id=f"C{number}",
            payer=draw(st.sampled_from(["north", "south"])),
            state=draw(st.sampled_from([state.value for state in ClaimState])),
            frequency="1",
            first_day="2026-03-02",
            sent_on="2026-04-01",
            charge=charge,
            paid=paid,
            replaces=draw(earlier),
            follows=draw(earlier),
            standing=draw(st.booleans()),
            again=False,
            payments=1,
            first_paid_on="",
        )
        claims.append(claim)
        if draw(st.booleans()):
            settled[claim.claim_id] = settle([payment], charge)
    return Figures(claims=tuple(claims), settled=settled)


REASONS = st.sampled_from(["45", "16", "1", "2", "23", "94", "96", "9999"])
AMOUNTS = st.sampled_from([-500, 0, 100, 1200, 4800])


@given(any_figures())
def test_whatever_a_ledger_holds_every_account_balances(figures: Figures) -> None:
    found = accounts(figures)

    assert [account.claim for account in found] == list(figures.claims)
    assert sum(account.transferred for account in found) == 0
    for account in found:
        assert (
            account.charge + account.transferred
            == account.paid + account.adjusted + account.written_off + account.balance
        )
        assert min(account.waiting, account.refused, account.credit, account.written_off) >= 0
        assert account.paid == account.claim.paid
        assert account.charge == (account.claim.charge if account.claim.standing and not account.claim.follows else 0)
