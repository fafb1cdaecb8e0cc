import pytest

from racelet.golden.adc.config import PRESETS, AdcConfig
from racelet.sim.adc.tb_converters import verify, verify_shapes

SHAPES = {
    "small": PRESETS["small"],
    "unsigned": AdcConfig(bits=6, signed=False, kind="flash", majority=True, output_lanes=1, adcs_per_table=2),
}


@pytest.mark.simulation
def test_codes_errors_and_cycles_match_golden() -> None:
    verify(PRESETS["tiny"], seed=1)


@pytest.mark.simulation
@pytest.mark.parametrize("name", SHAPES)
def test_any_shape_matches_golden(name: str) -> None:
    verify_shapes({"": SHAPES[name]}, seed=2)
