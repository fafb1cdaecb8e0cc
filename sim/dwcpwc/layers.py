"""Layers for the benches: the corners of dot-product layers and random ones."""

import functools

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from racelet.golden.dwcpwc.config import DwcPwcConfig
from racelet.golden.dwcpwc.layer_config import LayerConfig, LayerKind
from racelet.golden.dwcpwc.tile_counter import tile_sizes
from racelet.golden.dwcpwc.weight_encoder import kept_set
from racelet.hw.dwcpwc.layouts import weight_set
from racelet.sim.payload import pack


def dot_layers(rng: Generator, config: DwcPwcConfig, count: int) -> list[LayerConfig]:
    """Layers of every size that a dot-product unit meets; those of the corners first.

    Parameters
    ----------
    rng : Generator
    config : DwcPwcConfig
    count : int
        Random layers to add.

    Returns
    -------
    list of LayerConfig
        Of any kind with dot products; fields of other units are left at their defaults.
    """
    lanes, capacity = config.input_lanes, config.tile_bytes // config.input_lanes
    most = min(config.tile_pixels, capacity)
    groups = config.output_lanes // config.requantizers
    # tiles, tile_pixels, last_tile_pixels, words, tail_lanes, passes, tail_groups
    corners = [
        (1, 1, 1, 1, 1, 1, 1),
        (3, 1, 1, 1, lanes, 1, groups),
        (2, most, 1, 1, lanes - 1, 2, 1),
        (3, most, max(most - 1, 1), min(2, capacity // most), 1, 3, groups),
        (2, most, most, 1, lanes, 4, groups),
    ]
    drawn = []
    for _ in range(count):
        pixels = int(rng.integers(1, most + 1))
        words = min(3, capacity // pixels)
        high = (4, pixels + 1, words + 1, lanes + 1, 4, groups + 1)
        tiles, last, words, tail, passes, tail_groups = (int(value) for value in rng.integers(1, high))
        drawn.append((tiles, pixels, last, words, tail, passes, tail_groups))
    kinds = (LayerKind.FUSED, LayerKind.GATHER, LayerKind.WORDS)
    return [
        LayerConfig(
            kind=kinds[int(rng.integers(len(kinds)))],
            tiles=tiles,
            tile_pixels=pixels,
            last_tile_pixels=last,
            words=words,
            tail_lanes=tail,
            passes=passes,
            tail_groups=tail_groups,
            weight_address=int(rng.integers(1 << 20)),
            weight_beats=words * passes * config.set_beats,
            parameter_address=int(rng.integers((1 << 16) - passes * groups)),
        )
        for tiles, pixels, last, words, tail, passes, tail_groups in corners + drawn
    ]


def activations(rng: Generator, layer: LayerConfig, config: DwcPwcConfig) -> list[NDArray[np.int8]]:
    """Random tiles of a layer, each int8 of shape (pixels, words, input_lanes)."""
    return [
        rng.integers(-128, 128, (pixels, layer.words, config.input_lanes)).astype(np.int8)
        for pixels in tile_sizes(layer)
    ]


def sets_of_weights(rng: Generator, layer: LayerConfig, config: DwcPwcConfig) -> NDArray[np.int8]:
    """Random weights of a layer, int8 of shape (passes, words, output_lanes, input_lanes)."""
    shape = (layer.passes, layer.words, config.output_lanes, config.input_lanes)
    return rng.integers(-128, 128, shape).astype(np.int8)


def set_bits(weights: NDArray[np.int8], config: DwcPwcConfig) -> int:
    """A set of weights, shape (output_lanes, input_lanes), as the payload of a stream of sets.

    Examples
    --------
    >>> hex(set_bits(np.arange(4, dtype=np.int8).reshape(2, 2), DwcPwcConfig()))
    '0x3020100'
    """
    if config.engine != "bitlet":
        return int.from_bytes(weights.tobytes(), "little")
    return _encoded(weights.tobytes(), config)


@functools.lru_cache(maxsize=1024)
def _encoded(weights: bytes, config: DwcPwcConfig) -> int:
    """The same for a set that is encoded, which is slow and often asked for again."""
    rows = np.frombuffer(weights, np.int8).reshape(config.output_lanes, config.input_lanes)
    return pack(weight_set(config), kept_set(rows, config))
