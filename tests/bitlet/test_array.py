import pytest

from racelet.golden.bitlet.config import BitletConfig
from racelet.sim.bitlet.tb_array import verify

CONFIGS = {
    "tall": BitletConfig(formats=("int4",), window=8, load=4, lanes=4, rows=3, columns=1, terms=512),
    "broad": BitletConfig(formats=("fp16", "int4"), window=8, load=4, lanes=12, columns=2, skip_zeros=True, terms=512),
}


@pytest.mark.simulation
@pytest.mark.parametrize("config", CONFIGS.values(), ids=CONFIGS)
def test_products_match_golden(config: BitletConfig) -> None:
    verify(config, seed=1)
