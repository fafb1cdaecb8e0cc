import dataclasses
from typing import get_args

import numpy as np
import pytest

from racelet.golden.dwcpwc.config import PRESETS, DwcPwcConfig, Engine
from racelet.golden.dwcpwc.dot_engine import dot_products
from racelet.golden.dwcpwc.dot_path import dot_groups, schedule
from racelet.golden.dwcpwc.dot_schedule import DotSchedule, first_weight
from racelet.golden.dwcpwc.engine_cycles import SetCycles
from racelet.golden.dwcpwc.fill import fill
from racelet.golden.dwcpwc.group_splitter import split
from racelet.golden.dwcpwc.layer_config import LayerConfig
from racelet.golden.dwcpwc.ping_pong_tile import FULL_LATENCY
from racelet.golden.dwcpwc.tile_counter import tile_sizes
from racelet.golden.dwcpwc.tile_reader import dot_beats
from racelet.sim.dwcpwc.layers import activations, dot_layers, sets_of_weights
from racelet.sim.dwcpwc.tb_dot_path import verify

ODD = dataclasses.replace(PRESETS["tiny"], output_lanes=8, requantizers=1, tile_pixels=3, tile_bytes=64)


SHAPES = {"tiny": PRESETS["tiny"], "large": PRESETS["large"], "odd": ODD}
# Layers of any kind take columns of memory cells long.
CASES = [(shape, engine) for engine in get_args(Engine) for shape in SHAPES if engine != "imc" or shape == "tiny"]


@pytest.mark.simulation
@pytest.mark.parametrize(("shape", "engine"), CASES)
def test_groups_and_their_cycles_match_golden(shape: str, engine: Engine) -> None:
    verify(dataclasses.replace(SHAPES[shape], engine=engine), seed=1)


@pytest.mark.parametrize("seed", range(5))
def test_groups_are_what_reader_engine_and_splitter_make(seed: int) -> None:
    rng = np.random.default_rng(seed)
    config = PRESETS["small"]
    for layer in dot_layers(rng, config, 3):
        tiles, sets = activations(rng, layer, config), sets_of_weights(rng, layer, config)
        rows = split(dot_products(dot_beats(tiles, sets, layer, config)), layer, config)
        assert dot_groups(tiles, sets, layer, config) == [each for row in rows for each in row]


def _last_group(layer: LayerConfig, config: DwcPwcConfig, set_cycles: SetCycles) -> int:
    """The path fed by the layer's own fill, weights and requantisers always ready: iterated until nothing moves."""
    sizes = tile_sizes(layer)
    whole = config.output_lanes // config.requantizers
    count = sum(sizes) * ((layer.passes - 1) * whole + layer.tail_groups)
    taken = [0] * count
    released = [0] * len(sizes)
    weights = [first_weight(config)] * (len(sizes) * layer.passes * layer.words * config.set_beats)
    for _ in range(1000):
        source = fill(layer, config)
        full = []
        for tile, pixels in enumerate(sizes):
            free = released[tile - 2] + 1 if tile >= 2 else 0
            full.append(max(source.tile(pixels, free) + FULL_LATENCY, released[tile - 1] + 1 if tile else 0))
        times = schedule(layer, config, start=0, full=full, weights=weights, taken=taken, set_cycles=set_cycles)
        offered = [first_weight(config), *(beat + 1 for beat in times.weights[:-1])]
        if (times.given, times.released, offered) == (taken, released, weights):
            return taken[-1]
        taken, released, weights = times.given, times.released, offered
    raise AssertionError("the schedule does not settle")


@pytest.mark.parametrize("most", [1, 8])
@pytest.mark.parametrize("seed", range(4))
def test_the_schedule_is_that_of_whole_layers(seed: int, most: int) -> None:
    rng = np.random.default_rng(seed)
    config = dataclasses.replace(PRESETS["small"], tile_pixels=4, weight_beat_bytes=int(rng.choice([8, 16, 64])))
    for layer in dot_layers(rng, config, 4):
        channels = (layer.words - 1) * config.input_lanes + layer.tail_lanes
        whole = dataclasses.replace(layer, source_channels=channels)
        cycles = rng.integers(1, most + 1, (layer.passes, layer.words))
        assert _last_group(whole, config, cycles) == DotSchedule(whole, config, cycles).last_group()
