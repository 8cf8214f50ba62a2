"""X12 that others send: claims, and the answers of payers, read and posted."""

import io
import shutil
import zlib
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import payer
from fuzz.contract import ROOT, lend, result
from fuzz.target import Target
from office import NORTH, SETTINGS, Office

from peerbill.documents.values import from_json, to_json
from peerbill.ledger.answers.eob import COLUMNS
from peerbill.ledger.answers.posting import post_answers, refuse_unreadable
from peerbill.ledger.look.history import reading
from peerbill.ledger.send.runs import bill_run
from peerbill.ledger.verify import verify
from peerbill.model.errors import DocumentError, UnusableInputError
from peerbill.x12.check.claim_files import check_chunks
from peerbill.x12.check.whole_file import check_837
from peerbill.x12.problems import KINDS, Problem
from peerbill.x12.read.answers import read_answers, read_transactions
from peerbill.x12.read.read837 import read_837
from peerbill.x12.reader import decode

_ELIGIBILITY = (
    b"ISA*00*          *00*          *ZZ*PAYER          *ZZ*AGENCY         *260901*0800*^*00501*000000007*0*P*:~"
    b"GS*HB*PAYER*AGENCY*20260901*0800*1*X*005010X279A1~ST*271*0001*005010X279A1~BHT*0022*11*1*20260901*0800~"
    b"HL*1**20*1~NM1*PR*2*STATE MEDICAID*****PI*12345~HL*2*1*21*1~NM1*1P*2*AGENCY*****XX*1234567893~"
    b"HL*3*2*22*0~TRN*2*EQTEST00000001*1AGENCY~NM1*IL*1*LANE*ALEX****MI*900~DTP*307*RD8*20260101-20261231~"
    b"EB*1**30^MH*MC*STATE PLAN~DTP*348*D8*20260201~REF*18*TX1~LS*2120~NM1*PR*2*BLUE PLAN*****PI*77~LE*2120~"
    b"AAA*N**75*C~SE*16*0001~GE*1*1~IEA*1*000000007~"
)


def _told(problems: Sequence[Problem]) -> None:
    unknown = {found.code for found in problems} - KINDS.keys()
    assert not unknown, unknown


def _in_pieces(data: bytes) -> Iterator[str]:
    """Divide a text at places that depend on it alone."""
    return decode(io.BytesIO(data), 1 + zlib.crc32(data) % (len(data) + 1))


def _comes_back(value: object, kind: str) -> None:
    """Write a value as JSON and read it; half a character alone is refused."""
    text = result(lambda: to_json(value), DocumentError)
    assert text is None or from_json(text, kind) == value


def read_claims(data: bytes, _: Path) -> None:
    """Check and read claims; every sixteenth input is also shown to pyx12, which takes its time."""
    guide = zlib.crc32(data) % 16 == 0
    report = check_837(data)
    _told(report.problems)
    assert check_chunks(_in_pieces(data)) == report
    if guide:
        _told(check_837(data, guide=True, workers=0).problems)
    reader = read_837(data)
    found = list(reader)
    _told(reader.problems)
    for claim in found:
        _told(claim.problems)
        _comes_back(claim, "read_claim")


def read_all_answers(data: bytes, _folder: Path) -> None:
    """Read answers, whole and in pieces."""
    sets = [(each.kind, each.set_id, each.envelope, list(each.answers), each.problems) for each in read_answers(data)]
    pieces = read_transactions(_in_pieces(data))
    assert sets == [(each.kind, each.set_id, each.envelope, list(each.answers), each.problems) for each in pieces]
    for *_, answers, problems in sets:
        _told(problems)
        for answer in answers:
            _comes_back(answer, "answer")


@cache
def _billed() -> tuple[Path, tuple[bytes, ...]]:
    """Return a folder with the ledger of an agency that billed two claims, and answers to them."""
    office = Office(lend(Path(mkdtemp(prefix="peerbill-fuzz-"))))
    (file,) = office.send(NORTH[:2])
    one, two = file.claims
    return office.folder, tuple(
        text.encode()
        for text in (
            payer.ta1(file),
            payer.ta1(file, "R", "006"),
            payer.ack999(file),
            payer.ack277(file),
            payer.ack277(file, lambda claim: "A7:33:IL" if claim is one else "A2:20"),
            payer.remit(file, [payer.Decision(one), payer.Decision(two, payer.denied, "4")]),
            payer.remit(file, [payer.Decision(one, payer.reduced), payer.reversal(one), payer.Decision(two)]),
            f"{','.join(COLUMNS)}\n{one.claim_id},,2026-04-20,0.00,CO:45:{one.charge},EFT1,ICN1,denied\n",
        )
    )


def post(data: bytes, folder: Path) -> None:
    """Post an input as a payer's file, twice; the ledger agrees with itself, and the second time changes nothing."""
    shutil.copytree(_billed()[0], folder, dirs_exist_ok=True)
    office = Office(folder)

    def is_readable() -> bool:
        refuse_unreadable([("answer.txt", data)])
        return True

    if not result(is_readable, UnusableInputError):
        return
    for _ in range(2):
        with bill_run(office.ledger()) as run:
            result(
                lambda: post_answers(run, data, name="answer.txt", payers=SETTINGS.payers, submitter="AG01"),
                UnusableInputError,
            )
    with reading(office.url, folder) as connection:
        assert connection is not None
        assert verify(connection).problems == ()


def _claim_seeds() -> Iterator[bytes]:
    yield from (path.read_bytes() for path in sorted((ROOT / "fixtures" / "x12").glob("*.837")))


def _answer_seeds() -> Iterator[bytes]:
    yield from _billed()[1][:-1]
    yield _ELIGIBILITY


def _posting_seeds() -> Iterator[bytes]:
    yield from _billed()[1]


CLAIMS = Target("claims", read_claims, _claim_seeds)
ANSWERS = Target("answers", read_all_answers, _answer_seeds)
POSTING = Target("posting", post, _posting_seeds)
