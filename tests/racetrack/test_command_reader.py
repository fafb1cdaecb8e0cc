import pytest

from racelet.golden.racetrack.config import PRESETS
from racelet.sim.racetrack.tb_command_reader import verify


@pytest.mark.simulation
@pytest.mark.parametrize("preset", ["tiny", "small"])
def test_commands_match_golden(preset: str) -> None:
    verify(PRESETS[preset], seed=1, waves=None)
