"""A component around another one."""

from amaranth.hdl import Module, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out, connect, flipped

from racelet.hw.lib.stream_slice import StreamSlice


class Around(wiring.Component):
    """A slice, and whether it takes back what it offers, as it would do if it were cleared.

    Parameters
    ----------
    width : int

    Members
    -------
    i, o : In, Out(stream.Signature(width))
    taken_back : Out(1)
    """

    i: stream.Interface
    o: stream.Interface
    taken_back: Signal

    def __init__(self, width: int) -> None:
        self.width = width
        super().__init__(
            {"i": In(stream.Signature(width)), "o": Out(stream.Signature(width)), "taken_back": Out(1)},
        )

    def elaborate(self, platform: object) -> Module:
        """Wire it up."""
        m = Module()
        m.submodules.inner = inner = StreamSlice(self.width)
        connect(m, flipped(self.i), inner.i)
        connect(m, inner.o, flipped(self.o))
        offered = Signal()
        m.d.sync += offered.eq(inner.o.valid & ~inner.o.ready)
        m.d.comb += self.taken_back.eq(offered & ~inner.o.valid)
        return m
