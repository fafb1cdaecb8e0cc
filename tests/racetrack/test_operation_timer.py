import pytest

from racelet.golden.racetrack.config import PRESETS
from racelet.sim.racetrack.tb_operation_timer import verify


@pytest.mark.simulation
@pytest.mark.parametrize("preset", ["tiny", "large"])
def test_strobes_match_golden(preset: str) -> None:
    verify(PRESETS[preset], seed=1, waves=None)
