"""Packer of byte groups of any length into words of a fixed length."""

from amaranth.hdl import Cat, Const, Module, Mux, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.data import ArrayLayout, StructLayout
from amaranth.lib.wiring import In, Out


def byte_run(size: int) -> StructLayout:
    """Up to ``size`` bytes; ``last`` ends a row."""
    return StructLayout({"data": ArrayLayout(8, size), "count": range(size + 1), "last": 1})


def byte_word(size: int) -> StructLayout:
    """A word of ``size`` bytes; ``last`` ends a row."""
    return StructLayout({"data": ArrayLayout(8, size), "last": 1})


class BytePacker(wiring.Component):
    """Concatenate groups of bytes and cut them into words.

    Takes a group and gives a word in every cycle as long as the bytes allow: a group is taken when less than one
    word is left over after this cycle's output. After a group marked ``last`` the rest goes out as one more word,
    filled up with zeros, and the next group starts a new word. A group's first byte can leave in the cycle after it
    came. Computes :func:`racelet.golden.lib.byte_packer.pack`, in the cycles of
    :func:`racelet.golden.lib.byte_packer.schedule`.

    Parameters
    ----------
    input_bytes : int
        Most bytes of a group. At least 1.
    output_bytes : int
        Bytes of a word. At least 1.

    Members
    -------
    i : In(stream.Signature(byte_run(input_bytes)))
        Groups: the first ``count`` bytes of ``data``; ``count`` at least 1.
    o : Out(stream.Signature(byte_word(output_bytes)))
        Words. ``last`` marks the word with the last byte of a ``last`` group.
    """

    i: stream.Interface
    o: stream.Interface

    def __init__(self, input_bytes: int, output_bytes: int) -> None:
        self.input_bytes = input_bytes
        self.output_bytes = output_bytes
        super().__init__(
            {"i": In(stream.Signature(byte_run(input_bytes))), "o": Out(stream.Signature(byte_word(output_bytes)))}
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        size = self.output_bytes
        capacity = size - 1 + self.input_bytes
        held = Signal(8 * capacity)
        fill = Signal(range(capacity + 1))
        flushing = Signal()

        left = Signal.like(fill)
        kept = Signal.like(held)
        pop = self.o.valid & self.o.ready
        m.d.comb += [
            self.o.valid.eq(flushing | (fill >= size)),
            self.o.p.data.eq(held),
            self.o.p.last.eq(flushing & (fill <= size)),
            left.eq(Mux(pop, Mux(fill > size, fill - size, 0), fill)),
            kept.eq(Mux(pop, held >> 8 * size, held)),
            self.i.ready.eq((left < size) & ~(flushing & (left != 0))),
        ]
        bytes_in = Cat(Mux(k < self.i.p.count, self.i.p.data[k], Const(0, 8)) for k in range(self.input_bytes))
        m.d.sync += [held.eq(kept), fill.eq(left)]
        with m.If(pop & (left == 0)):
            m.d.sync += flushing.eq(0)
        with m.If(self.i.valid & self.i.ready):
            m.d.sync += [
                held.eq(kept | (bytes_in << (left << 3))),
                fill.eq(left + self.i.p.count),
                flushing.eq(self.i.p.last),
            ]
        return m
