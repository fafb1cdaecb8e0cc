import pytest

from racelet.golden.adc.config import PRESETS, AdcConfig
from racelet.sim.adc.tb_table_memory import verify, verify_shapes

SHAPES = {
    "small": PRESETS["small"],
    "most": AdcConfig(bits=8, dac_bits=12, dac_shift=0, output_lanes=1),
}


@pytest.mark.simulation
def test_tables_and_errors_match_golden() -> None:
    verify(PRESETS["tiny"], seed=1)


@pytest.mark.simulation
@pytest.mark.parametrize("name", SHAPES)
def test_any_width_matches_golden(name: str) -> None:
    verify_shapes({"": SHAPES[name]}, seed=2)
