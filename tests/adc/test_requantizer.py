import pytest

from racelet.golden.adc.config import PRESETS, AdcConfig
from racelet.golden.adc.requantizer import latency
from racelet.hw.adc.requantizer import Requantizer
from racelet.sim.adc.tb_requantizer import verify, verify_shapes

SHAPES = {
    "large": (PRESETS["large"], 4),
    "most": (AdcConfig(output_bits=8, accumulator_bits=32, output_lanes=1), 2),
    "least": (AdcConfig(output_bits=1, accumulator_bits=8, output_lanes=1), 1),
    "small": (
        AdcConfig(requantize="multiplier", output_bits=1, multiplier_bits=2, accumulator_bits=32, output_lanes=2),
        1,
    ),
}


@pytest.mark.simulation
def test_activations_and_cycles_match_golden() -> None:
    verify(PRESETS["tiny"], seed=1)


@pytest.mark.simulation
@pytest.mark.parametrize("name", SHAPES)
def test_any_width_matches_golden(name: str) -> None:
    verify_shapes({"": SHAPES[name]}, seed=2)


@pytest.mark.parametrize("config", PRESETS.values(), ids=PRESETS)
def test_the_hardware_states_the_latency_of_golden(config: AdcConfig) -> None:
    assert Requantizer(config, 4).latency == latency(config)
