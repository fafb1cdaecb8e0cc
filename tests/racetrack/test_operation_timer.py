import pytest

from racelet.golden.racetrack.config import PRESETS
from racelet.hw.racetrack.operation_timer import OperationTimer
from racelet.sim.racetrack import tb_operation_timer
from racelet.sim.runner import run_bench


@pytest.mark.simulation
def test_strobes_match_golden() -> None:
    tb_operation_timer.verify(PRESETS["tiny"], seed=1)


@pytest.mark.simulation
def test_strobes_of_large_match_golden() -> None:
    config = PRESETS["large"]
    run_bench(OperationTimer(config), tb_operation_timer.__name__, parameters={"config": config}, seed=1)
