"""Dot-product path: groups of sums out of tiles and weights, and when they are there."""

import dataclasses
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from racelet.golden.dwcpwc.config import DwcPwcConfig
from racelet.golden.dwcpwc.dot_engine import PARALLEL_LATENCY
from racelet.golden.dwcpwc.group_splitter import Group, split
from racelet.golden.dwcpwc.layer_config import LayerConfig
from racelet.golden.dwcpwc.tile_counter import tile_sizes

QUEUE_LATENCY = 1
"""Cycles that a sum spends in the queue at least."""


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
) -> DotTimes:
    """Cycles of one layer: the reader, the shadow, the bit-parallel engine, the queue and the splitter in a row.

    The engine never holds, as the reader lets no pass end before the queue has room for its sums.

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

    Returns
    -------
    DotTimes

    Examples
    --------
    >>> from racelet.golden.dwcpwc.layer_config import LayerKind
    >>> layer = LayerConfig(kind=LayerKind.FUSED, tail_groups=1)
    >>> schedule(layer, DwcPwcConfig(), start=0, full=[3], weights=[2, 3, 4, 5], taken=[10])
    DotTimes(given=[10], released=[3], weights=[2, 3, 4, 5])
    """
    queue = 2 * config.tile_pixels
    whole = config.output_lanes // config.requantizers
    accepted: list[int] = []
    given: list[int] = []
    released: list[int] = []
    sums_taken: list[int] = []
    fed = set_there = read = 0
    for tile, pixels in enumerate(tile_sizes(layer)):
        for each in range(layer.passes):
            groups = layer.tail_groups if each == layer.passes - 1 else whole
            for word in range(layer.words):
                beats = weights[len(accepted) : len(accepted) + config.set_beats]
                accepted += [max(offer, set_there - 1) for offer in beats]
                set_there = max(accepted[-1], fed) + 1
                for pixel in range(pixels):
                    read = max(start + 1, full[tile], fed)
                    sums = len(sums_taken)
                    if word == layer.words - 1 and pixel == 0 and sums + pixels > queue:
                        read = max(read, sums_taken[sums + pixels - queue - 1] + 1)
                    fed = max(read + 1, set_there)
                    if word == layer.words - 1:
                        there = fed + PARALLEL_LATENCY + QUEUE_LATENCY
                        for _ in range(groups):
                            given.append(max(there, taken[len(given) - 1] + 1 if given else 0))
                        sums_taken.append(taken[len(given) - 1])
        released.append(read)
    return DotTimes(given=given, released=released, weights=accepted)
