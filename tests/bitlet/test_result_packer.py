import pytest

from racelet.golden.bitlet.config import PRESETS, BitletConfig
from racelet.sim.bitlet.tb_result_packer import verify

SIDES = BitletConfig(formats=("int3", "bf16", "int8"), window=8, load=4, lanes=9, terms=100)


@pytest.mark.simulation
@pytest.mark.parametrize("config", [PRESETS["tiny"], PRESETS["small"], SIDES], ids=["tiny", "small", "sides"])
def test_it_matches_golden(config: BitletConfig) -> None:
    verify(config, seed=1)
