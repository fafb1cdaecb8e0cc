"""What is around the accelerator in its bench: it loads programs, runs them and serves memories."""

from typing import Any

import cocotb
import numpy as np
from amaranth.hdl import signed
from cocotb.task import Task
from numpy.random import Generator
from numpy.typing import NDArray

from racelet.golden.dwcpwc.accelerator import AcceleratorModel
from racelet.golden.dwcpwc.config import DwcPwcConfig
from racelet.golden.dwcpwc.engine_cycles import typical_cycles
from racelet.hw.dwcpwc.layouts import TRANSFER, WEIGHT_REQUEST, ErrorCode
from racelet.sim.answer import answer
from racelet.sim.dwcpwc.drive import RESET_CYCLES, highs, program_payloads, pulse
from racelet.sim.dwcpwc.programs import RandomProgram
from racelet.sim.memory import MemoryModel
from racelet.sim.streams import PATIENCE, get, put, wait

QUIET = (
    *("o__valid", "spill__valid", "transfer__valid", "layer_cycles__valid", "running", "fenced"),
    *("i__ready", "program__ready", "fill__ready"),
)
"""What is low while everything is reset."""


class AcceleratorHost:
    """Loads programs, runs them and compares with the golden accelerator.

    Parameters
    ----------
    dut : cocotb handle
        The top level.
    rng : Generator
    config : DwcPwcConfig
    idle, stall : float
        Probability, per cycle, of a gap before each beat of each stream to it, of a stall in each from it.
    """

    def __init__(self, dut: Any, rng: Generator, config: DwcPwcConfig, idle: float = 0.0, stall: float = 0.0) -> None:
        self.dut, self.rng, self.config, self.idle, self.stall = dut, rng, config, idle, stall
        self.outside = config.store == "stream"
        # Cycles in which the words of the last beat of a program are loaded.
        self.loaded = 3 + config.program_words
        self.quiet = (*QUIET, *(("weight_request__valid", "weights__ready") if self.outside else ()))
        self.golden = AcceleratorModel(self.config)
        self.memory = MemoryModel(dut, "transfer", "fill", "spill", shape=TRANSFER, size=1 << 32)
        # A slow engine takes its time over a layer, and so do tracks.
        self.patience = PATIENCE * typical_cycles(config) * (40 if config.store == "racetrack" else 1)
        self.weights: list[int] = []
        self.tasks: list[Task[Any]] = []

    async def load(self, program: RandomProgram) -> None:
        """Load a program here and there."""
        await self.send(program.words)
        self.take_over(program)
        await self.settle()
        assert self.error() == ErrorCode.NONE
        assert not self.dut.busy.value

    def take_over(self, program: RandomProgram) -> None:
        """Load a program into the golden accelerator, and what it needs into the memories."""
        assert self.golden.load(program.words, program.weights if self.outside else None) == "NONE"
        self.golden.outside.write(0, program.outside)
        self.memory.set(program.outside)
        self.serve(program.weights)

    async def send(self, words: list[int]) -> None:
        """Send program words."""
        await put(self.dut, "program", program_payloads(words, self.config), idle=self.idle)

    def serve(self, weights: NDArray[np.uint8]) -> None:
        """Serve the memories outside from now on; to be called anew after a clear."""
        self.stop()
        self.tasks = [cocotb.start_soon(self.memory.serve(idle=self.idle, stall=self.stall))]
        if self.outside:
            beats = [int.from_bytes(beat.tobytes(), "little") for beat in weights]
            serving = answer(
                self.dut, "weight_request", "weights", beats, shape=WEIGHT_REQUEST, idle=self.idle, stall=self.stall
            )
            self.tasks.append(cocotb.start_soon(serving))

    def begin(self, program: RandomProgram) -> NDArray[np.int8]:
        """Offer an input, after which the program may be started."""
        data = self.rng.integers(-128, 128, program.input_bytes).astype(np.int8)
        self.tasks.append(cocotb.start_soon(put(self.dut, "i", data.tolist(), idle=self.idle)))
        return data

    async def run(self, program: RandomProgram) -> None:
        """Run the program once and compare."""
        data = self.begin(program)
        running: list[int] = []
        watching = cocotb.start_soon(highs(self.dut, "running", running))
        started = await pulse(self.dut, "start")
        counts = await self.compare(program, data)
        watching.cancel()
        assert running == list(range(started + 1, started + 1 + len(running)))
        # Until the last count is taken.
        assert self.idle or self.stall or len(running) == sum(counts) + 1

    async def compare(self, program: RandomProgram, data: NDArray[np.int8]) -> list[int]:
        """Compare what comes out of a run that has begun; returns the cycles of its layers."""
        layers = len(program.layers)
        wait_for = {"stall": self.stall, "patience": self.patience}
        counting = cocotb.start_soon(get(self.dut, "layer_cycles", layers, **wait_for))
        outputs = await get(self.dut, "o", program.output_bytes, shape=signed(8), **wait_for)
        counts = await counting
        await wait(self.dut, 2)
        assert not self.dut.busy.value
        expected = self.golden.run(data)
        np.testing.assert_array_equal(outputs, expected.outputs)
        np.testing.assert_array_equal(self.memory.get(self.config.bandwidth), self.golden.outside.written())
        if not self.idle and not self.stall:
            assert counts == expected.layer_cycles
        return counts

    def stop(self) -> None:
        """Take back whatever is offered."""
        for task in self.tasks:
            task.cancel()
        self.tasks = []
        offers = ("i__valid", "program__valid", "fill__valid")
        for name in (*offers, "o__ready", "layer_cycles__ready", "transfer__ready", "spill__ready"):
            getattr(self.dut, name).value = 0
        if self.outside:
            self.dut.weights__valid.value = 0
            self.dut.weight_request__ready.value = 0

    async def clear(self, program: RandomProgram) -> None:
        """Pulse ``clear``, with everything around."""
        self.stop()
        await pulse(self.dut, "clear")
        for _ in range(RESET_CYCLES):
            await wait(self.dut, 1)
            assert self.dut.busy.value
            assert self.error() == ErrorCode.NONE
            assert not any(getattr(self.dut, name).value for name in self.quiet)
        self.golden.clear()
        self.serve(program.weights)
        await wait(self.dut, 1)
        await self._rest()
        assert not self.dut.busy.value
        assert self.error() == ErrorCode.NONE

    async def settle(self) -> None:
        """Wait until all words that were sent are loaded."""
        await wait(self.dut, self.loaded)
        await self._rest()

    async def _rest(self) -> None:
        """Wait until weights are on their racetracks, if that is where they go, and these at home."""
        while self.config.store == "racetrack" and self.dut.busy.value:
            await wait(self.dut, 1)

    def error(self) -> ErrorCode:
        """What went wrong, if anything."""
        return ErrorCode(self.dut.error.value.to_unsigned())
