import dataclasses

import numpy as np
import pytest

from racelet.golden.dwcpwc.config import PRESETS, DwcPwcConfig
from racelet.golden.dwcpwc.layer_config import LayerConfig, LayerKind
from racelet.golden.dwcpwc.pool import LATENCY, PoolWindow, pool, schedule
from racelet.hw.dwcpwc.pool import Pool
from racelet.sim.dwcpwc.tb_pool import verify

ODD = dataclasses.replace(PRESETS["small"], requantizers=1, output_lanes=4)


@pytest.mark.simulation
@pytest.mark.parametrize("config", [PRESETS["tiny"], PRESETS["large"], ODD], ids=["tiny", "large", "odd"])
def test_groups_and_their_cycles_match_golden(config: DwcPwcConfig) -> None:
    verify(config, seed=1)


def test_the_hardware_states_the_latency_of_golden() -> None:
    assert Pool.LATENCY == LATENCY


@pytest.mark.parametrize("channels", [1, 4, 7, 8, 9, 20])
@pytest.mark.parametrize("windows", [1, 3])
@pytest.mark.parametrize("kind", [LayerKind.AVERAGE_POOL, LayerKind.MAX_POOL])
def test_every_channel_is_the_sum_or_the_maximum_of_its_windows(channels: int, windows: int, kind: LayerKind) -> None:
    config = PRESETS["small"]
    lanes, pixels = config.input_lanes, 3
    words = -(-channels // lanes)
    values = np.random.default_rng(channels).integers(-1152, 1144, (pixels, words, windows, lanes))
    layer = LayerConfig(kind=kind, channels=channels, parameter_address=11)
    given = [
        PoolWindow(
            values=values[pixel, word, number],
            pool_index=pixel,
            first=int(number == 0),
            last=int(number == windows - 1),
            layer_last=int((pixel, word, number) == (pixels - 1, words - 1, windows - 1)),
        )
        for pixel in range(pixels)
        for word in range(words)
        for number in range(windows)
    ]
    groups = [group for word in pool(given, layer, config) for group in word]
    maximum = kind == LayerKind.MAX_POOL
    expected = (values.max(axis=2) if maximum else values.sum(axis=2)).reshape(pixels, -1)
    pixel = 0
    seen = []
    for group in groups:
        for lane, total in enumerate(group.sums):
            assert total == expected[pixel, group.channel + lane]
            seen.append((pixel, group.channel + lane))
        assert group.parameter_row == (11 if maximum else 11 + pixel)
        pixel += group.advance
    assert {(p, c) for p in range(pixels) for c in range(channels)} <= set(seen)
    assert len(seen) == len(set(seen))
    assert [group.final for group in groups] == [0] * (len(groups) - 1) + [1]


def test_a_slow_output_holds_the_words_behind_it() -> None:
    accepted, given = schedule([2, 2, 1, 1, 1], [1, 1, 1, 1, 1], [0, 1, 2, 3, 4], [9, 10, 11, 12, 13, 14, 15])
    assert given == [LATENCY, 10, 11, 12, 13, 14, 15]
    assert accepted == [0, 1, 2, 3, 11]
