"""What it takes to read two matrices for their product, in several ways."""

import dataclasses
from collections.abc import Mapping

from racelet.golden.racetrack.operations import Counts


@dataclasses.dataclass(frozen=True, kw_only=True)
class Product:
    """A product of matrices on tracks: each row of the first one, and each column of the second, on a track of its own.

    Parameters
    ----------
    rows, terms, columns : int
        Of an M x K by K x N product.
    word_bits : int

    Examples
    --------
    >>> product = Product(rows=512, terms=768, columns=3072, word_bits=32)
    >>> [f"{counts.shift / 1e9:.4g} G" for counts in (word_by_word(product), buffered(product, tile=8))]
    ['154.6 G', '9.664 G']
    """

    rows: int
    terms: int
    columns: int
    word_bits: int


def word_by_word(product: Product, *, tile: int = 1) -> Counts:
    """Both operands of every product of two elements are read out past the port, and put back.

    Parameters
    ----------
    product : Product
    tile : int
        Sums that are kept at a time: ``tile`` rows by as many columns, for which each track is read once. It must
        divide both.

    Examples
    --------
    >>> word_by_word(Product(rows=1, terms=1, columns=1, word_bits=8))
    Counts(detect=16, shift=32, remove=0, insert=0)
    """
    bits = 2 * product.terms * product.word_bits * product.rows * product.columns // tile
    return Counts(shift=2 * bits, detect=bits)


def buffered(product: Product, *, tile: int = 1) -> Counts:
    """Bits go on into a buffer track; the next pass reads them on their way back.

    Parameters
    ----------
    product : Product
    tile : int
        Sums that are kept at a time: ``tile`` rows by as many columns, for which each track is read once. It must
        divide both.

    Examples
    --------
    >>> buffered(Product(rows=2, terms=1, columns=2, word_bits=8), tile=2)
    Counts(detect=32, shift=32, remove=0, insert=0)
    """
    bits = 2 * product.terms * product.word_bits * product.rows * product.columns // tile
    return Counts(shift=bits, detect=bits)


def kept_row(product: Product) -> Counts:
    """A row is read once and kept in registers, while all columns pass through their buffers.

    Examples
    --------
    >>> kept_row(Product(rows=1, terms=1, columns=2, word_bits=8))
    Counts(detect=24, shift=24, remove=0, insert=0)
    """
    words = product.rows * product.terms * (1 + product.columns)
    return Counts(shift=words * product.word_bits, detect=words * product.word_bits)


def serpentine(product: Product, segment: int, *, tile: int = 1) -> Counts:
    """All ports of a track at once, out and back in turn, with an element at each slot of each port.

    Parameters
    ----------
    product : Product
    segment : int
        Sites of the words of a port.
    tile : int
        Sums that are kept at a time: ``tile`` rows by as many columns. It must divide both.

    Returns
    -------
    Counts
        Pulses: what all ports do at once counts once.

    Examples
    --------
    >>> serpentine(Product(rows=3, terms=4, columns=2, word_bits=8), 8).shift == 2 * 3 * 2 * 7 + 3 + 2
    True
    """
    passes = 2 * product.rows * product.columns // tile
    first = product.rows + product.columns
    return Counts(shift=passes * (segment - 1) + first, detect=passes * segment)


def least_shifts(passes: int, offsets: int) -> int:
    """Shifts that so many passes over so many offsets need in any order: each has to see them all.

    Examples
    --------
    >>> least_shifts(10, 8)
    70
    """
    return passes * (offsets - 1)


def reductions(before: Counts, after: Counts) -> Mapping[str, float]:
    """How much less, in percent: shifts, latency, energy, and all operations together.

    Examples
    --------
    >>> product = Product(rows=2, terms=3, columns=4, word_bits=16)
    >>> {name: round(value, 1) for name, value in reductions(word_by_word(product), buffered(product)).items()}
    {'shift': 50.0, 'latency': 45.5, 'energy': 47.6, 'ops': 33.3}
    """
    pairs = {
        "shift": (before.shift, after.shift),
        "latency": (before.latency_ns, after.latency_ns),
        "energy": (before.energy_fj, after.energy_fj),
        "ops": (before.total, after.total),
    }
    return {name: 100 * (1 - new / old) for name, (old, new) in pairs.items()}
