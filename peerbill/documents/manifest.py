"""What `manifest.json` holds, as typed values."""

import datetime as dt

import attrs

Date = dt.date


@attrs.frozen
class ManifestFile:
    """An 837 file of a run; `path` is from the manifest's folder, `total_charge` dollars as text."""

    path: str
    payer: str
    transaction: str
    isa13: str
    claims: int
    lines: int
    total_charge: str
    sha256: str


@attrs.frozen
class ManifestLine:
    """A service line that was sent."""

    line_id: str
    encounter_ids: tuple[str, ...]
    service_date: Date
    hcpcs: str
    modifiers: tuple[str, ...]
    units: int
    charge: str


@attrs.frozen
class ManifestClaim:
    """A claim that was sent; `replaces` and `follows` are left out where there is none."""

    claim_id: str
    payer: str
    member_id: str
    file: str
    frequency: str
    lines: tuple[ManifestLine, ...]
    replaces: str = ""
    follows: str = ""


@attrs.frozen
class ManifestHeld:
    """An encounter that was held, and the checks that hold it."""

    encounter_id: str
    codes: tuple[str, ...]


@attrs.frozen
class ManifestRejected:
    """A row that could not be read, by its line."""

    table: str
    line: int
    codes: tuple[str, ...]


@attrs.frozen
class Manifest:
    """`manifest.json`, which `bill`, `void` and `replace` write beside the files. It has ids of members."""

    files: tuple[ManifestFile, ...]
    claims: tuple[ManifestClaim, ...]
    held: tuple[ManifestHeld, ...]
    rejected: tuple[ManifestRejected, ...]
