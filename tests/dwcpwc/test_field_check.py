import dataclasses

import pytest

from racelet.golden.dwcpwc.config import PRESETS, DwcPwcConfig
from racelet.golden.dwcpwc.field_check import wrong_field
from racelet.golden.dwcpwc.layer_config import COUNTS, LayerConfig, LayerKind
from racelet.sim.dwcpwc.tb_field_check import verify

FULL = dataclasses.replace(PRESETS["large"], tile_pixels=64, input_lanes=32, output_lanes=32, requantizers=1)


@pytest.mark.simulation
@pytest.mark.parametrize("config", [PRESETS["tiny"], FULL], ids=["tiny", "full"])
def test_wrong_fields_are_those_of_golden(config: DwcPwcConfig) -> None:
    verify(config, seed=1)


@pytest.mark.parametrize("kind", LayerKind)
def test_a_count_of_zero_is_named(kind: LayerKind) -> None:
    layer = LayerConfig(kind=kind, weight_beats=4)
    assert wrong_field(dataclasses.asdict(layer), PRESETS["tiny"]) is None
    for name in COUNTS[kind]:
        assert wrong_field(dataclasses.asdict(layer) | {name: 0}, PRESETS["tiny"]) == name
