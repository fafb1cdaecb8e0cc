"""Group splitter: groups of sums with their places."""

import dataclasses
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from racelet.golden.dwcpwc.config import DwcPwcConfig
from racelet.golden.dwcpwc.layer_config import LayerConfig
from racelet.golden.dwcpwc.tile_counter import tile_sizes

LATENCY = 1
"""Cycles from a row of sums to its first group."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Group:
    """Sums of neighbouring channels of one pixel.

    Parameters
    ----------
    sums : list of int
        int32.
    parameter_row : int
        Row of their requantise parameters.
    channel : int
        First channel.
    advance : int
        1: the next group is another pixel's.
    rewind : int
        1: this is the tile's last pixel and more channels of the tile's pixels follow.
    tile_last : int
        1: this is the tile's last pixel and the next tile follows.
    final : int
        1: last group of the layer.
    """

    sums: list[int]
    parameter_row: int
    channel: int
    advance: int
    rewind: int = 0
    tile_last: int = 0
    final: int = 0


def split(sums: NDArray[np.int32], layer: LayerConfig, config: DwcPwcConfig) -> list[list[Group]]:
    """Cut sums into groups.

    Parameters
    ----------
    sums : int32, shape (sums, output_lanes)
        In the order tiles, passes, pixels.
    layer : LayerConfig
    config : DwcPwcConfig

    Returns
    -------
    list of list of Group
        Groups of each row of sums. The last pass has ``tail_groups``.

    Examples
    --------
    >>> from racelet.golden.dwcpwc.layer_config import LayerKind
    >>> layer = LayerConfig(kind=LayerKind.FUSED, passes=2, tail_groups=1, parameter_address=5)
    >>> config = DwcPwcConfig(input_lanes=4, output_lanes=4, requantizers=2)
    >>> cut = split(np.arange(8, dtype=np.int32).reshape(2, 4), layer, config)
    >>> [(group.sums, group.parameter_row, group.channel) for row in cut for group in row]
    [([0, 1], 5, 0), ([2, 3], 6, 2), ([4, 5], 7, 4)]
    """
    lanes = config.requantizers
    whole = config.output_lanes // lanes
    sizes = tile_sizes(layer)
    rows = iter(sums.tolist())
    cut: list[list[Group]] = []
    for tile, pixels in enumerate(sizes):
        for each in range(layer.passes):
            last_pass = each == layer.passes - 1
            groups = layer.tail_groups if last_pass else whole
            for pixel in range(pixels):
                row = next(rows)
                last_pixel = pixel == pixels - 1
                cut.append(
                    [
                        Group(
                            sums=row[lanes * k : lanes * (k + 1)],
                            parameter_row=layer.parameter_address + each * whole + k,
                            channel=each * config.output_lanes + k * lanes,
                            advance=int(k == groups - 1),
                            rewind=int(last_pixel and not last_pass),
                            tile_last=int(last_pixel and last_pass),
                            final=int(last_pixel and last_pass and k == groups - 1 and tile == len(sizes) - 1),
                        )
                        for k in range(groups)
                    ]
                )
    return cut


def schedule(counts: Sequence[int], offered: Sequence[int], taken: Sequence[int]) -> tuple[list[int], list[int]]:
    """Cycles in which rows of sums are taken and groups are there.

    A group goes to the output's two registers when its row is there, one per cycle, as long as no two others wait
    there. It is there ``LATENCY`` cycles later, or in the cycle after the one before it was taken. A row is taken with
    its last group.

    Parameters
    ----------
    counts : sequence of int
        Groups of each row of sums.
    offered : sequence of int
        First cycle in which each row is offered.
    taken : sequence of int
        Cycle in which each group is taken.

    Returns
    -------
    rows : list of int
        Cycle in which each row is taken.
    given : list of int
        First cycle of each group.

    Examples
    --------
    >>> schedule([2, 1], [0, 2], [1, 2, 3])
    ([1, 2], [1, 2, 3])
    >>> schedule([1, 1, 1], [0, 1, 2], [5, 6, 7])
    ([0, 1, 6], [1, 6, 7])
    """
    rows: list[int] = []
    given: list[int] = []
    made = -1
    for count, offer in zip(counts, offered, strict=True):
        for _ in range(count):
            number = len(given)
            made = max(made + 1, offer, taken[number - 2] + 1 if number >= 2 else 0)
            given.append(max(made + LATENCY, taken[number - 1] + 1 if number else 0))
        rows.append(made)
    return rows, given
