"""Registers between two streams, so that no path leads through."""
# Ref: Arm, "AMBA AXI Protocol Specification", IHI 0022, issue H, A1.2.2: register slices.

from amaranth.hdl import Module, Signal, unsigned
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out


class StreamSlice(wiring.Component):
    """Pass beats on, one cycle later.

    Accepts and gives one beat per cycle; every output is a register. Holds two beats: the one it offers, and the one
    that came in the cycle in which it learned that the first is not taken.

    Parameters
    ----------
    width : int
        Bits of a beat.

    Members
    -------
    i : In(stream.Signature(unsigned(width)))
        Beats.
    o : Out(stream.Signature(unsigned(width)))
        The same beats. Held while ``o.valid`` is high and ``o.ready`` is low.
    """

    i: stream.Interface
    o: stream.Interface

    def __init__(self, width: int) -> None:
        self.width = width
        signature = stream.Signature(unsigned(width))
        super().__init__({"i": In(signature), "o": Out(signature)})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        waiting = Signal(self.width)
        full = Signal()
        m.d.comb += self.i.ready.eq(~full)
        # Kept whether it will be needed or not, so that this does not wait for ``o.ready``.
        with m.If(~full):
            m.d.sync += waiting.eq(self.i.p)
        with m.If(~self.o.valid | self.o.ready):
            m.d.sync += [self.o.valid.eq(full | self.i.valid), full.eq(0)]
            with m.If(full):
                m.d.sync += self.o.p.eq(waiting)
            with m.Else():
                m.d.sync += self.o.p.eq(self.i.p)
        with m.Elif(~full):
            m.d.sync += full.eq(self.i.valid)
        return m
