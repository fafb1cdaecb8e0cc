"""Against loops over every tap in Python integers. The comparison with LiteRT is in tests/nn."""

import itertools
from collections.abc import Iterator
from typing import Literal

import numpy as np
import pytest
from numpy.typing import NDArray

from racelet.golden.dwcpwc.operators import activation_range, conv2d, depthwise_conv2d, fully_connected
from racelet.golden.dwcpwc.padding import Padding, window_padding
from racelet.golden.dwcpwc.requantize import quantize_multiplier, requantize, requantize_real

Pair = tuple[int, int]
WINDOWS: list[tuple[Pair, Pair, Padding]] = [
    ((3, 3), (1, 1), "SAME"),
    ((3, 3), (2, 2), "SAME"),
    ((1, 1), (1, 1), "VALID"),
    ((2, 5), (1, 2), "SAME"),
    ((4, 2), (2, 1), "VALID"),
    ((7, 7), (1, 1), "SAME"),
]


def codes(seed: int, *shape: int) -> NDArray[np.int8]:
    return np.random.default_rng(seed).integers(-128, 128, shape).astype(np.int8)


def taps(
    x: NDArray[np.int8], kernel: Pair, stride: Pair, padding: Padding
) -> tuple[int, int, Iterator[tuple[int, ...]]]:
    """Rows and columns of the output, and for each of its pixels and taps the input's row and column."""
    rows, top, _ = window_padding(x.shape[0], kernel[0], stride[0], padding)
    columns, left, _ = window_padding(x.shape[1], kernel[1], stride[1], padding)

    def visit() -> Iterator[tuple[int, ...]]:
        for r, c, i, j in itertools.product(range(rows), range(columns), range(kernel[0]), range(kernel[1])):
            row, column = r * stride[0] + i - top, c * stride[1] + j - left
            if 0 <= row < x.shape[0] and 0 <= column < x.shape[1]:
                yield r, c, i, j, row, column

    return rows, columns, visit()


@pytest.mark.parametrize(("kernel", "stride", "padding"), WINDOWS)
def test_conv2d_equals_a_loop_over_taps(kernel: Pair, stride: Pair, padding: Padding) -> None:
    x, w = codes(1, 7, 6, 3), codes(2, 5, *kernel, 3)
    bias = np.random.default_rng(3).integers(-5000, 5000, 5).astype(np.int32)
    rows, columns, visits = taps(x, kernel, stride, padding)
    acc = np.zeros((rows, columns, 5), object) + bias.tolist()
    for r, c, i, j, row, column in visits:
        for o in range(5):
            acc[r, c, o] += sum((int(a) - 11) * int(b) for a, b in zip(x[row, column], w[o, i, j], strict=True))
    mult, shift = quantize_multiplier(np.linspace(0.0005, 0.003, 5))
    y = conv2d(
        x, w, bias, mult, shift, stride=stride, padding=padding, input_zero_point=11, output_zero_point=-9, low=-100
    )
    np.testing.assert_array_equal(y, requantize(acc.astype(np.int64), mult, shift, -9, -100, 127))


