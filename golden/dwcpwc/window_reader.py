"""Window reader: which 3x3 windows of its input a layer reads, in which order, and when."""

import dataclasses
from collections.abc import Iterator

from racelet.golden.dwcpwc.config import BANKS, DwcPwcConfig
from racelet.golden.dwcpwc.layer_config import LayerConfig, LayerKind

FIRST_REQUEST = 3
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
    lacking_rows, lacking_columns : int
        Rows and columns of the whole kernel that lie outside.
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
    lacking_rows: int
    lacking_columns: int
    first: int
    last: int
    pixel_last: int
    layer_last: int


WORD_KINDS = (LayerKind.WORDS, LayerKind.AVERAGE_POOL, LayerKind.MAX_POOL, LayerKind.ADD, LayerKind.STORE)
"""Kinds that read ``input_lanes`` channels at once."""
TAP_KINDS = (LayerKind.WORDS, LayerKind.MAX_POOL, LayerKind.STORE)
"""Kinds that read one tap at a time, not a 3x3 window."""


def channel_step(kind: LayerKind, config: DwcPwcConfig) -> int:
    """Most channels that one window gives a layer of some kind.

    Examples
    --------
    >>> [channel_step(kind, DwcPwcConfig(depthwise_lanes=2)) for kind in (LayerKind.GATHER, LayerKind.FUSED)]
    [1, 2]
    """
    if kind in WORD_KINDS:
        return config.input_lanes
    if kind == LayerKind.GATHER:
        return config.gather_channels
    return config.depthwise_lanes if kind in (LayerKind.FUSED, LayerKind.DEPTHWISE) else 1


def channel_groups(kind: LayerKind, channels: int, config: DwcPwcConfig) -> list[int]:
    """First channels of the windows that a layer reads at one place.

    GATHER reads what is left of ``gather_channels`` channels one by one.

    Parameters
    ----------
    kind : LayerKind
    channels : int
        Channels of the input.
    config : DwcPwcConfig

    Returns
    -------
    list of int

    Examples
    --------
    >>> channel_groups(LayerKind.GATHER, 7, DwcPwcConfig(input_lanes=32))
    [0, 4, 5, 6]
    """
    step = channel_step(kind, config)
    if kind != LayerKind.GATHER:
        return list(range(0, channels, step))
    whole = channels - channels % step
    return [*range(0, whole, step), *range(whole, channels)]


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
    taps = 1 if layer.kind in TAP_KINDS else 3
    channels = channel_groups(layer.kind, layer.source_channels, config)
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

    The first window begins at ``source_address`` in bank row ``source_row``, bank column ``source_column``; the pixel
    ``y`` rows and ``x`` columns further lies ``(source_row + y) // 3`` row pitches and ``(source_column + x) // 3``
    pixel pitches behind, and so would pixels outside. A tensor that is a part of a larger one need not begin in bank 0.

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
    range(3, 15)
    """
    pixels = (layer.tiles - 1) * layer.tile_pixels + layer.last_tile_pixels
    taps = 1 if layer.kind in TAP_KINDS else 3
    blocks = -(-layer.kernel_rows // taps) * -(-layer.kernel_columns // taps)
    count = pixels * blocks * len(channel_groups(layer.kind, layer.source_channels, config))
    return range(FIRST_REQUEST, FIRST_REQUEST + count)


def _request(step: Step, layer: LayerConfig, config: DwcPwcConfig) -> WindowRequest:
    rows, columns = range(step.row, step.row + 3), range(step.column, step.column + 3)
    # Counted from bank row and bank column 0 at the first window's address.
    row, column = step.row + layer.pad_top + layer.source_row, step.column + layer.pad_left + layer.source_column
    kernel_top, kernel_left = step.row - step.kernel_row, step.column - step.kernel_column
    # The second tensor of an ADD is read as if it were the kernel's second three rows.
    offset = layer.second_offset if layer.kind == LayerKind.ADD and step.kernel_row else 0
    return WindowRequest(
        addresses=[_address(row, column, bank, step.channel + offset, layer, config) for bank in range(BANKS)],
        row=row % 3,
        column=column % 3,
        rows_inside=sum(1 << k for k, row in enumerate(rows) if 0 <= row < layer.source_height),
        columns_inside=sum(1 << k for k, column in enumerate(columns) if 0 <= column < layer.source_width),
        kernel_rows=min(layer.kernel_rows - step.kernel_row, 3),
        kernel_columns=min(layer.kernel_columns - step.kernel_column, 3),
        lanes=min(layer.source_channels - step.channel, config.input_lanes),
        lacking_rows=_outside(range(kernel_top, kernel_top + layer.kernel_rows), layer.source_height),
        lacking_columns=_outside(range(kernel_left, kernel_left + layer.kernel_columns), layer.source_width),
        first=int(step.first),
        last=int(step.last),
        pixel_last=int(step.pixel_last),
        layer_last=int(step.layer_last),
    )


def _address(row: int, column: int, bank: int, behind: int, layer: LayerConfig, config: DwcPwcConfig) -> int:
    """Address of the window's pixel that lies in a bank."""
    row += (bank // 3 - row) % 3
    column += (bank % 3 - column) % 3
    address = layer.source_address + row // 3 * layer.source_row_pitch + column // 3 * layer.source_pixel_pitch + behind
    return address % (1 << (config.bank_bytes - 1).bit_length())


def _outside(positions: range, size: int) -> int:
    return sum(not 0 <= position < size for position in positions)
