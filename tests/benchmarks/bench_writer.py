"""How fast the 837P writer is: `python tests/benchmarks/bench_writer.py [CLAIMS]`.

Compares, in one process and interleaved, best of several runs: our writer with all its checks; an f-string writer
that checks the characters of every value and adds the lines up in cents (the bound); and x12sdk's generator, where
it is installed. Ratios are what counts: single times depend on the machine.
"""

import argparse
import datetime as dt
import random
import re
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from importlib import import_module
from importlib.util import find_spec

from peerbill.model.claim import (
    Address,
    BillingProvider,
    Claim,
    Contact,
    Party,
    Payer,
    Provider,
    ServiceLine,
    Subscriber,
)
from peerbill.model.ids import is_valid_npi
from peerbill.model.records import Settings
from peerbill.x12.write.write837p import write_interchange

AS_OF = dt.date(2026, 4, 1)
UNIT_CENTS = 1545
ORGANIZATION = BillingProvider(
    "Riverside Recovery Center",
    "931234567",
    Address("100 River Rd", "Portland", "OR", "972051234"),
    Contact("Billing PostingSession", "5035550100"),
    "America/Los_Angeles",
    npi="1234567893",
    taxonomy="251S00000X",
)
PAYER = Payer("or", ("OR/mh",), "Oregon Medicaid", "ORMEDICAID", Party("Oregon Medicaid", "ORMEDICAID"))
SETTINGS = Settings(ORGANIZATION, Party("Peer Bench Billing", "PEERBENCH01"), {"or": PAYER})

LAST = ("Rivera", "Okafor", "Nguyen", "Smith", "Hall", "Patel", "Garcia", "Lee", "Haddad", "Jensen", "Sato", "Cohen")
FIRST = ("Ana", "James", "Linh", "Omar", "Ruth", "Dev", "Carlos", "Min", "Ewa", "Nadia", "Lars", "Rosa", "Tess")
STREETS = ("Main St", "Oak Ave", "2nd St", "Elm Dr", "Pine Rd", "Lake Blvd")
CITIES = (("Portland", "97205"), ("Salem", "97301"), ("Eugene", "97401"), ("Bend", "97701"))
DIAGNOSES = ("F331", "F1020", "F209", "F319", "F4310", "F1120", "F411")
MODIFIERS = ((), (), ("HQ",), ("HF",), ("HE",), ("U1", "HQ"))

Row = tuple[
    str,
    str,
    str,
    str,
    str,
    str,
    str,
    str,
    str,
    str,
    str,
    str,
    str,
    str,
    str,
    tuple[tuple[str, int, int, str, str], ...],
]


def make_claims(count: int, seed: int = 7) -> list[Claim]:
    """Return claims of one to four lines, a new subscriber for each, rendered by forty peers: about 20 segments."""
    rng = random.Random(seed)  # noqa: S311 - invented data
    peers: list[Provider] = []
    while len(peers) < 40:
        npi = f"1{rng.randrange(10**9):09d}"
        if is_valid_npi(npi):
            peers.append(Provider(rng.choice(LAST), rng.choice(FIRST), npi, "175T00000X"))
    made = []
    for number in range(1, count + 1):
        city, zip_code = rng.choice(CITIES)
        day = dt.date(2026, 1, 1) + dt.timedelta(days=rng.randrange(80))
        lines = tuple(
            ServiceLine(
                f"CLM{number:08d}-{place + 1}",
                (f"E{number}-{place}",),
                day + dt.timedelta(days=place),
                "H0038",
                rng.choice(MODIFIERS),
                units := rng.randrange(1, 9),
                Decimal(units * UNIT_CENTS).scaleb(-2),
            )
            for place in range(rng.choice((1, 1, 2, 2, 3, 4)))
        )
        subscriber = Subscriber(
            f"MBR{number:08d}",
            rng.choice(LAST),
            rng.choice(FIRST),
            dt.date(1950, 1, 1) + dt.timedelta(days=rng.randrange(20000)),
            rng.choice("MF"),
            Address(f"{rng.randrange(1, 9999)} {rng.choice(STREETS)}", city, "OR", zip_code),
        )
        diagnoses = tuple(rng.sample(DIAGNOSES, rng.choice((1, 1, 2))))
        place = rng.choice(("11", "12", "53"))
        made.append(
            Claim(f"CLM{number:08d}", "or", f"M{number}", subscriber, place, diagnoses, lines, rng.choice(peers))
        )
    return made


