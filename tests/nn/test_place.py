"""Placement of tensors: nothing that lives at the same time overlaps, and what does not fit is refused."""

import dataclasses

import pytest

from racelet.golden.dwcpwc.config import PRESETS, DwcPwcConfig
from racelet.golden.dwcpwc.layer_config import LayerKind
from racelet.nn.errors import ModelError
from racelet.nn.layers import build_network
from racelet.nn.place import pixel_pitch, place
from racelet.nn.plan import plan
from tests.models import NetworkBuilder, random_network

ROOMY = DwcPwcConfig(
    activation_bytes=576 * 1024, weight_bytes=1 << 20, channels=8192, depthwise_channels=8192, layers=64
)


@pytest.mark.parametrize("seed", range(12))
def test_tensors_of_one_layer_do_not_overlap(seed: int) -> None:
    network = build_network(random_network(seed))
    planned = plan(network, ROOMY)
    for layer in network.layers:
        source, output = planned.placements[layer.source], planned.placements[layer.output]
        assert (
            source.address + source.bank_bytes <= output.address or output.address + output.bank_bytes <= source.address
        )


@pytest.mark.parametrize("config", PRESETS.values(), ids=PRESETS)
@pytest.mark.parametrize("channels", [1, 2, 3, 4, 5, 7, 8, 12, 16, 17, 40])
def test_no_group_of_channels_crosses_a_word(config: DwcPwcConfig, channels: int) -> None:
    for granularity in {1, config.depthwise_lanes, config.requantizers, config.input_lanes}:
        pitch = pixel_pitch(channels, granularity, config)
        assert pitch >= channels
        assert pitch % granularity == 0
        assert pitch % config.input_lanes == 0 or config.input_lanes % pitch == 0


def test_tensors_that_never_meet_share_a_place() -> None:
    builder = NetworkBuilder(seed=1, shape=(9, 9, 8))
    for _ in range(4):
        builder.conv(8)
    network = build_network(builder.graph())
    placed = place(network, [LayerKind.WORDS] * 4, ROOMY)
    assert len({placement.address for placement in placed.values()}) == 2


def test_a_buffer_that_is_too_small_is_named_with_the_size_that_would_do() -> None:
    builder = NetworkBuilder(seed=1, shape=(9, 9, 8))
    builder.conv(8)
    network = build_network(builder.graph())
    small = dataclasses.replace(ROOMY, activation_bytes=576)
    with pytest.raises(ModelError) as caught:
        plan(network, small)
    assert str(caught.value) == "activation_bytes must be at least 1296 for this network, not 576"
    plan(network, dataclasses.replace(ROOMY, activation_bytes=1296))


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("weight_bytes", 256, "weight_bytes must be at least 1088 for this network, not 256"),
        ("channels", 16, "channels must be at least 76 for this network, not 16"),
        ("layers", 4, "layers must be at least 5 for this network, not 4"),
        ("tile_bytes", 64, "tile_bytes must be at least 72 for operator 0 (CONV_2D), not 64"),
    ],
)
def test_a_memory_that_is_too_small_is_named(field: str, value: int, sentence: str) -> None:
    from racelet.nn.lower import lower

    builder = NetworkBuilder(seed=1, shape=(4, 4, 8))
    builder.conv(8, kernel=(3, 3))
    builder.conv(64)
    builder.average_pool(kernel=(4, 4), padding="VALID")
    network = build_network(builder.graph())
    with pytest.raises(ModelError) as caught:
        lower(plan(network, dataclasses.replace(ROOMY, **{field: value})))
    assert str(caught.value) == sentence
