"""Residual adder: sums of two tensors of different scales, and when they are there."""
# Ref: TensorFlow Lite kernels/internal/reference/add.h: both inputs are shifted left by 20, brought to the same scale
# and added; the sum is requantised.

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from racelet.golden.dwcpwc.config import DwcPwcConfig
from racelet.golden.dwcpwc.group_splitter import Group
from racelet.golden.dwcpwc.layer_config import LayerConfig

LATENCY = 9
"""Cycles from a group being chosen to its sums."""


def scaled_sums(first: NDArray[np.int8], second: NDArray[np.int8], layer: LayerConfig) -> NDArray[np.int64]:
    """Add two tensors, the second brought to the scale of the first.

    The tensor with the larger scale is multiplied with one half, which is exact, and should be the first. The other's
    product is rounded half up at bit 31 and then half away from zero at the shift.

    Parameters
    ----------
    first, second : int8, shape (...)
    layer : LayerConfig
        Of kind ADD: ``pad_byte`` is the zero point of the first; the second has fields of its own.

    Returns
    -------
    int64, shape (...)
        Sums in steps of ``2 * first_scale / 2**20``.

    Examples
    --------
    >>> from racelet.golden.dwcpwc.layer_config import LayerKind
    >>> layer = LayerConfig(kind=LayerKind.ADD, pad_byte=1, second_multiplier=1 << 30, second_shift=1)
    >>> (scaled_sums(np.array([3], np.int8), np.array([-4], np.int8), layer) / 2**19).tolist()
    [0.0]
    """
    there = first.astype(np.int64) - layer.pad_byte
    beside = second.astype(np.int64) - layer.second_zero_point
    # (beside << 20) * multiplier, rounded at bit 31, without the zeros at the end.
    product = (beside * layer.second_multiplier + (1 << 10)) >> 11
    half = (1 << layer.second_shift) >> 1
    downwards = (product < 0) & (layer.second_shift != 0)
    return (there << 19) + ((product + half - downwards) >> layer.second_shift)


def groups(
    pairs: Sequence[tuple[NDArray[np.int8], NDArray[np.int8]]], layer: LayerConfig, config: DwcPwcConfig
) -> list[list[Group]]:
    """Cut windows of both tensors into groups of sums.

    Parameters
    ----------
    pairs : sequence of (int8, int8), each of shape (pixels, input_lanes)
        Up to three neighbouring pixels of one row in the first and in the second tensor: row by row, word by word.
    layer : LayerConfig
    config : DwcPwcConfig

    Returns
    -------
    list of list of Group
        Groups of each pair; those that begin beyond the last channel are left out.

    Examples
    --------
    >>> from racelet.golden.dwcpwc.layer_config import LayerKind
    >>> layer = LayerConfig(kind=LayerKind.ADD, channels=2, parameter_address=3)
    >>> words = np.ones((2, 4), np.int8)
    >>> cut = groups([(words, words)], layer, DwcPwcConfig(input_lanes=4, output_lanes=4, requantizers=2))
    >>> [(group.parameter_row, group.advance, group.tile_last, group.final) for group in cut[0]]
    [(3, 1, 0, 0), (3, 1, 1, 1)]
    """
    lanes, words = config.requantizers, -(-layer.channels // config.input_lanes)
    cut: list[list[Group]] = []
    for number, (first, second) in enumerate(pairs):
        channel = number % words * config.input_lanes
        used = min(config.input_lanes, layer.channels - channel)
        ends = number % words == words - 1
        cut.append([])
        for pixel, sums in enumerate(scaled_sums(first, second, layer).tolist()):
            for k in range(0, used, lanes):
                last = pixel == len(first) - 1
                advance = k + lanes >= used
                cut[-1].append(
                    Group(
                        sums=sums[k : k + lanes],
                        parameter_row=layer.parameter_address,
                        channel=channel + k,
                        advance=int(advance),
                        rewind=int(last and not ends),
                        tile_last=int(last and ends),
                        final=int(advance and last and number == len(pairs) - 1),
                    )
                )
    return cut


def schedule(counts: Sequence[int], offered: Sequence[int]) -> tuple[list[int], list[int]]:
    """Cycles in which windows go in and groups come out, if every group is taken at once.

    The first tensor's window waits in registers of its own. The second's goes in when the groups before are chosen, at
    the earliest with the last of them; the first group is chosen in the next cycle.

    Parameters
    ----------
    counts : sequence of int
        Groups of each pair of windows.
    offered : sequence of int
        First cycle in which each window is offered: first and second tensor in turn.

    Returns
    -------
    accepted : list of int
        Cycle of each window.
    given : list of int
        Cycle of each group.

    Examples
    --------
    >>> schedule([3, 1], [0, 1, 2, 3])
    ([0, 1, 2, 4], [11, 12, 13, 14])
    """
    accepted: list[int] = []
    given: list[int] = []
    chosen = before = -1
    for count, first, second in zip(counts, offered[::2], offered[1::2], strict=True):
        accepted.append(max(first, before + 1))
        accepted.append(max(second, accepted[-1] + 1, chosen))
        before = accepted[-1]
        given += range(before + 1 + LATENCY, before + 1 + LATENCY + count)
        chosen = before + count
    return accepted, given
