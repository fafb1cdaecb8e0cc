"""What the codecs cost in accuracy: errors of numbers, of matrix products, and what m-of-n codes clip."""

import dataclasses
import functools
import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from racelet.bench.row import Progress, Row
from racelet.bench.skyrmions.words import ONES, SIGMA
from racelet.golden.racetrack.constant_weight import decode, encode
from racelet.golden.racetrack.enumerative_code import CODES, EnumerativeCode
from racelet.sim.errors import BenchFailure

KS: Sequence[int] = range(8, 21)
RULES: Mapping[str, bool] = {"nearest": False, "greedy": True}
"""Whether the rule is the greedy one."""
SIZES = (128, 768, 768)
DRAWS = 4
Rounding = Callable[[NDArray[np.float32]], NDArray[np.float64]]
SCALES: Mapping[str, tuple[float, float]] = {
    "small_weights": (1.0, SIGMA),
    "both_small": (SIGMA, SIGMA),
    "both_large": (1.0, 1.0),
}
"""Standard deviations of both operands of a product."""


def coded(values: NDArray[np.float32], ones: int, *, greedy: bool = False) -> NDArray[np.float64]:
    """What is left of numbers that have been words of so many ones.

    Examples
    --------
    >>> coded(np.array([[1.0, 0.0]], np.float32), 16).tolist()
    [[1.0000609159469604, 0.0]]
    """
    return decode(encode(values.reshape(-1), ones, greedy=greedy)).astype(np.float64).reshape(values.shape)


def sqnr(exact: NDArray[np.float64], found: NDArray[np.float64]) -> float:
    """Power of a signal over that of its error, in decibels; infinite if there is none.

    Examples
    --------
    >>> sqnr(np.array([10.0, 0.0]), np.array([10.0, 1.0]))
    20.0
    """
    error = float(np.square(found - exact).sum())
    return float(10 * np.log10(np.square(exact).sum() / error)) if error else np.inf


@dataclasses.dataclass(frozen=True, kw_only=True)
class Operands:
    """Gaussian matrices of fp32, and their products in float64.

    Parameters
    ----------
    scale : str
        Of ``SCALES``.
    sizes : (int, int, int)
        Rows, terms and columns of a product.
    draws : int
        How many products. Few large numbers that are far from their words make most of a product's error, so that one
        product says little.
    """

    scale: str
    sizes: tuple[int, int, int] = SIZES
    draws: int = DRAWS

    def pairs(self) -> Iterator[tuple[NDArray[np.float32], NDArray[np.float32]]]:
        """The same ones each time."""
        rows, terms, columns = self.sizes
        for draw in range(self.draws):
            rng = np.random.default_rng((8, draw))
            left, right = (
                (sigma * rng.normal(size=shape)).astype(np.float32)
                for sigma, shape in zip(SCALES[self.scale], ((rows, terms), (terms, columns)), strict=True)
            )
            yield left, right

    def measured(self, name: str, rounded: Rounding) -> list[Row]:
        """Errors of the right matrices' numbers, and of products both of whose matrices are rounded."""
        errors, exact, found = [], [], []
        for left, right in self.pairs():
            less = rounded(left), rounded(right)
            numbers = right.astype(np.float64)
            there = numbers != 0
            errors.append(np.abs(less[1] - numbers)[there] / np.abs(numbers[there]))
            exact.append(left.astype(np.float64) @ numbers)
            found.append(less[0] @ less[1])
        every = np.concatenate(errors)
        return [
            Row(f"{name}_mean_error", float(every.mean())),
            Row(f"{name}_max_error", float(every.max())),
            Row(f"{name}_sqnr_db", sqnr(np.stack(exact), np.stack(found)), "dB"),
        ]


def half(values: NDArray[np.float32]) -> NDArray[np.float64]:
    """Rounded to fp16.

    Examples
    --------
    >>> half(np.array([1.0001], np.float32)).tolist()
    [1.0]
    """
    return values.astype(np.float16).astype(np.float64)


def codec_rows(
    progress: Progress, ks: Sequence[int] = KS, sizes: tuple[int, int, int] = SIZES, draws: int = DRAWS
) -> list[Row]:
    """Errors of the codec of 32 bits, for every number of ones and both rules.

    Parameters
    ----------
    progress : Progress
    ks : sequence of int
    sizes, draws
        As of :class:`Operands`.

    Returns
    -------
    list of Row
        ``codec_k<K>_<rule>_mean_error`` and ``..._max_error``, relative, of numbers of the right matrices;
        ``..._sqnr_db`` of products. ``codec_fp16_...``: the same of rounding to fp16. ``gemm_<scale>_<rule>_sqnr_db``:
        with 16 ones, at several scales.
    """
    rows = []
    total = len(ks) * len(RULES) + len(SCALES)
    small = Operands(scale="small_weights", sizes=sizes, draws=draws)
    for number, (ones, rule) in enumerate(itertools.product(ks, RULES)):
        progress(number, total, f"codec, {ones} ones, {rule}")
        rows += small.measured(f"codec_k{ones}_{rule}", functools.partial(coded, ones=ones, greedy=RULES[rule]))
    rows += small.measured("codec_fp16", half)
    for number, scale in enumerate(SCALES):
        progress(total - len(SCALES) + number, total, f"products, {scale.replace('_', ' ')}")
        operands = Operands(scale=scale, sizes=sizes, draws=draws)
        roundings: dict[str, Rounding] = {
            rule: functools.partial(coded, ones=ONES, greedy=greedy) for rule, greedy in RULES.items()
        }
        for name, rounding in (roundings | {"fp16": half}).items():
            rows.append(operands.measured(f"gemm_{scale}_{name}", rounding)[-1])
    return rows


def short_rows(codes: Mapping[str, EnumerativeCode] = CODES) -> list[Row]:
    """What m-of-n codes do with every number of their kind.

    Parameters
    ----------
    codes : mapping of str to EnumerativeCode

    Returns
    -------
    list of Row
        ``code_<name>_bits``, ``..._ones``, ``..._words``, ``..._numbers`` that there are, and how many of these come
        back ``..._changed``.

    Raises
    ------
    BenchFailure
        If a word has not so many ones, or a number within the code's range comes back as another.
    """
    rows = []
    for name, code in codes.items():
        low, high = numbers(name)
        every = np.arange(low, high + 1, dtype=np.int64)
        made = code.encode(every)
        back = code.decode(made)
        if (np.bitwise_count(made) != code.ones).any() or (back != np.clip(every, code.least, code.most)).any():
            raise BenchFailure(f"the ({code.length},{code.ones}) code of {name} does not give numbers back")
        rows += [
            Row(f"code_{name}_bits", code.length, "bits"),
            Row(f"code_{name}_ones", code.ones, "ones"),
            Row(f"code_{name}_words", len(np.unique(made)), "words"),
            Row(f"code_{name}_numbers", len(every), "numbers"),
            Row(f"code_{name}_changed", int((back != every).sum()), "numbers"),
        ]
    return rows


def numbers(name: str) -> tuple[int, int]:
    """Least and largest number of a kind.

    Examples
    --------
    >>> numbers("int8_clipped"), numbers("fp16")
    ((-128, 127), (0, 65535))
    """
    kind = name.partition("_")[0]
    if not kind.startswith("int"):
        return 0, 0xFFFF
    half = 1 << int(kind.removeprefix("int")) - 1
    return -half, half - 1
