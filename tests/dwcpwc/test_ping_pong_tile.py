import dataclasses
import itertools

import numpy as np
import pytest

from racelet.golden.dwcpwc.config import PRESETS, DwcPwcConfig
from racelet.golden.dwcpwc.layer_config import LayerConfig, LayerKind
from racelet.golden.dwcpwc.ping_pong_tile import schedule, tile_image
from racelet.sim.dwcpwc.tb_ping_pong_tile import verify

SMALL_TILES = dataclasses.replace(PRESETS["small"], tile_bytes=64, tile_pixels=3, depthwise_lanes=8)


@pytest.mark.simulation
@pytest.mark.parametrize("config", [PRESETS["tiny"], PRESETS["large"], SMALL_TILES], ids=["tiny", "large", "odd"])
def test_words_and_their_cycles_match_golden(config: DwcPwcConfig) -> None:
    verify(config, seed=1)


@pytest.mark.parametrize("channels", [1, 4, 7, 8, 13])
def test_a_channel_of_a_pixel_lies_at_its_word_and_lane(channels: int) -> None:
    config = DwcPwcConfig(input_lanes=8, depthwise_lanes=1)
    layer = LayerConfig(kind=LayerKind.FUSED, words=-(-channels // 8))
    data = np.random.default_rng(channels).integers(0, 256, (5, channels, 1)).astype(np.uint8)
    image = tile_image(data, layer, config)
    for pixel in range(5):
        for channel in range(8 * layer.words):
            expected = data[pixel, channel, 0] if channel < channels else -1
            assert image[pixel, channel // 8, channel % 8] == expected


@pytest.mark.parametrize("seed", range(20))
def test_the_schedule_is_that_of_two_halves(seed: int) -> None:
    rng = np.random.default_rng(seed)
    groups = rng.integers(1, 6, 8).tolist()
    gap, slow = rng.choice([0.0, 0.5, 0.9], 2)
    ends = np.cumsum(groups).tolist()
    halves = [False, False]
    filled_at = [0, 0]
    offered, taken, full, released = [], [], [], []
    for now in itertools.count():
        if len(released) == len(groups):
            break
        filling, reading = sum(end <= len(taken) for end in ends) % 2, len(released) % 2
        # A half that filled in the cycle before is being written.
        written = halves[reading] and now > filled_at[reading] + 1
        if written and len(full) == len(released):
            full.append(now)
        release = written and rng.random() >= slow
        free = not halves[filling]
        if len(taken) < ends[-1]:
            if len(offered) == len(taken) and rng.random() >= gap:
                offered.append(now)
            if len(offered) > len(taken) and free:
                taken.append(now)
                if len(taken) in ends:
                    halves[filling] = True
                    filled_at[filling] = now
        if release:
            halves[reading] = False
            released.append(now)
    assert schedule(groups, offered, released) == (taken, full)
