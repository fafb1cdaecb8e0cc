import dataclasses

import pytest

from racelet.golden.bitlet.config import PRESETS, BitletConfig
from racelet.sim.bitlet.tb_digit_encoder import SHAPES, verify

CONFIGS = {
    "tiny": PRESETS["tiny"],
    "small": PRESETS["small"],
    "medium": dataclasses.replace(PRESETS["medium"], load=2),
    "wide": BitletConfig(formats=("int24", "int7"), window=4, load=2, lanes=12, digits="csd4"),
    "floats": BitletConfig(formats=("fp16",), window=4, load=2, lanes=12),
}


@pytest.mark.simulation
@pytest.mark.parametrize("config", CONFIGS.values(), ids=CONFIGS)
def test_digits_match_golden(config: BitletConfig) -> None:
    verify(config, seed=1)


def test_the_shapes_of_the_bench_have_every_choice() -> None:
    choices = {(config.digits, config.skip_zeros) for config in SHAPES.values()}
    assert choices >= {("csd4", False), ("csd4", True), ("sign_magnitude", True)}
    assert all(max(map(config.windows, config.forms)) > 1 for config in SHAPES.values() if len(config.rings) > 1)
