"""Bench of ``AxiLiteRegisters``: every kind of register against a model, with drivers of cocotbext-axi."""

from pathlib import Path
from typing import Any

import cocotb
from cocotb.triggers import RisingEdge
from cocotbext.axi import AxiResp
from numpy.random import Generator

from racelet.hw.lib.axi_lite import AxiLiteRegisters, Response
from racelet.hw.lib.registers import Field, Register, RegisterMap
from racelet.sim.axi import Registers, quiet_logs
from racelet.sim.bench import bench_rng
from racelet.sim.payload import pack, unpack
from racelet.sim.runner import run_bench
from racelet.sim.streams import bits_of, start, wait

MAP = RegisterMap(
    name="sample",
    address_width=8,
    registers=[
        Register(
            name="constant",
            offset=0x00,
            doc="",
            fields=(Field(name="value", doc="", reset=0x89ABCDEF, constant=True),),
        ),
        Register(
            name="mixed",
            offset=0x08,
            doc="",
            fields=(
                Field(name="level", doc="", access="rw", width=12, reset=0xA5A),
                Field(name="input", doc="", width=7, shift=12),
                Field(name="fixed", doc="", width=3, shift=20, reset=5, constant=True),
                Field(name="event", doc="", access="w1c", width=4, shift=24),
                Field(name="kick", doc="", access="pulse", width=2, shift=30),
            ),
        ),
        Register(name="shown", offset=0x0C, doc="", fields=(Field(name="value", doc=""),)),
        Register(name="held", offset=0x10, doc="", fields=(Field(name="value", doc="", access="rw"),)),
        Register(name="events", offset=0xFC, doc="", fields=(Field(name="value", doc="", access="w1c"),)),
    ],
)
OUTPUTS = ("awready", "wready", "bresp", "bvalid", "arready", "rdata", "rresp", "rvalid")


def verify(config: object, *, seed: int, waves: Path | None) -> None:
    """Run the bench on a map with every kind of field, whatever the block's config."""
    del config
    run_bench(AxiLiteRegisters(MAP), __name__, seed=seed, waves=waves)


class _Model:
    """What the registers hold."""

    def __init__(self, dut: Any) -> None:
        self.dut = dut
        self.inputs: dict[str, dict[str, int]] = {"mixed": {"input": 0, "event": 0}, "shown": {"value": 0}}
        self.inputs["events"] = {"value": 0}
        self.words = {register.offset: register.reset for register in MAP.registers}

    def show(self, register: str, field: str, value: int) -> None:
        """Drive what the hardware tells."""
        self.inputs[register][field] = value
        self.dut.i.value = pack(MAP.inputs, self.inputs)

    async def happen(self, register: str, field: str, bits: int) -> None:
        """Set bits of a w1c field for one cycle."""
        self.show(register, field, bits)
        await RisingEdge(self.dut.clk)
        self.show(register, field, 0)
        (chosen,) = (each for each in MAP[register].fields if each.name == field)
        self.words[MAP[register].offset] |= bits << chosen.shift

    def read(self, address: int) -> tuple[int, AxiResp]:
        word = self.words.get(address & ~3)
        if word is None:
            return 0, AxiResp.SLVERR
        for register, field in MAP.fields("ro"):
            if register.offset == address & ~3:
                word |= self.inputs[register.name][field.name] << field.shift
        return word, AxiResp.OKAY

    def write(self, address: int, data: int, mask: int) -> tuple[AxiResp, int]:
        """Response, and the bits that pulse."""
        register = {each.offset: each for each in MAP.registers}.get(address & ~3)
        if register is None or not register.writable:
            return AxiResp.SLVERR, 0
        pulses = 0
        for field in register.fields:
            bits = field.mask & mask
            if field.access == "rw":
                self.words[register.offset] = (self.words[register.offset] & ~bits) | (data & bits)
            elif field.access == "w1c":
                self.words[register.offset] &= ~(data & bits)
            elif field.access == "pulse":
                pulses |= (data & bits) >> field.shift
        return AxiResp.OKAY, pulses

    def check_outputs(self) -> None:
        told = unpack(MAP.outputs, bits_of(self.dut.o))
        for register, field in MAP.fields("rw", "w1c"):
            assert told[register.name][field.name] == (self.words[register.offset] & field.mask) >> field.shift


async def _pulses(dut: Any, seen: list[int]) -> None:
    while True:
        await RisingEdge(dut.clk)
        kick = unpack(MAP.outputs, bits_of(dut.o))["mixed"]["kick"]
        if kick:
            seen.append(kick)


