"""What an element is likely to get wrong, on the RTL: results are known beforehand, without the golden model."""

import math
from typing import Any

import numpy as np
import pytest

from racelet.golden.bitlet.config import BitletConfig
from racelet.golden.bitlet.job import Job
from racelet.golden.bitlet.number_format import nearest, number_format
from racelet.sim.bitlet.element import ElementSimulator

INF, NAN = math.inf, math.nan
CONFIG = BitletConfig(formats=("fp32", "bf16", "fp16", "int8", "int16"), window=16, load=8, lanes=24, terms=4096)
Case = tuple[str, list[Any], list[Any], float | int]

CASES: list[Case] = [
    # Cancellation to zero, and to what is far below.
    ("fp32", [2.0**30, -(2.0**30), 1.0], [1.0, 1.0, 1.0], 1.0),
    ("fp32", [2.0**15, -(2.0**15), 1.0], [2.0**15, 2.0**15, 1.0], 1.0),
    ("fp32", [2.0**30, *[0.0] * 40, 1.0, *[0.0] * 40, -(2.0**30)], [1.0] * 83, 1.0),
    ("fp32", [2.0**127, 2.0**-149, -(2.0**127)], [1.0, 1.0, 1.0], 2.0**-149),
    ("fp32", [1.5, -1.5], [3.0, 3.0], 0.0),
    ("bf16", [3.0, 1.0, -4.0], [1.0, 1.0, 1.0], 0.0),
    ("fp16", [2048.0, 1.0, -2048.0], [1.0, 1.0, 1.0], 1.0),
    # Rounding: once, to even, over the largest number.
    ("fp32", [1.0, 2.0**-24], [1.0, 1.0], 1.0),
    ("fp32", [1.0, 2.0**-24, 2.0**-100], [1.0, 1.0, 1.0], 1.0 + 2.0**-23),
    ("fp32", [1.0 + 2.0**-23, 2.0**-24], [1.0, 1.0], 1.0 + 2.0**-22),
    ("fp16", [60000.0, 60000.0], [1.0, 1.0], INF),
    ("fp16", [60000.0, 60000.0, 60000.0], [1.0, 1.0, -1.0], 60000.0),
    ("fp32", [-(2.0**127)], [4.0], -INF),
    # Subnormal numbers.
    ("fp16", [2.0**-24] * 3, [0.5] * 3, 2.0**-23),
    ("fp16", [2.0**-24], [0.5], 0.0),
    ("fp32", [2.0**-149], [1.0], 2.0**-149),
    ("fp32", [2.0**-126 - 2.0**-149], [0.5], 2.0**-127),
    ("bf16", [2.0**-133, 2.0**-133], [1.0, 1.0], 2.0**-132),
    # Signs of zeros, and what underflows.
    ("fp32", [-0.0, -0.0], [1.0, 1.0], -0.0),
    ("fp32", [-0.0, 0.0], [1.0, 1.0], 0.0),
    ("bf16", [-(2.0**-133)], [0.5], -0.0),
    ("fp16", [0.0], [-5.0], -0.0),
    # Infinities and what is no number.
    ("fp32", [INF, 1.0], [2.0, -(2.0**100)], INF),
    ("fp16", [-INF, 65504.0], [1.0, 65504.0], -INF),
    ("bf16", [INF, INF], [1.0, -1.0], NAN),
    ("fp32", [INF], [0.0], NAN),
    ("fp16", [NAN, 1.0], [0.0, 1.0], NAN),
    ("fp32", [1.0], [1.0], 1.0),
    # Integers to both ends, in windows that are short.
    ("int8", [-128], [-128], 16384),
    ("int8", [-128, 127, -1], [127, -128, 1], -32513),
    ("int16", [-32768], [-32768], 1 << 30),
    ("int16", [-32768, -32768, 1], [-32768, 32767, 1], 32769),
    ("int8", [0] * 17, [-128] * 17, 0),
    # As long as can be.
    ("int8", [-128] * 4096, [-128] * 4096, 1 << 26),
    ("int8", [-1, 1] * 2048, [127] * 4096, 0),
    ("int16", [-32768] * 4096, [32767] * 4096, -4096 * 32768 * 32767),
    ("fp16", [1.0] * 4096, [1.0] * 4096, 4096.0),
    ("bf16", [1.0, 2.0**-9] * 2048, [1.0] * 4096, 2048.0),
    ("fp32", [2.0**40, *[2.0**-40] * 4094, -(2.0**40)], [1.0] * 4096, 4094 * 2.0**-40),
]


def _job(case: Case) -> Job:
    name, *sides, _ = case
    form = number_format(name)
    values: list[Any] = [np.array(side, np.float64 if form.is_float else np.int64) for side in sides]
    if form.is_float:
        assert all(np.array_equal(nearest(each, form), each, equal_nan=True) for each in values)
    return Job(weights=values[0], activations=values[1], form=name)


def _same(found: float, expected: float) -> bool:
    if isinstance(expected, int) or math.isnan(expected):
        return found == expected or (math.isnan(expected) and math.isnan(found))
    return found == expected and math.copysign(1, found) == math.copysign(1, expected)


@pytest.mark.simulation
def test_results_are_right_in_any_order() -> None:
    """Formats change from one dot product to the next, without a reset; some are sent more than once."""
    rng = np.random.default_rng(3)
    order = [CASES[k] for k in [*rng.permutation(len(CASES)), *rng.integers(0, len(CASES) - 6, 60)]]
    done = ElementSimulator(CONFIG).checked([_job(case) for case in order])
    wrong = [
        (case[0], found, case[3]) for case, found in zip(order, done.results, strict=True) if not _same(found, case[3])
    ]
    assert not wrong
