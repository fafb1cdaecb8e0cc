import math
from collections.abc import Callable
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from racelet.golden.dwcpwc.requantize import (
    exact_single_rounding,
    quantize_multiplier,
    requantize,
    requantize_once,
    requantize_real,
)

INT32 = st.integers(-(2**31), 2**31 - 1)
ZERO_POINT = st.integers(-128, 127)
HALF = Fraction(1, 2)


def half_up(value: Fraction) -> int:
    return math.floor(value + HALF)


def half_away(value: Fraction) -> int:
    return int(math.copysign(1, value)) * math.floor(abs(value) + HALF)


def wrap(value: int) -> int:
    return (value + 2**31) % 2**32 - 2**31


def clamp(value: int, low: int = -128, high: int = 127) -> int:
    return max(low, min(high, value))


@given(st.floats(1e-12, 1e6))
def test_multiplier_is_the_nearest_31_bit_fraction(eff: float) -> None:
    mult, shift = (int(part) for part in quantize_multiplier(eff))
    if eff < 2.0**-32:
        assert (mult, shift) == (0, 0)
        return
    assert 2**30 <= mult < 2**31
    assert mult == half_up(Fraction(eff) / Fraction(2) ** (shift - 31))


def test_multiplier_that_rounds_to_one_carries_into_the_shift() -> None:
    eff = np.nextafter(1.0, 0.0)
    assert [int(part) for part in quantize_multiplier(eff)] == [2**30, 1]


def test_multiplier_of_zero_is_zero() -> None:
    assert [part.tolist() for part in quantize_multiplier([0.0, 2.0**-32, 2.0**-33])] == [[0, 2**30, 0], [0, -31, 0]]


@given(acc=INT32, mult=st.integers(0, 2**31 - 1), shift=st.integers(-31, 8), zero_point=ZERO_POINT)
def test_requantize_rounds_half_up_and_then_half_away(acc: int, mult: int, shift: int, zero_point: int) -> None:
    scaled = half_up(Fraction(wrap(acc << max(shift, 0)) * mult, 2**31))
    expected = clamp(half_away(Fraction(scaled, 2 ** max(-shift, 0))) + zero_point)
    assert requantize(acc, mult, shift, zero_point, -128, 127) == expected


@pytest.mark.parametrize("seed", range(4))
def test_both_roundings_equal_fractions_over_the_codes(seed: int) -> None:
    """Sums of every size whose codes are not clamped, which random arguments seldom are."""
    rng = np.random.default_rng(seed)
    mult = rng.integers(2**30, 2**31, 2000)
    shift = rng.integers(-22, 3, 2000)
    acc = (rng.uniform(-130, 130, 2000) / (mult * 2.0 ** (shift - 31))).astype(np.int64)
    for a, m, s, twice, once in zip(
        acc.tolist(),
        mult.tolist(),
        shift.tolist(),
        requantize(acc, mult, shift, 0, -128, 127).tolist(),
        requantize_once(acc, mult, shift, 0, -128, 127).tolist(),
        strict=True,
    ):
        scaled = half_up(Fraction((a << max(s, 0)) * m, 2**31))
        assert twice == clamp(half_away(Fraction(scaled, 2 ** max(-s, 0))))
        assert once == clamp(half_away(Fraction(a * m) * Fraction(2) ** (s - 31)))


def test_a_shift_up_wraps_the_sum_to_int32() -> None:
    """LiteRT 2.3's codes for these biases at a scale of 7."""
    acc = np.array([2**28 - 1, 2**28, 2**29 - 1, 2**29, 2**29 + 5, -(2**29) - 1, -(2**31)])
    codes = requantize(acc, *quantize_multiplier(7.0), 0, -128, 127)
    assert codes.tolist() == [127, -128, -7, 0, 35, -7, 0]


@given(acc=st.integers(-600, 600), numerator=st.integers(1, 7), shift=st.integers(-3, 1))
def test_requantize_rounds_ties(acc: int, numerator: int, shift: int) -> None:
    mult = numerator << 28
    scaled = half_up(Fraction(acc * 2 ** max(shift, 0) * numerator, 8))
    expected = clamp(half_away(Fraction(scaled, 2 ** max(-shift, 0))))
    assert requantize(acc, mult, shift, 0, -128, 127) == expected


@given(acc=INT32, mult=st.integers(0, 2**31 - 1), shift=st.integers(-31, 30), zero_point=ZERO_POINT)
def test_requantize_once_rounds_half_away(acc: int, mult: int, shift: int, zero_point: int) -> None:
    exact = Fraction(acc * mult) * Fraction(2) ** (shift - 31)
    assert requantize_once(acc, mult, shift, zero_point, -128, 127) == clamp(half_away(exact) + zero_point)


@given(acc=st.integers(-600, 600), numerator=st.integers(1, 7), shift=st.integers(-3, 1))
def test_requantize_once_rounds_ties(acc: int, numerator: int, shift: int) -> None:
    exact = Fraction(acc * numerator, 8) * Fraction(2) ** shift
    assert requantize_once(acc, numerator << 28, shift, 0, -128, 127) == clamp(half_away(exact))


