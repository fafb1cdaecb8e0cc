import statistics
from pathlib import Path

import pytest

from racelet.cli.blocks import BLOCKS
from racelet.synth.baseline import TOLERANCES, Baseline, baselines, compare, table
from racelet.synth.flow.devices import DEVICES, RESOURCES
from racelet.synth.flow.measure import Fmax, Measurement, measure

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


@pytest.mark.parametrize(("seeds", "expected", "passes"), [((92.0,), 100.0, True), ((91.9, 73.0), 90.0, False)])
def test_fewer_seeds_are_compared_with_the_same_ones(seeds: tuple[float, ...], expected: float, passes: bool) -> None:
    used = dict.fromkeys(RESOURCES, 1)
    then = used | {"fmax_mhz": {"median": 85.0, "seeds": [100.0, 80.0, 85.0]}}
    kept = Baseline(block="b", preset="p", device="d", measurement=then, tolerances=TOLERANCES)
    fmax = Fmax(median=statistics.median(seeds), min=min(seeds), max=max(seeds), seeds=seeds)
    now = Measurement(block="b", config={}, device="d", tool_versions={}, used=used, excess={}, fmax_mhz=fmax)
    found = compare(kept, now)[-1]
    assert (found.figure, found.baseline, found.passes) == ("fmax_mhz", expected, passes)


@pytest.mark.slow
@pytest.mark.parametrize("kept", KEPT, ids=NAMES)
def test_no_block_has_grown_and_the_smallest_that_is_placed_is_as_fast(kept: Baseline) -> None:
    block = BLOCKS[kept.block]
    shape = block.presets()[kept.preset]
    placed = [each for each in KEPT if each.measurement["fmax_mhz"] is not None]
    seeds = [1] if kept == min(placed, key=lambda each: each.measurement["lut4"], default=None) else []
    now = measure(block.name, shape, block.component(shape), DEVICES[kept.device], seeds, 1, _steps)
    found = compare(kept, now)
    assert [each for each in found if not each.passes] == []
    assert ("fmax_mhz" in [each.figure for each in found]) == bool(seeds)
