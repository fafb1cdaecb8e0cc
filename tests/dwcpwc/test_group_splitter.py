import dataclasses

import numpy as np
import pytest

from racelet.golden.dwcpwc.config import PRESETS, DwcPwcConfig
from racelet.golden.dwcpwc.group_splitter import split
from racelet.golden.dwcpwc.tile_counter import tile_sizes
from racelet.sim.dwcpwc.layers import dot_layers
from racelet.sim.dwcpwc.tb_group_splitter import verify

ONE_GROUP = dataclasses.replace(PRESETS["tiny"], requantizers=4, tile_pixels=3)


@pytest.mark.simulation
@pytest.mark.parametrize("config", [PRESETS["tiny"], PRESETS["large"], ONE_GROUP], ids=["tiny", "large", "one group"])
def test_groups_and_their_cycles_match_golden(config: DwcPwcConfig) -> None:
    verify(config, seed=1)


@pytest.mark.parametrize("seed", range(10))
def test_every_channel_of_every_pixel_comes_once(seed: int) -> None:
    rng = np.random.default_rng(seed)
    config = PRESETS["small"]
    lanes = config.requantizers
    for layer in dot_layers(rng, config, 4):
        sizes = tile_sizes(layer)
        channels = (layer.passes - 1) * config.output_lanes + layer.tail_groups * lanes
        expected = rng.integers(-1000, 1000, (sum(sizes), layer.passes * config.output_lanes))
        first = np.cumsum([0, *sizes])
        sums = np.concatenate(
            [
                expected[first[tile] : first[tile + 1], config.output_lanes * k : config.output_lanes * (k + 1)]
                for tile in range(len(sizes))
                for k in range(layer.passes)
            ]
        )
        found = np.full((sum(sizes), channels), 1 << 40)
        tile = pixel = 0
        groups = [group for row in split(sums.astype(np.int32), layer, config) for group in row]
        for number, group in enumerate(groups):
            place = first[tile] + pixel, slice(group.channel, group.channel + lanes)
            assert (found[place] == 1 << 40).all()
            found[place] = group.sums
            assert group.parameter_row == layer.parameter_address + group.channel // lanes
            assert group.final == (number == len(groups) - 1)
            # What the places say is enough to find the next group's pixel.
            if group.advance:
                pixel = 0 if group.rewind or group.tile_last else pixel + 1
                tile += group.tile_last
        np.testing.assert_array_equal(found, expected[:, :channels])
