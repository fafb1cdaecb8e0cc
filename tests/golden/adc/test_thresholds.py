"""Deployed quantizer: against rounding in fractions, with ties."""

from fractions import Fraction
from math import floor

import numpy as np
import pytest

from racelet.golden.adc.config import AdcConfig
from racelet.golden.adc.thresholds import (
    clamped,
    dac_codes,
    dac_currents,
    integer_thresholds,
    monotonic,
    quantize_integers,
)


@pytest.mark.parametrize("bits", [2, 3, 5, 8])
@pytest.mark.parametrize("signed", [False, True])
@pytest.mark.parametrize(("alpha", "beta"), [(1.0, 0.0), (2.0, 0.0), (2.0, 1.0), (0.3, 0.0), (7.25, -3.5), (6.0, 0.1)])
def test_codes_are_those_of_rounding_in_fractions(bits: int, signed: bool, alpha: float, beta: float) -> None:
    config = AdcConfig(bits=bits, signed=signed)
    values = range(-700, 700)
    found = quantize_integers(list(values), integer_thresholds(alpha, beta, config)) + config.lowest
    for value, level in zip(values, found.tolist(), strict=True):
        nearest = floor((Fraction(value) - Fraction(beta)) / Fraction(alpha) + Fraction(1, 2))
        assert level == min(max(nearest, config.lowest), config.lowest + config.levels - 1)


def test_a_value_on_a_threshold_is_above_it() -> None:
    table = integer_thresholds(2.0, 0.0, AdcConfig())
    assert table[16] == 1
    np.testing.assert_array_equal(quantize_integers(table, table), np.arange(1, 32))
    np.testing.assert_array_equal(quantize_integers(table - 1, table), np.arange(31))


def test_an_alpha_that_is_not_above_zero_is_named() -> None:
    for alpha in (0.0, -1.0, float("nan")):
        with pytest.raises(ValueError, match="alpha must be above zero"):
            integer_thresholds(alpha, 0.0, AdcConfig())


@pytest.mark.parametrize("signed", [False, True])
def test_dac_codes_are_within_half_a_code_of_thresholds(signed: bool) -> None:
    config = AdcConfig(signed=signed)
    for alpha in (0.25, 0.9, 1.0):
        codes, is_clamped = dac_codes(alpha, 0.1, 60, config)
        exact = 60 * (alpha * (np.arange(1, 32) + config.lowest - 0.5) + 0.1)
        assert not is_clamped
        assert np.abs(dac_currents(codes, config) - exact).max() <= 4
        assert monotonic(codes)


def test_codes_beyond_the_dac_are_the_last_ones_and_told() -> None:
    codes, is_clamped = dac_codes(3.0, 0.0, 60, AdcConfig())
    assert is_clamped
    assert (codes.min(), codes.max()) == (0, 255)
    assert clamped(np.array([0, 255]), AdcConfig())[1] is False


def test_thresholds_of_two_levels_can_be_the_same_code() -> None:
    codes, _ = dac_codes(0.05, 0.0, 60, AdcConfig())
    assert monotonic(codes)
    assert np.any(np.diff(codes) == 0)
    assert not monotonic([4, 5, 4])
