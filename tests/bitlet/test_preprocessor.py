import dataclasses

import pytest

from racelet.golden.bitlet.config import PRESETS, BitletConfig
from racelet.sim.bitlet.tb_preprocessor import SHAPES, verify

CONFIGS = {
    "tiny": PRESETS["tiny"],
    "medium": dataclasses.replace(PRESETS["medium"], load=2),
    "wide": BitletConfig(formats=("int24", "int2"), window=4, load=1, lanes=24),
}


@pytest.mark.simulation
@pytest.mark.parametrize("config", CONFIGS.values(), ids=CONFIGS)
def test_terms_match_golden(config: BitletConfig) -> None:
    verify(config, seed=1)


def test_the_shapes_of_the_bench_have_every_choice() -> None:
    forms = [form for config in SHAPES.values() for form in config.forms]
    assert {form.is_float for form in forms} == {False, True}
    assert any(not form.is_float and config.windows(form) > 1 for config in SHAPES.values() for form in config.forms)
    assert {"fp16", "bf16", "fp32"} <= {form.name for form in forms}
