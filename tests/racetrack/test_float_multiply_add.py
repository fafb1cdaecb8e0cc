import pytest

from racelet.golden.racetrack.config import RacetrackConfig
from racelet.sim.racetrack.tb_float_multiply_add import verify


@pytest.mark.simulation
def test_sums_are_numpys() -> None:
    verify(RacetrackConfig(), seed=1, waves=None)
