import pytest

from racelet.golden.racetrack.config import OdometerConfig
from racelet.sim.racetrack.tb_odometer import SHAPES, verify_shape


@pytest.mark.simulation
@pytest.mark.parametrize("config", SHAPES.values(), ids=SHAPES)
def test_places_match_golden(config: OdometerConfig) -> None:
    verify_shape(config, seed=1)
