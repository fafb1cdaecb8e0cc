"""Window reader: which 3x3 windows of its input a layer reads, in which order, and when."""

import dataclasses
from collections.abc import Iterator

from racelet.golden.dwcpwc.config import BANKS, DwcPwcConfig
from racelet.golden.dwcpwc.layer_config import LayerConfig, LayerKind

FIRST_REQUEST = 2
"""Cycles from a layer's start to its first request; the others follow at one per cycle."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Step:
    """One window that a layer reads.

    Parameters
    ----------
    y, x : int
        Output pixel.
    channel : int
        First channel.
    kernel_row, kernel_column : int
        Tap of the kernel that the window begins with.
    row, column : int
        Input pixel under that tap; negative in the padding.
    first, last, pixel_last, layer_last : bool
        The kernel's first and last window in these channels, the pixel's last, the layer's last.
    """

    y: int
    x: int
    channel: int
    kernel_row: int
    kernel_column: int
    row: int
    column: int
    first: bool
    last: bool
    pixel_last: bool
    layer_last: bool


@dataclasses.dataclass(frozen=True, kw_only=True)
class WindowRequest:
    """A request for one window, as the hardware writes it.

    Parameters
    ----------
    addresses : list of int
        Byte address in each bank.
    row, column : int
        Bank row and column (0..2) of the window's first tap.
    rows_inside, columns_inside : int
        Bit k: the window's k-th row or column lies in the input.
    kernel_rows, kernel_columns : int
        Taps of the window that belong to the kernel, at most 3.
    lanes : int
        Channels from the first one on, at most ``input_lanes``.
    pool_index : int
        Rows and columns of the kernel that lie outside: ``(rows << pool_shift) + columns``.
    first, last, pixel_last, layer_last : int
        As :class:`Step`.
    """

    addresses: list[int]
    row: int
    column: int
    rows_inside: int
    columns_inside: int
    kernel_rows: int
    kernel_columns: int
    lanes: int
    pool_index: int
    first: int
    last: int
    pixel_last: int
    layer_last: int


def channel_step(kind: LayerKind, config: DwcPwcConfig) -> int:
    """Channels that one window gives a layer of some kind.

    Examples
    --------
    >>> [channel_step(kind, DwcPwcConfig(depthwise_lanes=2)) for kind in (LayerKind.GATHER, LayerKind.FUSED)]
    [1, 2]
    """
    if kind in (LayerKind.WORDS, LayerKind.AVERAGE_POOL):
        return config.input_lanes
    return config.depthwise_lanes if kind in (LayerKind.FUSED, LayerKind.DEPTHWISE) else 1


def walk(layer: LayerConfig, config: DwcPwcConfig) -> Iterator[Step]:
    """Windows of a layer in the order of reading: pixels in raster order, channels, rows and columns of the kernel.

    Parameters
    ----------
    layer : LayerConfig
    config : DwcPwcConfig

    Yields
    ------
    Step

    Examples
    --------
    >>> layer = LayerConfig(kind=LayerKind.GATHER, kernel_rows=5, source_channels=2, pad_top=2, source_row=1)
    >>> [(step.channel, step.row, step.last) for step in walk(layer, DwcPwcConfig())]
    [(0, -2, False), (0, 1, True), (1, -2, False), (1, 1, True)]
    """
    pixels = (layer.tiles - 1) * layer.tile_pixels + layer.last_tile_pixels
    taps = 1 if layer.kind == LayerKind.WORDS else 3
    channels = range(0, layer.source_channels, channel_step(layer.kind, config))
    kernel_rows, kernel_columns = range(0, layer.kernel_rows, taps), range(0, layer.kernel_columns, taps)
    for pixel in range(pixels):
        y, x = divmod(pixel, layer.width)
        for channel in channels:
            for kernel_row in kernel_rows:
                for kernel_column in kernel_columns:
                    last = kernel_row == kernel_rows[-1] and kernel_column == kernel_columns[-1]
                    pixel_last = last and channel == channels[-1]
                    yield Step(
                        y=y,
                        x=x,
                        channel=channel,
                        kernel_row=kernel_row,
                        kernel_column=kernel_column,
                        row=y * layer.stride_rows - layer.pad_top + kernel_row,
                        column=x * layer.stride_columns - layer.pad_left + kernel_column,
                        first=kernel_row == kernel_column == 0,
                        last=last,
                        pixel_last=pixel_last,
                        layer_last=pixel_last and pixel == pixels - 1,
                    )


def requests(layer: LayerConfig, config: DwcPwcConfig) -> list[WindowRequest]:
    """Requests of a layer, in order.

    Row ``y``, column ``x``, channel ``c`` of the input lies in bank ``3 * (y % 3) + x % 3`` at address
    ``origin + y // 3 * source_row_pitch + x // 3 * source_pixel_pitch + c``, and so would pixels outside.

    Parameters
    ----------
    layer : LayerConfig
    config : DwcPwcConfig

    Returns
    -------
    list of WindowRequest

    Examples
    --------
    >>> layer = LayerConfig(kind=LayerKind.GATHER, kernel_rows=3, kernel_columns=3, source_height=4, source_width=4,
    ...                     source_address=8, source_row_pitch=16, source_pixel_pitch=8)
    >>> request, = requests(layer, DwcPwcConfig())
    >>> request.addresses, request.rows_inside, request.last
    ([8, 8, 8, 8, 8, 8, 8, 8, 8], 7, 1)
    """
    return [_request(step, layer, config) for step in walk(layer, config)]


def request_cycles(layer: LayerConfig, config: DwcPwcConfig) -> range:
    """Cycles of a layer's requests, counted from its start, if every one is taken at once.

    Parameters
    ----------
    layer : LayerConfig
    config : DwcPwcConfig

    Returns
    -------
    range

    Examples
    --------
    >>> request_cycles(LayerConfig(kind=LayerKind.WORDS, kernel_rows=2, kernel_columns=3, tiles=2), DwcPwcConfig())
    range(2, 14)
    """
    pixels = (layer.tiles - 1) * layer.tile_pixels + layer.last_tile_pixels
    taps = 1 if layer.kind == LayerKind.WORDS else 3
    blocks = -(-layer.kernel_rows // taps) * -(-layer.kernel_columns // taps)
    count = pixels * blocks * -(-layer.source_channels // channel_step(layer.kind, config))
    return range(FIRST_REQUEST, FIRST_REQUEST + count)


def _request(step: Step, layer: LayerConfig, config: DwcPwcConfig) -> WindowRequest:
    rows, columns = range(step.row, step.row + 3), range(step.column, step.column + 3)
    kernel_top, kernel_left = step.row - step.kernel_row, step.column - step.kernel_column
    lacking_rows = _outside(range(kernel_top, kernel_top + layer.kernel_rows), layer.source_height)
    lacking_columns = _outside(range(kernel_left, kernel_left + layer.kernel_columns), layer.source_width)
    return WindowRequest(
        addresses=[_address(rows, columns, bank, step.channel, layer, config) for bank in range(BANKS)],
        row=step.row % 3,
        column=step.column % 3,
        rows_inside=sum(1 << k for k, row in enumerate(rows) if 0 <= row < layer.source_height),
        columns_inside=sum(1 << k for k, column in enumerate(columns) if 0 <= column < layer.source_width),
        kernel_rows=min(layer.kernel_rows - step.kernel_row, 3),
        kernel_columns=min(layer.kernel_columns - step.kernel_column, 3),
        lanes=min(layer.source_channels - step.channel, config.input_lanes),
        pool_index=(lacking_rows << layer.pool_shift) + lacking_columns,
        first=int(step.first),
        last=int(step.last),
        pixel_last=int(step.pixel_last),
        layer_last=int(step.layer_last),
    )


def _address(rows: range, columns: range, bank: int, channel: int, layer: LayerConfig, config: DwcPwcConfig) -> int:
    """Address of the window's pixel that lies in a bank."""
    row = next(row for row in rows if row % 3 == bank // 3)
    column = next(column for column in columns if column % 3 == bank % 3)
    first_row, first_column = -layer.pad_top // 3, -layer.pad_left // 3
    origin = layer.source_address - first_row * layer.source_row_pitch - first_column * layer.source_pixel_pitch
    address = origin + row // 3 * layer.source_row_pitch + column // 3 * layer.source_pixel_pitch + channel
    return address % (1 << (config.bank_bytes - 1).bit_length())


def _outside(positions: range, size: int) -> int:
    return sum(not 0 <= position < size for position in positions)
