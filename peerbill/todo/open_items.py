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
    """Yield what is open in the ledger until it is settled, unless the workspace shows that it is done."""
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


def _is_corrected(sources: Sources, one: OpenItem) -> bool:
    """Return whether coverage has the id under which the payer knows a member."""
    return any(
        (row.member_id, row.payer) == (one.member_id, one.payer)
        and compact(row.subscriber_id).upper() == compact(one.corrected_id).upper()
        for row in sources.records.coverage
    )


def _settled(one: OpenItem) -> str:
    return f"settle it with `peerbill settle DIR {one.item} --reason …`"


def _unmatched(one: OpenItem, payer: str) -> _Told:
    del payer
    sent = f", sent as claim {one.code}" if one.code else ""
    number = f", the payer's number {one.number}" if one.number else ""
    return (
        "unmatched",
        (
            f"a payment of {printed(one.amount)} on {printed(one.charge)} in {_remittance(one)} matches no claim"
            f"{sent}{number}"
        ),
        (
            f"Look the claim up with the payer. Match it with `peerbill post DIR --match {one.item} CLAIM`; "
            f"where it is not yours, return the money and {_settled(one)}."
        ),
    )


def _remittance(one: OpenItem) -> str:
    return f"remittance {one.reference or 'without a number'} ({one.file})"


def _refused(one: OpenItem, payer: str) -> _Told:
    del payer
    return (
        "refused",
        f"{_remittance(one)} for {printed(one.amount)} was not posted on {one.since}: {one.why}",
        (
            "Ask the payer for a corrected file and post it. If the money is in the bank and only the sums are wrong, "
            f"post the file with --accept-unbalanced; else {_settled(one)}."
        ),
    )


def _difference(one: OpenItem, payer: str) -> _Told:
    del payer
    return (
        "difference",
        f"{_remittance(one)} was posted though it does not balance: {one.why}",
        f"Ask the payer for a corrected remittance or an explanation, then {_settled(one)}.",
    )


def _paid_over(one: OpenItem, payer: str) -> _Told:
    del payer
    back = one.since + dt.timedelta(days=RETURN_DAYS)
    what = f"{one.claim_id} was paid {printed(one.charge + one.amount)} and billed at {printed(one.charge)}"
    if one.why == "several payments":
        return (
            "overpaid",
            f"{what}: its payments together come to more",
            (
                "Post the remittance that takes one of them back. If there is none, report and return the overpayment "
                f"by {back}: it was identified on {one.since}. Then {_settled(one)}."
            ),
        )
    return (
        "overpaid",
        f"{what}, by one payment",
        (
            f"Where the payer's rate is higher than the charge, {_settled(one)}. Otherwise report and return the "
            f"overpayment by {back}: it was identified on {one.since}."
        ),
    )


def _plb(code: str) -> str:
    known = codes.provider_adjustment(code)
    return f"PLB {code}" + (f" {known.words}" if known else "")


def _beside(one: OpenItem, payer: str) -> _Told:
    way = "took" if one.amount > 0 else "added"
    side = "off" if one.amount > 0 else "to"
    reference = f", reference {one.number}" if one.number else ""
    return (
        "adjustment",
        (
            f"{payer or 'the payer'} {way} {printed(abs(one.amount))} {side} {_remittance(one)} beside the claims "
            f"({_plb(one.code)}{reference})"
        ),
        f"Find out what it is for, book it, and {_settled(one)}.",
    )


def _carried(one: OpenItem, payer: str) -> _Told:
    owed = -one.amount
    if owed > 0:
        return (
            "balance",
            f"{payer} has {printed(owed)} to take back from coming payments ({_plb(one.code)})",
            (
                "Expect it in the next remittances, or ask the payer how it is to be returned. "
                f"Where it was settled otherwise, {_settled(one)}."
            ),
        )
    return (
        "balance",
        f"{payer} took back {printed(one.amount)} more than it had announced ({_plb(one.code)})",
        f"Find the takebacks behind it in the remittances; ask the payer about the rest, then {_settled(one)}.",
    )


def _known_otherwise(one: OpenItem, payer: str) -> _Told:
    return (
        "member",
        f"{payer} has member {one.member_id} under another id than was billed on {one.claim_id} (NM1*74 of the 835)",
        (
            "Take the id from the remittance or ask the payer, and correct subscriber_id in coverage. Where the payer "
            f"is wrong, {_settled(one)}."
        ),
    )


def _rejection(one: OpenItem, payer: str) -> _Told:
    del payer
    claim = f" of claim {one.reference}" if one.reference else ""
    return (
        "answer",
        f"a rejection{claim} by {one.code} in {one.file} was not followed: {one.why}",
        (
            "Find out from the sender which file or claim it is about. If it is yours, enter the status rejected in a "
            f"CSV and post it. Then {_settled(one)}."
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
