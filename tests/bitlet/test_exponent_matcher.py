import pytest

from racelet.golden.bitlet.config import BitletConfig
from racelet.sim.bitlet.tb_exponent_matcher import verify

CONFIGS = {
    "fp16": BitletConfig(formats=("fp16",), window=8, load=2, lanes=12),
    "narrow": BitletConfig(formats=("bf16", "int4"), window=8, load=4, lanes=5),
    "mixed": BitletConfig(formats=("fp32", "bf16", "fp16"), window=16, load=4, lanes=24),
    "truncated": BitletConfig(formats=("fp32", "fp16"), window=8, load=8, lanes=24, width=24),
    "wide": BitletConfig(formats=("fp32", "bf16"), window=8, load=4, lanes=10, width=27),
    "cut": BitletConfig(formats=("fp16",), window=4, load=1, lanes=16, width=9),
}


@pytest.mark.simulation
@pytest.mark.parametrize("config", CONFIGS.values(), ids=CONFIGS)
def test_passes_match_golden(config: BitletConfig) -> None:
    verify(config, seed=1)
