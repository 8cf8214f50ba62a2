"""The files of other people, which stay in the folder `shared` beside the checkout and are never part of it."""

from pathlib import Path

import pytest

SHARED = Path(__file__).parents[2] / "shared"
SAMPLES = SHARED / "edi" / "samples"

needs_shared = pytest.mark.skipif(
    not (SHARED / "contract.md").is_file(),
    reason="reads other people's files in ../shared, which is not beside this checkout",
)
"""Where the folder is, a file that is missing in it is a failure: no test is skipped for it."""
