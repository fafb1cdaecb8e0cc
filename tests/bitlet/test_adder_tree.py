import pytest

from racelet.golden.bitlet.adder_tree import latency
from racelet.golden.bitlet.config import PRESETS, BitletConfig
from racelet.hw.bitlet.adder_tree import AdderTree
from racelet.sim.bitlet.tb_adder_tree import verify


@pytest.mark.simulation
@pytest.mark.parametrize("config", PRESETS.values(), ids=PRESETS)
def test_totals_match_golden(config: BitletConfig) -> None:
    verify(config, seed=1)


@pytest.mark.parametrize("config", PRESETS.values(), ids=PRESETS)
def test_the_hardware_states_the_latency_of_golden(config: BitletConfig) -> None:
    assert AdderTree(config).latency == latency(config.used_lanes)
