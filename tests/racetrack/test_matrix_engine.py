import pytest

from racelet.golden.racetrack.matrix_config import MatrixConfig, Number
from racelet.hw.racetrack.matrix_engine import MatrixEngine
from racelet.sim.racetrack import tb_matrix_engine
from racelet.sim.runner import run_bench


@pytest.mark.simulation
@pytest.mark.parametrize("shape", tb_matrix_engine.SHAPES)
def test_sums_operations_and_cycles_match_golden(shape: str) -> None:
    config = tb_matrix_engine.SHAPES[shape]
    run_bench(MatrixEngine(config), tb_matrix_engine.__name__, parameters={"config": config}, seed=1)


@pytest.mark.simulation
@pytest.mark.parametrize("number", ["int", "fp32"])
def test_the_longest_tracks_are_swept(number: Number) -> None:
    bits = 64 if number == "int" else 32
    config = MatrixConfig(
        number=number, word_bits=bits, ports=32, words_per_port=8, rows=2, columns=3, clock_ghz=10 if bits == 64 else 1
    )
    case = "whole_matrices_are_numpys/read=serpentine"
    run_bench(MatrixEngine(config), tb_matrix_engine.__name__, parameters={"config": config}, seed=1, testcase=case)
