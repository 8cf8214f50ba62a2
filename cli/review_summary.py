"""How a self-audit summary is printed."""

from peerbill.model.money import printed
from peerbill.model.plural import counted, named
from peerbill.model.review import Rating
from peerbill.review.summary import NOTE, SOURCES, ReviewSummary, headline

from . import output
from .console import echo

_MOST_NAMED = 10
_SHORT = {Rating.NO_PROVIDER: "no provider", Rating.REPAID: "repaid", Rating.NOT_APPLICABLE: "n/a"}


def print_summary(found: ReviewSummary, *, sources: bool, err: bool) -> None:
    """Print what was reviewed, the ratings, what is to be repaid and what was; with `sources`, those of the 60 days."""
    echo(f"As of {found.as_of}: {headline(found)}", err=err)
    for programme in dict.fromkeys(one.programme for one in found.requirements):
        echo(f"Ratings under {programme}:", err=err)
        rows = [
            (one.requirement, *(f"{one.ratings[rating] or ''}" for rating in Rating))
            for one in found.requirements
            if one.programme == programme
        ]
        output.print_table(("requirement", *(_SHORT.get(rating, str(rating)) for rating in Rating)), rows, err=err)
    if found.repayments:
        lines = [
            (
                f"{one.claim_id}-{one.line}",
                one.payer,
                f"{'at most ' if one.others else ''}{printed(one.amount)}",
                f"{one.deadline}{' (passed)' if one.is_late else ''}",
                named(one.encounter_ids, _MOST_NAMED),
            )
            for one in found.repayments
        ]
        output.print_table(("to be repaid", "payer", "amount", "by", "encounters"), lines, err=err)
        for why, do in dict.fromkeys((one.why, one.do) for one in found.repayments):
            output.print_paragraph(f"{do}: {why}", err=err)
    for payer in found.payers:
        more = f", and at most {printed(payer.at_most)} of shared lines" if payer.at_most else ""
        echo(f"To be repaid to {payer.payer}: {printed(payer.amount)}{more}, by {payer.deadline}", err=err)
    if found.not_paid:
        output.print_paragraph(
            f"Not supported, and nothing is paid: {named(found.not_paid, _MOST_NAMED)}. Correct or void their claims.",
            err=err,
        )
    for one in found.self_corrected:
        ledger = f"; the ledger shows {printed(one.paid)} until the payer's answer is posted" if one.paid else ""
        output.print_paragraph(
            f"Repaid before notice: {one.encounter_id} ({one.reviewer}): {one.reason}{ledger}", err=err
        )
    if found.open:
        output.print_paragraph(
            f"No conclusion yet: {counted(len(found.open), 'encounter')}: {named(found.open, _MOST_NAMED)}. "
            "Rate the payment.",
            err=err,
        )
    if found.repayments:
        output.print_paragraph(NOTE, err=err)
        for citation in SOURCES if sources else ():
            output.print_paragraph(f"  Source: {output.cited(citation)}", err=err)
