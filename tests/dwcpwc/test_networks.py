"""Whole networks on the RTL: every byte equal to LiteRT after every layer, every cycle as the formula says."""

import dataclasses
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest
from numpy.typing import NDArray

from racelet.cli import inference
from racelet.cli.summary import summary
from racelet.cli.track_reads import track_reads
from racelet.golden.dwcpwc.config import PRESETS, Engine, Reads
from racelet.golden.dwcpwc.ideal import ideal_cycles
from racelet.nn.compile import Compiled, compile_network
from racelet.nn.fold import fold
from racelet.nn.models import digits
from racelet.nn.tflite import read_tflite
from racelet.nn.tflite_writer import write_tflite
from racelet.sim.dwcpwc.accelerator import AcceleratorSimulator
from racelet.sim.dwcpwc.cocotb_accelerator import CocotbAccelerator
from tests.models import random_inputs
from tests.nn.test_schedule import INSIDE, NARROW, identity_network, residual_network, wide_network

IDEAL_FACTOR = 1.05
SLOW = ["serial", "bitlet"]
"""Engines without multipliers."""


def _run(
    model: Path, preset: str, inputs: NDArray[np.int8], layerwise: int, **settings: Any
) -> tuple[Compiled, inference.Results]:
    config = dataclasses.replace(PRESETS[preset], **settings)
    folded = fold(read_tflite(model))
    compiled = compile_network(folded.graph, config)
    simulator = AcceleratorSimulator(config)
    results = inference.run(compiled, simulator, model, folded, inputs, layerwise, lambda *_: None)
    assert results.difference is None, str(results.difference)
    assert inference.cycles_are_exact(compiled, results) is None
    assert len(results.outputs) == len(inputs)
    return compiled, results


@pytest.mark.parametrize("preset", PRESETS)
def test_kws_equals_litert_in_at_most_1_05_times_the_ideal(
    preset: str, kws_model: Path, kws_inputs: NDArray[np.int8]
) -> None:
    planned, results = _run(kws_model, preset, kws_inputs[:4] if preset == "tiny" else kws_inputs, layerwise=2)
    ideal = sum(ideal_cycles(shape, planned.config) for shape in planned.network.shapes)
    assert results.layer_cycles[0, 1:-1].sum() <= IDEAL_FACTOR * ideal


def test_digits_on_racetracks_equal_litert() -> None:
    """Two inferences as they follow each other, each with the tracks where the one before has left them.

    The bench of the store reads in all ways.
    """
    shipped = digits()
    inputs = np.load(shipped.inputs)[:2]
    compiled, results = _run(shipped.model, "small", inputs, 0, store="racetrack")
    found = track_reads(compiled, results)
    assert found is not None
    assert found["ways"]["serpentine"]["cycles"] == results.layer_cycles[0, 1:-1].sum()
    assert found["counted"]["detects"] == 2 * found["ways"]["serpentine"]["detects"]
    # Whichever way is run, what is said of all of them is what each does itself.
    for other in get_args(Reads):
        config = dataclasses.replace(compiled.config, store_reads=other)
        told = track_reads(compile_network(fold(read_tflite(shipped.model)).graph, config), None)
        assert told is not None
        assert told["ways"] == found["ways"]
    _, plain = _run(shipped.model, "small", inputs[:1], 0)
    assert found["bram_cycles"] == plain.layer_cycles[0, 1:-1].sum()


def test_kws_on_racetracks_equals_litert_in_about_the_cycles_of_block_ram(
    kws_model: Path, kws_inputs: NDArray[np.int8]
) -> None:
    compiled, results = _run(kws_model, "small", kws_inputs[:2], 0, store="racetrack")
    found = track_reads(compiled, results)
    assert found is not None
    ways = found["ways"]
    _, plain = _run(kws_model, "small", kws_inputs[:1], 0)
    assert found["bram_cycles"] == plain.layer_cycles[0, 1:-1].sum() == 39_013
    assert ways["serpentine"]["cycles"] == results.layer_cycles[0, 1:-1].sum() == 39_887
    # Out and back against out or back, see golden/racetrack/matrix_reads.py; the last shift of each word is left out.
    beats = ways["naive"]["detects"] // 11
    assert (ways["naive"]["shifts"], ways["buffer"]["detects"]) == (22 * beats, 11 * beats)
    assert ways["buffer"]["shifts"] <= 11 * beats
    assert [ways[reads]["shifts"] for reads in get_args(Reads)] == [418_176, 190_119, 6_719]


def test_vww_folded_equals_litert_in_at_most_1_05_times_the_ideal(
    vww_model: Path, vww_inputs: NDArray[np.int8]
) -> None:
    """Of all presets, `large` comes least close to the ideal."""
    planned, results = _run(vww_model, "large", vww_inputs, layerwise=2, activation_bytes=73_728)
    ideal = sum(ideal_cycles(shape, planned.config) for shape in planned.network.shapes)
    assert ideal == 18_709
    assert results.layer_cycles[0, 1:-1].sum() <= IDEAL_FACTOR * ideal


