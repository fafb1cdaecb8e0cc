import numpy as np
import pytest

from racelet.golden.dwcpwc.config import PRESETS
from racelet.golden.dwcpwc.requantize import requantize, requantize_once
from racelet.golden.dwcpwc.requantize_stage import LATENCY, requantize_rows
from racelet.hw.dwcpwc.requantize_stage import RequantizeStage
from racelet.sim.dwcpwc.tb_requantize_stage import verify


@pytest.mark.simulation
@pytest.mark.parametrize("preset", ["tiny", "large"])
def test_bytes_and_cycles_match_golden(preset: str) -> None:
    verify(PRESETS[preset], seed=1, waves=None)


def test_the_hardware_states_the_latency_of_golden() -> None:
    assert RequantizeStage.LATENCY == LATENCY


@pytest.mark.parametrize("round_once", [False, True])
@pytest.mark.parametrize("broadcast", [False, True])
def test_every_byte_is_scaled_by_its_channels_parameters(broadcast: bool, round_once: bool) -> None:
    rng = np.random.default_rng(1)
    lanes, depth, groups = 4, 8, 60
    parameters = rng.integers((-3000, 1 << 30, 0), (3000, 1 << 31, 12), (lanes * depth, 3))
    rows, sums = rng.integers(0, depth, groups), rng.integers(-9000, 9000, (groups, lanes))
    settings = {"zero_point": -4, "low": -100, "high": 101}
    found = requantize_rows(sums, rows, parameters, broadcast=broadcast, round_once=round_once, **settings)
    for group, lane in np.ndindex(groups, lanes):
        bias, mult, right_shift = parameters[lanes * rows[group] + (0 if broadcast else lane)]
        scale = requantize_once if round_once else requantize
        assert found[group, lane] == scale(sums[group, lane] + bias, mult, -right_shift, **settings)
