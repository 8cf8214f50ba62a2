"""Build what a release gives out: sdist, wheel, list of parts (SBOM), requirements with hashes, and SHA256SUMS.

python .release/release.py --out FOLDER [--environment FOLDER]

The last commit is built, whatever else lies in the folder, and twice built it is the same byte for byte: its files have
the modes and the time of the commit, no owner and one order. The list of parts is made of an environment that has the
packages of `requirements.txt` and no others; without `--environment` there is none.
"""

import argparse
import gzip
import hashlib
import io
import json
import os
import subprocess
import sys
import tarfile
import tempfile
import tomllib
import venv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
REQUIREMENTS = HERE / "requirements.txt"


def main() -> None:
    """Build everything into the folder."""
    parser = argparse.ArgumentParser(description="Build what a release gives out.")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--environment", type=Path, help="an environment to make, for the list of parts")
    arguments = parser.parse_args()
    os.umask(0o022)
    out = arguments.out.resolve()
    out.mkdir(parents=True, exist_ok=True)
    for old in out.iterdir():
        old.unlink()
    moment = int(_run("git", "-C", str(ROOT), "log", "-1", "--format=%ct"))
    os.environ |= {"SOURCE_DATE_EPOCH": str(moment), "PYTHONWARNINGS": "ignore"}  # it warns of the mapped folders
    with tempfile.TemporaryDirectory() as folder:
        build_packages(Path(folder), out, moment)
    (out / "requirements.txt").write_bytes(REQUIREMENTS.read_bytes())
    if arguments.environment:
        list_parts(arguments.environment, out / "peerbill.cdx.json")
    sums = "".join(f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in sorted(out.iterdir()))
    (out / "SHA256SUMS").write_text(sums, encoding="utf-8")
    print(sums, end="")


def build_packages(folder: Path, out: Path, moment: int) -> None:
    """Build the sdist of the last commit, and the wheel of the sdist."""
    unpack(_run_bytes("git", "-C", str(ROOT), "archive", "--format=tar", "HEAD"), folder / "commit", moment)
    _run(sys.executable, "-m", "build", "--no-isolation", "--sdist", "--outdir", str(folder), str(folder / "commit"))
    (made,) = folder.glob("*.tar.gz")
    repack(made, out / made.name, moment)
    unpack(gzip.decompress((out / made.name).read_bytes()), folder / "sdist", moment)
    source = folder / "sdist" / made.name.removesuffix(".tar.gz")
    _run(sys.executable, "-m", "build", "--no-isolation", "--wheel", "--outdir", str(out), str(source))


def unpack(archive: bytes, folder: Path, moment: int) -> None:
    """Unpack files with the modes that a public file has, and one time."""
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        tar.extractall(folder, members=list(_plain(tar, moment)), filter="data")


def repack(archive: Path, out: Path, moment: int) -> None:
    """Write a .tar.gz once more, without what differs from one machine to another."""
    with (
        tarfile.open(archive) as tar,
        out.open("wb") as file,
        gzip.GzipFile(filename="", mode="wb", fileobj=file, mtime=moment) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as again,
    ):
        for member in _plain(tar, moment):
            again.addfile(member, tar.extractfile(member) if member.isfile() else None)


def _plain(tar: tarfile.TarFile, moment: int) -> Iterator[tarfile.TarInfo]:
    for member in sorted(tar.getmembers(), key=lambda each: each.name):
        if member.isfile() or member.isdir():
            member.mode = 0o755 if member.isdir() or member.mode & 0o100 else 0o644
            member.mtime = moment
            member.uid = member.gid = 0
            member.uname = member.gname = ""
            member.pax_headers = {}
            yield member


def list_parts(environment: Path, out: Path) -> None:
    """Install the requirements into an environment, and list them in CycloneDX, if all licences are allowed."""
    venv.create(environment, with_pip=False, symlinks=True)
    python = str(environment / "bin" / "python")
    pip = (sys.executable, "-m", "pip", "-qq", "--python", python, "install")
    _run(*pip, "--no-deps", "--only-binary=:all:", "--require-hashes", "--requirement", str(REQUIREMENTS))
    listing = ("cyclonedx_py", "environment", "--pyproject", str(ROOT / "pyproject.toml"), "--output-reproducible")
    _run(sys.executable, "-m", *listing, "--output-format", "JSON", "--output-file", str(out), python)
    faults = unknown_licences(json.loads(out.read_text(encoding="utf-8")))
    if faults:
        sys.exit("licences that .release/licences.toml does not allow:\n" + "\n".join(faults))


def unknown_licences(parts: dict[str, Any]) -> list[str]:
    """Return the parts of which no licence is allowed, each with its licences."""
    known = tomllib.loads((HERE / "licences.toml").read_text(encoding="utf-8"))
    faults = []
    for part in parts["components"]:
        said = [
            str(each.get("expression") or each["license"].get("id") or each["license"].get("name", "(a text)"))
            for each in part.get("licenses", ())
        ]
        own = known["packages"].get(part["name"].lower(), {}).get("licence")
        allowed = {*known["allowed"], own}
        # A package that says nothing of its licence has the one that was read in its text.
        choices = [known["words"].get(choice, choice) for each in said for choice in each.split(" OR ")] or [own or ""]
        if not any({name.strip("() ") for name in choice.split(" AND ")} <= allowed for choice in choices):
            faults.append(f"{part['name']} {part['version']}: {', '.join(said) or 'none'}")
    return faults


def _run(*command: str) -> str:
    return _run_bytes(*command).decode()


def _run_bytes(*command: str) -> bytes:
    done = subprocess.run(command, check=False, stdout=subprocess.PIPE)
    if done.returncode:
        sys.exit(f"failed: {' '.join(command)}")
    return done.stdout


if __name__ == "__main__":
    main()
