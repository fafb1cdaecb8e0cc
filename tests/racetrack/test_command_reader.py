import pytest

from racelet.golden.racetrack.config import PRESETS
from racelet.hw.racetrack.command_reader import CommandReader
from racelet.sim.racetrack import tb_command_reader
from racelet.sim.runner import run_bench


@pytest.mark.simulation
def test_commands_match_golden() -> None:
    tb_command_reader.verify(PRESETS["tiny"], seed=1)


@pytest.mark.simulation
def test_commands_of_small_match_golden() -> None:
    config = PRESETS["small"]
    run_bench(CommandReader(config), tb_command_reader.__name__, parameters={"config": config}, seed=1)
