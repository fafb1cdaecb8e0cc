"""Read margin: the specification's table, the closed form, and columns that were tried."""

import dataclasses

import numpy as np
import pytest

from racelet.golden.adc.macro import bit_line, closed_form, lognormal, mean_sum, misread, sampled_currents
from racelet.golden.adc.macro_config import MacroConfig

ROWS = 32
ONES = (1, 4, 8, 16, 24, 31)
SPECIFIED = {0.05: (3.8, 4.8, 6.2, 8.9, 11.3, 13.9), 0.10: (5.3, 11.3, 18.0, 28.8, 36.7, 41.9)}
"""Misread percent of a macro of 32 rows."""
COUNT = 200_000


@pytest.mark.parametrize("spread", SPECIFIED)
def test_columns_are_misread_as_often_as_specified(spread: float) -> None:
    config = MacroConfig(low_spread=spread)
    found = 100 * misread(ROWS, COUNT, config, 3)
    expected = 100 * closed_form(np.arange(ROWS + 1), ROWS, config)
    # The specification's own figures were tried, too, with an error of theirs.
    assert np.abs(found[list(ONES)] - SPECIFIED[spread]).max() < 0.7
    assert np.abs(expected[list(ONES)] - SPECIFIED[spread]).max() < 0.5
    assert np.abs(found - expected).max() < 0.5


@pytest.mark.parametrize(
    "changes",
    [
        {"relative_noise": 0.02},
        {"ir_drop": 0.005},
        {"ir_drop": 0.01, "relative_noise": 0.01, "sense_noise": 0.1},
        {"on_off_ratio": 1e9, "high_spread": 0.0},
        {"on_off_ratio": 4.0, "high_spread": 0.1},
    ],
)
def test_the_closed_form_is_that_of_other_macros_too(changes: dict[str, float]) -> None:
    config = dataclasses.replace(MacroConfig(), **changes)
    found = 100 * misread(ROWS, COUNT, config, 4)
    assert np.abs(found - 100 * closed_form(np.arange(ROWS + 1), ROWS, config)).max() < 0.5


def test_nothing_is_misread_where_nothing_varies() -> None:
    config = MacroConfig(low_spread=0, high_spread=0, sense_noise=0)
    assert not misread(ROWS, 10, config, 1).any()
    assert not closed_form(np.arange(ROWS + 1), ROWS, config).any()


def test_cells_have_the_mean_and_the_spread_that_are_asked_for() -> None:
    for mean, spread in ((1.0, 0.05), (1 / 17, 0.5), (1 / 17, 2.0)):
        cells = lognormal(np.random.default_rng(5), mean, spread, (2_000_000,))
        assert cells.min() > 0
        assert cells.mean() == pytest.approx(mean, rel=0.01)
        assert cells.std() / mean == pytest.approx(spread, rel=0.05)
        # The logarithm of a lognormal number is symmetric.
        assert np.log(cells).mean() == pytest.approx(np.median(np.log(cells)), abs=0.01)


def test_currents_of_a_mac_value_have_its_mean_and_spread() -> None:
    config = MacroConfig(low_spread=0.1)
    found = sampled_currents(ROWS, 50_000, config, np.random.default_rng(6))
    for ones in (0, 7, 32):
        variance = ones * 0.1**2 + (ROWS - ones) * (0.5 / 17) ** 2 + 0.15**2
        assert found[:, ones].mean() == pytest.approx(float(mean_sum(ones, ROWS, config)), abs=0.01)
        assert found[:, ones].std() == pytest.approx(variance**0.5, rel=0.03)


def test_a_bit_line_has_less_than_its_sum_and_still_more_for_more() -> None:
    currents = bit_line(np.arange(33.0), MacroConfig(ir_drop=0.05))
    assert np.all(np.diff(currents) > 0)
    assert currents[32] == pytest.approx(32 / 2.6)


def test_a_seed_gives_the_same_columns_again() -> None:
    config = MacroConfig()
    np.testing.assert_array_equal(misread(8, 15_000, config, 9), misread(8, 15_000, config, 9))
    assert not np.array_equal(misread(8, 15_000, config, 9), misread(8, 15_000, config, 10))
