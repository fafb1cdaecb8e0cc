import pytest

from racelet.golden.racetrack.config import PRESETS
from racelet.hw.racetrack.command_check import CommandCheck
from racelet.sim.racetrack import tb_command_check
from racelet.sim.runner import run_bench


@pytest.mark.simulation
def test_errors_match_golden() -> None:
    tb_command_check.verify(PRESETS["tiny"], seed=1)


@pytest.mark.simulation
def test_errors_of_large_match_golden() -> None:
    config = PRESETS["large"]
    run_bench(CommandCheck(config), tb_command_check.__name__, parameters={"config": config}, seed=1)
