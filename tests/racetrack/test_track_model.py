import pytest

from racelet.golden.racetrack.config import RacetrackConfig
from racelet.sim.racetrack.tb_track_model import verify


@pytest.mark.simulation
def test_operations_match_golden() -> None:
    verify(RacetrackConfig(), seed=1, waves=None)
