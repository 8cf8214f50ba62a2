"""Checks of claims that another system wrote, PB851 to PB869: their pages.

`peerbill.claim_audit` reads the files and finds what these checks tell; nothing here is asked of an encounter.
"""

from collections.abc import Iterator

from peerbill.checks.base import Problem, check


@check("PB851", scope="claim")
def claim_can_be_read(_files: object) -> Iterator[Problem]:
    """Every claim of the files can be read, with its lines, days, units and amounts.

    Why it matters: a claim that cannot be read is compared with nothing, and must not vanish unnoticed.

    Passes: an 837P of another system with delimiters of its own.

    Fails: a claim whose total is not the sum of its lines, a line with minutes in place of units or with a span of
    days, a transaction set of 4010.
    """
    yield from ()


@check("PB852", scope="claim")
def line_is_billed_once(_files: object) -> Iterator[Problem]:
    """A service is on one line of one claim: a replaced, voided or denied claim does not count.

    Why it matters: a service that is billed twice and paid twice must be repaid.

    Passes: a claim, and its replacement (frequency 7) that names the payer's number of the claim (REF*F8).

    Fails: the same member, day, code, modifiers, rendering provider and place in two claims, and no second encounter.
    """
    yield from ()


@check("PB853", scope="claim")
def line_has_an_encounter(_files: object) -> Iterator[Problem]:
    """Each service line has an encounter: of the member and the day, with its code, rendering provider and place.

    Why it matters: a service without documentation is not payable, and is the first thing that an auditor asks for.

    Passes: a line of 4 units, and an encounter of 60 minutes on that day, or two whose units are 4 in all.

    Fails: a day without an encounter of the member; an encounter of another peer in another place.
    """
    yield from ()


@check("PB854", scope="claim")
def units_are_documented(_files: object) -> Iterator[Problem]:
    """The units of a line are no more than the documented minutes make by the rule of the programme.

    Why it matters: each unit beyond the minutes is money for time that nobody gave.

    Passes: 3 units for 47 minutes, where only whole units of 15 minutes count.

    Fails: 4 units for them.
    """
    yield from ()


@check("PB855", scope="claim")
def documented_units_are_billed(_files: object) -> Iterator[Problem]:
    """The units of a line are no fewer than the documented minutes make.

    Why it matters: units that were served and not billed are lost once the time to correct the claim is over.

    Passes: 3 units for 47 minutes, where only whole units of 15 minutes count.

    Fails: 2 units for them. It is a warning.
    """
    yield from ()


@check("PB856", scope="claim")
def code_is_the_encounters(_files: object) -> Iterator[Problem]:
    """The procedure code and the modifiers of a line are those to which the encounter comes.

    Why it matters: the wrong code or modifier is paid at another rate, or denied.

    Passes: H0038 with HF for a contact that comes to H0038:HF; the order of modifiers does not matter.

    Fails: H0038 without HF, or with HQ for a contact with one member.
    """
    yield from ()


@check("PB857", scope="claim")
def rendering_provider_is_right(_files: object) -> Iterator[Problem]:
    """The claim names the rendering provider that the payer wants: the encounter's peer, supervisor, or the agency.

    Why it matters: a service billed under another person's NPI was not given by the person who is paid for it.

    Passes: the peer's NPI in loop 2310B, or in 2420A of the line, where the payer wants the peer.

    Fails: the NPI of another peer; the agency's, where the payer wants the peer.
    """
    yield from ()


@check("PB858", scope="claim")
def place_is_the_encounters(_files: object) -> Iterator[Problem]:
    """The place of service of an 837P is that of the encounter.

    Why it matters: payers pay some places at another rate, and others not at all.

    Passes: 12 in CLM05-1 or in SV105, for a contact at the member's home.

    Fails: 11 for it.
    """
    yield from ()


@check("PB859", scope="claim")
def member_and_payer_are_right(_files: object) -> Iterator[Problem]:
    """The subscriber's id and the payer are those of the member's coverage on the day of service.

    Why it matters: a claim under another person's id is paid for the wrong person, and a claim to another payer by
    whom the member was not insured.

    Passes: the id in `coverage` for the payer whose id is in `[payers]`.

    Fails: another id for a person of the same name and birth date; a payer whose coverage had ended.
    """
    yield from ()


@check("PB860", scope="claim")
def charge_is_the_usual(_files: object) -> Iterator[Problem]:
    """The charge of a line is the usual charge of its units.

    Why it matters: a charge above the usual one is money that nobody owes; one below it may cut the payment.

    Passes: 48.00 for 3 units at 16.00.

    Fails: 54.00 for them. It is a warning.
    """
    yield from ()


