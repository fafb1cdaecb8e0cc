"""Pool: sums or maxima over a window of any size."""

from amaranth.hdl import Module, Mux, Signal, signed
from amaranth.lib import stream, wiring
from amaranth.lib.data import ArrayLayout, View
from amaranth.lib.wiring import In, Out

from racelet.golden.dwcpwc.config import DwcPwcConfig
from racelet.golden.dwcpwc.layer_config import LayerKind
from racelet.hw.dwcpwc.layouts import LAYER, group, window


class Pool(wiring.Component):
    """Add up the windows of one word of channels, or find their maxima; give them out in groups of ``requantizers``.

    Takes one window per cycle while the sums of the word before are out by then; the first group is there two cycles
    after a ``last`` window, the others follow at one per cycle. The requantisers divide: a mean is a sum times a
    reciprocal, rounded once. Computes
    :func:`racelet.golden.dwcpwc.pool.pool`.

    Parameters
    ----------
    config : DwcPwcConfig

    Members
    -------
    layer : In(LAYER)
        The layer. Steady until its last group is taken.
    start : In(1)
        Begin a layer.
    i : In(stream.Signature(window(config)))
        Windows; ``sums`` and ``pool_index`` are used, ``gathered`` in MAX_POOL.
    o : Out(stream.Signature(group(config.requantizers)))
        Groups. ``parameter_row`` tells the reciprocal: ``layer.parameter_address`` plus the window's ``pool_index``
        (MAX_POOL: nothing).
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
                "i": In(stream.Signature(window(config))),
                "o": Out(stream.Signature(group(config.requantizers))),
            },
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        lanes, outputs = self.config.input_lanes, self.config.requantizers
        groups = lanes // outputs
        maximum = self.layer.kind == LayerKind.MAX_POOL
        running = Signal(ArrayLayout(signed(32), lanes))
        complete, final = Signal(), Signal()
        row = Signal(16)

        out = Signal(ArrayLayout(signed(32), lanes))
        out_row, channel = Signal(16), Signal(16)
        left = Signal(range(groups + 1))
        out_final = Signal()

        # The accumulators hold a complete sum until the output registers are free.
        move, fire = Signal(), Signal()
        channel_last = channel + outputs >= self.layer.channels
        word_done = fire & ((left == 1) | channel_last)
        m.d.comb += [
            move.eq(complete & ((left == 0) | word_done)),
            self.i.ready.eq(~complete | move),
            self.o.valid.eq(left != 0),
            fire.eq(self.o.valid & self.o.ready),
            self.o.p.parameter_row.eq(out_row),
            self.o.p.place.channel.eq(channel),
            self.o.p.place.advance.eq(channel_last),
            self.o.p.place.final.eq(channel_last & out_final),
        ]
        for lane in range(outputs):
            m.d.comb += self.o.p.sums[lane].eq(out[lane])

        with m.If(fire):
            m.d.sync += [
                out.as_value().eq(out.as_value() >> 32 * outputs),
                left.eq(left - 1),
                channel.eq(Mux(channel_last, 0, channel + outputs)),
            ]
        with m.If(word_done):
            m.d.sync += left.eq(0)
        with m.If(move):
            m.d.sync += [out.eq(running), left.eq(groups), out_row.eq(row), out_final.eq(final), complete.eq(0)]
        with m.If(self.i.valid & self.i.ready):
            for lane in range(lanes):
                byte = self.i.p.gathered[lane].as_signed()
                with m.If(~maximum):
                    m.d.sync += running[lane].eq(Mux(self.i.p.first, 0, running[lane]) + self.i.p.sums[lane])
                with m.Elif(self.i.p.first | (byte > running[lane][:8].as_signed())):
                    m.d.sync += running[lane].eq(byte)
            m.d.sync += [
                complete.eq(self.i.p.last),
                final.eq(self.i.p.layer_last),
                row.eq(self.layer.parameter_address + Mux(maximum, 0, self.i.p.pool_index)),
            ]
        with m.If(self.start):
            m.d.sync += [channel.eq(0), left.eq(0), complete.eq(0)]
        return m
