import itertools
from fractions import Fraction

import numpy as np
import pytest

from racelet.golden.dwcpwc.padding import Padding, window_padding
from racelet.golden.dwcpwc.pooling import average_pool_2d, max_pool_2d


def half_away(value: Fraction) -> int:
    magnitude = int(abs(value) + Fraction(1, 2))
    return magnitude if value > 0 else -magnitude


@pytest.mark.parametrize("padding", ["SAME", "VALID"])
@pytest.mark.parametrize("stride", [(1, 1), (2, 2), (3, 1)])
@pytest.mark.parametrize("kernel", [(1, 1), (2, 2), (3, 3), (2, 5), (5, 6)])
def test_means_count_only_taps_inside(kernel: tuple[int, int], stride: tuple[int, int], padding: Padding) -> None:
    x = np.random.default_rng(1).integers(-128, 128, (5, 6, 3)).astype(np.int8)
    rows, top, _ = window_padding(5, kernel[0], stride[0], padding)
    columns, left, _ = window_padding(6, kernel[1], stride[1], padding)
    y = average_pool_2d(x, kernel, stride, padding, low=-90, high=80)
    assert y.shape == (rows, columns, 3)
    for r, c, channel in itertools.product(range(rows), range(columns), range(3)):
        top_row, left_column = r * stride[0] - top, c * stride[1] - left
        inside = x[
            max(top_row, 0) : top_row + kernel[0], max(left_column, 0) : left_column + kernel[1], channel
        ].ravel()
        mean = half_away(Fraction(int(inside.sum(dtype=np.int64)), inside.size))
        assert y[r, c, channel] == max(-90, min(80, mean))


def test_ties_round_away_from_zero() -> None:
    x = np.array([[[1, -1, 3, -3], [0, 0, 0, 0]]], np.int8)
    assert average_pool_2d(x, (1, 2), (1, 2)).ravel().tolist() == [1, -1, 2, -2]


@pytest.mark.parametrize("padding", ["SAME", "VALID"])
@pytest.mark.parametrize("stride", [(1, 1), (2, 2), (3, 1)])
@pytest.mark.parametrize("kernel", [(1, 1), (2, 2), (3, 3), (2, 5), (5, 6)])
def test_maxima_look_at_taps_inside_only(kernel: tuple[int, int], stride: tuple[int, int], padding: Padding) -> None:
    x = np.random.default_rng(1).integers(-128, -60, (2, 5, 6, 3)).astype(np.int8)
    rows, top, _ = window_padding(5, kernel[0], stride[0], padding)
    columns, left, _ = window_padding(6, kernel[1], stride[1], padding)
    y = max_pool_2d(x, kernel, stride, padding, low=-115, high=-70)
    assert y.shape == (2, rows, columns, 3)
    for b, r, c, channel in itertools.product(range(2), range(rows), range(columns), range(3)):
        top_row, left_column = r * stride[0] - top, c * stride[1] - left
        inside = x[b, max(top_row, 0) : top_row + kernel[0], max(left_column, 0) : left_column + kernel[1], channel]
        assert y[b, r, c, channel] == max(-115, min(-70, int(inside.max())))
