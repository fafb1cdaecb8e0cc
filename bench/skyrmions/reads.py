"""What it takes to read two matrices for their product, in several ways, and the least that it could."""

import itertools

import numpy as np

from racelet.bench.row import Row
from racelet.golden.racetrack.config import RacetrackConfig
from racelet.golden.racetrack.device import Track
from racelet.golden.racetrack.matrix_reads import (
    Product,
    buffered,
    kept_row,
    least_shifts,
    reductions,
    serpentine,
    word_by_word,
)
from racelet.golden.racetrack.operations import Counts
from racelet.golden.racetrack.sweep import Sweep
from racelet.golden.racetrack.write_engines import read
from racelet.sim.errors import BenchFailure

FFN1 = Product(rows=512, terms=768, columns=3072, word_bits=32)
"""First product of the feed-forward part of BERT-base, for 512 words of text."""
SMALL = Product(rows=4, terms=6, columns=8, word_bits=8)
"""One that is made on tracks, to check the counts."""
TILES = (1, 8, 64)
SLOTS = (1, 2, 4, 8)
"""Words of a port; a track has 32 ports at most."""
PORTS = 32
REDUCTIONS = ("shift", "latency", "energy", "ops")


def schedules(product: Product) -> dict[str, tuple[Counts, int]]:
    """Ways to read, one port at a time or all at once with a word at each.

    Parameters
    ----------
    product : Product

    Returns
    -------
    dict of str to (Counts, int)
        Operations, and the least shifts that as many passes over as many offsets need.

    Examples
    --------
    >>> [f"{counts.shift:.4g}" for counts, _ in schedules(FFN1).values()][:3]
    ['1.546e+11', '7.731e+10', '3.867e+10']
    """
    width = product.word_bits
    passes = 2 * product.rows * product.columns * product.terms
    rows = product.rows * product.terms * (1 + product.columns)
    found = {
        "word_by_word": (word_by_word(product), least_shifts(passes, width)),
        "buffer_1x1": (buffered(product), least_shifts(passes, width)),
        "buffer_kept_row": (kept_row(product), least_shifts(rows, width)),
    }
    for tile in TILES[1:]:
        found[f"buffer_{tile}x{tile}"] = (buffered(product, tile=tile), least_shifts(passes // tile, width))
    for tile in TILES:
        least = least_shifts(2 * product.rows * product.columns // tile, width)
        found[f"serpentine_{tile}x{tile}"] = (serpentine(product, width, tile=tile), least)
    return found


def read_rows(product: Product = FFN1, small: Product = SMALL) -> list[Row]:
    """Rows of every way, after a small product has been made on tracks.

    Parameters
    ----------
    product, small : Product

    Returns
    -------
    list of Row
        ``reads_<way>_shifts``, ``..._detects``, ``..._ms``, ``..._mj`` and, by how much there are more shifts than the
        least, ``..._over_bound_percent``; ``buffer_<what>_reduction_percent`` against word by word, at any size the
        same; ``sweep_<q>_<tile>_...``: shifts of serpentine sweeps with q words to a port, the ``..._bound``, and
        ``..._tracks`` that a row of the first matrix takes.

    Raises
    ------
    BenchFailure
        If the small product, or what it takes, comes out differently.
    """
    check_word_by_word(small)
    for slots, tile in itertools.product((1, 2, 3), (1, 2, 4)):
        check_serpentine(small, slots, tile)
    rows = []
    for name, (counts, least) in schedules(product).items():
        rows += [
            Row(f"reads_{name}_shifts", counts.shift, "shifts"),
            Row(f"reads_{name}_detects", counts.detect, "detects"),
            Row(f"reads_{name}_ms", counts.latency_ns / 1e6, "ms"),
            # A pulse of a sweep moves as many bits as there are ports, and tracks side by side.
            Row(f"reads_{name}_mj", None if name.startswith("serpentine") else counts.energy_fj / 1e12, "mJ"),
            Row(f"reads_{name}_over_bound_percent", 100 * (counts.shift / least - 1), "%"),
        ]
    less = reductions(word_by_word(product), buffered(product))
    rows += [Row(f"buffer_{what}_reduction_percent", less[what], "%") for what in REDUCTIONS]
    for slots, tile in itertools.product(SLOTS, TILES):
        segment = slots * product.word_bits
        shifts = serpentine(product, segment, tile=tile).shift
        least = least_shifts(2 * product.rows * product.columns // tile, segment)
        name = f"sweep_{slots}_{tile}"
        rows += [
            Row(f"{name}_tracks", -(-product.terms // (slots * PORTS)), "tracks"),
            Row(f"{name}_shifts", shifts, "shifts"),
            Row(f"{name}_bound", least, "shifts"),
            Row(f"{name}_over_bound_percent", 100 * (shifts / least - 1), "%"),
        ]
    return rows


def check_word_by_word(product: Product) -> None:
    """Make a product whose operands are read out and put back for every term.

    Raises
    ------
    BenchFailure
        If it differs, or takes other operations.
    """
    left, right = _matrices(product)
    config = RacetrackConfig(word_bits=product.word_bits, ports=product.terms)
    tracks = [_track(config, values) for values in (*left, *right)]
    found = [
        [
            sum(read(row, term) * read(column, term) for term in range(product.terms))
            for column in tracks[product.rows :]
        ]
        for row in tracks[: product.rows]
    ]
    _compare(found, left @ right.T, sum((track.counts for track in tracks), Counts()), word_by_word(product))


def check_serpentine(product: Product, slots: int, tile: int) -> None:
    """Make a product by sweeps, with so many words at a port and so many rows and columns at a time.

    Raises
    ------
    BenchFailure
        If it differs, or takes other pulses.
    """
    left, right = _matrices(product)
    config = RacetrackConfig(
        word_bits=product.word_bits, ports=-(-product.terms // slots), words_per_port=slots, sweep=True
    )
    rows, columns = ([Sweep(_track(config, values)) for values in matrix] for matrix in (left, right))
    found = np.zeros((product.rows, product.columns), np.int64)
    for row, column in itertools.product(range(0, product.rows, tile), range(0, product.columns, tile)):
        tops = np.stack([each.read().reshape(-1) for each in rows[row : row + tile]]).astype(np.int64)
        sides = np.stack([each.read().reshape(-1) for each in columns[column : column + tile]]).astype(np.int64)
        found[row : row + tile, column : column + tile] = tops @ sides.T
    pulses = sum((each.pulses for each in (*rows, *columns)), Counts())
    _compare(found, left @ right.T, pulses, serpentine(product, config.segment, tile=tile))


def _matrices(product: Product) -> tuple[np.ndarray, np.ndarray]:
    """Both, the second one transposed: what lies on tracks."""
    rng = np.random.default_rng(9)
    most = 1 << product.word_bits
    return rng.integers(0, most, (product.rows, product.terms)), rng.integers(0, most, (product.columns, product.terms))


def _track(config: RacetrackConfig, values: np.ndarray) -> Track:
    track = Track(config)
    for number, value in enumerate(values):
        track.store(*divmod(number, config.words_per_port), int(value))
    return track


def _compare(found: object, product: np.ndarray, taken: Counts, expected: Counts) -> None:
    if not np.array_equal(np.asarray(found), product):
        raise BenchFailure("a product of matrices on tracks differs from that of the matrices")
    if taken != expected:
        raise BenchFailure(f"reading two matrices took {taken}, not {expected}")
