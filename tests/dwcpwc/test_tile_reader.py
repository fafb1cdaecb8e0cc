import dataclasses

import numpy as np
import pytest

from racelet.golden.dwcpwc.config import PRESETS, DwcPwcConfig
from racelet.golden.dwcpwc.dot_engine import dot_products
from racelet.golden.dwcpwc.tile_reader import READ_AHEAD, dot_beats, schedule
from racelet.sim.dwcpwc.layers import activations, dot_layers, sets_of_weights
from racelet.sim.dwcpwc.tb_tile_reader import verify

ODD = dataclasses.replace(PRESETS["tiny"], output_lanes=8, tile_pixels=3, tile_bytes=64)
ONE_PIXEL = dataclasses.replace(PRESETS["tiny"], tile_pixels=1)


@pytest.mark.simulation
@pytest.mark.parametrize(
    "config", [PRESETS["tiny"], PRESETS["large"], ODD, ONE_PIXEL], ids=["tiny", "large", "odd", "one pixel"]
)
def test_beats_and_their_cycles_match_golden(config: DwcPwcConfig) -> None:
    verify(config, seed=1)


@pytest.mark.parametrize("seed", range(5))
def test_beats_make_a_matrix_product_of_every_tile(seed: int) -> None:
    rng = np.random.default_rng(seed)
    config = PRESETS["small"]
    for layer in dot_layers(rng, config, 3):
        tiles, sets = activations(rng, layer, config), sets_of_weights(rng, layer, config)
        sums = iter(dot_products(dot_beats(tiles, sets, layer, config)))
        for tile in tiles:
            for weights in sets:
                for pixel in tile:
                    found = next(sums)
                    for row in range(config.output_lanes):
                        expected = sum(
                            int(pixel[word, lane]) * int(weights[word, row, lane])
                            for word in range(layer.words)
                            for lane in range(config.input_lanes if word < layer.words - 1 else layer.tail_lanes)
                        )
                        assert found[row] == expected


@pytest.mark.parametrize("seed", range(5))
def test_beats_follow_without_a_gap_where_nothing_holds(seed: int) -> None:
    config = PRESETS["small"]
    for layer in dot_layers(np.random.default_rng(seed), config, 3):
        tiles = layer.tiles
        count = ((tiles - 1) * layer.tile_pixels + layer.last_tile_pixels) * layer.passes
        beats = count * layer.words
        given = list(range(11 + READ_AHEAD, 11 + READ_AHEAD + beats))
        times = schedule(
            layer,
            config,
            start=10,
            full=[0] * tiles,
            sets=[0] * (tiles * layer.passes * layer.words),
            taken=given,
            sums_taken=[0] * count,
        )
        assert times.given == given
        assert times.read == list(range(11, 11 + beats))
        assert times.released[-1] == times.read[-1]
