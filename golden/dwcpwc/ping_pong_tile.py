"""Ping-pong tile: what lies in a tile, and when its halves are full and free."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from racelet.golden.dwcpwc.config import DwcPwcConfig
from racelet.golden.dwcpwc.layer_config import LayerConfig, LayerKind

FULL_LATENCY = 2
"""Cycles from a tile's last group until the tile shows as full: the group is written in the one between."""
READ_LATENCY = 3
"""Cycles from the read of a word until it is there: the memory, and a register behind it."""


def group_bytes(layer: LayerConfig, config: DwcPwcConfig) -> int:
    """Bytes that one group brings: a depthwise result, or a whole word of a patch.

    Parameters
    ----------
    layer : LayerConfig
    config : DwcPwcConfig

    Returns
    -------
    int

    Examples
    --------
    >>> group_bytes(LayerConfig(kind=LayerKind.FUSED), DwcPwcConfig(input_lanes=8, depthwise_lanes=2))
    2
    """
    return config.depthwise_lanes if layer.kind == LayerKind.FUSED else config.input_lanes


def tile_image(groups: NDArray[np.uint8], layer: LayerConfig, config: DwcPwcConfig) -> NDArray[np.int16]:
    """Words of a tile, from the groups that were written.

    Parameters
    ----------
    groups : uint8, shape (pixels, groups, group_bytes)
        Groups of every pixel.
    layer : LayerConfig
        ``kind`` and ``words`` count.
    config : DwcPwcConfig

    Returns
    -------
    int16, shape (pixels, words, input_lanes)
        Pixel after pixel, from address 0 on. -1 where nothing was written.

    Examples
    --------
    >>> layer = LayerConfig(kind=LayerKind.FUSED, words=2)
    >>> config = DwcPwcConfig(input_lanes=4, output_lanes=4, depthwise_lanes=2)
    >>> tile_image(np.array([[[1, 2], [3, 4], [5, 6]]], np.uint8), layer, config).tolist()
    [[[1, 2, 3, 4], [5, 6, -1, -1]]]
    """
    pixels = len(groups)
    image = np.full((pixels, layer.words * config.input_lanes), -1, np.int16)
    written = groups.reshape(pixels, -1)
    image[:, : written.shape[1]] = written
    return image.reshape(pixels, layer.words, config.input_lanes)


def schedule(groups: Sequence[int], offered: Sequence[int], released: Sequence[int]) -> tuple[list[int], list[int]]:
    """Cycles in which groups are taken and tiles are full.

    A group is taken when it is offered, unless its half is not free: the first group of a tile waits for the release of
    the tile two before it, and comes in the cycle after. A tile shows as full ``FULL_LATENCY`` cycles after its last
    group, and not before the cycle after the release of the tile before it.

    Parameters
    ----------
    groups : sequence of int
        Groups of each tile.
    offered : sequence of int
        First cycle in which each group is offered, tile after tile.
    released : sequence of int
        Cycle of each tile's release.

    Returns
    -------
    taken : list of int
        Cycle of each group.
    full : list of int
        First cycle in which each tile shows as full.

    Examples
    --------
    >>> schedule([2, 2, 2], [0, 1, 2, 3, 4, 11], [9, 14, 17])
    ([0, 1, 2, 3, 10, 11], [3, 10, 15])
    """
    taken: list[int] = []
    full: list[int] = []
    for tile, count in enumerate(groups):
        free = released[tile - 2] + 1 if tile >= 2 else 0
        for _ in range(count):
            taken.append(max(offered[len(taken)], free))
        full.append(max(taken[-1] + FULL_LATENCY, released[tile - 1] + 1 if tile else 0))
    return taken, full
