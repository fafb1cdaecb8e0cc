import numpy as np
import pytest

from racelet.golden.adc.config import PRESETS, AdcConfig
from racelet.golden.adc.slice_accumulator import LATENCY
from racelet.hw.adc.slice_accumulator import SliceAccumulator
from racelet.sim.adc.tb_slice_accumulator import SHAPES, added, at_the_ends, random_slices, verify, verify_shapes

SIGNS = {
    f"{bits}-{signed:d}{signed_inputs:d}": AdcConfig(
        bits=bits,
        signed=signed,
        signed_inputs=signed_inputs,
        output_lanes=2,
        accumulator_bits=10,
        slots=256,
    )
    for bits, signed, signed_inputs in ((2, False, False), (8, False, True), (8, True, True))
}


@pytest.mark.simulation
def test_sums_overflows_and_cycles_match_golden() -> None:
    verify(PRESETS["tiny"], seed=1)


@pytest.mark.simulation
@pytest.mark.parametrize("config", [PRESETS["large"], *SIGNS.values()], ids=["large", *SIGNS])
def test_every_kind_of_sign_matches_golden(config: AdcConfig) -> None:
    verify_shapes({"": config}, seed=2)


def test_the_hardware_states_the_latency_of_golden() -> None:
    assert SliceAccumulator.LATENCY == LATENCY


@pytest.mark.parametrize("config", [PRESETS["tiny"], *SHAPES.values()], ids=["tiny", *SHAPES])
def test_the_bench_reaches_both_ends_of_sums(config: AdcConfig) -> None:
    half = 1 << config.accumulator_bits - 1
    sums, beyond = added(at_the_ends(config), config)
    assert {-half, half - 1} <= {value for each in sums for value in each}
    assert any(beyond)
    assert not all(beyond)
    some, _ = added(random_slices(50, np.random.default_rng(1), config), config)
    assert some
