import pytest

from racelet.golden.adc.config import PRESETS, AdcConfig
from racelet.golden.adc.table_memory import FALLS_LATENCY
from racelet.hw.adc.monotonic_check import MonotonicCheck
from racelet.sim.adc.tb_monotonic_check import verify, verify_shapes


@pytest.mark.simulation
def test_what_falls_is_that_of_golden() -> None:
    verify(PRESETS["tiny"], seed=1)


@pytest.mark.simulation
def test_any_width_matches_golden() -> None:
    verify_shapes({"": AdcConfig(bits=8, dac_bits=12, dac_shift=0, output_lanes=1)}, seed=2)


def test_the_hardware_states_the_latency_of_golden() -> None:
    assert MonotonicCheck.LATENCY == FALLS_LATENCY
