"""Whole networks on the RTL: every byte equal to LiteRT after every layer, every cycle as the formula says."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from racelet.cli import inference
from racelet.golden.dwcpwc.config import PRESETS
from racelet.golden.dwcpwc.ideal import ideal_cycles
from racelet.nn.layers import build_network
from racelet.nn.lower import lower
from racelet.nn.models import digits
from racelet.nn.plan import Plan, plan
from racelet.nn.tflite import read_tflite
from racelet.sim.dwcpwc.accelerator import AcceleratorSimulator
from racelet.sim.dwcpwc.cocotb_accelerator import CocotbAccelerator

IDEAL_FACTOR = 1.05


def _run(model: Path, preset: str, inputs: NDArray[np.int8], layerwise: int) -> tuple[Plan, inference.Results]:
    planned = plan(build_network(read_tflite(model)), PRESETS[preset])
    simulator = AcceleratorSimulator(PRESETS[preset])
    results = inference.run(planned, simulator, model, inputs, layerwise, lambda *_: None)
    assert results.difference is None, str(results.difference)
    assert inference.cycles_are_exact(planned, results, lower(planned)) is None
    assert len(results.outputs) == len(inputs)
    return planned, results


@pytest.mark.parametrize("preset", PRESETS)
def test_kws_equals_litert_in_at_most_1_05_times_the_ideal(
    preset: str, kws_model: Path, kws_inputs: NDArray[np.int8]
) -> None:
    planned, results = _run(kws_model, preset, kws_inputs[:4] if preset == "tiny" else kws_inputs, layerwise=2)
    ideal = sum(ideal_cycles(shape, planned.config) for shape in planned.network.shapes)
    assert results.layer_cycles[0, 1:-1].sum() <= IDEAL_FACTOR * ideal


def test_digits_are_read_on_the_rtl() -> None:
    files = digits()
    labels = np.loadtxt(files.labels, str, delimiter=",", skiprows=1)[:, 2].astype(int)
    _, results = _run(files.model, "small", np.load(files.inputs), layerwise=8)
    assert len(labels) >= 300
    assert np.mean(results.outputs.argmax(1) == labels) >= 0.97


def test_cocotb_and_batch_give_the_same_bytes_and_cycles() -> None:
    files = digits()
    inputs = np.load(files.inputs)[:2]
    planned, results = _run(files.model, "small", inputs, layerwise=0)
    program = lower(planned)
    cocotb = CocotbAccelerator(planned.config)
    assert cocotb.load(program.words, program.weights) == results.load_cycles
    played = cocotb.infer(inputs, output_bytes=results.outputs.shape[1], layers=len(program.layers), max_cycles=100_000)
    np.testing.assert_array_equal(played.outputs, results.outputs)
    np.testing.assert_array_equal(played.layer_cycles, results.layer_cycles)
