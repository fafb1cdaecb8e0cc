"""Group splitter: cuts the engine's sums into groups that the requantisers take at once."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.data import View
from amaranth.lib.wiring import In, Out

from racelet.golden.dwcpwc.config import DwcPwcConfig
from racelet.hw.dwcpwc.layouts import LAYER, dot_sums, group
from racelet.hw.dwcpwc.tile_counter import TileCounter
from racelet.hw.lib.stream_slice import StreamSlice


class GroupSplitter(wiring.Component):
    """Give ``output_lanes`` sums as groups of ``requantizers``, each with its parameters' row and its place.

    One group per cycle, a cycle after the sums are there; channels beyond the layer's last group are left out. Sums
    come in the order tiles, passes, pixels.

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
        Sums; taken when their last group goes to the output's register.
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
        given = group(lanes)
        m.submodules.counter = counter = TileCounter()
        m.submodules.output = output = StreamSlice(given.size)
        made = View(given, output.i.p)
        m.d.comb += [self.o.p.eq(output.o.p), self.o.valid.eq(output.o.valid), output.o.ready.eq(self.o.ready)]

        passes_left = Signal(14)
        pass_last = Signal()
        index, tail_last = (Signal(range(max(groups, 2)), name=name) for name in ("index", "tail_last"))
        # The group's row of parameters and its first channel, and those of the pass's first group.
        row, channel = Signal(16), Signal(16)
        pass_row = Signal(16)
        pass_channel = Signal(16)
        # Whether the group is its pass's last: worked out ahead, as much hangs on it.
        group_last = Signal()
        pixel_last = counter.pixel_last
        # What is so for the next pixel.
        following_last = Mux(pass_last, layer.passes == 1, passes_left == 2)
        coming_last = Mux(pixel_last, following_last, pass_last)
        fire, done = Signal(), Signal()
        m.d.sync += tail_last.eq(layer.tail_groups - 1)
        m.d.comb += [
            output.i.valid.eq(self.i.valid),
            made.parameter_row.eq(row),
            made.place.channel.eq(channel),
            made.place.advance.eq(group_last),
            made.place.rewind.eq(pixel_last & ~pass_last),
            made.place.tile_last.eq(pixel_last & pass_last),
            made.place.final.eq(group_last & pixel_last & pass_last & counter.last),
            fire.eq(self.i.valid & output.i.ready),
            done.eq(fire & group_last),
            self.i.ready.eq(output.i.ready & group_last),
            counter.layer.eq(layer),
            counter.start.eq(self.start),
            counter.step.eq(done),
            counter.again.eq(~pass_last),
        ]
        for lane in range(lanes):
            m.d.comb += made.sums[lane].eq(self.i.p.as_value().word_select(index * lanes + lane, 32))

        with m.If(fire):
            next_last = index + 1 == Mux(pass_last, tail_last, groups - 1)
            single = Mux(coming_last, tail_last == 0, groups == 1)
            m.d.sync += [index.eq(Mux(group_last, 0, index + 1)), group_last.eq(Mux(group_last, single, next_last))]
            m.d.sync += [row.eq(row + 1), channel.eq(channel + lanes)]
        with m.If(done):
            m.d.sync += [row.eq(pass_row), channel.eq(pass_channel)]
        with m.If(done & pixel_last):
            next_row = Mux(pass_last, layer.parameter_address, pass_row + groups)
            next_channel = Mux(pass_last, 0, pass_channel + self.config.output_lanes)
            m.d.sync += [row.eq(next_row), pass_row.eq(next_row)]
            m.d.sync += [channel.eq(next_channel), pass_channel.eq(next_channel)]
            m.d.sync += [passes_left.eq(Mux(pass_last, layer.passes, passes_left - 1)), pass_last.eq(following_last)]
        with m.If(self.start):
            m.d.sync += [index.eq(0), pass_last.eq(layer.passes == 1)]
            m.d.sync += group_last.eq(Mux(layer.passes == 1, layer.tail_groups == 1, groups == 1))
            m.d.sync += [passes_left.eq(layer.passes), channel.eq(0), pass_channel.eq(0)]
            m.d.sync += [row.eq(layer.parameter_address), pass_row.eq(layer.parameter_address)]
        return m
