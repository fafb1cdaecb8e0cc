"""Bands: rows of a segment's tensors that are in the buffer at one time, and whether they fit."""

import dataclasses
from collections.abc import Iterable, Sequence

from racelet.golden.dwcpwc.config import DwcPwcConfig
from racelet.nn.describe import Span
from racelet.nn.layers import Layer, Network
from racelet.nn.place import Placement

MAX_BANDS = 48
"""Bands of a segment, beyond which only the smallest are tried."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Item:
    """A tensor, or rows of one, while it is in the buffer.

    Parameters
    ----------
    size : int
        Bytes of each bank.
    first, last : int
        Steps between which it is needed.
    """

    size: int
    first: int
    last: int


def input_rows(layer: Layer, rows: Span) -> Span:
    """Rows of each input that rows of the output need.

    Parameters
    ----------
    layer : Layer
    rows : (int, int)
        Of the output.

    Returns
    -------
    (int, int)

    Examples
    --------
    >>> from racelet.golden.dwcpwc.shape import LayerShape
    >>> shape = LayerShape(kind="depthwise", height=9, width=9, channels=1, out_height=5, out_width=5, out_channels=1,
    ...                    kernel_rows=3, kernel_columns=3, stride=2)
    >>> layer = Layer(operators=(), sources=(0,), output=1, shape=shape, pad_top=1)
    >>> input_rows(layer, (0, 2)), input_rows(layer, (3, 5))
    ((0, 4), (5, 9))
    """
    shape = layer.shape
    first = rows[0] * shape.stride - layer.pad_top
    end = (rows[1] - 1) * shape.stride - layer.pad_top + shape.kernel_rows
    # A band that lies in the padding as a whole still reads a row, if only to say so.
    return min(max(first, 0), shape.height - 1), min(max(end, 1), shape.height)


def band_rows(layers: Sequence[Layer], rows: Span) -> dict[int, Span]:
    """Rows of every tensor of a segment that rows of its output need.

    Where two tensors are added, pixels must lie in banks of the same row remainder, so spans begin at multiples of
    three there.

    Parameters
    ----------
    layers : sequence of Layer
        Of the segment; the last one makes its output.
    rows : (int, int)
        Of the output.

    Returns
    -------
    dict of int to (int, int)
        By tensor; also what the segment reads from before it.
    """
    step = row_step(layers)
    found = {layers[-1].output: (rows[0] // step * step, rows[1])}
    for layer in reversed(layers):
        first, end = input_rows(layer, found[layer.output])
        for source in layer.sources:
            before = found.get(source, (first, end))
            found[source] = (min(first, before[0]) // step * step, max(end, before[1]))
    return found


def row_step(layers: Sequence[Layer]) -> int:
    """What the first row of every band is a multiple of."""
    return 3 if any(len(layer.sources) > 1 for layer in layers) else 1


def bands(height: int, size: int) -> list[Span]:
    """Rows of each band.

    Examples
    --------
    >>> bands(10, 4)
    [(0, 4), (4, 8), (8, 10)]
    """
    return [(first, min(first + size, height)) for first in range(0, height, size)]


def held(network: Network, tensor: int, rows: Span, pitch: int) -> Placement:
    """Placement of rows of a tensor, at address 0."""
    _, width, channels = network.planes[tensor]
    return Placement(address=0, plane=(rows[1] - rows[0], width, channels), pixel_pitch=pitch)


def pack(items: Sequence[Item], fixed: Iterable[tuple[int, int]], config: DwcPwcConfig) -> list[int] | None:
    """Addresses for items that do not overlap while both are needed, nor fixed ranges.

    Larger items go first, each to the lowest place that is free.

    Parameters
    ----------
    items : sequence of Item
    fixed : iterable of (int, int)
        Address and size of ranges that are taken all the time.
    config : DwcPwcConfig

    Returns
    -------
    list of int or None
        None if they do not fit.

    Examples
    --------
    >>> config = DwcPwcConfig(input_lanes=8, activation_bytes=9 * 128)
    >>> items = [Item(size=64, first=0, last=1), Item(size=48, first=1, last=2), Item(size=60, first=2, last=3)]
    >>> pack(items, [], config), pack(items, [(0, 32)], config)
    ([0, 64, 0], None)
    """
    placed: dict[int, int] = {}
    taken_always = list(fixed)
    align = config.input_lanes
    for number in sorted(range(len(items)), key=lambda number: -items[number].size):
        item = items[number]
        ranges = taken_always + [
            (address, items[other].size)
            for other, address in placed.items()
            if items[other].first <= item.last and item.first <= items[other].last
        ]
        address = 0
        for start, size in sorted(ranges):
            if address + item.size <= start:
                break
            address = max(address, -(-(start + size) // align) * align)
        if address + item.size > config.bank_bytes:
            return None
        placed[number] = address
    return [placed[number] for number in range(len(items))]


def band_sizes(height: int, step: int) -> list[int]:
    """Rows of a band that are tried, multiples of a step, largest first."""
    steps = -(-height // step)
    sizes = {-(-steps // count) for count in range(1, min(steps, MAX_BANDS) + 1)} | {1}
    return [min(size * step, height) if step == 1 else size * step for size in sorted(sizes, reverse=True)]


def item_of(layers: Sequence[Layer], tensor: int, placement: Placement, *, grouped: bool = False) -> Item:
    """Room of a tensor of a segment in one band, and the layers during which it is taken.

    Where the layers run group after group of channels, all of it is taken all the time.
    """
    if grouped:
        return Item(size=placement.bank_bytes, first=-1, last=len(layers))
    made = [number for number, layer in enumerate(layers) if layer.output == tensor]
    used = [number for number, layer in enumerate(layers) if tensor in layer.sources]
    last = used[-1] if used and tensor != layers[-1].output else len(layers)
    return Item(size=placement.bank_bytes, first=made[0] if made else -1, last=last)
