"""Registers between two streams, so that no path leads through."""
# Ref: Arm, "AMBA AXI Protocol Specification", IHI 0022, issue H, A1.2.2: register slices.

from amaranth.hdl import Cat, Module, Mux, Signal, Value, unsigned
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out


class StreamSlice(wiring.Component):
    """Pass beats on, one cycle later.

    Accepts and gives one beat per cycle. Holds two beats: the one it offers, and the one that came in the cycle in
    which it learned that the first is not taken. They lie in two registers in turn, and a choice between these is all
    that stands before an output, so that ``o.ready`` decides on a few bits and not on where a wide beat goes.

    Parameters
    ----------
    width : int
        Bits of a beat.
    registered : bool
        ``o.p`` is a register, for a beat that goes far; then ``o.ready`` decides on all its bits.

    Members
    -------
    i : In(stream.Signature(unsigned(width)))
        Beats.
    o : Out(stream.Signature(unsigned(width)))
        The same beats. Held while ``o.valid`` is high and ``o.ready`` is low.
    """

    i: stream.Interface
    o: stream.Interface

    def __init__(self, width: int, *, registered: bool = False) -> None:
        self.width = width
        self.registered = registered
        signature = stream.Signature(unsigned(width))
        super().__init__({"i": In(signature), "o": Out(signature)})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        full = Signal()
        full_next = self.o.valid & ~self.o.ready & (full | self.i.valid)
        m.d.comb += self.i.ready.eq(~full)
        m.d.sync += [self.o.valid.eq(full | self.i.valid | (self.o.valid & ~self.o.ready)), full.eq(full_next)]
        if self.registered:
            self._behind(m, full)
        else:
            self._in_turn(m, full, full_next)
        return m

    def _behind(self, m: Module, full: Signal) -> None:
        """Keep the second beat behind the first."""
        waiting = Signal(self.width, reset_less=True)
        with m.If(~full):
            m.d.sync += waiting.eq(self.i.p)
        with m.If(~self.o.valid | self.o.ready):
            m.d.sync += self.o.p.eq(Mux(full, waiting, self.i.p))

    def _in_turn(self, m: Module, full: Signal, full_next: Value) -> None:
        """Keep beats in two places in turn."""
        places = [Signal(self.width, name=f"place_{k}", reset_less=True) for k in range(2)]
        # The place for the beat that comes next, and that of the one that is offered.
        coming, offered = Signal(name="coming"), Signal(name="offered")
        accept, leave = self.i.valid & ~full, self.o.valid & self.o.ready
        coming_next = coming ^ accept
        m.d.comb += self.o.p.eq(Mux(offered, places[1], places[0]))
        m.d.sync += [coming.eq(coming_next), offered.eq(offered ^ leave)]
        # Written whether a beat comes or not; worked out ahead, as a place is wide.
        writing = Signal(2, init=1)
        m.d.sync += writing.eq(Mux(full_next, 0, Cat(~coming_next, coming_next)))
        for here, place in zip(writing, places, strict=True):
            with m.If(here):
                m.d.sync += place.eq(self.i.p)