@pytest.mark.parametrize("multiplier", [1, 2, 3])
@pytest.mark.parametrize(("kernel", "stride", "padding"), WINDOWS)
def test_depthwise_equals_a_loop_over_taps(kernel: Pair, stride: Pair, padding: Padding, multiplier: int) -> None:
    x, w = codes(1, 7, 6, 3), codes(2, 1, *kernel, 3 * multiplier)
    bias = np.random.default_rng(3).integers(-5000, 5000, 3 * multiplier).astype(np.int32)
    rows, columns, visits = taps(x, kernel, stride, padding)
    acc = np.zeros((rows, columns, 3 * multiplier), object) + bias.tolist()
    for r, c, i, j, row, column in visits:
        for o in range(3 * multiplier):
            acc[r, c, o] += (int(x[row, column, o // multiplier]) + 128) * int(w[0, i, j, o])
    mult, shift = quantize_multiplier(np.linspace(0.001, 0.006, 3 * multiplier))
    y = depthwise_conv2d(x, w, bias, mult, shift, stride=stride, padding=padding, input_zero_point=-128, high=99)
    np.testing.assert_array_equal(y, requantize(acc.astype(np.int64), mult, shift, 0, -128, 99))


@pytest.mark.parametrize("length", [3, 1500])
@pytest.mark.parametrize("roundings", [1, 2])
def test_fully_connected_equals_python_sums(length: int, roundings: Literal[1, 2]) -> None:
    x, w = codes(1, length), codes(2, 6, length)
    w[0], w[1] = -128, 127
    bias = np.random.default_rng(3).integers(-5000, 5000, 6).astype(np.int32)
    acc = [sum((int(a) - 127) * int(b) for a, b in zip(x, row, strict=True)) for row in w]
    acc = np.array(acc) + bias
    eff = np.linspace(0.0001, 0.0005, 6)
    y = fully_connected(x, w, bias, eff, input_zero_point=127, output_zero_point=3, roundings=roundings)
    twice = requantize(acc, *quantize_multiplier(eff), 3, -128, 127)
    np.testing.assert_array_equal(y, requantize_real(acc, eff, 3, -128, 127) if roundings == 1 else twice)


def test_sums_beyond_float32_are_exact() -> None:
    """2,001 products of 128 * 127 pass 2**24, where float32 loses the last one."""
    x = np.full((1, 1, 2001), -128, np.int8)
    w = np.full((1, 1, 1, 2001), 127, np.int8)
    x[0, 0, -1], w[0, 0, 0, -1] = 1, 1
    bias = np.array([2000 * 128 * 127], np.int32)
    assert conv2d(x, w, bias, *quantize_multiplier(1.0)).item() == 1


def test_sums_wrap_to_int32() -> None:
    x, w = np.full((1, 1, 1), 100, np.int8), np.full((1, 1, 1, 1), 100, np.int8)
    bias = np.array([2**31 - 1], np.int32)
    mult, shift = quantize_multiplier(2.0**-25)
    assert conv2d(x, w, bias, mult, shift).item() == -64
    assert depthwise_conv2d(x, w, bias, mult, shift).item() == -64
    assert fully_connected(x[0, 0], w[0, 0], bias, 2.0**-25).item() == -64


def test_leading_axes_are_a_batch() -> None:
    x = codes(1, 2, 3, 5, 6, 4)
    w, d, b = codes(2, 7, 3, 3, 4), codes(3, 3, 3, 8), np.arange(8, dtype=np.int32)
    scale = quantize_multiplier(0.002)
    for operator, weights, bias in ((conv2d, w, b[:7]), (depthwise_conv2d, d, b)):
        y = operator(x, weights, bias, *scale, padding="SAME", input_zero_point=-5)
        for i, j in itertools.product(range(2), range(3)):
            one = operator(x[i, j], weights, bias, *scale, padding="SAME", input_zero_point=-5)
            np.testing.assert_array_equal(y[i, j], one)


@pytest.mark.parametrize(
    ("activation", "scale", "zero_point", "expected"),
    [
        ("NONE", 0.1, 5, (-128, 127)),
        ("RELU", 0.1, 5, (5, 127)),
        ("RELU", 0.1, -128, (-128, 127)),
        ("RELU6", 0.1, 5, (5, 65)),
        ("RELU6", 0.01, 5, (5, 127)),
        ("RELU6", 6 / 255, -128, (-128, 127)),
        ("RELU6", 4.0, -128, (-128, -126)),
    ],
)
def test_activation_range_is_that_of_the_activation(
    activation: Literal["NONE", "RELU", "RELU6"], scale: float, zero_point: int, expected: Pair
) -> None:
    assert activation_range(activation, scale, zero_point) == expected
