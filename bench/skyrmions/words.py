"""Words that are written over each other: as they are, and as words of a fixed number of ones."""

import dataclasses
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from racelet.bench.skyrmions.networks import files, weights
from racelet.golden.racetrack.constant_weight import encode
from racelet.golden.racetrack.enumerative_code import CODES
from racelet.nn.tflite import read_tflite

ONES = 16
SIGMA = 0.02
WORDS, REAL = 100_000, 20_000
RATES = ("1e-1", "1e-2", "1e-3", "1e-4")
"""Of an update, by how much of itself a weight grows or shrinks."""
FRESH = "fresh"
"""Not an update: any other weight comes in its place."""
Bits = NDArray[np.unsignedinteger] | NDArray[np.int64]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Words:
    """Words of one width, and what is written over each.

    Parameters
    ----------
    width : int
    old, new : list of int
    """

    width: int
    old: list[int]
    new: list[int]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Stream:
    """Numbers that are written over each other.

    Parameters
    ----------
    plain : Words
        Their bits.
    coded : Words
        The same numbers as words of ``ones`` ones.
    ones : int
    """

    plain: Words
    coded: Words
    ones: int


def words(width: int, old: Bits, new: Bits) -> Words:
    """Words of arrays.

    Examples
    --------
    >>> words(8, np.array([1]), np.array([2]))
    Words(width=8, old=[1], new=[2])
    """
    return Words(width=width, old=[int(each) for each in old], new=[int(each) for each in new])


def float_stream(old: NDArray[np.float32], new: NDArray[np.float32]) -> Stream:
    """Numbers of fp32, and as words of 16 ones.

    Examples
    --------
    >>> stream = float_stream(np.array([1], np.float32), np.array([2], np.float32))
    >>> hex(stream.plain.old[0]), hex(stream.coded.old[0])
    ('0x3f800000', '0x3f8001ff')
    """
    plain = words(32, old.view(np.uint32), new.view(np.uint32))
    return Stream(plain=plain, coded=words(32, encode(old, ONES), encode(new, ONES)), ones=ONES)


def updated(values: NDArray[np.float32], rate: float, seed: int = 0) -> NDArray[np.float32]:
    """Numbers after an update: each larger or smaller by so much of itself.

    Examples
    --------
    >>> sorted(set(updated(np.ones(50, np.float32), 0.5).tolist()))
    [0.5, 1.5]
    """
    signs = np.random.default_rng(seed).choice([-1, 1], len(values))
    return (values.astype(np.float64) * (1 + rate * signs)).astype(np.float32)


def updates(name: str, values: NDArray[np.float32]) -> dict[str, Callable[[], Stream]]:
    """Streams of numbers: others in their place, and updates of all rates.

    Parameters
    ----------
    name : str
    values : float32, shape (n,)

    Returns
    -------
    dict of str to callable
        ``<name>_fresh``, ``<name>_1e-1``, ...
    """
    found = {f"{name}_{FRESH}": lambda: float_stream(values, np.random.default_rng(1).permutation(values))}
    for rate in RATES:
        found[f"{name}_{rate}"] = lambda rate=rate: float_stream(values, updated(values, float(rate)))
    return found


def real_weights(count: int = REAL) -> dict[str, NDArray[np.float32]]:
    """Dequantised weights of the networks that are there, at most so many of each, drawn by chance."""
    found = {}
    for name, file in files().items():
        if file.exists():
            every = weights(read_tflite(file))
            found[name] = np.random.default_rng(2).permutation(every)[:count]
    return found


def gaussian(count: int = WORDS) -> NDArray[np.float32]:
    """Numbers of the standard deviation that weights often have."""
    return (SIGMA * np.random.default_rng(3).normal(size=count)).astype(np.float32)


def short_streams(count: int = WORDS) -> dict[str, Callable[[], Stream]]:
    """Words of other widths, always any other number in the place of the first.

    Parameters
    ----------
    count : int

    Returns
    -------
    dict of str to callable
        ``uniform64``: any words; of these, words of 32 ones for the engines that need them. ``fp16`` and ``int8``:
        gaussian numbers, int8 with a standard deviation of 40, and the m-of-n codes of both.
    """

    def uniform() -> Stream:
        rng = np.random.default_rng(4)
        plain = words(64, *rng.integers(0, 1 << 64, (2, count), np.uint64))
        bits = rng.permuted(np.tile(np.arange(64, dtype=np.uint64) % np.uint64(2), (2, count, 1)), axis=2)
        packed = (bits << np.arange(64, dtype=np.uint64)).sum(axis=2, dtype=np.uint64)
        return Stream(plain=plain, coded=words(64, *packed), ones=32)

    def coded(name: str, width: int, codes: NDArray[np.int64]) -> Stream:
        code = CODES[name]
        plain = words(width, *(codes & (1 << width) - 1))
        return Stream(plain=plain, coded=words(code.length, *map(code.encode, codes)), ones=code.ones)

    def half() -> Stream:
        values = SIGMA * np.random.default_rng(5).normal(size=(2, count))
        return coded("fp16", 16, values.astype(np.float16).view(np.uint16).astype(np.int64))

    def byte() -> Stream:
        values = np.rint(40 * np.random.default_rng(6).normal(size=(2, count)))
        return coded("int8", 8, np.clip(values, -127, 127).astype(np.int64))

    return {"uniform64": uniform, "fp16": half, "int8": byte}


def streams(real: Mapping[str, NDArray[np.float32]], count: int = WORDS) -> dict[str, Callable[[], Stream]]:
    """All streams, made when they are called for.

    Parameters
    ----------
    real : mapping of str to float32 array
        Of :func:`real_weights`.
    count : int
        Words of a stream that is drawn.
    """
    found = updates("gaussian", gaussian(count))
    for name, values in real.items():
        found |= updates(name, values)
    return found | short_streams(count)


def update_names(sources: Sequence[str]) -> list[str]:
    """Names of the streams of these numbers.

    Examples
    --------
    >>> update_names(["kws"])[:2]
    ['kws_fresh', 'kws_1e-1']
    """
    return [f"{name}_{kind}" for name in sources for kind in (FRESH, *RATES)]
