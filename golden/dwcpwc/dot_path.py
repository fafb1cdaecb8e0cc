"""Dot-product path: groups of sums out of tiles and weights, and when they are there."""

import dataclasses
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from racelet.golden.dwcpwc.config import DwcPwcConfig
from racelet.golden.dwcpwc.engine_cycles import SetCycles, latency
from racelet.golden.dwcpwc.group_splitter import LATENCY, Group, split
from racelet.golden.dwcpwc.layer_config import LayerConfig
from racelet.golden.dwcpwc.tile_counter import tile_sizes
from racelet.golden.dwcpwc.tile_reader import READ_AHEAD, READS

QUEUE_LATENCY = 2
"""Cycles that a sum spends in the queue and in the slice behind it at least."""
RETURN = 2
"""Cycles from the taking of a sum to the first read that its place in the queue allows."""


def dot_groups(
    tiles: Sequence[NDArray[np.int8]], sets: NDArray[np.int8], layer: LayerConfig, config: DwcPwcConfig
) -> list[Group]:
    """Groups of one layer: a matrix product for every tile, cut into pieces.

    Parameters
    ----------
    tiles : sequence of int8, shape (pixels, words, input_lanes)
        Activations of each tile.
    sets : int8, shape (passes, words, output_lanes, input_lanes)
        Weights.
    layer : LayerConfig
    config : DwcPwcConfig

    Returns
    -------
    list of Group

    Examples
    --------
    >>> from racelet.golden.dwcpwc.layer_config import LayerKind
    >>> layer = LayerConfig(kind=LayerKind.FUSED, tail_lanes=2, tail_groups=1)
    >>> config = DwcPwcConfig(input_lanes=4, output_lanes=4, requantizers=2)
    >>> tile, sets = np.ones((1, 1, 4), np.int8), np.ones((1, 1, 4, 4), np.int8)
    >>> [group.sums for group in dot_groups([tile], sets, layer, config)]
    [[2, 2]]
    """
    passes, words = sets.shape[:2]
    depth = (words - 1) * config.input_lanes + layer.tail_lanes
    weights = sets.swapaxes(1, 2).reshape(passes, config.output_lanes, -1)[:, :, :depth].astype(np.int64)
    rows = []
    for tile in tiles:
        activations = tile.reshape(len(tile), -1)[:, :depth].astype(np.int64)
        rows += [activations @ each.T for each in weights]
    return [group for row in split(np.concatenate(rows).astype(np.int32), layer, config) for group in row]


@dataclasses.dataclass(frozen=True, kw_only=True)
class DotTimes:
    """When the path does what.

    Parameters
    ----------
    given : list of int
        First cycle of each group.
    released : list of int
        Cycle of each tile's release.
    weights : list of int
        Cycle in which each beat of weights is taken.
    """

    given: list[int]
    released: list[int]
    weights: list[int]


def schedule(
    layer: LayerConfig,
    config: DwcPwcConfig,
    *,
    start: int,
    full: Sequence[int],
    weights: Sequence[int],
    taken: Sequence[int],
    set_cycles: SetCycles,
) -> DotTimes:
    """Cycles of one layer: the reader, the shadow, the engine, the queue and the splitter in a row.

    The engine never holds, as the reader reads no last word before the queue has a place for its sum.

    Parameters
    ----------
    layer : LayerConfig
    config : DwcPwcConfig
    start : int
        Cycle of the start pulse.
    full : sequence of int
        First cycle in which each tile shows as full.
    weights : sequence of int
        First cycle in which each beat of weights is offered.
    taken : sequence of int
        Cycle in which each group is taken.
    set_cycles : int64, shape (passes, words)
        For how many cycles the engine works on a beat, by its set of weights.

    Returns
    -------
    DotTimes

    Examples
    --------
    >>> from racelet.golden.dwcpwc.layer_config import LayerKind
    >>> layer = LayerConfig(kind=LayerKind.FUSED, tail_groups=1)
    >>> times = {"start": 0, "full": [3], "weights": [2, 3, 4, 5], "taken": [18]}
    >>> schedule(layer, DwcPwcConfig(), **times, set_cycles=np.ones((1, 1), np.int64))
    DotTimes(given=[18], released=[3], weights=[2, 3, 4, 5])
    """
    whole = config.output_lanes // config.requantizers
    way = latency(config) - 1 + QUEUE_LATENCY
    accepted: list[int] = []
    given: list[int] = []
    released: list[int] = []
    sums_taken: list[int] = []
    fed: list[int] = []
    set_there, read, made, free = 0, start, 0, 0
    for tile, pixels in enumerate(tile_sizes(layer)):
        for each in range(layer.passes):
            groups = layer.tail_groups if each == layer.passes - 1 else whole
            for word in range(layer.words):
                beats = weights[len(accepted) : len(accepted) + config.set_beats]
                accepted += [max(offer, set_there) for offer in beats]
                set_there = max(accepted[-1], fed[-1] if fed else 0) + 1
                cycles = int(set_cycles[each, word])
                for _ in range(pixels):
                    read = max(read + 1, full[tile])
                    if len(fed) >= READS:
                        read = max(read, fed[-READS] + 1)
                    if word == layer.words - 1 and len(sums_taken) >= config.sum_places:
                        read = max(read, sums_taken[-config.sum_places] + RETURN)
                    fed.append(max(read + READ_AHEAD, set_there, free))
                    free = fed[-1] + cycles
                    if word == layer.words - 1:
                        there = free + way
                        for _ in range(groups):
                            number = len(given)
                            made = max(made + 1, there, taken[number - 2] + 1 if number >= 2 else 0)
                            given.append(max(made + LATENCY, taken[number - 1] + 1 if number else 0))
                        sums_taken.append(made)
        released.append(read)
    return DotTimes(given=given, released=released, weights=accepted)
