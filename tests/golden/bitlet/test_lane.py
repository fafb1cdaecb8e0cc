"""The schedule takes every digit once, keeps its rules, and comes near to what the schemes can reach."""

import dataclasses
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from racelet.golden.bitlet.config import BitletConfig, Digits
from racelet.golden.bitlet.digits import DIGIT_SETS
from racelet.golden.bitlet.lane import Schedule, schedule

CONFIG = BitletConfig(formats=("int4",), window=8, load=2, lanes=4)
Windows = list[list[list[int]]]


@st.composite
def streams(draw: st.DrawFn) -> Windows:
    """Windows of four lanes, some of them empty."""
    numbers = st.lists(st.integers(0, 7), unique=True).map(sorted)
    return draw(st.lists(st.lists(numbers, min_size=4, max_size=4), min_size=1, max_size=6))


def assert_lawful(windows: Windows, found: Schedule, config: BitletConfig, ring: int) -> None:
    taken = Counter(choice for row in found.choices for choice in row if choice is not None)
    digits = Counter(
        (window, column, number)
        for window, columns in enumerate(windows)
        for column, numbers in enumerate(columns)
        for number in numbers
    )
    assert taken == digits
    window_of = [-1] * len(windows[0])
    for cycle, row in enumerate(found.choices):
        columns = Counter(choice.column for choice in row if choice is not None)
        assert max(columns.values(), default=0) <= 1 + config.steal
        for lane, choice in enumerate(row):
            if choice is None:
                continue
            distance = (choice.column - lane) % ring
            assert choice.column // ring == lane // ring
            assert distance == 0 or (config.steal and distance in (1, ring - 1))
            assert max(found.loaded[choice.window]) < cycle <= found.ended[choice.window]
            assert choice.window >= window_of[choice.column]
            window_of[choice.column] = choice.window
            # Nobody works on a window before all lanes have ended the one before the last.
            assert all(end < cycle for end in found.ended[: max(choice.window - config.lookahead, 0)])
    assert list(found.ended) == sorted(found.ended)


@given(streams(), st.booleans(), st.integers(0, 1), st.sampled_from([2, 4]))
def test_every_digit_is_taken_once_and_by_the_rules(windows: Windows, steal: bool, lookahead: int, ring: int) -> None:
    config = dataclasses.replace(CONFIG, steal=steal, lookahead=lookahead)
    assert_lawful(windows, schedule(windows, config, ring), config, ring)


@given(streams())
def test_without_help_a_window_takes_as_long_as_its_densest_column(windows: Windows) -> None:
    found = schedule(windows, dataclasses.replace(CONFIG, steal=False, lookahead=0))
    parts = CONFIG.window // CONFIG.load
    begun = parts
    for window, end in zip(windows, found.ended, strict=True):
        densest = max(map(len, window))
        assert end == begun + max(densest, 1)
        # The next window is loaded meanwhile, and there in the cycle behind its last part's.
        begun = max(begun + densest, begun + parts + 1)


def gaussian(digits: str, columns: int, windows: int, zeros: float = 0.0) -> Windows:
    rng = np.random.default_rng(1)
    weights = np.clip(np.rint(rng.normal(scale=40, size=(windows, 64))), -127, 127).astype(np.int64)
    weights[rng.random(weights.shape) < zeros] = 0
    rows = [DIGIT_SETS[digits](np.abs(each), columns)[::-1] for each in weights]
    return [[np.flatnonzero(row).tolist() for row in each] for each in rows]


@pytest.mark.parametrize(
    ("digits", "steal", "lookahead", "zeros", "bound"),
    [
        ("sign_magnitude", False, 0, 0.0, 0.485),
        ("sign_magnitude", False, 1, 0.0, 0.441),
        ("sign_magnitude", True, 1, 0.0, 0.359),
        ("csd4", False, 1, 0.0, 0.382),
        ("csd4", True, 1, 0.0, 0.301),
        ("csd4", True, 1, 0.5, 0.151),
    ],
)
def test_streams_come_near_to_what_the_scheme_can_reach(
    digits: Digits, steal: bool, lookahead: int, zeros: float, bound: float
) -> None:
    """Cycles per weight, times lanes, in eighths: the bounds of this project's specification, two in a hundred more."""
    columns, windows = (7, 4)[digits == "csd4"], 200
    form = "int8" if digits == "csd4" else "int7"
    config = BitletConfig(formats=(form,), digits=digits, load=16, lanes=columns, steal=steal, lookahead=lookahead)
    found = schedule(gaussian(digits, columns, windows, zeros), config)
    assert found.ended[-1] / windows / 64 * columns / 8 <= 1.02 * bound
