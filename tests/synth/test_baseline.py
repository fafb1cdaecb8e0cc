from pathlib import Path

import pytest

from racelet.cli.blocks import BLOCKS
from racelet.synth.baseline import Baseline, baselines, compare, table
from racelet.synth.flow.devices import DEVICES
from racelet.synth.flow.measure import measure

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "synth.md").read_text(encoding="utf-8")
KEPT = list(baselines())
NAMES = [f"{each.block}-{each.preset}-{each.device}" for each in KEPT]


def _steps(*_: object) -> None:
    pass


def test_the_page_has_every_baseline() -> None:
    shown = PAGE.partition("<!-- baselines -->\n")[2].partition("<!-- end -->")[0]
    assert shown == f"\n{table(KEPT)}\n"


def test_the_page_has_every_device() -> None:
    for device in DEVICES.values():
        capacity = device.capacity
        assert f"| `{device.name}` | {device.part} | {capacity['lut4']:,} | {capacity['ff']:,} |" in PAGE


@pytest.mark.slow
@pytest.mark.parametrize("kept", KEPT, ids=NAMES)
def test_no_block_has_grown(kept: Baseline) -> None:
    block = BLOCKS[kept.block]
    shape = block.presets()[kept.preset]
    now = measure(block.name, shape, block.component(shape), DEVICES[kept.device], [], 1, _steps)
    assert [each for each in compare(kept, now) if not each.passes] == []
