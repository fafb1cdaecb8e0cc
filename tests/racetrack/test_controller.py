import pytest

from racelet.golden.racetrack.config import PRESETS
from racelet.hw.racetrack.controller import Controller
from racelet.sim.racetrack import tb_controller
from racelet.sim.runner import run_bench


@pytest.mark.simulation
def test_operations_and_cycles_match_golden() -> None:
    tb_controller.verify(PRESETS["tiny"], seed=1, waves=None)


@pytest.mark.simulation
@pytest.mark.parametrize("preset", ["small", "medium", "large"])
def test_they_do_on_every_preset(preset: str) -> None:
    config = PRESETS[preset]
    run_bench(Controller(config), tb_controller.__name__, parameters={"config": config}, seed=1)
