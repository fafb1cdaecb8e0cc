"""Dot products against exact fractions, rounded by looking at the neighbours."""

import dataclasses
import math
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from racelet.golden.bitlet import BitletConfig, distill, dot, match_exponents, preprocess
from racelet.golden.bitlet.config import Digits
from racelet.golden.bitlet.number_format import NumberFormat, nearest, number_format

FLOATS = ("fp16", "bf16", "fp32")
CONFIG = BitletConfig(formats=FLOATS, window=8)


def exact(weights: NDArray[np.float64], activations: NDArray[np.float64]) -> Fraction:
    pairs = zip(weights.tolist(), activations.tolist(), strict=True)
    return sum((Fraction(w) * Fraction(a) for w, a in pairs), Fraction(0))


def step(value: float, form: NumberFormat, up: bool) -> float:
    """The next number of the format."""
    unit = max(math.frexp(value)[1] - form.magnitude_width, form.least_unit)
    further = value + math.ldexp(1 if up else -1, unit - 1)
    found = float(nearest(np.array(further), form))
    return found if found != value else float(nearest(np.array(value + math.ldexp(1 if up else -1, unit)), form))


def assert_nearest(found: float, wanted: Fraction, form: NumberFormat) -> None:
    largest = Fraction(math.ldexp(2**form.magnitude_width - 1, form.greatest_unit))
    half = Fraction(2) ** (form.greatest_unit - 1)
    if math.isinf(found):
        assert abs(wanted) >= largest + half
        assert (found > 0) == (wanted > 0)
        return
    assert abs(wanted) < largest + half
    distance = abs(Fraction(found) - wanted)
    for up in (False, True):
        other = step(found, form, up)
        if math.isinf(other):
            continue
        further = abs(Fraction(other) - wanted)
        assert distance <= further
        if distance == further:
            unit = max(math.frexp(found)[1] - form.magnitude_width, form.least_unit)
            assert int(Fraction(found) / Fraction(2) ** unit) % 2 == 0


