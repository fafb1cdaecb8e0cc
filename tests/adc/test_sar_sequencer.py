import pytest

from racelet.golden.adc.config import PRESETS, AdcConfig
from racelet.sim.adc.tb_sar_sequencer import verify, verify_shapes

SHAPES = {
    "flash": PRESETS["tiny"],
    "most": AdcConfig(bits=8, vote=True, dac_bits=12, output_lanes=1, dac_shift=0),
    "slow": AdcConfig(bits=7, settle=5, dac_bits=7, output_lanes=1, adcs_per_table=2),
}


@pytest.mark.simulation
def test_codes_paths_and_cycles_match_golden() -> None:
    verify(PRESETS["small"], seed=1)


@pytest.mark.simulation
@pytest.mark.parametrize("name", SHAPES)
def test_any_width_matches_golden(name: str) -> None:
    verify_shapes({"": SHAPES[name]}, seed=2)
