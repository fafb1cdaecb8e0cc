"""Depthwise path: from the windows of an image to depthwise bytes, and when they are there."""

from collections import deque
from collections.abc import Collection, Sequence

import numpy as np
from numpy.typing import NDArray

from racelet.golden.dwcpwc import depthwise_engine, requantize_stage
from racelet.golden.dwcpwc.config import DwcPwcConfig
from racelet.golden.dwcpwc.depthwise_grouper import DepthwiseGroup, groups
from racelet.golden.dwcpwc.layer_config import LayerConfig
from racelet.golden.dwcpwc.requantize import requantize

LATENCY = depthwise_engine.LATENCY + requantize_stage.LATENCY + 1
"""Cycles from the last window of a kernel to its bytes."""


def weight_rows(kernels: NDArray[np.int8], lanes: int) -> NDArray[np.int8]:
    """Kernels as rows of the weight memory: one row for each 3x3 block of each group of channels.

    Parameters
    ----------
    kernels : int8, shape (rows, columns, channels)
    lanes : int
        Channels of a group.

    Returns
    -------
    int8, shape (groups, blocks, 9, lanes)
        Taps and channels that there are not are zero.

    Examples
    --------
    >>> weight_rows(np.arange(4, dtype=np.int8).reshape(1, 4, 1), 1).reshape(2, 9).tolist()
    [[0, 1, 2, 0, 0, 0, 0, 0, 0], [3, 0, 0, 0, 0, 0, 0, 0, 0]]
    """
    missing = [(0, -size % step) for size, step in zip(kernels.shape, (3, 3, lanes), strict=True)]
    rows, columns, channels = (size + more for size, (_, more) in zip(kernels.shape, missing, strict=True))
    cut = np.pad(kernels, missing).reshape(rows // 3, 3, columns // 3, 3, channels // lanes, lanes)
    return cut.transpose(4, 0, 2, 1, 3, 5).reshape(channels // lanes, -1, 9, lanes)


def depthwise_bytes(
    image: NDArray[np.int8],
    kernels: NDArray[np.int8],
    parameters: NDArray[np.int64],
    layer: LayerConfig,
    config: DwcPwcConfig,
) -> list[tuple[DepthwiseGroup, NDArray[np.int8]]]:
    """Groups of a layer with their bytes, in order.

    Parameters
    ----------
    image : int8, shape (source_height, source_width, source_channels)
    kernels : int8, shape (kernel_rows, kernel_columns, source_channels)
    parameters : int64, shape (source_channels, 3)
        Bias, multiplier and right shift of each channel; the bias includes the input's zero point.
    layer : LayerConfig
    config : DwcPwcConfig

    Returns
    -------
    list of (DepthwiseGroup, int8 of shape (channels,))
        The last group of a pixel may have fewer channels than ``depthwise_lanes``.

    Examples
    --------
    >>> from racelet.golden.dwcpwc.layer_config import LayerKind
    >>> layer = LayerConfig(kind=LayerKind.DEPTHWISE, kernel_columns=2, source_width=2, tiles=2, width=2, pad_byte=1)
    >>> image, kernels = np.array([[[10], [20]]], np.int8), np.array([[[1], [2]]], np.int8)
    >>> [data.item() for _, data in depthwise_bytes(image, kernels, np.array([[0, 1 << 30, 0]]), layer, DwcPwcConfig())]
    [25, 11]
    """
    rows, columns, channels = kernels.shape
    frame = [(layer.pad_top, rows), (layer.pad_left, columns), (0, 0)]
    padded = np.pad(image, frame, constant_values=layer.pad_byte).astype(np.int64)
    bias, mult, right_shift = parameters.T
    found: list[tuple[DepthwiseGroup, NDArray[np.int8]]] = []
    for group in groups(layer, config):
        y, x = divmod(group.pixel, layer.width)
        top, left = y * layer.stride_rows, x * layer.stride_columns
        here = slice(group.channel, min(group.channel + config.depthwise_lanes, channels))
        window = padded[top : top + rows, left : left + columns, here]
        acc = ((window * kernels[:, :, here]).sum(axis=(0, 1)) + bias[here]).astype(np.int32)
        zero_point, low, high = layer.depthwise_zero_point, layer.depthwise_low, layer.depthwise_high
        found.append((group, requantize(acc, mult[here], -right_shift[here], zero_point, low, high)))
    return found


class Occupancy:
    """Which places of the path hold a group, cycle after cycle.

    Two groups may wait at the end; while they do, nothing before them moves.

    Attributes
    ----------
    waiting : int
        Groups at the end: what is offered, and one behind it.
    """

    def __init__(self) -> None:
        self.waiting = 0
        self._pipeline = deque([False] * (LATENCY - 1))

    @property
    def moves(self) -> bool:
        """Whether a window can go in in this cycle."""
        return self.waiting < 2

    def cycle(self, last: bool, ready: bool) -> None:
        """Let a cycle pass.

        Parameters
        ----------
        last : bool
            A window that is its kernel's last is offered.
        ready : bool
            What is offered at the end is taken.
        """
        moves = self.moves
        self.waiting -= ready and self.waiting > 0
        if moves:
            self.waiting += self._pipeline.pop()
            self._pipeline.appendleft(last)

    def state(self) -> tuple[int, ...]:
        """All that what follows depends on."""
        return (self.waiting, *self._pipeline)


def schedule(lasts: Sequence[bool], offered: Sequence[int], unready: Collection[int]) -> tuple[list[int], list[int]]:
    """Cycles in which windows go in and groups are there.

    Parameters
    ----------
    lasts : sequence of bool
        Whether each window is its kernel's last. The last one is.
    offered : sequence of int
        First cycle in which each window is offered.
    unready : collection of int
        Cycles in which no group is taken.

    Returns
    -------
    accepted : list of int
        Cycle of each window.
    given : list of int
        First cycle of each group.

    Examples
    --------
    >>> schedule([False, True, True], [0, 1, 2], unready=())
    ([0, 1, 2], [24, 25])
    """
    accepted: list[int] = []
    given: list[int] = []
    occupancy, now, taken = Occupancy(), 0, 0
    while len(given) < sum(lasts):
        comes = len(accepted) < len(lasts) and offered[len(accepted)] <= now
        last = comes and lasts[len(accepted)]
        if occupancy.waiting and taken == len(given):
            given.append(now)
        taken += occupancy.waiting > 0 and now not in unready
        if comes and occupancy.moves:
            accepted.append(now)
        occupancy.cycle(last, now not in unready)
        now += 1
    return accepted, given
