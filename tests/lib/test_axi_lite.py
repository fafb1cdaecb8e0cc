import pytest

from racelet.golden.dwcpwc.config import PRESETS
from racelet.hw.lib.axi_lite import AxiLiteRegisters
from racelet.sim.lib.tb_axi_lite import MAP, verify
from tests.netlist import paths


@pytest.mark.simulation
def test_accesses_match_the_map() -> None:
    verify(PRESETS["tiny"], seed=1, waves=None)


def test_no_path_leads_through_the_bus() -> None:
    bus = {(start, end) for start, end in paths(AxiLiteRegisters(MAP)) if start != "rst"}
    assert bus == set()
