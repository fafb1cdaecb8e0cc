"""Input loader: the places of bytes that come from outside, one or several at a time."""

import dataclasses
from collections.abc import Sequence

from racelet.golden.dwcpwc.layer_config import LayerConfig
from racelet.golden.dwcpwc.tile_counter import tile_sizes

LATENCY = 0
"""Cycles from a beat to the same beat with its place."""
FIRST = 1
"""Cycles from ``start`` to the first beat that is taken."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class PlacedBytes:
    """A beat of the tensor: neighbouring channels of one pixel.

    Parameters
    ----------
    values : list of int
        int8.
    channel : int
        First channel.
    advance : int
        1: last beat of its pixel.
    final : int
        1: last beat of the tensor.
    """

    values: list[int]
    channel: int
    advance: int
    final: int


def placed(beats: Sequence[Sequence[int]], layer: LayerConfig) -> list[PlacedBytes]:
    """Places of a layer's beats.

    Parameters
    ----------
    beats : sequence of sequence of int
        int8, all of the same length; beats beyond the tensor are not taken.
    layer : LayerConfig
        ``channels`` and the tiles count.

    Returns
    -------
    list of PlacedBytes

    Examples
    --------
    >>> from racelet.golden.dwcpwc.layer_config import LayerKind
    >>> layer = LayerConfig(kind=LayerKind.LOAD, tiles=2, channels=3)
    >>> [(beat.channel, beat.advance, beat.final) for beat in placed([[5, 6], [7, 8], [9, 1], [2, 3], [4, 5]], layer)]
    [(0, 0, 0), (2, 1, 0), (0, 0, 0), (2, 1, 1)]
    """
    lanes = len(beats[0])
    each = -(-layer.channels // lanes)
    count = sum(tile_sizes(layer)) * each
    return [
        PlacedBytes(
            values=list(values),
            channel=number % each * lanes,
            advance=int((number + 1) % each == 0),
            final=int(number == count - 1),
        )
        for number, values in enumerate(beats[:count])
    ]


def schedule(start: int, offered: Sequence[int]) -> list[int]:
    """Cycles in which beats are there, with their places.

    Parameters
    ----------
    start : int
        Cycle of the start pulse.
    offered : sequence of int
        First cycle in which each beat is offered.

    Returns
    -------
    list of int
        First cycle of each beat at the output; it is taken there and at the input at once.

    Examples
    --------
    >>> schedule(4, [0, 6])
    [5, 6]
    """
    return [max(offer + LATENCY, start + FIRST) for offer in offered]
