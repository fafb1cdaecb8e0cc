"""Input loader: the place of every byte of the input stream."""

import dataclasses
from collections.abc import Sequence

from racelet.golden.dwcpwc.layer_config import LayerConfig
from racelet.golden.dwcpwc.tile_counter import tile_sizes

LATENCY = 0
"""Cycles from a byte to the same byte with its place."""
FIRST = 1
"""Cycles from ``start`` to the first byte that is taken."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class PlacedByte:
    """A byte of the input tensor.

    Parameters
    ----------
    value : int
        int8.
    channel : int
        Channel.
    advance : int
        1: last channel of its pixel.
    final : int
        1: last byte of the tensor.
    """

    value: int
    channel: int
    advance: int
    final: int


def placed(data: Sequence[int], layer: LayerConfig) -> list[PlacedByte]:
    """Places of a layer's bytes.

    Parameters
    ----------
    data : sequence of int
        int8; bytes beyond the tensor are not taken.
    layer : LayerConfig
        ``channels`` and the tiles count.

    Returns
    -------
    list of PlacedByte

    Examples
    --------
    >>> from racelet.golden.dwcpwc.layer_config import LayerKind
    >>> layer = LayerConfig(kind=LayerKind.INPUT, tiles=2, channels=2)
    >>> [(byte.channel, byte.advance, byte.final) for byte in placed([5, 6, 7, 8, 9], layer)]
    [(0, 0, 0), (1, 1, 0), (0, 0, 0), (1, 1, 1)]
    """
    count = sum(tile_sizes(layer)) * layer.channels
    return [
        PlacedByte(
            value=value,
            channel=number % layer.channels,
            advance=int((number + 1) % layer.channels == 0),
            final=int(number == count - 1),
        )
        for number, value in enumerate(data[:count])
    ]


def schedule(start: int, offered: Sequence[int]) -> list[int]:
    """Cycles in which bytes are there, with their places.

    Parameters
    ----------
    start : int
        Cycle of the start pulse.
    offered : sequence of int
        First cycle in which each byte is offered.

    Returns
    -------
    list of int
        First cycle of each byte at the output; it is taken there and at the input at once.

    Examples
    --------
    >>> schedule(4, [0, 6])
    [5, 6]
    """
    return [max(offer + LATENCY, start + FIRST) for offer in offered]
