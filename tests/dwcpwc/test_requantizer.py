import math
from fractions import Fraction

import numpy as np
import pytest

from racelet.golden.dwcpwc.config import PRESETS
from racelet.golden.dwcpwc.requantizer import LATENCY, requantize_groups
from racelet.hw.dwcpwc.requantizer import Requantizer
from racelet.sim.dwcpwc.requantize_cases import Cases, anything, extremes, joined, ties, typical
from racelet.sim.dwcpwc.tb_requantizer import verify

HALF = Fraction(1, 2)


@pytest.mark.simulation
@pytest.mark.parametrize("preset", ["tiny", "large"])
def test_bytes_and_cycles_match_golden(preset: str) -> None:
    verify(PRESETS[preset], seed=1, waves=None)


def test_the_hardware_states_the_latency_of_golden() -> None:
    assert Requantizer.LATENCY == LATENCY


def half_away(value: Fraction) -> int:
    return int(math.copysign(1, value)) * math.floor(abs(value) + HALF)


def exact(cases: Cases, *, round_once: bool) -> list[int]:
    found = []
    for dot, bias, mult, right_shift in zip(cases.sums, cases.bias, cases.mult, cases.right_shift, strict=True):
        acc = (int(dot) + int(bias) + 2**31) % 2**32 - 2**31
        product = Fraction(acc * int(mult), 2**31)
        first = product if round_once else Fraction(math.floor(product + HALF))
        found.append(max(-128, min(127, half_away(first / 2 ** int(right_shift)) + 7)))
    return found


@pytest.mark.parametrize("round_once", [False, True])
def test_golden_is_exact_arithmetic(round_once: bool) -> None:
    rng = np.random.default_rng(1)
    cases = joined(typical(500, rng), anything(500, rng), ties(), extremes())
    columns = (part[:, np.newaxis] for part in (cases.sums, cases.bias, cases.mult, cases.right_shift))
    found = requantize_groups(*columns, round_once=round_once, zero_point=7, low=-128, high=127)
    assert found[:, 0].tolist() == exact(cases, round_once=round_once)


def test_cases_have_ties_of_both_signs_at_every_shift() -> None:
    cases = ties()
    found = {
        (int(right_shift), acc > 0)
        for acc, mult, right_shift in zip(cases.sums + cases.bias, cases.mult, cases.right_shift, strict=True)
        if (Fraction(int(acc) * int(mult), 2**31) / 2 ** int(right_shift)) % 1 == HALF
    }
    assert found == {(shift, sign) for shift in range(28) for sign in (False, True)}


def test_typical_cases_reach_most_bytes() -> None:
    rng = np.random.default_rng(1)
    cases = typical(4000, rng)
    assert len(set(exact(cases, round_once=False))) > 240