@given(acc=INT32, eff=st.floats(1e-9, 10.0), zero_point=ZERO_POINT)
def test_requantize_real_rounds_the_double_product(acc: int, eff: float, zero_point: int) -> None:
    assert requantize_real(acc, eff, zero_point, -128, 127) == clamp(half_away(Fraction(acc * eff)) + zero_point)


def test_requantize_real_keeps_the_last_double_below_a_half() -> None:
    assert requantize_real([1, -1], np.nextafter(0.5, 0), 0, -128, 127).tolist() == [0, 0]
    assert requantize_real([1, -1], 0.5, 0, -128, 127).tolist() == [1, -1]


@pytest.mark.parametrize("function", [requantize, requantize_once])
def test_channels_have_their_own_multipliers(function: Callable[..., NDArray[np.int8]]) -> None:
    mult, shift = quantize_multiplier([0.5, 0.25, 1e-12, 3.0])
    codes = function(np.full((2, 3, 4), 10), mult, shift, 1, -128, 127)
    assert codes.dtype == np.int8
    np.testing.assert_array_equal(codes, np.broadcast_to([6, 4, 1, 31], (2, 3, 4)))


def test_codes_are_clamped_to_the_range() -> None:
    for function in (requantize, requantize_once):
        assert function([-500, 0, 500], *quantize_multiplier(1.0), -3, -3, 90).tolist() == [-3, -3, 90]
    assert requantize_real([-500, 0, 500], 1.0, -3, -3, 90).tolist() == [-3, -3, 90]


def test_one_rounding_differs_from_two() -> None:
    acc = np.arange(-20000, 20000)
    mult, shift = quantize_multiplier(0.003)
    twice = requantize(acc, mult, shift, 0, -128, 127)
    once = requantize_once(acc, mult, shift, 0, -128, 127)
    assert np.abs(twice.astype(int) - once).max() == 1


def test_requantize_once_names_a_shift_out_of_range() -> None:
    with pytest.raises(ValueError, match=r"^shift must be in -31\.\.30, not 31$"):
        requantize_once([1], 1 << 30, 31, 0, -128, 127)


@pytest.mark.parametrize("seed", range(60))
def test_single_rounding_equals_the_double_for_every_sum(seed: int) -> None:
    rng = np.random.default_rng(seed)
    eff = float(np.exp(rng.uniform(np.log(1e-6), np.log(2.0))))
    zero_point = int(rng.choice([-128, 127, *rng.integers(-128, 128, 2)]))
    low, high = (-128, 127) if seed % 2 else (max(-128, zero_point), 127)
    bound = 1 << 17
    mult, shift = exact_single_rounding(eff, low, high, zero_point, bound)
    acc = np.arange(-bound, bound + 1)
    np.testing.assert_array_equal(
        requantize_once(acc, mult, shift, zero_point, low, high), requantize_real(acc, eff, zero_point, low, high)
    )


@pytest.mark.parametrize(
    "fraction", [Fraction(1, 2), Fraction(1, 4), Fraction(3, 8), Fraction(1, 10), Fraction(7, 1000)]
)
def test_single_rounding_finds_a_multiplier_for_ties(fraction: Fraction) -> None:
    eff, bound = float(fraction), 1 << 20
    mult, shift = exact_single_rounding(eff, -128, 127, 0, bound)
    acc = np.arange(-bound, bound + 1)
    np.testing.assert_array_equal(
        requantize_once(acc, mult, shift, 0, -128, 127), requantize_real(acc, eff, 0, -128, 127)
    )


def test_single_rounding_moves_the_multiplier_or_refuses() -> None:
    """With sums of 31 bits the edges of the codes can lie closer than a multiplier of 31 bits resolves."""
    rng = np.random.default_rng(0)
    bound = 2**31
    moved, refused = 0, []
    for eff in np.exp(rng.uniform(np.log(1e-6), np.log(1e-5), 100)).tolist():
        try:
            mult, shift = exact_single_rounding(eff, -128, 127, 0, bound)
        except ValueError as error:
            refused.append(str(error))
            continue
        moved += mult != quantize_multiplier(eff)[0]
        edges = np.round((np.arange(-128, 128) + 0.5) / eff).astype(np.int64)
        acc = np.clip(edges[:, np.newaxis] + np.arange(-2, 3), -bound, bound)
        np.testing.assert_array_equal(
            requantize_once(acc, mult, shift, 0, -128, 127), requantize_real(acc, eff, 0, -128, 127)
        )
    assert moved > 0
    assert 0 < len(refused) < 100
    assert refused[0].startswith("no multiplier below 2**31 rounds sums up to 2147483648 at scale")


def test_single_rounding_of_a_vanishing_scale_is_zero() -> None:
    assert exact_single_rounding(1e-12, -128, 127, 5, 2**31) == (0, 0)


@pytest.mark.parametrize(
    ("eff", "bound", "message"),
    [
        (-0.1, 1, r"^eff must be in 0\.\.2\*\*29 \(above, every sum saturates\), not -0\.1$"),
        (0.1, -1, r"^acc_bound must be in 0\.\.2147483648 \(an int32 sum\), not -1$"),
        (0.1, 2**31 + 1, r"^acc_bound must be in 0\.\.2147483648 \(an int32 sum\), not 2147483649$"),
    ],
)
def test_single_rounding_names_a_field_out_of_range(eff: float, bound: int, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        exact_single_rounding(eff, -128, 127, 0, bound)
