"""A component with logic whose results nobody looks at."""

from amaranth.hdl import Module, Mux, Signal, unsigned
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out


class Unwatched(wiring.Component):
    """Pass beats on, one cycle later; where there is none, the payload is the complement of what comes."""

    i: stream.Interface
    o: stream.Interface

    def __init__(self, width: int) -> None:
        signature = stream.Signature(unsigned(width))
        super().__init__({"i": In(signature), "o": Out(signature)})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        kept = Signal.like(self.i.p)
        m.d.comb += [self.i.ready.eq(~self.o.valid | self.o.ready), self.o.p.eq(Mux(self.o.valid, kept, ~self.i.p))]
        with m.If(self.i.ready):
            m.d.sync += [self.o.valid.eq(self.i.valid), kept.eq(self.i.p)]
        return m