async def _begin(dut: Any, **gaps: float) -> tuple[_Model, Registers]:
    quiet_logs(dut)
    await start(dut)
    cocotb.start_soon(_watch(dut))
    model = _Model(dut)
    return model, Registers(dut, MAP, dut.clk, dut.rst, active_high=True, **gaps)


async def _watch(dut: Any) -> None:
    """Answers stay until taken."""
    before: dict[str, tuple[Any, ...]] = {}
    while True:
        await RisingEdge(dut.clk)
        for channel, names in {"b": ("bvalid", "bresp"), "r": ("rvalid", "rdata", "rresp")}.items():
            now = tuple(str(getattr(dut, f"s_axi_{name}").value) for name in names)
            assert before.get(channel) in {None, now}, f"channel {channel} took back or changed its answer"
            taken = getattr(dut, f"s_axi_{channel}ready").value or now[0] == "0" or dut.rst.value
            before[channel] = now
            if taken:
                del before[channel]


@cocotb.test(timeout_time=2, timeout_unit="ms")
@cocotb.parametrize(idle=[0.0, 0.6], stall=[0.0, 0.6])
async def accesses_match_the_map(dut: Any, idle: float, stall: float) -> None:
    """Reads and writes of one to four bytes, anywhere; between them the hardware shows other values and sets bits."""
    rng = bench_rng()
    model, registers = await _begin(dut, idle=idle, stall=stall)
    model.show("shown", "value", 0)
    seen: list[int] = []
    expected: list[int] = []
    cocotb.start_soon(_pulses(dut, seen))
    for _ in range(300):
        address = _address(rng)
        size = int(rng.integers(1, 5 - address % 4))
        if rng.random() < 0.3:
            register, field, width = (("mixed", "event", 4), ("events", "value", 32))[int(rng.integers(2))]
            await model.happen(register, field, int(rng.integers(0, 1 << width)))
        if rng.random() < 0.3:
            register, field, width = (("mixed", "input", 7), ("shown", "value", 32))[int(rng.integers(2))]
            model.show(register, field, int(rng.integers(0, 1 << width)))
        if rng.random() < 0.5:
            answer = await registers.master.read(address & ~3, 4)
            assert (int.from_bytes(answer.data, "little"), answer.resp) == model.read(address), hex(address)
            continue
        data = rng.bytes(size)
        shift = 8 * (address % 4)
        mask = ((1 << 8 * size) - 1) << shift
        resp, kick = model.write(address, int.from_bytes(data, "little") << shift, mask)
        assert (await registers.master.write(address, data)).resp == resp, hex(address)
        expected += [kick] if kick else []
        await wait(dut, 2)
        model.check_outputs()
    assert len(expected) > 3
    assert seen == expected


@cocotb.test(timeout_time=2, timeout_unit="ms")
async def every_address_is_told_apart(dut: Any) -> None:
    """All words of the address range: only those of registers are read, written and changed."""
    rng = bench_rng()
    model, registers = await _begin(dut)
    for address in rng.permutation(range(0, 1 << MAP.address_width, 4)).tolist():
        data = rng.bytes(4)
        resp, _ = model.write(address, int.from_bytes(data, "little"), (1 << 32) - 1)
        assert (await registers.master.write(address, data)).resp == resp, hex(address)
        await wait(dut, 2)
        model.check_outputs()
        answer = await registers.master.read(address, 4)
        assert (int.from_bytes(answer.data, "little"), answer.resp) == model.read(address), hex(address)


def _address(rng: Generator) -> int:
    """Of a register, mostly."""
    if rng.random() < 0.2:
        return int(rng.integers(256))
    return int(rng.choice([register.offset for register in MAP.registers])) + int(rng.integers(4))


async def _events(dut: Any, seen: set[int]) -> None:
    while True:
        await RisingEdge(dut.clk)
        seen.add(unpack(MAP.outputs, bits_of(dut.o))["mixed"]["event"])


@cocotb.test(timeout_time=2, timeout_unit="ms")
async def setting_wins_over_clearing(dut: Any) -> None:
    """A bit that is set in the very cycle in which it is cleared stays."""
    model, registers = await _begin(dut)
    model.show("mixed", "event", 0b0101)
    await wait(dut, 2)
    shown: set[int] = set()
    watching = cocotb.start_soon(_events(dut, shown))
    await registers.write("mixed", event=0b1111)
    watching.cancel()
    assert shown == {0b0101}
    assert await registers.read("mixed", "event") == 0b0101
    model.show("mixed", "event", 0)
    await registers.write("mixed", event=0b0001)
    assert await registers.read("mixed", "event") == 0b0100


