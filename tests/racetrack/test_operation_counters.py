import pytest

from racelet.sim.racetrack.tb_operation_counters import verify


@pytest.mark.simulation
def test_counts_match_golden() -> None:
    verify(None, seed=1)
