"""Speed of the simulators: batch, cocotb, and a bare loop that only toggles the clock, on the same RTL."""

import statistics

import numpy as np

from racelet.bench.row import Progress, Row
from racelet.golden.dwcpwc.config import PRESETS
from racelet.hw.dwcpwc.accelerator import Accelerator
from racelet.hw.lib.verilog import to_verilog
from racelet.nn.layers import build_network
from racelet.nn.lower import lower
from racelet.nn.models import digits
from racelet.nn.plan import plan
from racelet.nn.tflite import read_tflite
from racelet.sim.batch import bare_speed
from racelet.sim.dwcpwc.accelerator import AcceleratorSimulator
from racelet.sim.dwcpwc.cocotb_accelerator import CocotbAccelerator

DESCRIPTION = "cycles per second of the batch simulator, cocotb and a bare Verilator loop (digits on dwcpwc small)"

ROUNDS = 5
"""Turns of batch and bare loop; the machine's speed drifts, so they alternate and medians are told."""
BATCH_INPUTS = 360
COCOTB_INPUTS = 40


def run(progress: Progress) -> list[Row]:
    """Measure.

    Parameters
    ----------
    progress : Progress

    Returns
    -------
    list of Row
        ``batch``, ``cocotb`` and ``bare`` in cycles/s; ``batch_over_cocotb``, ``batch_over_bare``.
    """
    config = PRESETS["small"]
    files = digits()
    network = build_network(read_tflite(files.model))
    program = lower(plan(network, config))
    inputs = np.load(files.inputs)
    size, layers = int(np.prod(network.planes[network.output])), len(program.layers)
    steps = ROUNDS + 2

    progress(0, steps, "building")
    component = Accelerator(config)
    netlist = to_verilog(component)
    batch = AcceleratorSimulator(config)
    batch.load(program.words, program.weights)
    cocotb = CocotbAccelerator(config)
    cocotb.load(program.words, program.weights)
    batch_speeds, bare_speeds = [], []
    for number in range(ROUNDS):
        progress(1 + number, steps, "batch and bare loop")
        done = batch.infer(inputs[:BATCH_INPUTS], output_bytes=size, layers=layers, max_cycles=100_000)
        batch_speeds.append(done.cycles / done.seconds)
        bare_speeds.append(bare_speed(component, seconds=done.seconds, netlist=netlist))
    progress(steps - 1, steps, "cocotb")
    done = cocotb.infer(inputs[:COCOTB_INPUTS], output_bytes=size, layers=layers, max_cycles=100_000)
    cocotb_speed = done.cycles / done.seconds
    progress(steps, steps, "done")
    batch_speed = statistics.median(batch_speeds)
    over_bare = statistics.median(ours / bare for ours, bare in zip(batch_speeds, bare_speeds, strict=True))
    return [
        Row("batch", batch_speed, "cycles/s"),
        Row("cocotb", cocotb_speed, "cycles/s"),
        Row("bare", statistics.median(bare_speeds), "cycles/s"),
        Row("batch_over_cocotb", batch_speed / cocotb_speed, "x"),
        Row("batch_over_bare", over_bare, "x"),
    ]
