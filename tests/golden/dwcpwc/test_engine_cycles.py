"""What beats cost, against the schedule of bit distillation and against digits of another origin."""

import dataclasses
from typing import get_args

import numpy as np
import pytest

from racelet.golden.bitlet.config import BitletConfig
from racelet.golden.bitlet.lane import schedule
from racelet.golden.dwcpwc.config import PRESETS, DwcPwcConfig, Engine
from racelet.golden.dwcpwc.engine_cycles import row_cycles, set_cycles, typical_cycles
from racelet.golden.dwcpwc.weight_encoder import digit_columns, weight_digits


def test_digits_add_up_to_the_weight_and_no_two_neighbours_are_set() -> None:
    every = np.arange(-128, 128).astype(np.int8)
    digits = weight_digits(every).astype(int)
    np.testing.assert_array_equal(sum(digits[place] * 4**place for place in range(4)), every)
    bits = np.stack([part for digit in digits for part in (abs(digit) == 1, abs(digit) == 2)])
    assert not (bits[1:] & bits[:-1]).any()
    assert not (bits[::2] & bits[1::2]).any()


def test_a_column_tells_of_each_weight_which_digit_it_has() -> None:
    row = np.array([85, -86, 127, 0, -128, 1, 2, -3], np.int8)
    for place, column in enumerate(digit_columns(row)):
        digits = weight_digits(row)[place]
        for lane, digit in enumerate(digits.tolist()):
            there, negative, double = (word >> lane & 1 for word in (column.digits, column.negative, column.double))
            assert digit == there * (1 - 2 * negative) * (1 + double)
        assert column.count == np.count_nonzero(digits)


@pytest.mark.parametrize("window", [4, 8, 32])
def test_a_row_takes_as_long_as_the_schedule_of_one_window_says(window: int) -> None:
    rng = np.random.default_rng(window)
    config = BitletConfig(window=window, load=window, lanes=4, digits="csd4", lookahead=0, steal=True)
    for _ in range(100):
        there = rng.random((4, window)) < rng.choice([0.05, 0.5, 1.0], (4, 1))
        whole = schedule([[np.flatnonzero(column).tolist() for column in there]], config)
        busy = sum(any(choice is not None for choice in choices) for choices in whole.choices)
        assert row_cycles(there.sum(axis=1)) == max(busy, 1)


def test_a_beat_takes_as_long_as_its_slowest_row_and_no_longer_than_it_has_weights() -> None:
    rng = np.random.default_rng(1)
    config = DwcPwcConfig(engine="bitlet")
    sets = rng.integers(-128, 128, (3, 5, 8, 8)).astype(np.int8)
    rows = row_cycles(np.count_nonzero(weight_digits(sets), axis=-1))
    cycles = set_cycles(sets, config)
    np.testing.assert_array_equal(cycles, rows.max(axis=2))
    assert cycles.max() <= config.input_lanes
    # 85 has a digit in every column.
    assert set_cycles(np.full((1, 1, 8, 8), 85, np.int8), config).tolist() == [[8]]


@pytest.mark.parametrize("engine", get_args(Engine))
@pytest.mark.parametrize("preset", PRESETS)
def test_typical_weights_are_normally_distributed(preset: str, engine: Engine) -> None:
    config = dataclasses.replace(PRESETS[preset], engine=engine)
    drawn = np.random.default_rng(1).normal(0, 127 / 4, (1, 500, config.output_lanes, config.input_lanes))
    cycles = set_cycles(np.clip(np.rint(drawn), -128, 127).astype(np.int8), config)
    assert abs(cycles.mean() - typical_cycles(config)) < 0.1 * typical_cycles(config)
