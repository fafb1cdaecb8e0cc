import pytest

from racelet.sim.bitlet.tb_run_counters import verify


@pytest.mark.simulation
def test_counts_match_golden() -> None:
    verify(None, seed=1)
