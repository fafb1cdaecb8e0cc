"""The cycle formula against itself without its short cuts. Against the hardware: tests/dwcpwc/test_accelerator.py."""

import numpy as np
import pytest

from racelet.golden.dwcpwc.config import DwcPwcConfig
from racelet.golden.dwcpwc.cycles import program_cycles, run_cycles
from racelet.golden.dwcpwc.dot_schedule import DotSchedule
from racelet.golden.dwcpwc.fill import BlockedFusedFill, FusedFill
from racelet.golden.dwcpwc.group_splitter import LATENCY
from racelet.golden.dwcpwc.layer_config import LayerConfig, LayerKind


@pytest.mark.parametrize("seed", range(120))
def test_skipping_repetitions_changes_nothing(seed: int) -> None:
    rng = np.random.default_rng(seed)
    lanes = int(rng.choice([4, 8, 16]))
    config = DwcPwcConfig(
        input_lanes=lanes,
        output_lanes=int(rng.choice([4, 16])),
        depthwise_lanes=int(rng.choice([1, 2, 4])),
        requantizers=int(rng.choice([1, 2, 4])),
        weight_beat_bytes=int(rng.choice([4, 16])),
        activation_bytes=9 * 4096,
    )
    channels = int(rng.integers(1, 20))
    kernel = int(rng.choice([1, 3, 5]))
    kind = LayerKind(int(rng.choice([LayerKind.GATHER, LayerKind.WORDS, LayerKind.FUSED])))
    layer = LayerConfig(
        kind=kind,
        tiles=int(rng.integers(1, 60)),
        tile_pixels=int(rng.integers(1, 9)),
        last_tile_pixels=1,
        source_channels=channels,
        kernel_rows=kernel,
        kernel_columns=kernel,
        words=-(-channels * (1 if kind == LayerKind.FUSED else kernel**2) // lanes),
        passes=int(rng.integers(1, 4)),
        tail_groups=1,
    )
    cycles = rng.integers(1, rng.choice([2, 9]), (layer.passes, layer.words))
    whole = DotSchedule(layer, config, cycles)
    for _ in range(layer.tiles - 1):
        whole._tile(layer.tile_pixels)
    whole._tile(layer.last_tile_pixels)
    assert DotSchedule(layer, config, cycles).last_group() == whole.taken[-1] + LATENCY


@pytest.mark.parametrize("free", [0, 20, 60, 61, 200])
def test_a_kernel_of_one_block_is_the_blocked_one_with_one_block(free: int) -> None:
    plain, blocked = FusedFill(groups=5), BlockedFusedFill(groups=5, blocks=1)
    for pixels, late in ((3, 0), (2, free), (1, free), (4, 2 * free)):
        assert plain.tile(pixels, late) == blocked.tile(pixels, late)


def test_a_short_layer_waits_for_the_next_descriptor() -> None:
    load = LayerConfig(kind=LayerKind.INPUT, tiles=2)
    first, second = program_cycles([load, load], DwcPwcConfig())
    assert run_cycles(load, DwcPwcConfig()) == 4
    # The second layer starts 20 cycles after the first, not 4 cycles after its end.
    assert (first, second) == (22 + 1 + 4 + 1, 20)
