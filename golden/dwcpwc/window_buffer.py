"""Window buffer: what a layer gets of each window of its input, cut out of the whole image."""

import dataclasses
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from racelet.golden.dwcpwc.config import DwcPwcConfig
from racelet.golden.dwcpwc.layer_config import LayerConfig, LayerKind
from racelet.golden.dwcpwc.window_reader import TAP_KINDS, Step, walk

LATENCY = 6
"""Cycles from a request to its window."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Window:
    """One window, in the forms in which layers use it; what the layer's kind does not use is empty.

    Parameters
    ----------
    taps : int8, shape (9, depthwise_lanes)
        FUSED, DEPTHWISE: the taps in raster order.
    gathered : int8, shape (count,)
        GATHER, OUTPUT: the kernel's taps in raster order, ``gather_channels`` channels of each or one. WORDS,
        MAX_POOL, STORE: the channels of one tap.
    pixels : int8, shape (count, input_lanes)
        ADD: the first row's taps inside the image.
    sums : int64, shape (input_lanes,)
        AVERAGE_POOL: sums over the kernel's taps inside the image.
    pool_index : int
        Rows and columns of the whole kernel that lie outside: ``(rows << pool_shift) + columns``.
    first, last, pixel_last, layer_last : bool
        As :class:`~racelet.golden.dwcpwc.window_reader.Step`.
    """

    taps: NDArray[np.int8]
    gathered: NDArray[np.int8]
    pixels: NDArray[np.int8]
    sums: NDArray[np.int64]
    pool_index: int
    first: bool
    last: bool
    pixel_last: bool
    layer_last: bool


def windows(
    image: NDArray[np.int8], layer: LayerConfig, config: DwcPwcConfig, second: NDArray[np.int8] | None = None
) -> list[Window]:
    """Every window that a layer reads, in order.

    Parameters
    ----------
    image : int8, shape (source_height, source_width, source_pixel_pitch)
        The input, with the bytes behind each pixel's last channel.
    second : int8, shape as ``image``, optional
        The second input of an ADD.
    layer : LayerConfig
    config : DwcPwcConfig

    Returns
    -------
    list of Window

    Examples
    --------
    >>> layer = LayerConfig(kind=LayerKind.GATHER, kernel_rows=2, kernel_columns=2, pad_left=1, pad_byte=9,
    ...                     source_height=2, source_width=2, source_pixel_pitch=1)
    >>> windows(np.array([[[1], [2]], [[3], [4]]], np.int8), layer, DwcPwcConfig())[0].gathered.tolist()
    [9, 1, 9, 3]
    """
    frame = max(layer.kernel_rows, layer.kernel_columns) + 3
    around = [(frame, frame), (frame, frame), (0, 0)]
    padded = np.pad(image, around, constant_values=layer.pad_byte)
    counted = np.pad(np.ones(image.shape[:2], bool), around[:2])
    beside = padded if second is None else np.pad(second, ((frame + 3, frame - 3), (frame, frame), (0, 0)))
    return [
        _window(
            step, beside if layer.kind == LayerKind.ADD and step.kernel_row else padded, counted, frame, layer, config
        )
        for step in walk(layer, config)
    ]


def run_cycles(windows_read: int) -> int:
    """Cycles from the first of several requests to the last window coming out, without gaps and stalls.

    Examples
    --------
    >>> run_cycles(1), run_cycles(10)
    (7, 16)
    """
    return windows_read + LATENCY


def schedule(offered: Sequence[int], taken: Sequence[int]) -> tuple[list[int], list[int]]:
    """Cycles in which requests are taken and windows are there.

    A window that is not taken holds the one behind it in the slice at the output, and from the next cycle on, until it
    is taken, all that are still on their way; so no request is taken in these cycles either.

    Parameters
    ----------
    offered : sequence of int
        First cycle in which each request is offered, if those before it are taken by then.
    taken : sequence of int
        Cycle in which each window is taken.

    Returns
    -------
    accepted : list of int
        Cycle of each request.
    given : list of int
        First cycle of each window.

    Examples
    --------
    >>> schedule([0, 1, 2, 3, 4, 5, 6, 7, 8], [6, 12, 13, 14, 15, 16, 17, 18, 19])
    ([0, 1, 2, 3, 4, 5, 6, 7, 13], [6, 7, 13, 14, 15, 16, 17, 18, 19])
    """
    accepted: list[int] = []
    given: list[int] = []
    # Numbers of windows, -1 where there is none: on their way, offered, and behind that one.
    way, out, behind = [-1] * (LATENCY - 1), -1, -1
    now = 0
    while len(given) < len(offered):
        moves = behind < 0
        if out < 0 or taken[out] == now:
            out, behind = (way[-1] if moves else behind), -1
            given += [now + 1] if out >= 0 else []
        elif moves:
            behind = way[-1]
        if moves:
            enters = len(accepted) < len(offered) and offered[len(accepted)] <= now
            way = [len(accepted) if enters else -1, *way[:-1]]
            accepted += [now] if enters else []
        now += 1
    return accepted, given


def _window(
    step: Step,
    padded: NDArray[np.int8],
    counted: NDArray[np.bool_],
    frame: int,
    layer: LayerConfig,
    config: DwcPwcConfig,
) -> Window:
    top, left, channel = frame + step.row, frame + step.column, step.channel
    rows = slice(top, top + min(3, layer.kernel_rows - step.kernel_row))
    columns = slice(left, left + min(3, layer.kernel_columns - step.kernel_column))
    taps = gathered = pixels = np.empty(0, np.int8)
    sums = np.empty(0, np.int64)
    if layer.kind in (LayerKind.FUSED, LayerKind.DEPTHWISE):
        taps = padded[top : top + 3, left : left + 3, channel : channel + config.depthwise_lanes].reshape(9, -1)
    elif layer.kind == LayerKind.AVERAGE_POOL:
        word = padded[rows, columns, channel : channel + config.input_lanes].astype(np.int64)
        sums = (word * counted[rows, columns, np.newaxis]).sum(axis=(0, 1))
    elif layer.kind in TAP_KINDS:
        gathered = padded[top, left, channel : min(channel + config.input_lanes, layer.source_channels)]
    elif layer.kind == LayerKind.ADD:
        end = min(left + 3, frame + layer.source_width)
        pixels = padded[top, left:end, channel : channel + config.input_lanes]
    else:
        step_size = config.gather_channels if layer.kind == LayerKind.GATHER else 1
        size = step_size if channel + step_size <= layer.source_channels else 1
        gathered = padded[rows, columns, channel : channel + size].reshape(-1)
    kernel_top, kernel_left = top - step.kernel_row, left - step.kernel_column
    kernel = counted[kernel_top : kernel_top + layer.kernel_rows, kernel_left : kernel_left + layer.kernel_columns]
    lacking = [int(np.sum(~kernel.any(axis=axis))) for axis in (1, 0)]
    return Window(
        taps=taps,
        gathered=gathered,
        pixels=pixels,
        sums=sums,
        pool_index=(lacking[0] << layer.pool_shift) + lacking[1],
        first=step.first,
        last=step.last,
        pixel_last=step.pixel_last,
        layer_last=step.layer_last,
    )
