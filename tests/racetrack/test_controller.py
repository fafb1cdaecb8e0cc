import pytest

from racelet.golden.racetrack.config import PRESETS
from racelet.hw.racetrack.controller import Controller
from racelet.sim.racetrack import tb_controller
from racelet.sim.runner import run_bench


@pytest.mark.simulation
def test_operations_and_cycles_match_golden() -> None:
    tb_controller.verify(PRESETS["tiny"], seed=1, waves=None)


@pytest.mark.simulation
@pytest.mark.parametrize("preset", ["small", "medium"])
def test_operations_of_larger_presets_match_golden(preset: str) -> None:
    config = PRESETS[preset]
    run_bench(Controller(config), tb_controller.__name__, parameters={"config": config}, seed=1)


@pytest.mark.simulation
@pytest.mark.parametrize(
    "case",
    [
        "commands_match_golden/wild=0.3/stall=0.5",
        "faults_are_told_as_golden_tells_them/density=0.5",
        "power_may_be_cut_at_any_cycle",
    ],
)
def test_operations_on_the_longest_tracks_match_golden(case: str) -> None:
    config = PRESETS["large"]
    run_bench(Controller(config), tb_controller.__name__, parameters={"config": config}, seed=1, testcase=case)
