"""Against Python integers and fractions. The comparison with LiteRT is in tests/nn."""

import math
from fractions import Fraction

import numpy as np
import pytest

from racelet.golden.dwcpwc.addition import LEFT_SHIFT, add, addition_parameters

HALF = Fraction(1, 2)


def half_up(value: Fraction) -> int:
    return math.floor(value + HALF)


def half_away(value: Fraction) -> int:
    return int(math.copysign(1, value)) * math.floor(abs(value) + HALF)


def twice(value: int, mult: int, shift: int) -> int:
    return half_away(Fraction(half_up(Fraction(value * mult, 2**31)), 2**-shift))


@pytest.mark.parametrize("seed", range(6))
def test_sums_round_twice_three_times(seed: int) -> None:
    rng = np.random.default_rng(seed)
    scales = [float(np.float32(scale)) for scale in np.exp(rng.uniform(-5, 0, 3))]
    parameters = addition_parameters((scales[0], scales[1]), scales[2])
    a, b = rng.integers(-128, 128, (2, 2000)).astype(np.int8)
    y = add(a, b, parameters, input_zero_points=(-128, 17), output_zero_point=-5, low=-120, high=100)
    for first, second, code in zip(a.tolist(), b.tolist(), y.tolist(), strict=True):
        moved = ((first + 128) << LEFT_SHIFT, (second - 17) << LEFT_SHIFT)
        scaled = map(twice, moved, parameters.input_mults, parameters.input_shifts)
        total = twice(sum(scaled), parameters.output_mult, parameters.output_shift) - 5
        assert code == max(-120, min(100, total))


@pytest.mark.parametrize("scales", [(0.1, 0.03), (0.03, 0.1), (0.1, 0.1)])
def test_the_input_with_the_larger_scale_is_halved(scales: tuple[float, float]) -> None:
    parameters = addition_parameters(scales, 0.07)
    larger = scales.index(max(scales))
    assert (parameters.input_mults[larger], parameters.input_shifts[larger]) == (1 << 30, 0)


def test_sums_saturate_at_both_ends() -> None:
    a = np.array([-128, 127], np.int8)
    assert add(a, a, addition_parameters((1.0, 1.0), 0.001)).tolist() == [-128, 127]


def test_a_vanishing_input_adds_nothing() -> None:
    a, b = np.array([5, -5], np.int8), np.array([127, -128], np.int8)
    parameters = addition_parameters((1.0, 1e-12), 1.0)
    assert parameters.input_mults[1] == 0
    assert add(a, b, parameters).tolist() == [5, -5]


def test_scales_too_far_apart_are_named() -> None:
    assert addition_parameters((2.0**18, 1.0), 1.0).output_shift == 0
    with pytest.raises(
        ValueError, match=r"^the larger input scale must be below 2\*\*19 output scales, not 524288\.0 to 1\.0$"
    ):
        addition_parameters((1.0, 2.0**19), 1.0)
