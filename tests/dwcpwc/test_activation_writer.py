import itertools

import numpy as np
import pytest

from racelet.golden.dwcpwc.activation_buffer import empty, take, write
from racelet.golden.dwcpwc.activation_writer import Place, group_bytes, places, writes
from racelet.golden.dwcpwc.config import PRESETS
from racelet.golden.dwcpwc.layer_config import LayerConfig, LayerKind
from racelet.sim.dwcpwc.tb_activation_writer import KINDS, SIZES, verify
from racelet.sim.dwcpwc.tensor_layers import writing_layers


@pytest.mark.simulation
@pytest.mark.parametrize("preset", ["tiny", "large"])
def test_writes_and_cycles_match_golden(preset: str) -> None:
    verify(PRESETS[preset], seed=1, waves=None)


def layers(preset: str, channels: int) -> list[LayerConfig]:
    sizes = [(height, width, channels) for height, width in SIZES]
    return writing_layers(KINDS, sizes, PRESETS[preset], np.random.default_rng(1))


@pytest.mark.parametrize("channels", [1, 3, 8, 35])
@pytest.mark.parametrize("preset", ["tiny", "large"])
def test_writes_put_the_tensor_where_the_buffer_has_it(preset: str, channels: int) -> None:
    config = PRESETS[preset]
    for layer in layers(preset, channels):
        size = group_bytes(layer.kind, config)
        pixels = (layer.tiles - 1) * layer.tile_pixels + layer.last_tile_pixels
        shape = (pixels // layer.width, _width(layer), -(-channels // size) * size)
        tensor = np.random.default_rng(2).integers(-128, 128, shape).astype(np.int8)
        banks = empty(config)
        for place, target in zip(places(layer, config), writes(layer, config), strict=True):
            group = tensor[place.y, place.x, place.channel : place.channel + size].tolist()
            word = [0] * config.input_lanes
            first = target.address % config.input_lanes
            word[first : first + size] = group
            banks = write(banks, target.bank, target.address, word, target.mask, config)
        found = take(banks, (*shape[:2], channels), layer.address, layer.row_pitch, layer.pixel_pitch)
        np.testing.assert_array_equal(found, tensor[:, :, :channels])


@pytest.mark.parametrize("preset", ["tiny", "large"])
def test_what_a_place_says_of_the_next_is_so(preset: str) -> None:
    config = PRESETS[preset]
    for layer in layers(preset, 35):
        order = list(places(layer, config))
        assert [place.final for place in order] == [False] * (len(order) - 1) + [True]
        tile_start = 0
        for place, following in itertools.pairwise(order):
            here, there = _pixel(place, layer), _pixel(following, layer)
            if not place.advance:
                assert there == here
                continue
            assert there == (tile_start if place.rewind else here + 1)
            tile_start = there if place.tile_last else tile_start


def test_dot_products_come_tile_by_tile_and_pass_by_pass() -> None:
    config = PRESETS["tiny"]
    layer = LayerConfig(kind=LayerKind.FUSED, tiles=2, tile_pixels=2, last_tile_pixels=1, width=3, channels=6, passes=2)
    order = [(place.x, place.channel) for place in places(layer, config)]
    assert order == [(0, 0), (0, 2), (1, 0), (1, 2), (0, 4), (1, 4), (2, 0), (2, 2), (2, 4)]


def _pixel(place: Place, layer: LayerConfig) -> int:
    return place.y * _width(layer) + place.x


def _width(layer: LayerConfig) -> int:
    return layer.source_width if layer.kind == LayerKind.ADD else layer.width
