import pytest

from racelet.golden.racetrack.config import PRESETS
from racelet.hw.racetrack.track_positions import TrackPositions
from racelet.sim.racetrack import tb_track_positions
from racelet.sim.runner import run_bench


@pytest.mark.simulation
def test_positions_match_golden() -> None:
    tb_track_positions.verify(PRESETS["tiny"], seed=1)


@pytest.mark.simulation
def test_positions_of_large_match_golden() -> None:
    config = PRESETS["large"]
    run_bench(TrackPositions(config), tb_track_positions.__name__, parameters={"config": config}, seed=1)
