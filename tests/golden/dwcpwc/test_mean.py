"""Against Python integers and fractions. The comparison with LiteRT is in tests/nn."""

import math
from fractions import Fraction

import numpy as np
import pytest

from racelet.golden.dwcpwc.mean import MeanParameters, mean, mean_parameters
from racelet.golden.dwcpwc.requantize import quantize_multiplier

HALF = Fraction(1, 2)


@pytest.mark.parametrize("size", [(1, 1), (3, 3), (4, 8), (7, 5), (1, 100)])
def test_means_are_rounded_sums(size: tuple[int, int]) -> None:
    """Each code is at most one off the rounded real mean, which two roundings can miss."""
    rng = np.random.default_rng(1)
    x = np.clip(rng.normal(rng.uniform(-128, 128, 400), 20, (*size, 400)).round(), -128, 127).astype(np.int8)
    y = mean(x, mean_parameters(0.05, 0.04, -7, size[0] * size[1]), output_zero_point=9)
    real = (x.astype(float).mean(axis=(0, 1)) + 7) * 0.05 / 0.04 + 9
    exact = np.clip(np.floor(real + 0.5), -128, 127)
    assert np.abs(y - exact).max() <= 1
    assert (y == exact).mean() > 0.9


@pytest.mark.parametrize("count", [1, 2, 3, 49, 64, 1000])
@pytest.mark.parametrize("ratio", [2.0**-40, 2.0**-30, 0.3, 1.0, 7.0, 2.0**12])
def test_the_multiplier_is_divided_by_the_count(count: int, ratio: float) -> None:
    parameters = mean_parameters(ratio, 1.0, -128, count)
    mult, shift = (int(part) for part in quantize_multiplier(ratio))
    assert parameters.bias == 128 * count
    if mult == 0:
        assert parameters.mult == 0
        return
    assert parameters.mult.bit_length() >= 30 or parameters.shift == -31
    assert parameters.shift >= -31
    unit = Fraction(2) ** (parameters.shift - 31)
    assert 0 <= mult * Fraction(2) ** (shift - 31) / count - parameters.mult * unit < unit


def test_the_sum_is_rounded_half_up_and_then_half_away() -> None:
    x = np.array([[[3, -3, 5, -5, 1, -1]]], np.int8)
    assert mean(x, MeanParameters(bias=0, mult=1 << 30, shift=-1)).tolist() == [1, -1, 2, -1, 1, 0]
    expected = []
    for code in x.ravel().tolist():
        once = math.floor(Fraction(code, 2) + HALF)
        expected.append(int(math.copysign(1, once)) * math.floor(abs(Fraction(once, 2)) + HALF))
    assert expected == [1, -1, 2, -1, 1, 0]


def test_leading_axes_are_a_batch_and_dimensions_can_be_kept() -> None:
    x = np.random.default_rng(1).integers(-128, 128, (2, 3, 4, 5, 6)).astype(np.int8)
    parameters = mean_parameters(0.05, 0.04, 3, 20)
    y = mean(x, parameters, output_zero_point=-1)
    assert y.shape == (2, 3, 6)
    np.testing.assert_array_equal(y[1, 2], mean(x[1, 2], parameters, output_zero_point=-1))
    np.testing.assert_array_equal(
        y[:, :, np.newaxis, np.newaxis], mean(x, parameters, output_zero_point=-1, keep_dims=True)
    )


def test_the_bias_wraps_to_int32() -> None:
    assert mean_parameters(1.0, 1.0, -128, 1 << 24).bias == -(1 << 31)
