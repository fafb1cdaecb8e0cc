import csv
import dataclasses
from pathlib import Path

import numpy as np
import pytest

from racelet.golden.dwcpwc.config import PRESETS
from racelet.golden.dwcpwc.serial_link import read_answer
from racelet.hw.dwcpwc.uart_shell import UartShell
from racelet.nn.compile import compile_network, predicted_cycles
from racelet.nn.fold import fold
from racelet.nn.models import digits
from racelet.nn.reference import LiteRtReference
from racelet.nn.tflite import read_tflite
from racelet.sim.dwcpwc.tb_uart_shell import UART, verify
from racelet.sim.runner import run_bench

TINY = PRESETS["tiny"]


@pytest.mark.simulation
def test_answers_match_golden() -> None:
    verify(TINY, seed=1, waves=None)


@pytest.mark.simulation
def test_digits_run_through_the_pins(tmp_path: Path) -> None:
    folded = fold(read_tflite(digits().model))
    compiled = compile_network(folded.graph, TINY)
    inputs = np.load(digits().inputs)[:2]
    np.savez(tmp_path / "told.npz", words=compiled.program.words, inputs=inputs)
    told = {"config": TINY, "told": str(tmp_path / "told.npz"), "found": str(tmp_path / "found.npz")}
    run_bench(UartShell(TINY, UART), "racelet.sim.dwcpwc.tb_uart_shell", parameters=told, seed=1, testcase="play")
    reference = LiteRtReference(digits().model)
    with np.load(tmp_path / "found.npz") as found:
        outputs, cycles = found["outputs"], found["cycles"]
    with digits().labels.open(newline="") as file:
        labels = [int(row["label"]) for row in csv.DictReader(file)]
    for number, output in enumerate(outputs):
        expected = folded.select(reference.run(inputs[number]))[compiled.network.output]
        np.testing.assert_array_equal(output, expected.reshape(-1))
        assert int(output.argmax()) == labels[number]
    layers = predicted_cycles(compiled, compiled.program)
    # From the last byte of the input to the first of the output: all layers between, and no wait for the lines.
    assert abs(cycles - sum(layers[1:-1])).max() <= 40


def test_a_weight_store_outside_is_refused() -> None:
    with pytest.raises(ValueError, match='must be "bram" behind a serial line, not "stream"'):
        UartShell(dataclasses.replace(TINY, store="stream"), UART)


@pytest.mark.parametrize(
    ("received", "message"),
    [
        ([1, 5, 0, 0, 1], "the answer ends early"),
        ([7], "an answer must go on with 0 or 1, not 7"),
    ],
)
def test_what_is_no_answer_is_named(received: list[int], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        read_answer(received)
