"""cocotb drivers for AXI ports, on cocotbext-axi: drivers that were not written with this hardware in mind."""

import logging
import random
from collections.abc import Iterator, Sequence
from typing import Any, Self

import cocotb
from cocotb.clock import Clock
from cocotb.triggers import ReadOnly, RisingEdge
from cocotbext.axi import AxiLiteBus, AxiLiteMaster, AxiResp, AxiStreamBus, AxiStreamSink, AxiStreamSource
from numpy.random import Generator

from racelet.hw.lib.registers import RegisterMap
from racelet.sim.bench import bench_inputs
from racelet.sim.streams import PERIOD_NS, bits_of, check_held

RESET_CYCLES = 3
_DRAIN_CYCLES = 20
PATIENCE = 200_000
"""Cycles to wait for an interrupt."""


async def start(dut: Any) -> None:
    """Start ``aclk``, drive every input to 0 and reset; to be called before the drivers are made."""
    quiet_logs(dut)
    for name in bench_inputs():
        getattr(dut, name).value = 0
    Clock(dut.aclk, PERIOD_NS, "ns").start()
    await RisingEdge(dut.aclk)


async def reset(dut: Any) -> None:
    """Hold ``aresetn`` low for some cycles; the drivers notice."""
    dut.aresetn.value = 0
    for _ in range(RESET_CYCLES):
        await RisingEdge(dut.aclk)
    dut.aresetn.value = 1
    await RisingEdge(dut.aclk)


def quiet_logs(dut: Any) -> None:
    """Keep the drivers from a log entry for every transfer."""
    logging.getLogger(f"cocotb.{dut._name}").setLevel(logging.ERROR)


def pauses(probability: float) -> Iterator[int]:
    """For ``set_pause_generator``: pause in each cycle with a probability."""
    rng = random.Random(random.getrandbits(64))
    while True:
        yield int(rng.random() < probability)


def source(dut: Any, name: str, *, idle: float = 0.0) -> AxiStreamSource:
    """Driver of the input stream ``s_axis_<name>``, with gaps."""
    driver = AxiStreamSource(AxiStreamBus.from_prefix(dut, f"s_axis_{name}"), dut.aclk, dut.aresetn, False)
    if idle:
        driver.set_pause_generator(pauses(idle))
    return driver


def sink(dut: Any, name: str, *, stall: float = 0.0) -> AxiStreamSink:
    """Receiver of the output stream ``m_axis_<name>``, with stalls; its beats are checked to stay until taken."""
    driver = AxiStreamSink(AxiStreamBus.from_prefix(dut, f"m_axis_{name}"), dut.aclk, dut.aresetn, False)
    if stall:
        driver.set_pause_generator(pauses(stall))
    cocotb.start_soon(watch(dut, f"m_axis_{name}_t", dut.aclk, dut.aresetn))
    return driver


async def watch(dut: Any, prefix: str, clock: Any, reset_n: Any) -> None:
    """Check for ever that what a channel offers stays until it is taken, but for a reset."""
    names = ("data", "last", "resp")
    payload = [getattr(dut, prefix + name) for name in names if hasattr(dut, prefix + name)]
    valid, ready = getattr(dut, f"{prefix}valid"), getattr(dut, f"{prefix}ready")
    edge, settled = RisingEdge(clock), ReadOnly()
    offered: int | None = None
    while True:
        await edge
        if not reset_n.value:
            offered = None
            continue
        # The drivers of inputs act after the edge; what counts is what was there at the edge.
        now = hash(tuple(bits_of(each) for each in payload)) if valid.value else None
        check_held(prefix, offered, now)
        offered = None if now is None or ready.value else now
        await settled


class Registers:
    """Registers behind AXI4-Lite, by name.

    Parameters
    ----------
    dut : cocotb handle
        The top level, with the ports ``s_axi_...``.
    registers : RegisterMap
    clock, reset : cocotb handles
    active_high : bool
        Which level of ``reset`` resets.
    idle, stall : float
        Probability, per cycle, of a gap in each channel to the slave, of a stall in each from it.
    """

    def __init__(
        self,
        dut: Any,
        registers: RegisterMap,
        clock: Any,
        reset: Any,
        *,
        active_high: bool = False,
        idle: float = 0.0,
        stall: float = 0.0,
    ) -> None:
        self.registers = registers
        self.master: Any = AxiLiteMaster(AxiLiteBus.from_prefix(dut, "s_axi"), clock, reset, active_high)
        writing, reading = self.master.write_if, self.master.read_if
        for channel in (writing.aw_channel, writing.w_channel, reading.ar_channel):
            channel.set_pause_generator(pauses(idle) if idle else None)
        for channel in (writing.b_channel, reading.r_channel):
            channel.set_pause_generator(pauses(stall) if stall else None)

    async def read(self, name: str, field: str | None = None) -> int:
        """Value of a register or of one of its fields."""
        register = self.registers[name]
        answer = await self.master.read(register.offset, 4)
        assert answer.resp == AxiResp.OKAY
        word = int.from_bytes(answer.data, "little")
        if field is None:
            return word
        (chosen,) = (each for each in register.fields if each.name == field)
        return (word & chosen.mask) >> chosen.shift

    async def write(self, name: str, **values: int) -> None:
        """Write a register; fields that are not named are written with zeros."""
        register = self.registers[name]
        fields = {field.name: field for field in register.fields}
        word = sum(value << fields[field].shift for field, value in values.items())
        answer = await self.master.write(register.offset, word.to_bytes(4, "little"))
        assert answer.resp == AxiResp.OKAY