def as_rows(claims: Sequence[Claim]) -> list[Row]:
    """Return the same claims as the bound takes them: tuples of written text, amounts in cents."""
    return [
        (
            claim.subscriber.last_name.upper(),
            claim.subscriber.first_name.upper(),
            claim.subscriber.subscriber_id,
            claim.subscriber.address.street.upper(),
            claim.subscriber.address.city.upper(),
            claim.subscriber.address.state,
            claim.subscriber.address.zip,
            f"{claim.subscriber.birth_date:%Y%m%d}",
            claim.subscriber.sex,
            claim.claim_id,
            claim.place,
            "HI*ABK:" + "*ABF:".join(claim.diagnoses),
            claim.rendering.last_name.upper() if claim.rendering else "",
            claim.rendering.first_name.upper() if claim.rendering else "",
            claim.rendering.npi if claim.rendering else "",
            tuple(
                (
                    ":".join(("HC", line.hcpcs, *line.modifiers)),
                    int(line.charge * 100),
                    line.units,
                    f"{line.service_date:%Y%m%d}",
                    line.line_id,
                )
                for line in claim.lines
            ),
        )
        for claim in claims
    ]


_PLAIN = re.compile(r"[ !\"&'()+,./;?=%@\[\]_{}\\|<>#$0-9A-Za-z-]*\Z")


def _money(cents: int) -> str:
    dollars, rest = divmod(cents, 100)
    return f"{dollars}.{rest:02d}".rstrip("0") if rest else str(dollars)


def bound(rows: Sequence[Row], head: str) -> Iterator[str]:
    """Write the rows with f-strings, checking the characters of every value and adding the lines up."""
    plain = _PLAIN.match
    segments, level = 11, 1
    yield head
    for row in rows:
        level += 1
        for value in (*row[:9], row[9], *row[12:15]):
            if not plain(value):
                raise ValueError
        last, first, member, street, city, state, zip_code, born, sex, claim_id, place, hi, peer, peer_first, npi = row[
            :15
        ]
        total, number, parts = 0, 0, []
        for procedure, cents, units, day, line_id in row[15]:
            number += 1
            total += cents
            if not plain(line_id):
                raise ValueError
            parts.append(
                f"LX*{number}~SV1*{procedure}*{_money(cents)}*UN*{units}***1~DTP*472*D8*{day}~REF*6R*{line_id}~"
            )
        yield (
            f"HL*{level}*1*22*0~SBR*P*18*******MC~NM1*IL*1*{last}*{first}****MI*{member}~N3*{street}~"
            f"N4*{city}*{state}*{zip_code}~DMG*D8*{born}*{sex}~NM1*PR*2*OREGON MEDICAID*****PI*ORMEDICAID~"
            f"CLM*{claim_id}*{_money(total)}***{place}:B:1*Y*A*Y*Y~{hi}~NM1*82*1*{peer}*{peer_first}****XX*{npi}~"
            f"PRV*PE*PXC*175T00000X~{''.join(parts)}"
        )
        segments += 11 + 4 * number
    yield f"SE*{segments + 1}*0001~GE*1*1~IEA*1*000000001~"


def _best(runs: int, contenders: dict[str, Callable[[], str]]) -> dict[str, float]:
    best = dict.fromkeys(contenders, float("inf"))
    for _ in range(runs):
        for name, contender in contenders.items():
            began = time.perf_counter()
            contender()
            best[name] = min(best[name], time.perf_counter() - began)
    return best


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("claims", type=int, nargs="?", default=5000)
    parser.add_argument("--runs", type=int, default=5)
    arguments = parser.parse_args()
    claims = make_claims(arguments.claims)
    rows = as_rows(claims)
    written = "".join(write_interchange(claims, PAYER, SETTINGS, AS_OF, 1))
    head = written[: written.index("HL*2*")]
    # The bound writes one transaction set; what it writes for the claims themselves is the very same text.
    if arguments.claims <= PAYER.max_claims_per_transaction and "".join(bound(rows, head)) != written:
        raise SystemExit("the bound writes another text than we do")
    contenders: dict[str, Callable[[], str]] = {
        "peerbill": lambda: "".join(write_interchange(claims, PAYER, SETTINGS, AS_OF, 1)),
        "f-strings, checked": lambda: "".join(bound(rows, head)),
    }
    if find_spec("x12sdk") is not None:
        generate_837p = import_module("x12sdk.generate").generate_837p
        contenders["x12sdk generate_837p"] = lambda: str(generate_837p(seed=7, claims=arguments.claims))
    best = _best(arguments.runs, contenders)
    segments = written.count("~")
    print(f"{arguments.claims} claims, {segments} segments, {len(written) / 1e6:.2f} MB; best of {arguments.runs}")
    for name, seconds in best.items():
        print(f"{name:22} {arguments.claims / seconds:>12,.0f} claims/s   {segments / seconds:>12,.0f} segments/s")
    ours = best["peerbill"]
    print(f"time of peerbill / checked f-strings: {ours / best['f-strings, checked']:.2f} (at most 5 is wanted)")
    if "x12sdk generate_837p" in best:
        print(f"time of x12sdk / peerbill: {best['x12sdk generate_837p'] / ours:.1f} (at least 30 is wanted)")
    else:
        print("x12sdk is not installed; to compare with it: pip install -e '.[bench]'", file=sys.stderr)


if __name__ == "__main__":
    main()