def test_vww_with_a_quarter_of_the_buffers_moves_the_bytes_that_were_promised(
    vww_model: Path, vww_inputs: NDArray[np.int8]
) -> None:
    compiled, results = _run(vww_model, "small", vww_inputs[:1], 1, weight_bytes=57_344, activation_bytes=18_432)
    assert compiled.schedule is not None
    assert results.edge_bytes == compiled.program.edge_bytes(compiled.config)
    assert min(results.edge_bytes["loaded"], results.edge_bytes["stored"]) > 0


@pytest.mark.parametrize(("bank_bytes", "layers"), [(1152, 8), (2048, 3)])
def test_a_residual_network_that_is_larger_than_the_chip_equals_litert(
    tmp_path: Path, bank_bytes: int, layers: int
) -> None:
    graph = residual_network()
    (tmp_path / "residual.tflite").write_bytes(write_tflite(graph))
    sizes = {"activation_bytes": 9 * bank_bytes, "weight_bytes": 8192, "layers": layers}
    compiled, results = _run(tmp_path / "residual.tflite", "small", random_inputs(graph, 2, 1), 2, **sizes)
    assert compiled.schedule is not None
    assert len(results.layer_cycles[0]) > layers


def test_a_residual_network_whose_sums_take_their_operands_places_equals_litert(tmp_path: Path) -> None:
    graph = identity_network()
    (tmp_path / "identity.tflite").write_bytes(write_tflite(graph))
    sizes = {"activation_bytes": INSIDE.activation_bytes}
    compiled, results = _run(tmp_path / "identity.tflite", "small", random_inputs(graph, 3, 1), 3, **sizes)
    assert compiled.schedule is not None
    assert results.edge_bytes["loaded"] == results.edge_bytes["stored"] == 0


def test_a_pooling_that_takes_some_channels_at_a_time_equals_litert(tmp_path: Path) -> None:
    graph = wide_network(fused=True, pool="mean")
    (tmp_path / "wide.tflite").write_bytes(write_tflite(graph))
    names = ("activation_bytes", "weight_bytes", "channels", "layers")
    sizes = {name: getattr(NARROW, name) for name in names}
    compiled, _ = _run(tmp_path / "wide.tflite", "small", random_inputs(graph, 3, 1), 3, **sizes)
    assert compiled.schedule is not None
    assert any(segment.group for segment in compiled.schedule.segments)


@pytest.mark.parametrize("engine", SLOW)
@pytest.mark.parametrize("preset", ["tiny", "small"])
def test_kws_equals_litert_on_engines_without_multipliers(
    preset: str, engine: str, kws_model: Path, kws_inputs: NDArray[np.int8]
) -> None:
    compiled, results = _run(kws_model, preset, kws_inputs[:1], layerwise=1, engine=engine)
    ideal = [layer["ideal_cycles"] for layer in summary(compiled, results)["layers"]]
    assert results.layer_cycles[0, 1:-1].sum() <= IDEAL_FACTOR * sum(ideal)


@pytest.mark.parametrize("engine", SLOW)
def test_vww_equals_litert_on_engines_without_multipliers(
    engine: str, vww_model: Path, vww_inputs: NDArray[np.int8]
) -> None:
    _run(vww_model, "small", vww_inputs[:1], layerwise=1, engine=engine)


@pytest.mark.parametrize("engine", SLOW)
def test_digits_are_the_same_bytes_on_every_engine(engine: str) -> None:
    """Weights on chip, outside, and sent again and again while the program runs."""
    files = digits()
    inputs = np.load(files.inputs)[:4]
    shapes = ({}, {"store": "stream"}, {"weight_bytes": 2048, "activation_bytes": 9 * 512})
    runs = [_run(files.model, "small", inputs, 2, engine=engine, **shape) for shape in shapes]
    assert [compiled.schedule is None for compiled, _ in runs] == [True, True, False]
    _, parallel = _run(files.model, "small", inputs, 0)
    for _, results in runs:
        np.testing.assert_array_equal(results.outputs, parallel.outputs)


def test_digits_are_the_same_bytes_on_columns_of_memory_cells() -> None:
    inputs = np.load(digits().inputs)[:2]
    _, results = _run(digits().model, "small", inputs, 1, engine="imc")
    _, parallel = _run(digits().model, "small", inputs, 0)
    np.testing.assert_array_equal(results.outputs, parallel.outputs)


def test_digits_are_read_on_the_rtl() -> None:
    files = digits()
    labels = np.loadtxt(files.labels, str, delimiter=",", skiprows=1)[:, 2].astype(int)
    _, results = _run(files.model, "small", np.load(files.inputs), layerwise=8)
    assert len(labels) >= 300
    assert np.mean(results.outputs.argmax(1) == labels) >= 0.97


@pytest.mark.parametrize("engine", get_args(Engine))
def test_cocotb_and_batch_give_the_same_bytes_and_cycles(engine: Engine) -> None:
    files = digits()
    inputs = np.load(files.inputs)[:2]
    planned, results = _run(files.model, "small", inputs, layerwise=0, engine=engine)
    program = planned.program
    cocotb = CocotbAccelerator(planned.config)
    assert cocotb.load(program.words, program.weights) == results.load_cycles
    played = cocotb.infer(inputs, output_bytes=results.outputs.shape[1], layers=len(program.layers), max_cycles=200_000)
    np.testing.assert_array_equal(played.outputs, results.outputs)
    np.testing.assert_array_equal(played.layer_cycles, results.layer_cycles)
