"""Matrices for benches: drawn at random, and put on tracks."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from racelet.golden.racetrack.device import Track
from racelet.golden.racetrack.faults import FaultyTrack
from racelet.golden.racetrack.matrix_config import MatrixConfig
from racelet.golden.racetrack.matrix_passes import READS, Request

STRANGE = (0x00000000, 0x80000000, 0x00000001, 0x807FFFFF, 0x00800000, 0x7F7FFFFF, 0x7F800000, 0xFF800000, 0x7FC00001)
"""Codes of fp32: zeros, subnormals, the least and the largest of the normal ones, infinities, and what is no number."""


def draw_words(rng: np.random.Generator, config: MatrixConfig, shape: tuple[int, ...]) -> NDArray[np.uint64]:
    """Elements, as their bits: any, some of them extreme; floating-point ones mostly of a size."""
    if config.number == "fp32":
        values = rng.normal(0, 1, shape).astype(np.float32)
        wild = rng.random(shape)
        values *= np.exp2(rng.integers(-60, 60, shape) * (wild < 0.2)).astype(np.float32)
        words = values.view(np.uint32).astype(np.uint64)
        return np.where(wild > 0.99, rng.choice(np.array(STRANGE, np.uint64), shape), words)
    most = (1 << config.word_bits) - 1
    words = rng.integers(0, most, shape, np.uint64, endpoint=True)
    extremes = np.array([0, 1, most, most >> 1, (most >> 1) + 1], np.uint64)
    return np.where(rng.random(shape) < 0.2, rng.choice(extremes, shape), words)


def draw_request(rng: np.random.Generator, config: MatrixConfig) -> Request:
    """Any that is done."""
    tiles = [int(rng.integers(1, most // config.tile + 1)) for most in (config.rows, config.columns)]
    return Request(
        read=READS[rng.integers(len(READS))],
        rows=tiles[0] * config.tile,
        terms=int(rng.integers(1, config.terms + 1)),
        columns=tiles[1] * config.tile,
    )


def make_tracks(config: MatrixConfig) -> tuple[list[FaultyTrack], list[FaultyTrack]]:
    """Tracks of rows and of columns, on which nothing is stored."""
    rows = [FaultyTrack(config.row_tracks) for _ in range(config.rows)]
    return rows, [FaultyTrack(config.column_tracks) for _ in range(config.columns)]


def store(tracks: Sequence[Track], config: MatrixConfig, words: NDArray[np.uint64]) -> None:
    """Put lines of elements on tracks, which are at home; where there are fewer than words, others stay.

    Parameters
    ----------
    tracks : sequence of Track
    config : MatrixConfig
    words : uint64, shape (tracks, terms)
    """
    for track, line in zip(tracks, words.tolist(), strict=True):
        for number, word in enumerate(line):
            track.store(*divmod(number, config.words_per_port), word)