@check("PB861", scope="claim")
def encounter_passes_the_audit(_files: object) -> Iterator[Problem]:
    """The encounter of a line has no error of the audit.

    Why it matters: what the audit would hold was claimed: without a plan, by a peer whose certificate had expired.

    Passes: a line whose encounter has warnings alone.

    Fails: a line whose encounter is held by PB303. The time to file is not judged: the claim was filed.
    """
    yield from ()


@check("PB862", scope="claim")
def payment_is_documented(_files: object) -> Iterator[Problem]:
    """What a payer paid (835) has an encounter.

    Why it matters: a payment without documentation is an overpayment, and is asked back.

    Passes: a paid line, and an encounter of the member and the day.

    Fails: a paid line without one; the finding has the amount.
    """
    yield from ()


@check("PB863", scope="claim")
def payment_has_its_claim(_files: object) -> Iterator[Problem]:
    """Each payment in the files belongs to a claim in the files.

    Why it matters: of a payment alone, neither rendering provider nor place can be compared.

    Passes: a CLP whose number is the CLM01 of a claim.

    Fails: a CLP with another number. Its lines are compared with the encounters by member, day, code and units.
    """
    yield from ()


@check("PB864", scope="claim")
def encounter_is_billed(_files: object) -> Iterator[Problem]:
    """Each encounter that can be billed is on a claim of the files, or of the ledger.

    Why it matters: a documented service that nobody billed is income that is lost after the last day to file.

    Passes: an encounter on a line of the files.

    Fails: an encounter that passes the audit and is on none. It is a warning; before the first or after the last day of
    the files it is an info.
    """
    yield from ()


@check("PB865", scope="claim")
def providers_day_is_possible(_files: object) -> Iterator[Problem]:
    """The units of a rendering provider's day fit into it: over 12 hours are a warning, over 24 hours an error.

    Why it matters: impossible days are what an auditor's first query finds.

    Passes: 48 units of 15 minutes on one day. Of a group's lines, those of the member with most units count.

    Fails: 49 units on one day; or 97.
    """
    yield from ()


@check("PB866", scope="claim")
def claims_are_within_limits(_files: object) -> Iterator[Problem]:
    """The lines of a member, or of a rendering provider, are within each limit of the programme, in its window.

    Why it matters: units beyond a limit are denied, or need an authorization first.

    Passes: 16 units on one day where 16 are the limit.

    Fails: 17 units on one day. `--programme` says by which rules; where the text does not say what follows, it is a
    warning.
    """
    yield from ()


@check("PB867", scope="claim")
def codes_are_payable(_files: object) -> Iterator[Problem]:
    """Procedure codes and modifiers can be such codes, and are among those that the programme pays.

    Why it matters: a code that no one has assigned, or that the programme does not pay, is denied.

    Passes: H0038:HF under a programme that pays H0038:HF.

    Fails: H0099, which is no code; H0038 without the modifier that every service of the programme with H0038 has.
    """
    yield from ()


@check("PB868", scope="claim")
def rendering_provider_is_qualified(_files: object) -> Iterator[Problem]:
    """The rendering provider is on the roster, and held a credential that the programme accepts on the day of service.

    Why it matters: a service of somebody without a certificate is not a peer's service.

    Passes: a certificate from 2025-01-01 to 2027-12-31, and a service of 2026-03-02.

    Fails: the same certificate and a service of 2028-01-03; an NPI that no row of `staff` has.
    """
    yield from ()


@check("PB869", scope="claim")
def providers_are_named(_files: object) -> Iterator[Problem]:
    """Every NPI of a claim has a right check digit, and the rendering provider is named where the programme wants it.

    Why it matters: a claim without a valid NPI is rejected, or paid to somebody else.

    Passes: 1234567893.

    Fails: 1234567890; no loop 2310B where the programme wants the peer as rendering provider.
    """
    yield from ()


CLAIM_CHECKS = (
    claim_can_be_read,
    line_is_billed_once,
    line_has_an_encounter,
    units_are_documented,
    documented_units_are_billed,
    code_is_the_encounters,
    rendering_provider_is_right,
    place_is_the_encounters,
    member_and_payer_are_right,
    charge_is_the_usual,
    encounter_passes_the_audit,
    payment_is_documented,
    payment_has_its_claim,
    encounter_is_billed,
    providers_day_is_possible,
    claims_are_within_limits,
    codes_are_payable,
    rendering_provider_is_qualified,
    providers_are_named,
)
"""In the order of their codes."""
