"""What was reported once and stays open until somebody settles it."""

import datetime as dt
from collections.abc import Callable, Iterator, Mapping

from peerbill import codes
from peerbill.ledger.answers.open_items import OpenItem
from peerbill.model.ids import compact
from peerbill.model.money import printed
from peerbill.todo.item import OVERPAYMENT, RETURN_DAYS, TodoItem
from peerbill.todo.sources import Sources

_Told = tuple[str, str, str]
"""The kind of an item, what there is, and what to do."""


def open_items(sources: Sources) -> Iterator[TodoItem]:
    """Yield the open items of the ledger until they are settled, unless the workspace shows that they are done."""
    keys = {payer.id: key for key, payer in sources.records.settings.payers.items()}
    for item in sources.opened.items:
        payer = item.payer or keys.get(item.payer_id, item.payer_name or item.payer_id)
        if item.kind == "member" and _is_corrected(sources, item):
            continue
        kind, what, do = _OPEN[item.kind](item, payer)
        overpaid = item.kind == "overpaid"
        yield TodoItem(
            kind=kind,
            what=what,
            do=do,
            deadline=item.since + dt.timedelta(days=RETURN_DAYS) if overpaid else None,
            payer=payer,
            parts=((item.item, abs(item.amount)),) if item.amount else (),
            claim_ids=(item.claim_id,) if item.claim_id else (),
            member_ids=(item.member_id,) if item.member_id else (),
            citations=(OVERPAYMENT,) if overpaid else (),
            item=item.item,
        )


def _is_corrected(sources: Sources, item: OpenItem) -> bool:
    """Return whether coverage has the id under which the payer knows a member."""
    return any(
        (row.member_id, row.payer) == (item.member_id, item.payer)
        and compact(row.subscriber_id).upper() == compact(item.corrected_id).upper()
        for row in sources.records.coverage
    )


def _settled(item: OpenItem) -> str:
    return f"settle it with `peerbill settle DIR {item.item} --reason …`"


def _unmatched(item: OpenItem, payer: str) -> _Told:
    del payer
    sent = f", sent as claim {item.code}" if item.code else ""
    number = f", the payer's number {item.number}" if item.number else ""
    return (
        "unmatched",
        (
            f"a payment of {printed(item.amount)} on {printed(item.charge)} in {_remittance(item)} matches no claim"
            f"{sent}{number}"
        ),
        (
            f"Look the claim up with the payer. Match it with `peerbill post DIR --match {item.item} CLAIM`; "
            f"where it is not yours, return the money and {_settled(item)}."
        ),
    )


def _remittance(item: OpenItem) -> str:
    return f"remittance {item.reference or 'without a number'} ({item.file})"


def _refused(item: OpenItem, payer: str) -> _Told:
    del payer
    return (
        "refused",
        f"{_remittance(item)} for {printed(item.amount)} was not posted on {item.since}: {item.why}",
        (
            "Ask the payer for a corrected file and post it. If the money is in the bank and only the sums are wrong, "
            f"post the file with --accept-unbalanced; else {_settled(item)}."
        ),
    )


def _difference(item: OpenItem, payer: str) -> _Told:
    del payer
    return (
        "difference",
        f"{_remittance(item)} was posted though it does not balance: {item.why}",
        f"Ask the payer for a corrected remittance or an explanation, then {_settled(item)}.",
    )


def _paid_over(item: OpenItem, payer: str) -> _Told:
    del payer
    back = item.since + dt.timedelta(days=RETURN_DAYS)
    what = f"{item.claim_id} was paid {printed(item.charge + item.amount)} and billed at {printed(item.charge)}"
    if item.why == "several payments":
        return (
            "overpaid",
            f"{what}: its payments together come to more",
            (
                "Post the remittance that takes one of them back. If there is none, report and return the overpayment "
                f"by {back}: it was identified on {item.since}. Then {_settled(item)}."
            ),
        )
    return (
        "overpaid",
        f"{what}, by one payment",
        (
            f"Where the payer's rate is higher than the charge, {_settled(item)}. Otherwise report and return the "
            f"overpayment by {back}: it was identified on {item.since}."
        ),
    )


def _plb(code: str) -> str:
    meaning = codes.provider_adjustment(code)
    return f"PLB {code}" + (f" {meaning.words}" if meaning else "")


def _beside(item: OpenItem, payer: str) -> _Told:
    way = "took" if item.amount > 0 else "added"
    side = "off" if item.amount > 0 else "to"
    reference = f", reference {item.number}" if item.number else ""
    return (
        "adjustment",
        (
            f"{payer or 'the payer'} {way} {printed(abs(item.amount))} {side} {_remittance(item)} beside the claims "
            f"({_plb(item.code)}{reference})"
        ),
        f"Find out what it is for, book it, and {_settled(item)}.",
    )


def _carried(item: OpenItem, payer: str) -> _Told:
    owed = -item.amount
    if owed > 0:
        return (
            "balance",
            f"{payer} has {printed(owed)} to take back from coming payments ({_plb(item.code)})",
            (
                "Expect it in the next remittances, or ask the payer how it is to be returned. "
                f"Where it was settled otherwise, {_settled(item)}."
            ),
        )
    return (
        "balance",
        f"{payer} took back {printed(item.amount)} more than it had announced ({_plb(item.code)})",
        f"Find the takebacks behind it in the remittances; ask the payer about the rest, then {_settled(item)}.",
    )


def _known_otherwise(item: OpenItem, payer: str) -> _Told:
    return (
        "member",
        f"{payer} has member {item.member_id} under another id than was billed on {item.claim_id} (NM1*74 of the 835)",
        (
            "Take the id from the remittance or ask the payer, and correct subscriber_id in coverage. Where the payer "
            f"is wrong, {_settled(item)}."
        ),
    )


def _rejection(item: OpenItem, payer: str) -> _Told:
    del payer
    claim = f" of claim {item.reference}" if item.reference else ""
    return (
        "answer",
        f"a rejection{claim} by {item.code} in {item.file} was not followed: {item.why}",
        (
            "Find out from the sender which file or claim it is about. If it is yours, enter the status rejected in a "
            f"CSV and post it. Then {_settled(item)}."
        ),
    )


_OPEN: Mapping[str, Callable[[OpenItem, str], _Told]] = {
    "unmatched": _unmatched,
    "refused": _refused,
    "difference": _difference,
    "overpaid": _paid_over,
    "adjustment": _beside,
    "balance": _carried,
    "member": _known_otherwise,
    "rejection": _rejection,
}
