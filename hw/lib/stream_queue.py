"""Queue between two streams, whose outputs are registers."""

from amaranth.hdl import Module, Mux, Signal, unsigned
from amaranth.lib import stream, wiring
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out


class StreamQueue(wiring.Component):
    """Keep beats until they are taken.

    Accepts and gives one beat per cycle; a beat is there one cycle after it came, or after the one before it was taken.
    Every output is a register: behind a memory of ``depth`` beats, which the device makes of lookup tables, is the beat
    that is offered.

    Parameters
    ----------
    width : int
        Bits of a beat.
    depth : int
        Beats that can wait behind the one that is offered. A power of two, at least 2.

    Members
    -------
    i : In(stream.Signature(unsigned(width)))
        Beats. Taken while fewer than ``depth`` wait.
    o : Out(stream.Signature(unsigned(width)))
        The same beats. Held while ``o.valid`` is high and ``o.ready`` is low.
    """

    i: stream.Interface
    o: stream.Interface

    def __init__(self, width: int, depth: int) -> None:
        self.width = width
        self.depth = depth
        signature = stream.Signature(unsigned(width))
        super().__init__({"i": In(signature), "o": Out(signature)})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.submodules.memory = memory = Memory(shape=unsigned(self.width), depth=self.depth, init=[])
        write, read = memory.write_port(), memory.read_port(domain="comb")
        produce = Signal(range(self.depth))
        consume = Signal(range(self.depth))
        level = Signal(range(self.depth + 1))
        # Whether some wait, and whether as many as can.
        some = Signal()
        full = Signal()
        step, push, pop = Signal(), Signal(), Signal()
        m.d.comb += [
            self.i.ready.eq(~full),
            step.eq(~self.o.valid | self.o.ready),
            push.eq(self.i.valid & ~full & (some | ~step)),
            pop.eq(step & some),
            write.addr.eq(produce),
            write.data.eq(self.i.p),
            # Also where the beat goes past the memory: then its place is written once more by the next.
            write.en.eq(~full),
            read.addr.eq(consume),
        ]
        m.d.sync += [produce.eq(produce + push), consume.eq(consume + pop)]
        with m.If(push & ~pop):
            m.d.sync += [level.eq(level + 1), some.eq(1), full.eq(level == self.depth - 1)]
        with m.If(pop & ~push):
            m.d.sync += [level.eq(level - 1), some.eq(level != 1), full.eq(0)]
        with m.If(step):
            m.d.sync += [self.o.valid.eq(some | self.i.valid), self.o.p.eq(Mux(some, read.data, self.i.p))]
        return m
