import pytest

from racelet.sim.racetrack.tb_error_log import verify


@pytest.mark.simulation
def test_the_first_error_is_kept() -> None:
    verify(None, seed=1)
