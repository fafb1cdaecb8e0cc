import pytest

from racelet.sim.dwcpwc.tb_track_rows import verify


@pytest.mark.simulation
def test_commands_and_rows_are_the_expected_ones() -> None:
    verify(None, seed=1)
