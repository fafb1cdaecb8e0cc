"""Activation writer: in which order a layer's bytes come, and where each goes."""

import dataclasses
from collections.abc import Iterator

from racelet.golden.dwcpwc.config import DwcPwcConfig
from racelet.golden.dwcpwc.layer_config import LayerConfig, LayerKind

LATENCY = 2
"""Cycles from a group of bytes to its write."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Place:
    """Where one group of bytes belongs, and what it says of the next.

    Parameters
    ----------
    y, x : int
        Pixel of the output.
    channel : int
        First channel.
    advance : bool
        The next group is of another pixel.
    rewind : bool
        If it is, that is the first pixel of the same tile.
    tile_last : bool
        If it is, that is the first pixel of the next tile.
    final : bool
        There is no next group.
    """

    y: int
    x: int
    channel: int
    advance: bool
    rewind: bool
    tile_last: bool
    final: bool


@dataclasses.dataclass(frozen=True, kw_only=True)
class Write:
    """One write into the activation buffer.

    Parameters
    ----------
    bank, address : int
        Byte address of the group's first byte.
    mask : int
        Bit k: byte k of the word is written.
    """

    bank: int
    address: int
    mask: int


def group_bytes(kind: LayerKind, config: DwcPwcConfig) -> int:
    """Bytes that a layer of some kind writes at once.

    Examples
    --------
    >>> [group_bytes(kind, DwcPwcConfig(requantizers=4)) for kind in (LayerKind.INPUT, LayerKind.WORDS)]
    [1, 4]
    """
    if kind == LayerKind.INPUT:
        return 1
    if kind == LayerKind.LOAD:
        return config.bandwidth
    return config.depthwise_lanes if kind == LayerKind.DEPTHWISE else config.requantizers


def places(layer: LayerConfig, config: DwcPwcConfig) -> Iterator[Place]:
    """Groups of a layer in the order in which they come.

    Dot products come tile by tile, in a tile ``output_lanes`` channels after another, there pixel by pixel. Sums of two
    tensors come in tiles of up to three pixels of one row, in a tile ``input_lanes`` channels after another. The other
    kinds give all channels of one pixel after another.

    Parameters
    ----------
    layer : LayerConfig
    config : DwcPwcConfig

    Yields
    ------
    Place

    Examples
    --------
    >>> layer = LayerConfig(kind=LayerKind.WORDS, tiles=2, tile_pixels=2, width=3, channels=5, passes=2)
    >>> small = DwcPwcConfig(input_lanes=4, output_lanes=4, weight_beat_bytes=4)
    >>> [(place.x, place.channel, place.rewind) for place in places(layer, small)]
    [(0, 0, False), (1, 0, True), (0, 4, False), (1, 4, False), (2, 0, True), (2, 4, False)]
    """
    size = group_bytes(layer.kind, config)
    tiled = layer.kind in (LayerKind.GATHER, LayerKind.WORDS, LayerKind.FUSED, LayerKind.ADD)
    span = config.input_lanes if layer.kind == LayerKind.ADD else config.output_lanes if tiled else layer.channels
    tiles = _tiles(layer)
    for tile, pixels in enumerate(tiles):
        tail = tile == len(tiles) - 1
        for first in range(0, layer.channels, span):
            channels = range(first, min(first + span, layer.channels), size)
            channels_end = first + span >= layer.channels
            for y, x in pixels:
                for channel in channels:
                    last = (y, x) == pixels[-1]
                    advance = channel == channels[-1]
                    yield Place(
                        y=y,
                        x=x,
                        channel=channel,
                        advance=advance,
                        rewind=tiled and last and not channels_end,
                        tile_last=tiled and last and channels_end,
                        final=advance and last and channels_end and tail,
                    )


def _tiles(layer: LayerConfig) -> list[list[tuple[int, int]]]:
    """Pixels of every tile, as row and column."""
    pixels = (layer.tiles - 1) * layer.tile_pixels + layer.last_tile_pixels
    if layer.kind == LayerKind.ADD:
        triples = [divmod(number, layer.width) for number in range(pixels)]
        return [[(y, x) for x in range(3 * triple, min(3 * triple + 3, layer.source_width))] for y, triple in triples]
    firsts = range(0, layer.tiles * layer.tile_pixels, layer.tile_pixels)
    sizes = [layer.tile_pixels] * (layer.tiles - 1) + [layer.last_tile_pixels]
    return [
        [divmod(pixel, layer.width) for pixel in range(first, first + size)]
        for first, size in zip(firsts, sizes, strict=True)
    ]


def writes(layer: LayerConfig, config: DwcPwcConfig) -> list[Write]:
    """Writes of a layer, in order.

    Row ``y``, column ``x``, channel ``c`` of the output lies in bank ``3 * (y % 3) + x % 3`` at address
    ``address + y // 3 * row_pitch + x // 3 * pixel_pitch + c``.

    Parameters
    ----------
    layer : LayerConfig
    config : DwcPwcConfig

    Returns
    -------
    list of Write

    Examples
    --------
    >>> layer = LayerConfig(kind=LayerKind.INPUT, tiles=4, width=2, address=8, row_pitch=1, pixel_pitch=1)
    >>> [(write.bank, write.address) for write in writes(layer, DwcPwcConfig())]
    [(0, 8), (1, 8), (3, 8), (4, 8)]
    """
    ones = (1 << group_bytes(layer.kind, config)) - 1
    found: list[Write] = []
    for place in places(layer, config):
        address = layer.address + place.y // 3 * layer.row_pitch + place.x // 3 * layer.pixel_pitch + place.channel
        found.append(
            Write(bank=3 * (place.y % 3) + place.x % 3, address=address, mask=ones << address % config.input_lanes)
        )
    return found


def done_cycle(groups: int) -> int:
    """Cycle of ``done``, counted from that of the first of a layer's groups, if they come without gaps.

    Examples
    --------
    >>> done_cycle(10)
    11
    """
    return groups - 1 + LATENCY
