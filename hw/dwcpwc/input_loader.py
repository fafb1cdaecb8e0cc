"""Input loader: gives bytes that come from outside their places in the tensor that they make."""

from amaranth.hdl import Module, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.data import View
from amaranth.lib.wiring import In, Out

from racelet.hw.dwcpwc.layouts import LAYER, byte_group
from racelet.hw.dwcpwc.tile_counter import TileCounter


class InputLoader(wiring.Component):
    """Take one beat per cycle, rows, columns and channels in order, and give it out with its place in the same cycle.

    A beat is ``lanes`` neighbouring channels of one pixel; every pixel begins with a beat of its own.

    Parameters
    ----------
    lanes : int
        Bytes of a beat.

    Members
    -------
    layer : In(LAYER)
        The layer; ``channels`` and the tile fields are read. Steady until its last beat is taken.
    start : In(1)
        Begin a layer; no beat is taken before, or after the layer's last.
    i : In(stream.Signature(8 * lanes))
        Beats, the first channel in the lowest byte.
    o : Out(stream.Signature(byte_group(lanes)))
        Beats with their places.
    """

    layer: View
    start: Signal
    i: stream.Interface
    o: stream.Interface

    def __init__(self, lanes: int) -> None:
        self.lanes = lanes
        super().__init__(
            {
                "layer": In(LAYER),
                "start": In(1),
                "i": In(stream.Signature(8 * lanes)),
                "o": Out(stream.Signature(byte_group(lanes))),
            },
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.submodules.counter = counter = TileCounter()
        running = Signal()
        channel, channels_left = Signal(16), Signal(16)
        # Worked out in the beat before: whether this one is its pixel's last.
        channel_last = Signal()
        channels, whole = self.layer.channels, self.layer.channels <= self.lanes
        fire = Signal()
        m.d.comb += [
            self.o.valid.eq(running & self.i.valid),
            self.i.ready.eq(running & self.o.ready),
            fire.eq(self.o.valid & self.o.ready),
            self.o.p.data.as_value().eq(self.i.p),
            self.o.p.place.channel.eq(channel),
            self.o.p.place.advance.eq(channel_last),
            self.o.p.place.final.eq(channel_last & counter.pixel_last & counter.last),
            counter.layer.eq(self.layer),
            counter.start.eq(self.start),
            counter.step.eq(fire & channel_last),
        ]
        with m.If(fire):
            m.d.sync += [channel.eq(channel + self.lanes), channels_left.eq(channels_left - self.lanes)]
            m.d.sync += channel_last.eq(channels_left <= 2 * self.lanes)
            with m.If(channel_last):
                m.d.sync += [channel.eq(0), channels_left.eq(channels), channel_last.eq(whole)]
            with m.If(self.o.p.place.final):
                m.d.sync += running.eq(0)
        with m.If(self.start):
            m.d.sync += [running.eq(1), channel.eq(0), channels_left.eq(channels), channel_last.eq(whole)]
        return m
