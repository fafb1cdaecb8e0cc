import pytest

from racelet.golden.bitlet.config import BitletConfig
from racelet.sim.bitlet.tb_pe import verify

CONFIGS = {
    "int8": BitletConfig(),
    "csd4": BitletConfig(digits="csd4", window=16, load=4, skip_zeros=True),
    "mixed": BitletConfig(formats=("int3", "int8", "int5"), window=8, load=4, lanes=10, terms=512),
    "barrier": BitletConfig(formats=("int16", "int4"), window=8, load=8, lanes=16, steal=False, lookahead=0),
    "wide": BitletConfig(formats=("int24",), window=16, load=2, lanes=24, terms=65536),
}


@pytest.mark.simulation
@pytest.mark.parametrize("config", CONFIGS.values(), ids=CONFIGS)
def test_dot_products_match_golden(config: BitletConfig) -> None:
    verify(config, seed=1)
