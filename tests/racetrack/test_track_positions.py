import pytest

from racelet.golden.racetrack.config import PRESETS
from racelet.sim.racetrack.tb_track_positions import verify


@pytest.mark.simulation
@pytest.mark.parametrize("preset", ["tiny", "large"])
def test_positions_match_golden(preset: str) -> None:
    verify(PRESETS[preset], seed=1, waves=None)
