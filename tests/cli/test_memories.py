"""What ``racelet run`` says about memories and the chip's edge."""

import dataclasses

import pytest

from racelet.cli.memories import buffered_tensors, edge_bytes, memory_use
from racelet.golden.dwcpwc.config import PRESETS, DwcPwcConfig
from racelet.golden.dwcpwc.traffic import compulsory_bytes
from racelet.nn.compile import Compiled, compile_network
from racelet.nn.errors import ModelError
from racelet.nn.layers import build_network
from racelet.nn.models import digits
from racelet.nn.plan import plan
from racelet.nn.tflite import read_tflite

GRAPH = read_tflite(digits().model)
NETWORK = build_network(GRAPH)


def compiled(config: DwcPwcConfig) -> Compiled:
    return compile_network(GRAPH, config)


def test_the_parts_of_the_compulsory_bytes_are_its_sum() -> None:
    edge = edge_bytes(NETWORK)
    assert edge["compulsory"] == compulsory_bytes(NETWORK.shapes)
    assert edge["parameters"] + edge["input"] + edge["output"] == edge["compulsory"] < edge["unfused"]
    assert (edge["input"], edge["output"]) == (64, 10)


@pytest.mark.parametrize("field", ["weight_bytes", "channels", "depthwise_channels"])
def test_a_memory_as_large_as_its_use_holds_the_network_and_a_smaller_one_does_not(field: str) -> None:
    config = PRESETS["tiny"]
    (use,) = (use for use in memory_use(compiled(config)) if use["field"] == field)
    assert use["capacity"] == getattr(config, field)
    step = config.input_lanes * config.output_lanes if field == "weight_bytes" else 1
    exact = dataclasses.replace(config, **{field: use["used"]})
    plan(NETWORK, exact)
    with pytest.raises(ModelError, match=f"{field} must be at least {use['used']}"):
        plan(NETWORK, dataclasses.replace(exact, **{field: use["used"] - step}))


def test_weights_that_stay_outside_take_no_memory() -> None:
    config = dataclasses.replace(PRESETS["small"], store="stream")
    assert "weight_bytes" not in [use["field"] for use in memory_use(compiled(config))]


def test_tensors_are_told_in_order_of_time_with_their_places() -> None:
    found = compiled(PRESETS["small"])
    tensors = buffered_tensors(found)
    assert [tensor["tensor"] for tensor in tensors] == [NETWORK.input, *(layer.output for layer in NETWORK.layers)]
    assert tensors[0]["first"] == 0
    assert tensors[-1]["last"] == len(NETWORK.layers) + 1
    for tensor in tensors:
        assert found.plan is not None
        placement = found.plan.placements[tensor["tensor"]]
        assert (tensor["address"], tensor["bytes"]) == (placement.address, placement.bank_bytes)
    peak = max(tensor["address"] + tensor["bytes"] for tensor in tensors)
    assert memory_use(found)[0] == {"field": "activation_bytes", "used": 9 * peak, "capacity": 73_728}
