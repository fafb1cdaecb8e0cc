"""cocotb drivers for AXI ports, on cocotbext-axi: drivers that were not written with this hardware in mind."""

import logging
import random
from collections.abc import Iterator
from typing import Any

import cocotb
from cocotb.clock import Clock
from cocotb.triggers import ReadOnly, RisingEdge
from cocotbext.axi import AxiLiteBus, AxiLiteMaster, AxiResp, AxiStreamBus, AxiStreamSink, AxiStreamSource

from racelet.hw.lib.registers import RegisterMap
from racelet.sim.bench import bench_inputs
from racelet.sim.streams import PERIOD_NS, bits_of, check_held

RESET_CYCLES = 3


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
