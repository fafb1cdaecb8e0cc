"""The whole accelerator: random networks through plan, program and RTL, layer by layer."""

import dataclasses
from collections.abc import Iterator
from typing import get_args

import numpy as np
import pytest
from numpy.typing import NDArray

from racelet.golden.dwcpwc.accelerator import AcceleratorModel
from racelet.golden.dwcpwc.config import PRESETS, DwcPwcConfig, Reads
from racelet.golden.dwcpwc.cycles import program_cycles
from racelet.golden.dwcpwc.layer_config import TRANSFER_KINDS, LayerConfig, LayerKind
from racelet.golden.dwcpwc.program import descriptor_blocks
from racelet.golden.dwcpwc.traffic import transfer_bytes
from racelet.golden.racetrack.operations import Counts
from racelet.nn.errors import ModelError
from racelet.nn.evaluate import evaluate
from racelet.nn.graph import Graph
from racelet.nn.layers import build_network
from racelet.nn.lower import Program, lower
from racelet.nn.plan import plan
from racelet.sim.dwcpwc.accelerator import AcceleratorSimulator
from racelet.sim.dwcpwc.cocotb_accelerator import CocotbAccelerator
from racelet.sim.dwcpwc.programs import random_program
from racelet.sim.dwcpwc.tb_accelerator import verify
from tests.models import random_inputs, random_network

ROOM = DwcPwcConfig(weight_bytes=1 << 16, layers=64, channels=4096, depthwise_channels=4096)
WIDE = dataclasses.replace(
    ROOM, input_lanes=8, output_lanes=4, depthwise_lanes=4, requantizers=1, tile_pixels=3, weight_beat_bytes=4
)
TALL = dataclasses.replace(
    ROOM, input_lanes=4, output_lanes=16, depthwise_lanes=1, requantizers=4, weight_beat_bytes=8, store="stream"
)
NARROW = dataclasses.replace(
    ROOM,
    input_lanes=4,
    output_lanes=4,
    depthwise_lanes=4,
    requantizers=4,
    tile_pixels=1,
    weight_beat_bytes=16,
    bandwidth=1,
)
BROAD = dataclasses.replace(ROOM, input_lanes=32, output_lanes=4, depthwise_lanes=2, requantizers=4, bandwidth=32)
SERIAL = dataclasses.replace(PRESETS["tiny"], engine="serial")
BITLET = dataclasses.replace(PRESETS["tiny"], engine="bitlet")
TRACKED = dataclasses.replace(
    PRESETS["tiny"], store="racetrack", weight_bytes=1 << 14, store_ports=16, store_words_per_port=2
)
CONFIGS = {"small": PRESETS["small"], "wide": WIDE, "tall": TALL, "narrow": NARROW, "bitlet": BITLET}
COMPUTING = [kind for kind in LayerKind if kind not in {LayerKind.INPUT, LayerKind.OUTPUT, LayerKind.STREAM}]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Case:
    """A network on a config: its program, inputs, and every layer's bytes, layer after layer."""

    program: Program
    inputs: NDArray[np.int8]
    outputs: NDArray[np.int8]


def case(graph: Graph, config: DwcPwcConfig, seed: int, count: int) -> Case:
    network = build_network(graph)
    inputs = random_inputs(graph, count, seed)
    tensors = evaluate(graph, inputs)
    outputs = np.concatenate([tensors[layer.output].reshape(count, -1) for layer in network.layers], axis=1)
    return Case(program=lower(plan(network, config), unload=range(len(network.layers))), inputs=inputs, outputs=outputs)


def cases(config: DwcPwcConfig, seeds: range) -> Iterator[Case]:
    """Random networks; those with a scale that the accelerator does not do are left out."""
    for seed in seeds:
        graph = random_network(seed, blocks=3, separable=seed % 4 == 0, extended=seed % 2 == 1)
        try:
            yield case(graph, config, seed, count=2)
        except ModelError as error:
            if "must be below 1" not in str(error):
                raise


@pytest.mark.simulation
@pytest.mark.parametrize(
    "config",
    [PRESETS["tiny"], PRESETS["large"], TALL, SERIAL, BITLET, TRACKED],
    ids=["tiny", "large", "tall with weights outside", "serial", "bitlet", "weights on tracks"],
)
def test_programs_match_golden_under_gaps_and_stalls(config: DwcPwcConfig) -> None:
    verify(config, seed=1)


@pytest.mark.parametrize("name", CONFIGS)
def test_the_golden_accelerator_runs_networks_as_their_operators_say(name: str) -> None:
    config = CONFIGS[name]
    model = AcceleratorModel(config)
    found = list(cases(config, range(30)))
    assert len(found) > 20
    for each in found:
        assert (
            model.load(each.program.words.tolist(), each.program.weights if config.store == "stream" else None)
            == "NONE"
        )
        for data, expected in zip(each.inputs, each.outputs, strict=True):
            np.testing.assert_array_equal(model.run(data).outputs, expected)


