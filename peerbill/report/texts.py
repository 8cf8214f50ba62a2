"""What each section of a report says of its figures: what is counted, on which day, and what is left out."""


def _paragraphs(text: str) -> tuple[str, ...]:
    return tuple(" ".join(part.split()) for part in text.split("\n\n"))


CHARGES = _paragraphs("""
Charges + transferred = payments + adjustments (CO, PR, OA, PI, other) + written off + balance, in every row, to the
cent. A claim is in the month of its first day of service. Each service is charged once: a claim that was rejected,
replaced, voided or withdrawn charges nothing; if money is still on it, that is a payment and a credit.

Balance = waiting + refused - credit. Waiting: not decided. Refused: denied or taken back, and neither corrected nor
written off; an amount that was refused is no adjustment yet. Credit: paid beyond the charge, or on a claim that is no
longer in force.

A claim to the next payer charges nothing anew. What the payer before left is transferred to the next payer, and is
below zero in the row from which it went.
""")

PAYMENTS = _paragraphs("""
The month of a payment is that of its remittance. Taken back is what reversals took off. Payments that match no claim
are under deposits.
""")

AGING = _paragraphs("""
The balance of the first section by age: first in days since the first day of service, then in days since the claim was
sent (a replacement, and a claim that was billed again, on its own day). Credits are below zero.
""")

DEPOSITS = _paragraphs("""
A row for each remittance: amount = on claims + on tests + apart + unmatched - PLB + difference. PLB is what a payer
took off beside the claims, below zero where it added. Apart are payments that count on none of your claims, such as
the answer of a payer that was not billed. Unmatched payments wait for their claim in todo.

Bank is what your statement should show: nothing for a remittance that pays nothing, or pays another organisation. A
remittance that was not posted (R1 in todo, for example) may be in the bank all the same.
""")

STAFF = _paragraphs("""
From the encounters in the workspace. Each member of a group is a contact; a session and its hours count once. Units are
those that the audit knows. Held contacts are those that an error holds, or whose row cannot be read. Charges are those
of the first section, by the person who gave the service.
""")

DENIALS = _paragraphs("""
What payers refused, in the month of the remittance, each answer by itself: an amount that was corrected or paid later
remains in its month. The first section has what is still refused.
""")

FIRST_PASS = _paragraphs("""
Of the claims that were first sent in a month, how many the payer took in and paid at its first answer without refusing
a part. Replacements, voids, and claims that were sent again after a rejection or a denial do not count. The rate is
paid of all that were answered.
""")

DELAYS = _paragraphs("""
Half of the cases took so many days or fewer, 90% so many or fewer. A note counts from its signature, else from when it
was written; notes are those of billed encounters in the workspace. A bill is the first claim with the encounter, a
payment the first that brought money on a claim.
""")

UNBILLED = _paragraphs("""
Each encounter is in one row, under the first error that holds it; todo lists every reason with its remedy. Who corrects
it: the peer in the notes, the supervisor in the files of staff and plans, the biller in tables and settings, or the
payer, who has to be asked. The amount is unit charge times units, where both are known.
""")
