"""Group splitter: cuts the engine's sums into groups that the requantisers take at once."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.data import View
from amaranth.lib.wiring import In, Out

from racelet.golden.dwcpwc.config import DwcPwcConfig
from racelet.hw.dwcpwc.layouts import LAYER, dot_sums, group
from racelet.hw.dwcpwc.tile_counter import TileCounter


class GroupSplitter(wiring.Component):
    """Give ``output_lanes`` sums as groups of ``requantizers``, each with its parameters' row and its place.

    One group per cycle, in the cycle in which the sums are there; channels beyond the layer's last group are left out.
    Sums come in the order tiles, passes, pixels.

    Parameters
    ----------
    config : DwcPwcConfig

    Members
    -------
    layer : In(LAYER)
        The layer. Steady until its last group is taken.
    start : In(1)
        Begin a layer.
    i : In(stream.Signature(dot_sums(config)))
        Sums; taken with their last group.
    o : Out(stream.Signature(group(config.requantizers)))
        Groups.
    """

    layer: View
    start: Signal
    i: stream.Interface
    o: stream.Interface

    def __init__(self, config: DwcPwcConfig) -> None:
        self.config = config
        super().__init__(
            {
                "layer": In(LAYER),
                "start": In(1),
                "i": In(stream.Signature(dot_sums(config))),
                "o": Out(stream.Signature(group(config.requantizers))),
            },
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        layer, lanes = self.layer, self.config.requantizers
        groups = self.config.output_lanes // lanes
        m.submodules.counter = counter = TileCounter()
        passes_done, pixel = Signal(14), Signal(7)
        index = Signal(range(max(groups, 2)))
        first_channel, first_row = Signal(16), Signal(16)

        pass_last = passes_done == layer.passes - 1
        pixel_last = pixel == counter.pixels - 1
        group_last = index == Mux(pass_last, layer.tail_groups, groups) - 1
        fire, done = Signal(), Signal()
        m.d.comb += [
            self.o.valid.eq(self.i.valid),
            self.o.p.parameter_row.eq(first_row + index),
            self.o.p.place.channel.eq(first_channel + index * lanes),
            self.o.p.place.advance.eq(group_last),
            self.o.p.place.rewind.eq(pixel_last & ~pass_last),
            self.o.p.place.tile_last.eq(pixel_last & pass_last),
            self.o.p.place.final.eq(group_last & pixel_last & pass_last & counter.last),
            fire.eq(self.o.valid & self.o.ready),
            done.eq(fire & group_last),
            self.i.ready.eq(self.o.ready & group_last),
            counter.layer.eq(layer),
            counter.start.eq(self.start),
            counter.next.eq(done & pixel_last & pass_last),
        ]
        for lane in range(lanes):
            sums = self.i.p.as_value().word_select(index * lanes + lane, 32)
            m.d.comb += self.o.p.sums[lane].eq(sums)

        with m.If(fire):
            m.d.sync += index.eq(Mux(group_last, 0, index + 1))
        with m.If(done):
            m.d.sync += pixel.eq(Mux(pixel_last, 0, pixel + 1))
            with m.If(pixel_last):
                m.d.sync += [
                    passes_done.eq(Mux(pass_last, 0, passes_done + 1)),
                    first_channel.eq(Mux(pass_last, 0, first_channel + self.config.output_lanes)),
                    first_row.eq(Mux(pass_last, layer.parameter_address, first_row + groups)),
                ]
        with m.If(self.start):
            m.d.sync += [index.eq(0), pixel.eq(0), passes_done.eq(0)]
            m.d.sync += [first_channel.eq(0), first_row.eq(layer.parameter_address)]
        return m
