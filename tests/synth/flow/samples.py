"""Small components to synthesise."""

from amaranth.hdl import Cat, Module, Signal, signed, unsigned
from amaranth.lib import wiring
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out


class MultiplyAdd(wiring.Component):
    """``o`` is the sum of ``copies`` products of eight bits, of two cycles before; one port is a memory's address.

    Parameters
    ----------
    copies : int
    """

    a: Signal
    b: Signal
    o: Signal

    def __init__(self, copies: int = 1) -> None:
        self.copies = copies
        super().__init__({"a": In(signed(8)), "b": In(8), "o": Out(signed(24))})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.submodules.table = table = Memory(shape=signed(8), depth=512, init=range(100))
        port = table.read_port()
        write = table.write_port()
        m.d.comb += [port.addr.eq(self.b), write.addr.eq(self.b), write.data.eq(self.a), write.en.eq(self.a[0])]
        products = [Signal(signed(16), name=f"product_{number}") for number in range(self.copies)]
        first = Signal(signed(8))
        m.d.sync += first.eq(self.a)
        for number, product in enumerate(products):
            m.d.sync += product.eq((first ^ number) * port.data)
        total = Signal(signed(24))
        m.d.comb += total.eq(sum(products))
        m.d.sync += self.o.eq(total)
        return m


class ReadMultiply(wiring.Component):
    """Both bytes of a word of a memory times one factor: the word and all factors go through registers."""

    address: Signal
    a: Signal
    write: Signal
    o: Signal

    def __init__(self) -> None:
        super().__init__({"address": In(10), "a": In(signed(8)), "write": In(16), "o": Out(32)})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.submodules.table = table = Memory(shape=unsigned(16), depth=1024, init=[])
        read, write = table.read_port(), table.write_port()
        m.d.comb += [read.addr.eq(self.address), write.addr.eq(self.address), write.data.eq(self.write), write.en.eq(1)]
        word, weights = Signal(16, reset_less=True), Signal(16, reset_less=True)
        factor = Signal(signed(8), reset_less=True)
        m.d.sync += [word.eq(read.data), weights.eq(word), factor.eq(self.a)]
        products = [Signal(signed(16), name=f"product_{number}") for number in range(2)]
        for number, product in enumerate(products):
            m.d.sync += product.eq(factor * weights[8 * number : 8 * number + 8].as_signed())
        m.d.sync += self.o.eq(Cat(products))
        return m
