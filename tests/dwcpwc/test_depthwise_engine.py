import numpy as np
import pytest

from racelet.golden.dwcpwc.config import PRESETS
from racelet.golden.dwcpwc.depthwise_engine import LATENCY, output_cycles, sums
from racelet.hw.dwcpwc.depthwise_engine import DepthwiseEngine
from racelet.sim.dwcpwc.tb_depthwise_engine import verify


@pytest.mark.simulation
@pytest.mark.parametrize("preset", ["tiny", "large"])
def test_sums_and_cycles_match_golden(preset: str) -> None:
    verify(PRESETS[preset], seed=1, waves=None)


def test_the_hardware_states_the_latency_of_golden() -> None:
    assert DepthwiseEngine.LATENCY == LATENCY


def test_sums_are_those_of_a_loop() -> None:
    rng = np.random.default_rng(1)
    taps = rng.integers(-128, 128, (3, 2, 4, 9, 2)).astype(np.int8)
    weights = rng.integers(-128, 128, (2, 4, 9, 2)).astype(np.int8)
    found = sums(taps, weights)
    for pixel, group, lane in np.ndindex(3, 2, 2):
        each = (int(taps[pixel, group, b, t, lane]) * int(weights[group, b, t, lane]) for b, t in np.ndindex(4, 9))
        assert found[pixel, group, lane] == sum(each)


def test_the_greatest_sum_of_a_ten_by_ten_kernel_is_held() -> None:
    ends = np.full((1, 1, 16, 9, 1), -128, np.int8)
    assert sums(ends, ends[0]).item() == 144 << 14


def test_sums_come_with_the_last_window_of_each_kernel() -> None:
    assert output_cycles([False, False, True, True]) == [LATENCY + 2, LATENCY + 3]
