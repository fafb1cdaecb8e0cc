"""What is around the accelerator's AXI shell in its bench: software, DMA engines, a weight store."""

from typing import Any

import cocotb
import numpy as np
from cocotb.task import Task
from numpy.random import Generator
from numpy.typing import NDArray

from racelet.golden.dwcpwc.accelerator import AcceleratorModel
from racelet.golden.dwcpwc.config import DwcPwcConfig
from racelet.golden.dwcpwc.layer_config import TRANSFER_KINDS
from racelet.golden.dwcpwc.outside_memory import OutsideMemory
from racelet.golden.dwcpwc.program import program_beats
from racelet.golden.lib.config import ShellConfig
from racelet.hw.dwcpwc.layouts import TRANSFER, WEIGHT_REQUEST, ErrorCode
from racelet.hw.dwcpwc.registers import register_map
from racelet.sim.axi import Host, sink, source
from racelet.sim.dwcpwc.drive import RESET_CYCLES
from racelet.sim.dwcpwc.programs import RandomProgram
from racelet.sim.payload import unpack


class ShellHost(Host):
    """Loads programs, runs them and compares with the golden accelerator.

    Parameters
    ----------
    dut : cocotb handle
        The top level.
    rng : Generator
    config : DwcPwcConfig
    shell : ShellConfig
    idle, stall : float
        Probability, per cycle, of a gap before each beat of each channel to the shell, of a stall in each from it.
    """

    def __init__(
        self,
        dut: Any,
        rng: Generator,
        config: DwcPwcConfig,
        shell: ShellConfig,
        *,
        idle: float = 0.0,
        stall: float = 0.0,
    ) -> None:
        super().__init__(dut, rng, register_map(config, shell), idle=idle, stall=stall)
        self.config = config
        self.golden = AcceleratorModel(config)
        self.exact = not idle and not stall and config.store == "bram"
        self.program = source(dut, "program", idle=idle)
        self.input = source(dut, "i", idle=idle)
        self.output = sink(dut, "o", stall=stall)
        self.serving: Task[Any] | None = None
        self.weights: list[bytes] = []
        self.outside: dict[int, bytes] = {}
        self.transfers, self.spill = sink(dut, "transfer", stall=stall), sink(dut, "spill", stall=stall)
        self.fill = source(dut, "fill", idle=idle)
        self.engines += [self.program, self.input, self.output, self.transfers, self.fill, self.spill]
        self.moving = cocotb.start_soon(self._move())
        if config.store == "stream":
            self.asked = sink(dut, "weight_request", stall=stall)
            self.answered = source(dut, "weights", idle=idle)
            self.engines += [self.asked, self.answered]
            self.serving = cocotb.start_soon(self._serve())

    async def load(self, program: RandomProgram) -> None:
        """Load a program here and into the golden accelerator."""
        outside = program.weights if self.config.store == "stream" else None
        assert self.golden.load(program.words, outside) == "NONE"
        self.weights = [beat.tobytes() for beat in program.weights]
        self.golden.outside = OutsideMemory(self.config.bandwidth)
        self.golden.outside.write(0, program.outside)
        self.outside = {number: beat.tobytes() for number, beat in enumerate(program.outside)}
        await self.send(program.words)
        await self.idle()
        assert await self.registers.read("status", "error") == ErrorCode.NONE.value

    async def send(self, words: list[int]) -> None:
        """Send program words, filled up to whole beats; returns when the last one is taken."""
        self.offer_words(words)
        await self.program.wait()

    def offer_words(self, words: list[int]) -> None:
        """Begin to send program words."""
        self.program.send_nowait(program_beats(words, self.config).tobytes())

    async def idle(self) -> None:
        """Wait until the shell says that nothing goes on."""
        while await self.registers.read("status", "busy"):
            pass

    def offer(self, program: RandomProgram) -> NDArray[np.int8]:
        """Begin to send an input."""
        data = self.rng.integers(-128, 128, program.input_bytes).astype(np.int8)
        self.input.send_nowait(data.tobytes())
        return data

    async def packet(self) -> NDArray[np.int8]:
        """The next packet of output."""
        return np.frombuffer(bytes((await self.output.recv()).tdata), np.int8)

    async def run(self, program: RandomProgram) -> None:
        """Run the program once, with its interrupt, and compare all that can be seen of it."""
        before = await self.registers.read("inferences")
        await self.registers.write("interrupt_enable", done=1, error=1)
        data = self.offer(program)
        await self.registers.write("control", start=1)
        outputs = await self.packet()
        np.testing.assert_array_equal(outputs, self.golden.run(data).outputs)
        await self.interrupt()
        assert await self.registers.read("interrupt_status") == 1
        await self.registers.write("interrupt_status", done=1)
        assert not self.dut.irq.value
        assert await self.registers.read("inferences") == before + 1
        await self.counts(program, self.golden.run(data).layer_cycles)
        assert self.output.empty()

    async def counts(self, program: RandomProgram, expected: list[int]) -> None:
        """Compare the cycle counts with those that golden says, or with their own sum where a stream stalled."""
        registers = self.registers
        assert await registers.read("layer_count") == len(program.layers)
        found: list[int] = []
        for index in range(len(program.layers)):
            await registers.write("layer_index", value=index)
            found.append(await registers.read("layer_cycles"))
        assert await self.pair("last_cycles") == sum(found)
        # A transfer's request and beats pass through slices.
        if self.exact and not any(layer.kind in TRANSFER_KINDS for layer in program.layers):
            assert found == expected
        else:
            # Not layer by layer: what waits for the output of one may be ready for the next.
            assert sum(found) >= sum(expected)

    def stop(self) -> None:
        """Stop the DMA engines, and what moves data between them."""
        self.moving.cancel()
        self.moving = cocotb.start_soon(self._move())
        super().stop()

    async def fresh(self) -> None:
        """Check that nothing goes on and nothing is left, once everything is reset."""
        await self.wait(RESET_CYCLES)
        assert await self.registers.read("status") & ~0x4 == 0
        assert await self.registers.read("input_level") == 0

    async def _move(self) -> None:
        """Be the memory outside: bring beats in and put them there."""
        while True:
            frame = await self.transfers.recv()
            wish = unpack(TRANSFER, int.from_bytes(bytes(frame.tdata), "little") & ((1 << TRANSFER.size) - 1))
            for address in range(wish["address"], wish["address"] + wish["beats"]):
                if wish["store"]:
                    self.outside[address] = bytes((await self.spill.recv()).tdata)
                else:
                    await self.fill.send(self.outside.get(address, bytes(self.config.bandwidth)))

    async def _serve(self) -> None:
        """Answer requests for weights."""
        while True:
            frame = await self.asked.recv()
            wish = unpack(WEIGHT_REQUEST, int.from_bytes(bytes(frame.tdata), "little"))
            beats = self.weights[wish["address"] : wish["address"] + wish["beats"]]
            assert len(beats) == wish["beats"]
            await self.answered.send(b"".join(beats))