@cocotb.test(timeout_time=2, timeout_unit="ms")
@cocotb.parametrize(first=["address", "data"])
async def address_and_data_come_in_any_order(dut: Any, first: str) -> None:
    """The first is taken and waits; nothing happens before the second; then there is one answer."""
    await start(dut)
    dut.s_axi_bready.value = 1
    dut.s_axi_awaddr.value = MAP["held"].offset
    dut.s_axi_wdata.value = 0x12345678
    dut.s_axi_wstrb.value = 0xF
    channels = ("aw", "w") if first == "address" else ("w", "aw")
    for number, channel in enumerate(channels):
        valid, ready = getattr(dut, f"s_axi_{channel}valid"), getattr(dut, f"s_axi_{channel}ready")
        valid.value = 1
        await RisingEdge(dut.clk)
        assert ready.value
        valid.value = 0
        await RisingEdge(dut.clk)
        for _ in range(6 * (1 - number)):
            await RisingEdge(dut.clk)
            assert not ready.value
            assert not dut.s_axi_bvalid.value
            assert unpack(MAP.outputs, bits_of(dut.o))["held"]["value"] == 0
    await RisingEdge(dut.clk)
    assert dut.s_axi_bvalid.value
    assert bits_of(dut.s_axi_bresp) == Response.OKAY.value
    assert unpack(MAP.outputs, bits_of(dut.o))["held"]["value"] == 0x12345678
    for _ in range(6):
        await RisingEdge(dut.clk)
        assert not dut.s_axi_bvalid.value


@cocotb.test(timeout_time=2, timeout_unit="ms")
async def one_transfer_every_second_cycle(dut: Any) -> None:
    """Where the manager never waits, in both directions at once."""
    await start(dut)
    for name in ("awvalid", "wvalid", "bready", "arvalid", "rready"):
        getattr(dut, f"s_axi_{name}").value = 1
    dut.s_axi_awaddr.value = dut.s_axi_araddr.value = MAP["held"].offset
    await wait(dut, 3)
    counts = {"b": 0, "r": 0}
    for _ in range(40):
        await RisingEdge(dut.clk)
        for channel in counts:
            counts[channel] += int(getattr(dut, f"s_axi_{channel}valid").value)
    assert counts == {"b": 20, "r": 20}


@cocotb.test(timeout_time=2, timeout_unit="ms")
async def an_answer_that_is_not_taken_holds_up_the_next(dut: Any) -> None:
    """Of the accesses after it one is taken and waits, for its effect too."""
    await start(dut)
    dut.s_axi_awvalid.value = dut.s_axi_wvalid.value = 1
    dut.s_axi_wstrb.value = 0xF
    dut.s_axi_awaddr.value = MAP["held"].offset
    for value in range(1, 8):
        dut.s_axi_wdata.value = value
        await wait(dut, 1)
    assert unpack(MAP.outputs, bits_of(dut.o))["held"]["value"] == 1
    dut.s_axi_awvalid.value = dut.s_axi_wvalid.value = 0
    dut.s_axi_bready.value = 1
    await wait(dut, 3)
    assert unpack(MAP.outputs, bits_of(dut.o))["held"]["value"] == 3


@cocotb.test(timeout_time=2, timeout_unit="ms")
async def a_reset_forgets_what_has_begun(dut: Any) -> None:
    """An address without its data, and an answer that nobody took."""
    await start(dut)
    dut.s_axi_awaddr.value = MAP["held"].offset
    dut.s_axi_awvalid.value = dut.s_axi_arvalid.value = 1
    await wait(dut, 2)
    dut.s_axi_awvalid.value = dut.s_axi_arvalid.value = 0
    await wait(dut, 1)
    assert dut.s_axi_rvalid.value
    assert not dut.s_axi_awready.value
    dut.rst.value = 1
    await wait(dut, 2)
    assert not dut.s_axi_rvalid.value
    assert dut.s_axi_awready.value
    dut.rst.value = 0
    await wait(dut, 1)
    model, registers = _Model(dut), Registers(dut, MAP, dut.clk, dut.rst, active_high=True)
    for register in MAP.registers:
        assert await registers.read(register.name) == model.read(register.offset)[0]
