import pytest

from racelet.hw.racetrack.matrix_engine import MatrixEngine
from racelet.sim.racetrack import tb_matrix_engine
from racelet.sim.runner import run_bench


@pytest.mark.simulation
@pytest.mark.parametrize("shape", tb_matrix_engine.SHAPES)
def test_sums_operations_and_cycles_match_golden(shape: str) -> None:
    config = tb_matrix_engine.SHAPES[shape]
    run_bench(MatrixEngine(config), tb_matrix_engine.__name__, parameters={"config": config}, seed=1)
