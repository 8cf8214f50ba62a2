"""Write codesets/national/icd10cm.txt.xz from the package simple-icd-10-cm (a tool for a new release, not a test).

The file holds every category, subcategory and code of the release without dots, sorted, one a line. Run it, then
update codesets/national/icd10cm.toml with what it prints.
"""

import lzma
from pathlib import Path

import simple_icd_10_cm  # type: ignore[import-not-found, import-untyped, unused-ignore]  # no types, and for this tool only

TARGET = Path(__file__).parents[2] / "codesets" / "national" / "icd10cm.txt.xz"
DICTIONARY = 1 << 20  # as large as the text; the default of the strongest preset makes every reader allot 64 MB


def main() -> None:
    """Write the list and print what the source entry must say."""
    items = simple_icd_10_cm.get_all_codes(with_dots=False)
    codes = sorted(item for item in set(items) if "-" not in item and simple_icd_10_cm.is_category_or_subcategory(item))
    billable = [code for code in codes if simple_icd_10_cm.is_leaf(code)]
    by_prefix = [code for code, after in zip(codes, [*codes[1:], ""], strict=True) if not after.startswith(code)]
    if billable != by_prefix:
        raise SystemExit("some code without children is the beginning of another; the list can't tell them apart")
    text = "\n".join(codes).encode("ascii")
    TARGET.write_bytes(lzma.compress(text, filters=[{"id": lzma.FILTER_LZMA2, "dict_size": DICTIONARY}]))
    print(f"{len(codes)} codes, {len(billable)} of them billable, {TARGET.stat().st_size} bytes")


if __name__ == "__main__":
    main()
