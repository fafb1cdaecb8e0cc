"""Tile reader: the order in which activations meet weights, and when they do."""

import dataclasses
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from racelet.golden.dwcpwc import ping_pong_tile
from racelet.golden.dwcpwc.config import DwcPwcConfig
from racelet.golden.dwcpwc.dot_engine import DotBeat
from racelet.golden.dwcpwc.layer_config import LayerConfig
from racelet.golden.dwcpwc.tile_counter import tile_sizes

READ_AHEAD = ping_pong_tile.READ_LATENCY + 2
"""Cycles from the read of a word to its beat: the tile, a register, and the queue of words."""
READS = READ_AHEAD + 1
"""Words that are read or wait at a time."""


def dot_beats(
    tiles: Sequence[NDArray[np.int8]], sets: NDArray[np.int8], layer: LayerConfig, config: DwcPwcConfig
) -> list[DotBeat]:
    """Beats for the engine: tiles, passes, words, pixels.

    Parameters
    ----------
    tiles : sequence of int8, shape (pixels, words, input_lanes)
        Activations of each tile.
    sets : int8, shape (passes, words, output_lanes, input_lanes)
        Weights.
    layer : LayerConfig
        ``tail_lanes`` counts.
    config : DwcPwcConfig

    Returns
    -------
    list of DotBeat
        Lanes beyond the last word's ``tail_lanes`` are zero.

    Examples
    --------
    >>> from racelet.golden.dwcpwc.layer_config import LayerKind
    >>> layer = LayerConfig(kind=LayerKind.FUSED, words=2, tail_lanes=1)
    >>> tile = np.arange(16, dtype=np.int8).reshape(2, 2, 4)
    >>> beats = dot_beats([tile], np.zeros((1, 2, 4, 4), np.int8), layer, DwcPwcConfig(input_lanes=4, output_lanes=4))
    >>> [(beat.slot, beat.activations.tolist()) for beat in beats]
    [(0, [0, 1, 2, 3]), (1, [8, 9, 10, 11]), (0, [4, 0, 0, 0]), (1, [12, 0, 0, 0])]
    """
    passes, words = sets.shape[:2]
    used = np.arange(words * config.input_lanes) < (words - 1) * config.input_lanes + layer.tail_lanes
    used = used.reshape(words, config.input_lanes)
    return [
        DotBeat(
            activations=np.where(used[word], tile[pixel, word], np.int8(0)),
            weights=sets[each, word],
            slot=pixel,
            first=int(word == 0),
            last=int(word == words - 1),
        )
        for tile in tiles
        for each in range(passes)
        for word in range(words)
        for pixel in range(len(tile))
    ]


@dataclasses.dataclass(frozen=True, kw_only=True)
class ReaderTimes:
    """When the reader does what.

    Parameters
    ----------
    read : list of int
        Cycle in which each beat's word is read from the tile.
    given : list of int
        First cycle of each beat.
    released : list of int
        Cycle of each tile's release.
    """

    read: list[int]
    given: list[int]
    released: list[int]


def schedule(
    layer: LayerConfig,
    config: DwcPwcConfig,
    *,
    start: int,
    full: Sequence[int],
    sets: Sequence[int],
    taken: Sequence[int],
    sums_taken: Sequence[int],
) -> ReaderTimes:
    """Cycles of one layer.

    A word is read from the cycle after ``start`` on, one per cycle, when its tile is full, when the beat ``READS``
    before is taken, and, where it is a pass's last, when so many sums have left the queue that its sum has a place in
    it. The beat is there ``READ_AHEAD`` cycles later, in the cycle after the one before it is taken, or when its set of
    weights is.

    Parameters
    ----------
    layer : LayerConfig
    config : DwcPwcConfig
    start : int
        Cycle of the start pulse.
    full : sequence of int
        First cycle in which each tile shows as full.
    sets : sequence of int
        First cycle in which each set of weights is there.
    taken : sequence of int
        Cycle in which each beat is taken.
    sums_taken : sequence of int
        Cycle in which each sum leaves the queue.

    Returns
    -------
    ReaderTimes

    Examples
    --------
    >>> from racelet.golden.dwcpwc.layer_config import LayerKind
    >>> layer = LayerConfig(kind=LayerKind.FUSED, tiles=1, last_tile_pixels=2, words=2)
    >>> schedule(layer, DwcPwcConfig(), start=0, full=[3], sets=[2, 9], taken=[8, 9, 10, 11], sums_taken=[14, 15])
    ReaderTimes(read=[3, 4, 5, 6], given=[8, 9, 10, 11], released=[6])
    """
    queue = config.sum_places
    read: list[int] = []
    given: list[int] = []
    released: list[int] = []
    set_number = sums = 0
    for tile, pixels in enumerate(tile_sizes(layer)):
        for _ in range(layer.passes):
            for word in range(layer.words):
                for _ in range(pixels):
                    beat = len(read)
                    now = max(read[-1] if read else start, full[tile] - 1) + 1
                    if beat >= READS:
                        now = max(now, taken[beat - READS] + 1)
                    if word == layer.words - 1:
                        if sums >= queue:
                            now = max(now, sums_taken[sums - queue] + 1)
                        sums += 1
                    read.append(now)
                    given.append(max(now + READ_AHEAD, sets[set_number], taken[beat - 1] + 1 if beat else 0))
                set_number += 1
        released.append(read[-1])
    return ReaderTimes(read=read, given=given, released=released)
