import dataclasses

import pytest

from racelet.golden.bitlet.config import BitletConfig
from racelet.sim.bitlet.tb_distiller import verify

SMALL = BitletConfig(formats=("int4",), window=8, lanes=4, load=2, terms=1024)
CONFIGS = {
    "small": SMALL,
    "alone": dataclasses.replace(SMALL, steal=False),
    "barrier": dataclasses.replace(SMALL, steal=False, lookahead=0),
    "together": dataclasses.replace(SMALL, lookahead=0),
    "at_once": dataclasses.replace(SMALL, load=8),
    "two": dataclasses.replace(SMALL, lanes=8),
    "csd4": dataclasses.replace(SMALL, digits="csd4", formats=("int6",), lanes=6),
    "one_column": dataclasses.replace(SMALL, digits="csd4", formats=("int2",), lanes=2),
    "rings": BitletConfig(formats=("int3", "int8", "int5"), window=8, load=4, lanes=10, terms=1024),
    "large": BitletConfig(digits="csd4", load=8),
}


@pytest.mark.simulation
@pytest.mark.parametrize("config", CONFIGS.values(), ids=CONFIGS)
def test_sums_come_as_the_schedule_says(config: BitletConfig) -> None:
    verify(config, seed=1)
