import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from racelet.golden.bitlet.number_format import NumberFormat, decode, encode, nearest, number_format, split

NAMES = ["fp16", "bf16", "fp32"]
WIDTHS = {"fp16": 16, "fp32": 32}


def every_code(name: str) -> np.ndarray:
    """All numbers of a 16-bit format, as float64."""
    codes = np.arange(1 << 16, dtype=np.uint32)
    if name == "fp16":
        return codes.astype(np.uint16).view(np.float16).astype(np.float64)
    with np.errstate(invalid="ignore"):
        return (codes << 16).view(np.float32).astype(np.float64)


@pytest.mark.parametrize("name", ["fp16", "bf16"])
def test_parts_of_every_number_make_it_again(name: str) -> None:
    values, form = every_code(name), number_format(name)
    parts = split(values, form)
    finite = ~(parts.infinite | parts.nan)
    made = np.where(parts.negative, -1.0, 1.0) * np.ldexp(parts.magnitude.astype(np.float64), parts.unit)
    np.testing.assert_array_equal(made[finite].view(np.uint64), values[finite].view(np.uint64))
    np.testing.assert_array_equal(parts.infinite, np.isinf(values))
    np.testing.assert_array_equal(parts.nan, np.isnan(values))
    assert (parts.unit[finite] >= form.least_unit).all()
    assert (parts.unit[finite] <= form.greatest_unit).all()
    hidden = parts.magnitude >> form.fraction_width
    np.testing.assert_array_equal(hidden[finite] == 0, np.abs(values[finite]) < np.ldexp(1.0, 1 - form.bias))


@pytest.mark.parametrize("name", ["fp16", "bf16"])
def test_every_number_is_the_nearest_to_itself(name: str) -> None:
    values = every_code(name)
    np.testing.assert_array_equal(nearest(values, number_format(name)), values)


@given(st.floats(allow_nan=False))
def test_nearest_is_that_of_numpy(value: float) -> None:
    for name, kind in (("fp16", np.float16), ("fp32", np.float32)):
        with np.errstate(over="ignore"):
            expected = float(kind(value))
        found = float(nearest(np.array(value), number_format(name)))
        assert (found, math.copysign(1, found)) == (expected, math.copysign(1, expected))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("int8", 128),
        ("int8", -129),
        ("int8", 0.5),
        ("int8", math.inf),
        ("fp16", 2049.5),
        ("fp16", 65536),
        ("fp32", 2**-150),
    ],
)
def test_a_number_that_the_format_does_not_have_is_refused(name: str, value: float) -> None:
    with pytest.raises(ValueError, match=f"^{name} has no {float(value)}$"):
        split(np.array([0.0, value]), number_format(name))


@pytest.mark.parametrize("name", ["int1", "int25", "fp8", "", "int8 "])
def test_a_format_that_there_is_not_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="a number format must be int2 to int24, fp16, bf16 or fp32, not"):
        number_format(name)


def test_the_least_integer_has_a_magnitude() -> None:
    form: NumberFormat = number_format("int4")
    assert split(np.array([-8, 7]), form).magnitude.tolist() == [8, 7]


@pytest.mark.parametrize("name", ["fp16", "bf16"])
def test_codes_of_every_number_are_those_of_numpy(name: str) -> None:
    codes, values, form = np.arange(1 << 16), every_code(name), number_format(name)
    numbers = ~np.isnan(values)
    np.testing.assert_array_equal(encode(values[numbers], form), codes[numbers])
    np.testing.assert_array_equal(decode(codes, form)[numbers].view(np.uint64), values[numbers].view(np.uint64))
    assert set(encode(values[~numbers], form).tolist()) == {form.quiet_nan}
    assert np.isnan(decode(codes, form)[~numbers]).all()


@given(st.integers(0, 2**32 - 1))
def test_codes_of_single_precision_are_those_of_numpy(code: int) -> None:
    form = number_format("fp32")
    with np.errstate(invalid="ignore"):
        value = np.array([code], np.uint32).view(np.float32).astype(np.float64)
    if np.isnan(value[0]):
        assert np.isnan(decode(np.array([code]), form)[0])
        assert encode(value, form).tolist() == [0x7FC00000]
    else:
        assert decode(np.array([code]), form).view(np.uint64) == value.view(np.uint64)
        assert encode(value, form).tolist() == [code]


@pytest.mark.parametrize("name", ["int2", "int8", "int24"])
def test_codes_of_integers_are_their_twos_complement(name: str) -> None:
    form = number_format(name)
    half = 1 << form.fraction_width
    values = np.array([-half, -1, 0, half - 1])
    assert encode(values, form).tolist() == [half, 2 * half - 1, 0, half - 1]
    assert decode(encode(values, form), form).tolist() == values.tolist()