class Host:
    """What is around a shell: software at its registers; a block's host adds what moves its data.

    Parameters
    ----------
    dut : cocotb handle
        The top level.
    rng : Generator
    registers : RegisterMap
    idle, stall : float
        Probability, per cycle, of a gap before each beat of each channel to the shell, of a stall in each from it.

    Attributes
    ----------
    engines : list
        Sources and sinks of the block's streams: a block's host puts them here.
    """

    def __init__(
        self, dut: Any, rng: Generator, registers: RegisterMap, *, idle: float = 0.0, stall: float = 0.0
    ) -> None:
        self.dut, self.rng = dut, rng
        self.edge = RisingEdge(dut.aclk)
        self.registers = Registers(dut, registers, dut.aclk, dut.aresetn, idle=idle, stall=stall)
        self.engines: list[Any] = []

    @classmethod
    async def begin(cls, dut: Any, *arguments: Any, **gaps: float) -> Self:
        """Start the clock, make a host, and reset everything."""
        await start(dut)
        host = cls(dut, *arguments, **gaps)
        await reset(dut)
        return host

    async def wait(self, cycles: int) -> None:
        """Let clock cycles pass."""
        for _ in range(cycles):
            await self.edge

    def stop(self) -> None:
        """Stop the DMA engines: nothing is offered any more, what has come is forgotten."""
        for engine in self.engines:
            engine.assert_reset()
            engine.clear()

    async def clear(self) -> None:
        """Stop everything by software: drain, so that nothing that is under way comes later."""
        await self.registers.write("control", drain=1)
        self.stop()
        await self.wait(_DRAIN_CYCLES)
        self.stop()
        await self.registers.write("control", drain=0)
        await self.fresh()

    async def fresh(self) -> None:
        """Check what must be so once everything is stopped; a block's host says what."""

    async def interrupt(self) -> None:
        """Wait for the interrupt line."""
        for _ in range(PATIENCE):
            if self.dut.irq.value:
                return
            await self.edge
        raise TimeoutError(f"no interrupt came in {PATIENCE} cycles")

    async def pair(self, name: str) -> int:
        """Value of a number of two registers, ``<name>_low`` and ``<name>_high``."""
        low, high = [await self.registers.read(f"{name}_{word}") for word in ("low", "high")]
        return (high << 32) + low

    async def registers_are_those_of_the_map(self, absent: Sequence[int]) -> None:
        """After reset; what is not there answers with an error; strobes choose bytes.

        Parameters
        ----------
        absent : sequence of int
            Addresses of no register.
        """
        registers, master = self.registers.registers, self.registers.master
        for register in registers.registers:
            assert await self.registers.read(register.name) == register.reset, register.name
        for address in (*absent, registers.registers[-1].offset + 4, 0xFFC):
            answer = await master.read(address, 4)
            assert (answer.resp, bytes(answer.data)) == (AxiResp.SLVERR, bytes(4))
            assert (await master.write(address, bytes(4))).resp == AxiResp.SLVERR
        for register in registers.registers:
            if not register.writable:
                assert (await master.write(register.offset, bytes(4))).resp == AxiResp.SLVERR
        await self.registers.write("scratch", value=0x01234567)
        await master.write(registers["scratch"].offset + 1, b"\xab\xcd")
        assert await self.registers.read("scratch") == 0x01CDAB67
        # A start needs its own byte.
        await master.write(registers["control"].offset + 1, b"\xff\xff\xff")
        assert await self.registers.read("status") == 0


async def last_beats(dut: Any, ends: list[int]) -> None:
    """Note the cycles in which packets of ``m_axis_o`` end, for ever."""
    edge = RisingEdge(dut.aclk)
    cycle = 0
    while True:
        await edge
        cycle += 1
        if dut.m_axis_o_tvalid.value and dut.m_axis_o_tready.value and dut.m_axis_o_tlast.value:
            ends.append(cycle)