@pytest.mark.simulation
@pytest.mark.parametrize("name", CONFIGS)
def test_networks_run_layer_by_layer_as_evaluated_in_the_cycles_that_golden_says(name: str) -> None:
    config = CONFIGS[name]
    simulator = AcceleratorSimulator(config)
    kinds = set()
    for each in cases(config, range(100, 130)):
        simulator.load(each.program.words, each.program.weights)
        result = simulator.infer(
            each.inputs,
            output_bytes=each.outputs.shape[1],
            layers=len(each.program.layers),
            max_cycles=1_000_000,
        )
        np.testing.assert_array_equal(result.outputs, each.outputs)
        expected = program_cycles(each.program.layers, config, each.program.set_cycles)
        assert result.layer_cycles.tolist() == [expected] * len(each.inputs)
        kinds |= {layer.kind for layer in each.program.layers}
    assert kinds == set(LayerKind) - {*TRANSFER_KINDS, LayerKind.STREAM}


@pytest.mark.simulation
@pytest.mark.parametrize("name", [*CONFIGS, "large", "broad", "serial", "naive", "buffer", "serpentine"])
def test_random_descriptors_match_golden(name: str) -> None:
    tracked = {reads: dataclasses.replace(TRACKED, store_reads=reads) for reads in get_args(Reads)}
    config = {**CONFIGS, "large": PRESETS["large"], "broad": BROAD, "serial": SERIAL, **tracked}[name]
    simulator = AcceleratorSimulator(config)
    rng = np.random.default_rng(1)
    for _ in range(30 if name in tracked else 150):
        program = random_program(rng, config, rng.choice(np.array(COMPUTING), rng.integers(1, 4)).tolist())
        model = AcceleratorModel(config)
        assert model.load(program.words, program.weights if config.store == "stream" else None) == "NONE"
        model.outside.write(0, program.outside)
        inputs = rng.integers(-128, 128, (2, program.input_bytes)).astype(np.int8)
        written = Counts() if model.tracks is None else model.tracks.pulses
        simulator.load(np.array(program.words, np.uint32), program.weights, program.outside)
        result = simulator.infer(
            inputs, output_bytes=program.output_bytes, layers=len(program.layers), max_cycles=1_000_000
        )
        for number, data in enumerate(inputs):
            expected = model.run(data)
            np.testing.assert_array_equal(result.outputs[number], expected.outputs)
            assert result.layer_cycles[number].tolist() == expected.layer_cycles
        if model.tracks is not None:
            assert written + result.pulses == model.tracks.pulses
        beats = len(program.outside)
        np.testing.assert_array_equal(simulator.outside(0, beats), model.outside.read(0, beats))
        moved = transfer_bytes(program.layers, config)
        assert result.filled_bytes + result.spilled_bytes == len(inputs) * moved


@pytest.mark.simulation
@pytest.mark.parametrize(
    "config", [PRESETS["tiny"], TALL, TRACKED], ids=["tiny", "tall with weights outside", "weights on tracks"]
)
def test_cocotb_and_batch_give_the_same_bytes_in_the_same_cycles(config: DwcPwcConfig) -> None:
    each = case(random_network(4, blocks=2, max_size=6, max_channels=8), config, 4, count=2)
    sizes = {"output_bytes": each.outputs.shape[1], "layers": len(each.program.layers), "max_cycles": 1_000_000}
    batch, cocotb = AcceleratorSimulator(config), CocotbAccelerator(config)
    assert batch.load(each.program.words, each.program.weights) == cocotb.load(each.program.words, each.program.weights)
    expected, found = batch.infer(each.inputs, **sizes), cocotb.infer(each.inputs, **sizes)
    np.testing.assert_array_equal(found.outputs, expected.outputs)
    np.testing.assert_array_equal(found.layer_cycles, expected.layer_cycles)
    np.testing.assert_array_equal(found.outputs, each.outputs)
    rng = np.random.default_rng(1)
    program = random_program(rng, config, [LayerKind.STORE, LayerKind.WORDS, LayerKind.LOAD, LayerKind.DEPTHWISE])
    inputs = rng.integers(-128, 128, (2, program.input_bytes)).astype(np.int8)
    done = []
    # Tracks keep what was written, so that it takes less time to write again.
    for simulator in (AcceleratorSimulator(config), cocotb):
        loaded = simulator.load(np.array(program.words, np.uint32), program.weights, program.outside)
        result = simulator.infer(
            inputs, output_bytes=program.output_bytes, layers=len(program.layers), max_cycles=1_000_000
        )
        done.append((loaded, result, simulator.outside(0, len(program.outside))))
    assert done[0][0] == done[1][0]
    for field in ("outputs", "layer_cycles", "filled_bytes", "spilled_bytes", "pulses"):
        np.testing.assert_array_equal(getattr(done[0][1], field), getattr(done[1][1], field))
    assert done[0][1].filled_bytes > 0
    np.testing.assert_array_equal(done[0][2], done[1][2])


@pytest.mark.parametrize(("beats", "error"), [(5, "TRANSFER"), (6, "NONE"), (7, "TRANSFER")])
def test_a_load_asks_for_as_many_beats_as_its_tensor_takes(beats: int, error: str) -> None:
    layer = LayerConfig(kind=LayerKind.LOAD, last=1, tiles=3, channels=5, outside_beats=beats)
    model = AcceleratorModel(DwcPwcConfig(bandwidth=4))
    model.load(np.concatenate([block.words() for block in descriptor_blocks([layer])]).tolist())
    result = model.run(np.zeros(0, np.int8))
    assert result.error == error
    assert len(result.layer_cycles) == (error == "NONE")
