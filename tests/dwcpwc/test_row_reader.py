import pytest

from racelet.sim.dwcpwc.tb_row_reader import verify


@pytest.mark.simulation
def test_beats_and_cycles_match_golden() -> None:
    verify(None, seed=1)
