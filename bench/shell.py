"""What the AXI shell hides: cycles from one result to the next, one run at a time and with runs queued."""

import contextlib
import io
import statistics
import tempfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from racelet.bench.row import Progress, Row
from racelet.golden.dwcpwc.accelerator import AcceleratorModel
from racelet.golden.dwcpwc.config import PRESETS
from racelet.golden.lib.config import ShellConfig
from racelet.hw.dwcpwc.axi_shell import AxiShell
from racelet.nn.layers import build_network
from racelet.nn.lower import lower
from racelet.nn.models import digits
from racelet.nn.plan import plan
from racelet.nn.tflite import read_tflite
from racelet.sim.runner import run_bench

DESCRIPTION = "cycles per inference through the AXI shell, one by one and queued (digits on dwcpwc small)"

INPUTS = 12
SPEEDS = {"1 byte/cycle": 0.0, "1/4 byte/cycle": 0.75}
"""How fast the input comes, and the probability of a gap that gives."""


def run(progress: Progress) -> list[Row]:
    """Measure.

    Parameters
    ----------
    progress : Progress

    Returns
    -------
    list of Row
        ``layers``: cycles of the layers alone; ``<speed>, one by one`` and ``<speed>, queued``: median cycles from one
        result's last byte to the next one's.
    """
    config, shell = PRESETS["small"], ShellConfig()
    files = digits()
    program = lower(plan(build_network(read_tflite(files.model)), config))
    inputs = np.load(files.inputs)[:INPUTS].astype(np.int8).reshape(INPUTS, -1)
    model = AcceleratorModel(config)
    model.load(program.words.tolist())
    outputs = np.array([model.run(each).outputs for each in inputs])
    layers = sum(model.run(inputs[0]).layer_cycles)

    rows = [Row("layers", layers, "cycles")]
    cases = [(name, idle, overlap) for name, idle in SPEEDS.items() for overlap in (False, True)]
    with tempfile.TemporaryDirectory(prefix="racelet-") as folder:
        told, found = Path(folder) / "told.npz", Path(folder) / "found.npz"
        np.savez(told, words=program.words, inputs=inputs, outputs=outputs)
        for number, (name, idle, overlap) in enumerate(cases):
            progress(number, len(cases), name)
            parameters = {"config": config, "shell": shell, "told": str(told), "found": str(found)}
            with contextlib.redirect_stderr(io.StringIO()):  # The seed that it tells is always the same.
                run_bench(
                    AxiShell(config, shell),
                    "racelet.sim.dwcpwc.play_shell",
                    parameters={**parameters, "idle": idle, "overlap": overlap},
                    seed=1,
                )
            with np.load(found) as data:
                rows.append(Row(f"{name}, {'queued' if overlap else 'one by one'}", _step(data["ends"]), "cycles"))
    progress(len(cases), len(cases), "done")
    return rows


def _step(ends: NDArray[np.int64]) -> float:
    return statistics.median(np.diff(ends).tolist())
