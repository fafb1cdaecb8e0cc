"""Depthwise grouper: gives depthwise sums their place and their parameters' row."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.data import View
from amaranth.lib.wiring import In, Out

from racelet.golden.dwcpwc.config import DwcPwcConfig
from racelet.hw.dwcpwc.layouts import LAYER, depthwise_sums, group


class DepthwiseGrouper(wiring.Component):
    """Count the channels of each pixel; one group per cycle, given out in the cycle in which it comes.

    Computes :func:`racelet.golden.dwcpwc.depthwise_grouper.groups`.

    Parameters
    ----------
    config : DwcPwcConfig

    Members
    -------
    layer : In(LAYER)
        The layer; ``depthwise_parameter_address`` is read. Steady until its last group is taken.
    start : In(1)
        Begin a layer.
    i : In(stream.Signature(depthwise_sums(config)))
        Sums.
    o : Out(stream.Signature(group(config.depthwise_lanes)))
        Sums with their places.
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
                "i": In(stream.Signature(depthwise_sums(config))),
                "o": Out(stream.Signature(group(config.depthwise_lanes))),
            },
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        channel, row = Signal(16), Signal(16)
        m.d.comb += [
            self.o.valid.eq(self.i.valid),
            self.i.ready.eq(self.o.ready),
            self.o.p.sums.eq(self.i.p.sums),
            self.o.p.parameter_row.eq(row),
            self.o.p.place.channel.eq(channel),
            self.o.p.place.advance.eq(self.i.p.pixel_last),
            self.o.p.place.final.eq(self.i.p.layer_last),
        ]
        with m.If(self.i.valid & self.i.ready):
            m.d.sync += [
                channel.eq(Mux(self.i.p.pixel_last, 0, channel + self.config.depthwise_lanes)),
                row.eq(Mux(self.i.p.pixel_last, self.layer.depthwise_parameter_address, row + 1)),
            ]
        with m.If(self.start):
            m.d.sync += [channel.eq(0), row.eq(self.layer.depthwise_parameter_address)]
        return m
