"""What CONTRIBUTING shows of a state's value works as it stands there."""

import re
import tomllib
from pathlib import Path

from doc_pages import all_blocks
from worked_days import make_state_world, outcome

PAGE = (Path(__file__).parents[1] / "CONTRIBUTING.md").read_text(encoding="utf-8")
SECTION = re.sub(
    "^   ", "", PAGE.partition("## Add or correct a state's value\n")[2].partition("\n## ")[0], flags=re.MULTILINE
)
SOURCE, ROW, *DAYS = (
    block.text for block in all_blocks(re.sub("^   ", "", SECTION, flags=re.MULTILINE)) if block.language == "toml"
)
PROGRAMME = """
[peer]
name = "Programme made for a test"
from = 2020-01-01
source = "example"
[[peer.service.individual]]
hcpcs = "H0038"
modifiers = []
source = "example"
[[peer.unit]]
minutes = 15
rounding = "down"
aggregate = "encounter"
source = "example"
[[peer.channel]]
allow = ["in-person"]
source = "example"
[[peer.credential.CPS]]
source = "example"
[[peer.claim]]
rendering = "peer"
source = "example"
"""


def test_the_days_worked_by_hand_come_out_under_the_row_above_them() -> None:
    cases = {name: case for text in DAYS for name, case in tomllib.loads(text).items()}

    for case in cases.values():
        world = make_state_world({**case, "agency": f"{SOURCE}{PROGRAMME}{ROW}"})
        assert outcome(world.audit()) == case["expect"], [one.message for one in world.audit().findings]
    assert len(cases) == 2
