"""The linear layer: quick, and the same bits as the dot products of the array; bounds hold."""

import math

import numpy as np
import pytest
from numpy.random import Generator
from numpy.typing import NDArray

from racelet.golden.bitlet.array import products
from racelet.golden.bitlet.config import BitletConfig
from racelet.golden.bitlet.linear import (
    error_bound,
    forward,
    input_gradient,
    parameter_gradient,
    rounded_product,
    updated,
    with_ones,
)
from racelet.golden.bitlet.number_format import nearest, number_format

FORMATS = ("fp32", "bf16", "fp16")
CONFIG = BitletConfig(formats=FORMATS, window=8, lanes=24)


def numbers(rng: Generator, shape: tuple[int, int], form: str, spread: int) -> NDArray[np.float64]:
    """Some with few bits, so that sums meet ties; some zeros of both signs; exponents up to ``spread`` apart."""
    exponents = rng.integers(-spread, spread + 1, shape)
    few = rng.integers(-3, 4, shape).astype(np.float64)
    values = np.where(rng.random(shape) < 0.5, few, rng.normal(size=shape)) * 2.0**exponents
    values = np.where(rng.random(shape) < 0.1, np.copysign(0.0, values), values)
    return nearest(values, number_format(form))


def same(found: NDArray[np.float64], expected: NDArray[np.float64]) -> None:
    np.testing.assert_array_equal(found, expected)
    there = ~np.isnan(expected)
    np.testing.assert_array_equal(np.signbit(found)[there], np.signbit(expected)[there])


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("spread", [0, 3, 12, 70, 145])
def test_every_element_is_the_dot_product_of_the_array(form: str, spread: int) -> None:
    rng = np.random.default_rng(spread)
    spread = min(spread, 14) if form == "fp16" else spread
    for length in (1, 2, 9, 20):
        left, right = numbers(rng, (6, length), form, spread), numbers(rng, (length, 6), form, spread)
        expected = np.asarray(products(left, right, CONFIG, form), np.float64)
        same(rounded_product(left, right, number_format(form)), expected)


@pytest.mark.parametrize("form", FORMATS)
def test_a_sum_that_float64_makes_a_tie_is_rounded_once(form: str) -> None:
    number = number_format(form)
    half = 2.0**-number.magnitude_width
    tiny = 2.0 ** max(number.least_unit // 2, -60)
    for sign in (1.0, -1.0):
        for rest in (tiny, -tiny, 0.0):
            # 1 + half, or half a unit above an odd one, and what float64 drops.
            for odd in (0.0, 2 * half):
                left = np.array([[sign, sign * half, rest, sign * odd]])
                right = np.array([[1.0], [1.0], [tiny], [1.0]])
                found = rounded_product(left, right, number)
                same(found, np.asarray(products(left, right, CONFIG, form), np.float64))
                up = rest * sign > 0 or (rest == 0 and odd > 0)
                assert found[0, 0] == sign * (1 + odd + (2 * half if up else 0))


def test_specials_are_those_of_the_array() -> None:
    inf, nan, big = math.inf, math.nan, float(np.finfo(np.float32).max)
    values = [0.0, -0.0, 1.0, -1.0, inf, -inf, nan, big, -big, 2.0**-149]
    left = np.array([[a, b] for a in values for b in values])
    right = np.array([[a, b] for a in (1.0, -1.0, 0.0, inf, big) for b in (1.0, -1.0, 2.0**-149)]).T
    same(rounded_product(left, right, number_format("fp32")), np.asarray(products(left, right, CONFIG, "fp32"), float))


@pytest.mark.parametrize("form", ["fp32", "bf16"])
@pytest.mark.parametrize("spread", [0, 3, 12, 60])
def test_errors_against_float64_are_inside_the_bound_and_reach_it(form: str, spread: int) -> None:
    rng, number = np.random.default_rng(2), number_format(form)
    worst = 0.0
    for _ in range(20):
        left, right = numbers(rng, (8, 33), form, spread), numbers(rng, (33, 8), form, spread)
        error = np.abs(rounded_product(left, right, number) - left @ right)
        worst = max(worst, float((error / error_bound(left, right, number)).max()))
    assert 0.9 < worst <= 1


def test_a_bound_knows_that_a_result_may_be_subnormal_or_a_power_of_two() -> None:
    number = number_format("fp32")
    tiny = np.array([[2.0**-100, 2.0**-75]])
    assert error_bound(tiny, np.array([[2.0**-40], [2.0**-75]]), number)[0, 0] == pytest.approx(2.0**-150)
    # Just below 1 units are half as large as above.
    assert error_bound(np.array([[1.0]]), np.array([[1 - 2.0**-24]]), number)[0, 0] == pytest.approx(2.0**-25)
    assert error_bound(np.array([[1.0]]), np.array([[1.0]]), number)[0, 0] == pytest.approx(2.0**-24)


def test_gradients_are_those_of_the_layer() -> None:
    rng = np.random.default_rng(3)
    inputs, parameters, weight = rng.normal(size=(5, 4)), rng.normal(size=(5, 3)), rng.normal(size=(5, 3))

    def loss(inputs: NDArray[np.float64], parameters: NDArray[np.float64]) -> float:
        return float((weight * forward(inputs, parameters, np.matmul)).sum())

    np.testing.assert_allclose(
        forward(inputs, parameters, np.matmul), inputs @ parameters[:-1] + parameters[-1], rtol=1e-12
    )
    step = 1e-3
    by_inputs, by_parameters = np.zeros_like(inputs), np.zeros_like(parameters)
    for values, found in ((inputs, by_inputs), (parameters, by_parameters)):
        for place in np.ndindex(values.shape):
            before = values[place]
            ends = []
            for end in (before + step, before - step):
                values[place] = end
                ends.append(loss(inputs, parameters))
            values[place] = before
            found[place] = (ends[0] - ends[1]) / (2 * step)
    np.testing.assert_allclose(input_gradient(weight, parameters, np.matmul), by_inputs, atol=1e-9)
    np.testing.assert_allclose(parameter_gradient(inputs, weight, np.matmul), by_parameters, atol=1e-9)


def test_the_bias_takes_part_in_the_one_rounding() -> None:
    number = number_format("bf16")
    inputs, parameters = np.array([[1 + 2.0**-7]]), np.array([[1 + 2.0**-7], [2.0**-8]])
    found = forward(inputs, parameters, lambda left, right: rounded_product(left, right, number))
    # The product has 2 ** -14 more than a tie with the bias; rounded on its own it would lose that.
    assert found[0, 0] == 1 + 2.0**-6 + 2.0**-7
    assert with_ones(inputs).tolist() == [[1 + 2.0**-7, 1.0]]


def test_an_update_is_rounded_once_to_fp32() -> None:
    rng, number = np.random.default_rng(4), number_format("fp32")
    parameters, gradient = numbers(rng, (40, 40), "fp32", 40), numbers(rng, (40, 40), "fp32", 40)
    exact = rounded_product(
        np.column_stack([parameters.reshape(-1), gradient.reshape(-1)]), np.array([[1.0], [-0.25]]), number
    )
    np.testing.assert_array_equal(updated(parameters, gradient, 0.25).reshape(-1), exact[:, 0])
