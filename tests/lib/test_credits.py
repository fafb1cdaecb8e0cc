import pytest

from racelet.golden.dwcpwc.config import PRESETS
from racelet.hw.lib.credits import Credits
from racelet.sim.lib.tb_credits import verify
from tests.netlist import paths


@pytest.mark.simulation
def test_some_are_there_while_not_all_are_out() -> None:
    verify(PRESETS["tiny"], seed=1, waves=None)


def test_no_path_leads_through() -> None:
    assert paths(Credits(5)) == set()
