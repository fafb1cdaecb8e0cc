"""Slices that are added, and sums that become activations."""

import itertools
from fractions import Fraction
from math import floor

import numpy as np
import pytest

from racelet.golden.adc.config import AdcConfig
from racelet.golden.adc.requantizer import by_multiplier, by_thresholds, fold, scale
from racelet.golden.adc.slice_accumulator import accumulate, is_negative


@pytest.mark.parametrize("signed", [False, True])
def test_slices_are_added_and_kept_in_range(signed: bool) -> None:
    config = AdcConfig(bits=3, signed=signed, accumulator_bits=8)
    sums = np.arange(-128, 128)
    for code, shift, negative in itertools.product(range(8), range(6), (False, True)):
        found, beyond = accumulate(sums, np.full(256, code), shift, negative, config)
        exact = sums + (-1 if negative else 1) * (code - 4 * signed) * 2**shift
        np.testing.assert_array_equal(found, np.clip(exact, -128, 127))
        np.testing.assert_array_equal(beyond, (exact < -128) | (exact > 127))


@pytest.mark.parametrize("signed", [False, True])
@pytest.mark.parametrize("signed_inputs", [False, True])
def test_signs_are_those_of_numbers_in_twos_complement(signed: bool, signed_inputs: bool) -> None:
    config = AdcConfig(signed=signed, signed_inputs=signed_inputs, input_bits=3, weight_bits=3)
    for activation, weight in itertools.product(config.activations, config.weights):
        # Where codes are signed, slices are of a magnitude whose sign is in the code.
        sign, held = (-1 if weight < 0 else 1, abs(weight)) if signed else (1, weight)
        total = 0
        for i, j in itertools.product(range(3), range(3)):
            term = (activation >> i & 1) * (held >> j & 1) * sign << i + j
            total += -term if is_negative(i, j, config) else term
        assert total == activation * weight


def exact_output(value: int, slope: float, offset: float, step: float, most: int) -> int:
    level = (Fraction(slope) * value + Fraction(offset)) / Fraction(step) + Fraction(1, 2)
    return min(max(floor(level), 0), most)


@pytest.mark.parametrize("bits", [1, 2, 4, 8])
def test_folded_thresholds_are_the_exact_batch_norm_for_every_sum(bits: int) -> None:
    config = AdcConfig(accumulator_bits=8, output_bits=bits)
    rng = np.random.default_rng(bits)
    slopes = np.concatenate([rng.normal(0, 0.2, 40), [0.0, 0.0, 0.0, 0.5, -0.5, 1e-9, -1e9]])
    offsets = np.concatenate([rng.normal(0, 5, 40), [-1.0, 0.75, 99.0, 0.25, 0.25, 0.4, 0.0]])
    folded = fold(slopes, offsets, 0.5, config)
    assert folded.thresholds.min() >= -(1 << config.threshold_bits - 1)
    assert folded.thresholds.max() < 1 << config.threshold_bits - 1
    assert np.all(np.diff(folded.thresholds, axis=1) >= 0)
    sums = np.arange(-128, 128)
    found = by_thresholds(np.tile(sums[:, np.newaxis], len(slopes)), folded)
    for channel, (slope, offset) in enumerate(zip(slopes.tolist(), offsets.tolist(), strict=True)):
        expected = [exact_output(value, slope, offset, 0.5, config.output_thresholds) for value in sums.tolist()]
        assert found[:, channel].tolist() == expected


def test_a_multiplier_is_nearly_the_exact_batch_norm() -> None:
    config = AdcConfig(accumulator_bits=12, output_bits=8, multiplier_bits=12)
    rng = np.random.default_rng(4)
    slopes, offsets = rng.normal(0, 0.1, 30), rng.normal(50, 20, 30)
    scales = scale(slopes, offsets, 1.0, config)
    assert np.abs(scales.factors).max() in range(1 << 10, 1 << 11)
    sums = np.tile(np.arange(-2048, 2048)[:, np.newaxis], 30)
    found = by_multiplier(sums, scales, config)
    real = np.clip(np.floor(sums * slopes + offsets + 0.5), 0, 255)
    assert np.abs(found - real).max() <= 1
    assert np.mean(found != real) < 0.06


def test_a_multiplier_rounds_half_up_and_keeps_within_range() -> None:
    config = AdcConfig(output_bits=2, multiplier_bits=8)
    scales = scale([0.5], [0.0], 1.0, config)
    assert by_multiplier(np.arange(-3, 9)[:, np.newaxis], scales, config)[:, 0].tolist() == [
        *(0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 3, 3)
    ]


@pytest.mark.parametrize(
    ("slopes", "offsets", "step", "message"),
    [
        ([1.0], [0.0], 0.0, r"step must be above zero, not 0\.0"),
        ([float("inf")], [0.0], 1.0, "slopes and offsets must be finite"),
        ([1.0], [float("nan")], 1.0, "slopes and offsets must be finite"),
    ],
)
def test_what_cannot_be_folded_is_named(slopes: list[float], offsets: list[float], step: float, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        fold(slopes, offsets, step, AdcConfig())


def test_a_scale_that_does_not_fit_is_named() -> None:
    with pytest.raises(ValueError, match=r"slopes and offsets must be below 64 and 1073741824 steps .* not 99 and 0"):
        scale([99.0], [0.0], 1.0, AdcConfig(multiplier_bits=8))
