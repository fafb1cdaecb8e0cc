"""Registers that nothing looks at before a start."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out


class Late(wiring.Component):
    """Keep words, the first of which is inverted.

    Members
    -------
    start : In(1)
        The word behind this is the first.
    i : In(32)
    o : Out(32)
        What came two cycles before; 0 until a start.
    """

    start: Signal
    i: Signal
    o: Signal

    def __init__(self) -> None:
        super().__init__({"start": In(1), "i": In(32), "o": Out(32)})

    def elaborate(self, platform: object) -> Module:
        """Wire it up."""
        m = Module()
        first, begun, kept, word = Signal(), Signal(), Signal(), Signal(32)
        m.d.sync += [first.eq(0), kept.eq(begun), word.eq(Mux(first, ~self.i, self.i))]
        m.d.sync += self.o.eq(Mux(kept, word, 0))
        with m.If(self.start):
            m.d.sync += [first.eq(1), begun.eq(1)]
        return m
