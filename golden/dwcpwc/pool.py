"""Pool: sums and maxima over windows, and when they are there."""

import dataclasses
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from racelet.golden.dwcpwc.config import DwcPwcConfig
from racelet.golden.dwcpwc.group_splitter import Group
from racelet.golden.dwcpwc.layer_config import LayerConfig, LayerKind

LATENCY = 3
"""Cycles from a word's last window to its first group."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class PoolWindow:
    """What the pool uses of a window.

    Parameters
    ----------
    values : int, shape (input_lanes,)
        AVERAGE_POOL: sums over the window's taps, one channel each. MAX_POOL: the channels of one tap.
    pool_index : int
        AVERAGE_POOL: row of the reciprocal, counted from the layer's first.
    first, last : int
        1 for the first and the last window of one word of channels.
    layer_last : int
        1 for the layer's last window.
    """

    values: NDArray[np.int64]
    pool_index: int
    first: int
    last: int
    layer_last: int = 0


def pool(windows: Sequence[PoolWindow], layer: LayerConfig, config: DwcPwcConfig) -> list[list[Group]]:
    """Add up windows, or find their maxima, and cut them into groups.

    Parameters
    ----------
    windows : sequence of PoolWindow
        Pixel by pixel, word by word.
    layer : LayerConfig
        ``kind``, ``channels`` and ``parameter_address`` count.
    config : DwcPwcConfig

    Returns
    -------
    list of list of Group
        Groups of each word; those that begin beyond the last channel are left out.

    Examples
    --------
    >>> layer = LayerConfig(kind=LayerKind.AVERAGE_POOL, channels=2, parameter_address=3)
    >>> sums = np.array([1, 2, 3, 4])
    >>> windows = [PoolWindow(values=sums, pool_index=1, first=k == 0, last=k == 1) for k in range(2)]
    >>> pool(windows, layer, DwcPwcConfig(input_lanes=4, output_lanes=4, requantizers=2))
    [[Group(sums=[2, 4], parameter_row=4, channel=0, advance=1, rewind=0, tile_last=0, final=0)]]
    """
    lanes = config.requantizers
    total = np.zeros(config.input_lanes, np.int64)
    words: list[list[Group]] = []
    channel = 0
    for window in windows:
        if window.first:
            total = window.values
        else:
            total = np.maximum(window.values, total) if layer.kind == LayerKind.MAX_POOL else window.values + total
        if not window.last:
            continue
        used = min(config.input_lanes, layer.channels - channel)
        words.append([])
        for first in range(0, used, lanes):
            pixel_last = channel + first + lanes >= layer.channels
            words[-1].append(
                Group(
                    sums=total[first : first + lanes].tolist(),
                    parameter_row=layer.parameter_address
                    + (0 if layer.kind == LayerKind.MAX_POOL else window.pool_index),
                    channel=channel + first,
                    advance=int(pixel_last),
                    final=int(pixel_last and bool(window.layer_last)),
                )
            )
        channel = channel + used if channel + used < layer.channels else 0
    return words


def schedule(
    groups: Sequence[int], last: Sequence[int], offered: Sequence[int], taken: Sequence[int]
) -> tuple[list[int], list[int]]:
    """Cycles in which windows go in and groups are there.

    A window goes in when it is offered and the one before is added up. It is added up in the next cycle, but a word's
    first not before the sums of the word before have moved on. They move in the cycle after the word's last window is
    added up, or after that in which the last group of the word before the last was taken, if that is later. The first
    group is there in the cycle after, or after the last group of the word before was taken.

    Parameters
    ----------
    groups : sequence of int
        Groups of each word.
    last : sequence of int
        1 for a word's last window.
    offered : sequence of int
        First cycle in which each window is offered.
    taken : sequence of int
        Cycle in which each group is taken.

    Returns
    -------
    accepted : list of int
        Cycle of each window.
    given : list of int
        First cycle of each group.

    Examples
    --------
    >>> schedule([2, 2], [0, 1, 1], [0, 1, 2], [4, 5, 6, 7])
    ([0, 1, 2], [4, 5, 6, 7])
    """
    accepted: list[int] = []
    given: list[int] = []
    left: list[int] = []
    added = moved = 0
    for ends, offer in zip(last, offered, strict=True):
        accepted.append(max(offer, added))
        added = max(accepted[-1] + 1, moved)
        if ends:
            moved = 1 + max([added, *left[-2:-1]])
            first = 1 + max([moved, *left[-1:]])
            for number in range(groups[len(left)]):
                given.append(taken[len(given) - 1] + 1 if number else first)
            left.append(taken[len(given) - 1])
    return accepted, given