@st.composite
def operands(draw: st.DrawFn) -> tuple[str, NDArray[np.float64], NDArray[np.float64]]:
    """Numbers of a format whose exponents lie near each other, or anywhere."""
    name = draw(st.sampled_from(FLOATS))
    form, size = number_format(name), draw(st.integers(1, 20))
    spread = draw(st.sampled_from([2, 12, 300]))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    shape = (2, size)
    values = np.ldexp(rng.standard_normal(shape), rng.integers(-spread, spread, shape) // 2)
    values[rng.random(shape) < draw(st.sampled_from([0, 0.3]))] = 0
    largest = np.ldexp(2.0**form.magnitude_width - 1, form.greatest_unit)
    return name, *np.clip(nearest(values, form), -largest, largest)


@given(operands())
@settings(max_examples=400)
def test_a_float_sum_is_the_exact_one_rounded_once(case: tuple[str, NDArray[np.float64], NDArray[np.float64]]) -> None:
    name, weights, activations = case
    assert_nearest(float(dot(weights, activations, CONFIG, name)), exact(weights, activations), number_format(name))


@given(operands(), st.integers(2, 40))
@settings(max_examples=300)
def test_a_truncated_sum_is_that_of_truncated_magnitudes(
    case: tuple[str, NDArray[np.float64], NDArray[np.float64]], width: int
) -> None:
    name, weights, activations = case
    form, config = number_format(name), dataclasses.replace(CONFIG, width=width)
    total = Fraction(0)
    for first in range(0, len(weights), CONFIG.window):
        pairs = [
            (Fraction(w), Fraction(a))
            for w, a in zip(weights[first:][:8].tolist(), activations[first:][:8].tolist(), strict=True)
            if w and a
        ]
        exponents = [sum(_exponent(each, form) for each in pair) for pair in pairs]
        for w, a in pairs:
            # The last column that is kept, seen from this weight; the first is the largest exponent's hidden bit.
            unit = Fraction(2) ** (max(exponents) - width + 1 - _exponent(a, form))
            total += int(w / unit) * unit * a
    assert_nearest(float(dot(weights, activations, config, name)), total, form)


def _exponent(value: Fraction, form: NumberFormat) -> int:
    return max(math.frexp(float(value))[1] - 1, 1 - form.bias)


@given(st.integers(2, 24), st.integers(1, 90), st.sampled_from(["sign_magnitude", "csd4"]), st.integers(0, 2**32 - 1))
def test_an_integer_sum_is_exact(width: int, size: int, digits: Digits, seed: int) -> None:
    config = BitletConfig(formats=(f"int{width}",), digits=digits, window=16, lanes=24)
    rng = np.random.default_rng(seed)
    weights, activations = rng.integers(-(1 << (width - 1)), 1 << (width - 1), (2, size))
    if seed % 3 == 0:
        weights[:] = -(1 << (width - 1))
    assert dot(weights, activations, config) == int(weights.astype(object) @ activations.astype(object))


def test_integer_bounds() -> None:
    config = BitletConfig(formats=("int24",), window=128, lanes=24)
    least = [-(1 << 23)] * 4096
    assert dot(least, least, config) == 4096 << 46


SPECIALS = [0.0, -0.0, 1.0, -2.0, math.inf, -math.inf, math.nan]


@pytest.mark.parametrize("name", FLOATS)
def test_specials_are_those_of_ieee(name: str) -> None:
    for first in SPECIALS:
        for second in SPECIALS:
            for third in SPECIALS:
                found = float(dot([first, second], [third, 1.0], CONFIG, name))
                expected = first * third + second * 1.0
                assert (found == expected and math.copysign(1, found) == math.copysign(1, expected)) or (
                    math.isnan(found) and math.isnan(expected)
                )


@pytest.mark.parametrize(
    ("name", "weights", "activations", "expected"),
    [
        ("fp32", [2.0**30, 1.0, -(2.0**30)], [1.0, 1.0, 1.0], 1.0),
        ("fp32", [2.0**127, 2.0**-149, -(2.0**127)], [1.0, 1.0, 1.0], 2.0**-149),
        ("fp32", [2.0**127, 2.0**-149, -(2.0**127)], [2.0, 2.0**-10, 2.0], 0.0),
        ("fp32", [2.0**127, 2.0**127, -(2.0**127)], [1.0, 1.0, 1.0], 2.0**127),
        ("fp16", [60000.0, 60000.0], [1.0, 1.0], math.inf),
        ("fp16", [2.0**-24] * 3, [0.5] * 3, 2.0**-23),
        ("fp16", [2.0**-24], [0.5], 0.0),
        ("bf16", [-(2.0**-133)], [0.5], -0.0),
        ("fp16", [1.0, -1.0], [3.0, 3.0], 0.0),
    ],
)
def test_sums_that_hardware_gets_wrong(
    name: str, weights: list[float], activations: list[float], expected: float
) -> None:
    """Cancellation, subnormal numbers, overflow in between and at the end, a tie, zeros."""
    found = float(dot(weights, activations, CONFIG, name))
    assert (found, math.copysign(1, found)) == (expected, math.copysign(1, expected))


def test_the_worked_example() -> None:
    """Lu et al., figure 4, with the numbers of this project's specification."""
    form = number_format("fp32")
    weights, activations = np.array([12.625, 3.28125, -17, 6.5, -32.25, 82.25]), np.array([3.0, -5, 7, 2, -1, 4])
    terms = preprocess(weights, activations, form, number_format("int8"))
    assert terms.activation.tolist() == [3, -5, -7, 2, 1, 4]
    columns = match_exponents(terms, form.magnitude_width)
    rows = ["".join(map(str, row)) for row in columns.digits.T.tolist()]
    assert rows == ["000110010100", "000001101001", "001000100000", "000011010000", "010000001000", "101001001000"]
    assert columns.counts.tolist() == [1, 1, 2, 1, 2, 3, 2, 2, 3, 1, 0, 1]
    steps = distill(columns, terms.activation)
    assert [total * 2.0**steps.unit for total in steps.sums] == [197.46875, 70.25, 9.0]
    assert steps.total * 2.0**steps.unit == 276.71875
    cut = match_exponents(terms, form.magnitude_width, 9)
    assert distill(cut, terms.activation).total * 2.0**cut.unit == 276.5


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"window": 48}, "BitletConfig.window must be one of 4, 8, 16, 32, 64, 128, not 48"),
        ({"lanes": 1}, "BitletConfig.lanes must be in 2..64, not 1"),
        ({"width": 24}, 'BitletConfig.width must be "exact" where formats has integers only'),
        ({"formats": ("fp16",), "width": 65}, "BitletConfig.width must be in 2..64, not 65"),
        ({"formats": ("fp16",), "digits": "csd4"}, 'must be "sign_magnitude" where formats has fp16'),
        ({"formats": ()}, "BitletConfig.formats must name at least one format, each once"),
        ({"formats": ("int8", "int8")}, "BitletConfig.formats must name at least one format, each once"),
        ({"formats": ("int1",)}, "BitletConfig.formats: a number format must be int2 to int24"),
        ({"formats": ("int8", "int12"), "lanes": 10}, "BitletConfig.lanes must be in 12..64 where formats has int12"),
        ({"digits": "booth"}, "BitletConfig.digits must be one of sign_magnitude, csd4, not booth"),
        ({"lookahead": 2}, "BitletConfig.lookahead must be one of 0, 1, not 2"),
        ({"load": 128}, r"BitletConfig.load must be one of 1, 2, 4, 8, 16, 32, 64 \(window=64\), not 128"),
        ({"terms": 0}, "BitletConfig.terms must be in 1..65536, not 0"),
        ({"rows": 17}, "BitletConfig.rows must be in 1..16, not 17"),
    ],
)
def test_what_makes_no_sense_is_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        BitletConfig(**changes)


@pytest.mark.parametrize(("name", "value"), [("window", "64"), ("steal", 1), ("formats", "int8"), ("lanes", True)])
def test_a_field_of_the_wrong_kind_is_refused(name: str, value: Any) -> None:
    with pytest.raises(TypeError, match=f"BitletConfig.{name} must be"):
        BitletConfig(**{name: value})
