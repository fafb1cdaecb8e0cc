import pytest

from racelet.golden.adc.config import PRESETS, AdcConfig
from racelet.hw.adc.calibrator import Calibrator
from racelet.sim.adc.tb_calibrator import verify
from racelet.sim.shapes import run_shapes

SHAPES = {
    "wide": AdcConfig(bits=8, dac_bits=12, adcs_per_table=4, calibration_reads=1, offset_bits=12, settle=1),
    "least": AdcConfig(bits=2, dac_bits=2, dac_shift=6, offset_bits=2, calibration_reads=0),
}


@pytest.mark.simulation
def test_tables_errors_and_cycles_match_golden() -> None:
    verify(PRESETS["tiny"], seed=1)


@pytest.mark.simulation
@pytest.mark.parametrize("name", SHAPES)
def test_any_width_matches_golden(name: str) -> None:
    run_shapes(Calibrator, "racelet.sim.adc.tb_calibrator", {"": SHAPES[name]}, seed=2, waves=None)
