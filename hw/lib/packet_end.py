"""Marks the last beat of a packet whose end is known only after it."""

from amaranth.hdl import Module, Signal, unsigned
from amaranth.lib import stream, wiring
from amaranth.lib.data import StructLayout
from amaranth.lib.wiring import In, Out


class PacketEnd(wiring.Component):
    """Hold one beat back until it is known whether another of its packet follows, and mark the packet's last.

    Accepts and gives one beat per cycle; a beat goes on in the cycle in which the next one comes or its packet has
    ended. A packet without beats leaves no trace. Computes :func:`racelet.golden.lib.packet_end.packets`.

    Parameters
    ----------
    width : int
        Bits of a beat.

    Members
    -------
    i : In(stream.Signature(unsigned(width)))
        Beats. Its ``ready`` depends on registers and on ``o.ready``.
    end : In(1)
        The packet ends with the last beat accepted up to this cycle.
    o : Out(stream.Signature(StructLayout({"data": width, "last": 1})))
        The same beats. Once ``end`` was high, ``valid`` stays until the packet's last beat is taken; before, it follows
        ``i.valid``.
    open : Out(1)
        A beat is held back.
    """

    i: stream.Interface
    end: Signal
    o: stream.Interface
    open: Signal

    def __init__(self, width: int) -> None:
        self.width = width
        super().__init__(
            {
                "i": In(stream.Signature(unsigned(width))),
                "end": In(1),
                "o": Out(stream.Signature(StructLayout({"data": width, "last": 1}))),
                "open": Out(1),
            },
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        held, ended = Signal(), Signal()
        m.d.comb += [
            self.open.eq(held),
            self.o.valid.eq(held & (ended | self.i.valid)),
            self.o.p.last.eq(ended),
            self.i.ready.eq(~held | self.o.ready),
        ]
        with m.If(self.i.valid & self.i.ready):
            m.d.sync += [self.o.p.data.eq(self.i.p), held.eq(1), ended.eq(self.end)]
        with m.Elif(self.o.valid & self.o.ready):
            m.d.sync += [held.eq(0), ended.eq(0)]
        with m.Elif(self.end):
            m.d.sync += ended.eq(1)
        return m
