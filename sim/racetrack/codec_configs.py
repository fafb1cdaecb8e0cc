"""Codecs that the benches try, and values and words for them."""

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from racelet.golden.racetrack.codec import decode, encode
from racelet.golden.racetrack.config import CODE_NAMES, CodecConfig

FEW, MANY = 11, 16
"""Bits of values and words of which all are tried, always or in one test."""
_SIGN = 1 << 31
_CORNERS = (0, 1, 2, 0x7FFFFF, 0x800000, 0x3F800000, 0x7F000000, 0x7F7FFFFE, 0x7F7FFFFF, 0x7F800000)
_NOT_NUMBERS = (0x7F800001, 0x7FBFFFFF, 0x7FC00000, 0x7FFFFFFF)


def codecs(*, serial: bool) -> list[CodecConfig]:
    """Every code, those of 32 bits with few, some and many ones."""
    found = [CodecConfig(code=code, serial=serial) for code in CODE_NAMES]
    found += [CodecConfig(code="fp32", ones=ones, serial=serial) for ones in (2, 30)]
    return found + [CodecConfig(code="fp32_greedy", ones=ones, serial=serial) for ones in (2, 15)]


def some_values(config: CodecConfig, count: int, rng: Generator, exhausted: int = FEW) -> list[int]:
    """Values in any order: all, where they are few; else corners, and some of all kinds.

    Parameters
    ----------
    config : CodecConfig
    count : int
        How many at most, besides corners.
    rng : Generator
    exhausted : int
        Bits of values of which all are tried.
    """
    width = config.value_width
    if width <= exhausted:
        return rng.permutation(1 << width).tolist()
    drawn = rng.integers(0, 1 << width, count)
    if config.table is not None:
        ends = [0, 1, (1 << width) - 2, (1 << width) - 1, *(1 << place for place in range(width))]
        every, _ = decode(np.array(_each_one_at_each_place(config.weight, config.word_width, rng)), config)
        return rng.permutation([*ends, *every, *drawn]).tolist()
    normal = rng.normal(0, 0.02, count // 4).astype(np.float32).view(np.uint32).astype(np.int64)
    corners = [each | sign for each in (*_CORNERS, *_NOT_NUMBERS) for sign in (0, _SIGN)]
    near = _around(config, drawn[: count // 4])
    return rng.permutation([*corners, *normal, *near, *drawn[count // 2 :], *_few(rng, count // 4)]).tolist()


def _around(config: CodecConfig, drawn: NDArray[np.int64]) -> NDArray[np.int64]:
    """Next to words, in the middle between two of them, and next to that."""
    words = encode(drawn, config)[0]
    after = encode(words + 1 & (1 << 32) - 1, config)[0]
    middles = (words + after) // 2
    return np.concatenate([words, words + 1, words - 1, middles, middles + 1, middles - 1]) & ((1 << 32) - 1)


def _few(rng: Generator, count: int) -> NDArray[np.int64]:
    """Few ones, or few zeros, and long runs of both."""
    ends = rng.integers(0, 33, (count, 2))
    runs = (np.int64(1) << ends.max(1)) - (np.int64(1) << ends.min(1))
    return (runs ^ (np.int64(1) << rng.integers(0, 32, count))) & ((1 << 32) - 1)


def some_words(config: CodecConfig, count: int, rng: Generator, exhausted: int = FEW) -> list[int]:
    """Words in any order, right ones and wrong ones: all, where they are few; else some with about as many ones.

    Parameters
    ----------
    config, count, rng, exhausted
        As of :func:`some_values`.
    """
    width = config.word_width
    if width <= FEW:
        return rng.permutation(1 << width).tolist()
    right, _ = encode(np.array(some_values(config, count // 2, rng, exhausted)), config)
    flipped = [each ^ (1 << int(place)) for each, place in zip(right, rng.integers(0, width, len(right)), strict=True)]
    permuted = [_of_weight(config.weight, width, rng) for _ in range(count // 2)]
    permuted += [] if config.table is None else _each_one_at_each_place(config.weight, width, rng)
    top = ((1 << config.weight) - 1) << width - config.weight
    return rng.permutation(
        [0, (1 << width) - 1, top, *right, *flipped, *permuted, *rng.integers(0, 1 << width, 32)]
    ).tolist()


def _each_one_at_each_place(weight: int, width: int, rng: Generator) -> list[int]:
    """Words whose first, second, ... one, from below, is at any place where it can be."""
    return [
        _of_weight(below, place, rng) | 1 << place | _of_weight(weight - below - 1, width - place - 1, rng) << place + 1
        for below in range(weight)
        for place in range(below, width - weight + below + 1)
    ]


def _of_weight(ones: int, width: int, rng: Generator) -> int:
    return sum(1 << int(place) for place in rng.permutation(width)[:ones])
