"""Bench module that plays programs and inputs from a file and writes down what comes out."""

from typing import Any

import cocotb
import numpy as np
from amaranth.hdl import signed
from cocotb.triggers import RisingEdge
from numpy.typing import NDArray

from racelet.golden.dwcpwc.config import DwcPwcConfig
from racelet.golden.dwcpwc.program import header_beats
from racelet.golden.racetrack.operations import KINDS
from racelet.hw.dwcpwc.layouts import TRANSFER, WEIGHT_REQUEST
from racelet.sim.answer import answer
from racelet.sim.bench import bench_config, bench_parameters
from racelet.sim.dwcpwc.drive import program_payloads
from racelet.sim.memory import MemoryModel
from racelet.sim.streams import cycle, get, put, start

PATIENCE = 10_000_000
"""Cycles that a stream may rest: a whole layer passes between two outputs."""


@cocotb.test()
async def play(dut: Any) -> None:
    """Load the program, run it once per input, save outputs and cycle counts."""
    told = bench_parameters()
    config = bench_config(DwcPwcConfig)
    with np.load(told["told"]) as data:
        words, weights, inputs, streamed = (data[name] for name in ("words", "weights", "inputs", "streamed"))
        outside = data["outside"]
    memory = MemoryModel(dut, "transfer", "fill", "spill", shape=TRANSFER, size=1 << 32)
    memory.set(outside)
    await start(dut)
    if config.store == "stream":
        beats = [int.from_bytes(beat.tobytes(), "little") for beat in weights]
        cocotb.start_soon(answer(dut, "weight_request", "weights", beats, shape=WEIGHT_REQUEST))
    cocotb.start_soon(memory.serve())
    await put(dut, "program", program_payloads(words, config))
    loaded = cycle() + 1
    if config.store == "racetrack":
        await _rest(dut)
        loaded = cycle()
    before = _pulses(dut, config)
    outputs = np.zeros((len(inputs), told["output_bytes"]), np.int8)
    cycles = np.zeros((len(inputs), told["layers"]), np.int64)
    arriving, first = program_payloads(streamed, config), header_beats(config)
    for number, values in enumerate(inputs):
        # A run that has begun takes no beat before it streams.
        await put(dut, "program", arriving[:first])
        await _begin(dut)
        cocotb.start_soon(put(dut, "program", arriving[first:], patience=PATIENCE))
        counted = cocotb.start_soon(get(dut, "layer_cycles", told["layers"], patience=PATIENCE))
        cocotb.start_soon(put(dut, "i", values, patience=PATIENCE))
        outputs[number] = await get(dut, "o", told["output_bytes"], shape=signed(8), patience=PATIENCE)
        cycles[number] = await counted
        assert int(dut.error.value) == 0, f"the accelerator reports error {int(dut.error.value)}"
    np.savez(
        told["found"],
        outputs=outputs,
        cycles=cycles,
        pulses=_pulses(dut, config) - before,
        loaded=loaded,
        simulated=cycle() + 1,
        outside=memory.get(config.bandwidth),
        filled=memory.read_beats,
        spilled=memory.written_beats,
    )


def _pulses(dut: Any, config: DwcPwcConfig) -> NDArray[np.int64]:
    """Operations on racetracks so far."""
    tracks = config.store == "racetrack"
    return np.array([int(getattr(dut, f"pulses_{kind}").value) if tracks else 0 for kind in KINDS])


async def _rest(dut: Any) -> None:
    edge = RisingEdge(dut.clk)
    while True:
        await edge
        if not int(dut.busy.value):
            break


async def _begin(dut: Any) -> None:
    edge = RisingEdge(dut.clk)
    await _rest(dut)
    dut.start.value = 1
    await edge
    dut.start.value = 0
