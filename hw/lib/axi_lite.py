"""AXI4-Lite: the interface, and registers behind it."""
# Ref: Arm, "AMBA AXI Protocol Specification", IHI 0022, issue H, part B (AXI4-Lite).

from typing import Any

from amaranth.hdl import Cat, Module, Mux, Signal, Value
from amaranth.lib import enum, wiring
from amaranth.lib.data import View
from amaranth.lib.wiring import In, Out

from racelet.hw.lib.registers import DATA_WIDTH, RegisterMap

BYTES = DATA_WIDTH // 8


class Response(enum.Enum, shape=2):
    """What a transfer is answered with."""

    OKAY = 0
    SLVERR = 2


class AxiLiteSignature(wiring.Signature):
    """The five channels of AXI4-Lite, 32 bits of data, as the manager sees them.

    Parameters
    ----------
    address_width : int
        Bits of a byte address.
    """

    separator = "_"

    def __init__(self, address_width: int) -> None:
        self.address_width = address_width
        super().__init__(
            {
                "awaddr": Out(address_width),
                "awprot": Out(3),
                "awvalid": Out(1),
                "awready": In(1),
                "wdata": Out(DATA_WIDTH),
                "wstrb": Out(BYTES),
                "wvalid": Out(1),
                "wready": In(1),
                "bresp": In(Response),
                "bvalid": In(1),
                "bready": Out(1),
                "araddr": Out(address_width),
                "arprot": Out(3),
                "arvalid": Out(1),
                "arready": In(1),
                "rdata": In(DATA_WIDTH),
                "rresp": In(Response),
                "rvalid": In(1),
                "rready": Out(1),
            },
        )


class AxiLiteRegisters(wiring.Component):
    """The registers of a map, behind AXI4-Lite.

    One write and one read at a time, independent of each other, each every second cycle at most; address and data of a
    write come in any order. A write takes effect in the cycle after the later of the two, and is answered in the next;
    a read is answered in the cycle after its address. Every output is a register or a function of registers: no path
    leads from an input to an output. The two lowest address bits and the protection bits are ignored; bytes without
    strobe keep their value, and trigger nothing. An address without a register, and a write to a register of "ro"
    fields only, is answered with SLVERR and has no effect.

    Parameters
    ----------
    registers : RegisterMap

    Members
    -------
    s_axi : In(AxiLiteSignature(registers.address_width))
        From the manager.
    i : In(registers.inputs)
        Values of "ro" fields; for "w1c" fields, bits to set, which wins over clearing.
    o : Out(registers.outputs)
        "rw" and "w1c" fields as they are; "pulse" fields for one cycle.
    """

    s_axi: Any
    i: View
    o: View

    def __init__(self, registers: RegisterMap) -> None:
        self.registers = registers
        super().__init__(
            {
                "s_axi": In(AxiLiteSignature(registers.address_width)),
                "i": In(registers.inputs),
                "o": Out(registers.outputs),
            },
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        self._write(m)
        self._read(m)
        return m

    def _write(self, m: Module) -> None:
        bus = self.s_axi
        word = Signal(self.registers.address_width - 2)
        data, strobe = Signal(DATA_WIDTH), Signal(BYTES)
        addressed, given = Signal(), Signal()
        m.d.comb += [bus.awready.eq(~addressed), bus.wready.eq(~given)]
        with m.If(bus.awvalid & bus.awready):
            m.d.sync += [word.eq(bus.awaddr[2:]), addressed.eq(1)]
        with m.If(bus.wvalid & bus.wready):
            m.d.sync += [data.eq(bus.wdata), strobe.eq(bus.wstrb), given.eq(1)]
        with m.If(bus.bready):
            m.d.sync += bus.bvalid.eq(0)
        write, known = Signal(), Signal()
        m.d.comb += write.eq(addressed & given & (~bus.bvalid | bus.bready))
        with m.If(write):
            m.d.sync += [addressed.eq(0), given.eq(0), bus.bvalid.eq(1)]
            m.d.sync += bus.bresp.eq(Mux(known, Response.OKAY, Response.SLVERR))

        bits = Cat(strobe[byte].replicate(8) for byte in range(BYTES))
        hits: dict[str, Signal] = {}
        for register in self.registers.registers:
            if register.writable:
                hits[register.name] = hit = Signal(name=f"hit_{register.name}")
                m.d.comb += hit.eq(word == register.offset >> 2)
        m.d.comb += known.eq(Cat(hits.values()).any())
        for register, field in self.registers.fields("rw", "w1c", "pulse"):
            place = slice(field.shift, field.shift + field.width)
            chosen = Mux(write & hits[register.name], bits[place], 0)
            self._update(m, register.name, field.name, field.access, chosen, data[place], field.reset)

    def _update(
        self, m: Module, register: str, field: str, access: str, chosen: Value, data: Value, reset: int
    ) -> None:
        """One writable field; ``chosen`` has the bits that are written now."""
        value = Signal(len(data), name=f"{register}_{field}", init=reset)
        m.d.comb += self.o[register][field].eq(value)
        if access == "rw":
            m.d.sync += value.eq((value & ~chosen) | (data & chosen))
        elif access == "w1c":
            m.d.sync += value.eq((value & ~(data & chosen)) | self.i[register][field])
        else:
            m.d.sync += value.eq(data & chosen)

    def _read(self, m: Module) -> None:
        bus = self.s_axi
        m.d.comb += bus.arready.eq(~bus.rvalid)
        with m.If(bus.rready):
            m.d.sync += bus.rvalid.eq(0)
        with m.If(bus.arvalid & bus.arready):
            m.d.sync += [bus.rvalid.eq(1), bus.rdata.eq(0), bus.rresp.eq(Response.SLVERR)]
            with m.Switch(bus.araddr[2:]):
                for register in self.registers.registers:
                    with m.Case(register.offset >> 2):
                        m.d.sync += bus.rresp.eq(Response.OKAY)
                        for field in register.fields:
                            place = slice(field.shift, field.shift + field.width)
                            m.d.sync += bus.rdata[place].eq(self._shown(register.name, field))

    def _shown(self, register: str, field: Any) -> Value | int:
        """What a field reads."""
        if field.constant:
            return field.reset
        if field.access == "pulse":
            return 0
        return (self.i if field.access == "ro" else self.o)[register][field.name]
