import pytest

from racelet.golden.dwcpwc.config import PRESETS
from racelet.sim.dwcpwc.tb_layer_counters import verify


@pytest.mark.simulation
def test_counts_match_golden() -> None:
    verify(PRESETS["tiny"], seed=1, waves=None)
