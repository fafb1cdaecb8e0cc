"""Transposes of an encoder: what they would move, that a view moves nothing, and what its order costs in reading."""

from collections.abc import Mapping, Sequence

import numpy as np

from racelet.bench.row import Row
from racelet.golden.racetrack.config import RacetrackConfig
from racelet.golden.racetrack.device import Track
from racelet.golden.racetrack.odometer import View, stored
from racelet.golden.racetrack.transposes import BERT_BASE, Encoder, Transpose, moved, transposes
from racelet.golden.racetrack.traversal import eager, lazy
from racelet.golden.racetrack.write_engines import read
from racelet.sim.errors import BenchFailure

TOKENS = (128, 256, 512)
SMALL = Encoder(layers=1, heads=2, hidden=8)
SMALL_TOKENS = 4
SLOTS = 2
TRAVERSED: Mapping[str, tuple[tuple[int, int], int, int]] = {
    "matrix": ((16, 12), 8, 12),
    "keys of a head": ((128, 64), 32, 8),
}
"""Shape, bits of a word, words at a port."""


def transpose_rows(tokens: Sequence[int] = TOKENS, encoder: Encoder = BERT_BASE) -> list[Row]:
    """What all transposes of a run over a sequence would take, word by word.

    Parameters
    ----------
    tokens : sequence of int
        Lengths of sequences.
    encoder : Encoder

    Returns
    -------
    list of Row
        ``transposes_<tokens>_<tensor>_count``, ``..._words``, ``..._shifts``, ``..._detects`` and ``..._ms``, and of
        ``all`` together. ``transpose_device_ops``: operations on tracks for all transposes of a small encoder, made as
        views and then read. ``order_<tensor>_rows``, ``..._transposed`` and ``..._homing``: shifts of reading.

    Raises
    ------
    BenchFailure
        If a view of the small encoder's tensors on tracks is not their transpose.
    """
    config = RacetrackConfig(word_bits=32)
    rows = []
    for length in tokens:
        every = transposes(encoder, length)
        for tensor in (*dict.fromkeys(each.tensor for each in every), "all"):
            found = [each for each in every if tensor in (each.tensor, "all")]
            counts = moved(found, config)
            name = f"transposes_{length}_{tensor.replace(' ', '_')}"
            rows += [
                Row(f"{name}_count", len(found), "transposes"),
                Row(f"{name}_words", sum(each.elements for each in found), "words"),
                Row(f"{name}_shifts", counts.shift, "shifts"),
                Row(f"{name}_detects", counts.detect, "detects"),
                Row(f"{name}_ms", counts.latency_ns / 1e6, "ms"),
            ]
    rows.append(Row("transpose_device_ops", sum(map(view_operations, transposes(SMALL, SMALL_TOKENS))), "operations"))
    for name, (shape, width, slots) in TRAVERSED.items():
        view = stored(shape, 1)
        prefix = f"order_{name.replace(' ', '_')}"
        rows += [
            Row(f"{prefix}_rows", lazy(view.places(), width, slots).shift, "shifts"),
            Row(f"{prefix}_transposed", lazy(view.permute((1, 0)).places(), width, slots).shift, "shifts"),
            Row(f"{prefix}_homing", eager(view.places(), width, slots).shift, "shifts"),
        ]
    return rows


def view_operations(transpose: Transpose) -> int:
    """Operations on tracks until a tensor on them is seen in its other order.

    Raises
    ------
    BenchFailure
        If what is read through the view is not the transpose.

    Examples
    --------
    >>> view_operations(transposes(SMALL, 4)[0])
    0
    """
    rng = np.random.default_rng(10)
    values = rng.integers(0, 1 << 8, transpose.shape)
    words = values[0].size
    config = RacetrackConfig(word_bits=8, ports=-(-words // SLOTS), words_per_port=SLOTS)
    tracks = [Track(config) for _ in values]
    for track, row in zip(tracks, values, strict=True):
        for number, value in enumerate(row.reshape(-1)):
            track.store(*divmod(number, SLOTS), int(value))
    view = transpose.view()
    operations = sum(len(track.trace) for track in tracks)
    expected = np.transpose(values, transpose.order)
    if view.shape != expected.shape or read_all(tracks, view) != expected.reshape(-1).tolist():
        raise BenchFailure(f"{transpose.tensor} on tracks, seen in order {transpose.order}, is not its transpose")
    return operations


def read_all(tracks: Sequence[Track], view: View) -> list[int]:
    """Words of tracks in the order of a view."""
    found = []
    for track, number in view.places():
        port, slot = divmod(number, SLOTS)
        found.append(read(tracks[track], port, slot=slot))
    return found
