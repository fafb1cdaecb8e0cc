"""Pool: sums or maxima over a window of any size."""

from amaranth.hdl import Module, Mux, Signal, signed
from amaranth.lib import stream, wiring
from amaranth.lib.data import ArrayLayout, StructLayout, View
from amaranth.lib.wiring import In, Out

from racelet.golden.dwcpwc.config import DwcPwcConfig
from racelet.golden.dwcpwc.layer_config import LayerKind
from racelet.hw.dwcpwc.layouts import LAYER, group, window


class Pool(wiring.Component):
    """Add up the windows of one word of channels, or find their maxima; give them out in groups of ``requantizers``.

    Takes one window per cycle while the sums of the word before are out by then; the first group is there ``LATENCY``
    cycles after a ``last`` window, the others follow at one per cycle. The requantisers divide: a mean is a sum times a
    reciprocal, rounded once. Computes :func:`racelet.golden.dwcpwc.pool.pool`.

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

    LATENCY = 3

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
        # A window; sums or maxima so far; those of a whole word, on their way out.
        values = Signal(ArrayLayout(signed(12), lanes))
        arrived = Signal(StructLayout({"index": 16, "first": 1, "last": 1, "layer_last": 1}))
        running = Signal(ArrayLayout(signed(32), lanes))
        row = Signal(16)
        final = Signal()
        out = Signal(ArrayLayout(signed(32), lanes))

        maximum = Signal()
        waiting = Signal()
        complete = Signal()
        accept = Signal()
        move = Signal()
        word_end = self._give(m, move, final)
        m.d.comb += [
            move.eq(complete & (~self.o.valid | word_end)),
            accept.eq(~complete | move),
            self.i.ready.eq(~waiting | accept),
        ]
        for lane in range(outputs):
            m.d.comb += self.o.p.sums[lane].eq(out[lane])
        m.d.sync += maximum.eq(self.layer.kind == LayerKind.MAX_POOL)

        with m.If(self.o.ready):
            # What comes in from above is not looked at: a turn takes no reset, as zeros would.
            m.d.sync += out.as_value().eq(out.as_value().rotate_right(32 * outputs))
        with m.If(move):
            m.d.sync += [out.eq(running), self.o.p.parameter_row.eq(row), complete.eq(0)]
        with m.If(waiting & accept):
            m.d.sync += [waiting.eq(0), complete.eq(arrived.last), final.eq(arrived.layer_last)]
            m.d.sync += row.eq(self.layer.parameter_address + arrived.index)
            for lane in range(lanes):
                with m.If(~maximum):
                    m.d.sync += running[lane].eq(Mux(arrived.first, 0, running[lane]) + values[lane])
                with m.Elif(arrived.first | (values[lane] > running[lane][:8].as_signed())):
                    m.d.sync += running[lane].eq(values[lane])
        with m.If(self.i.valid & self.i.ready):
            m.d.sync += [
                waiting.eq(1),
                arrived.index.eq(Mux(maximum, 0, self.i.p.pool_index)),
                arrived.first.eq(self.i.p.first),
                arrived.last.eq(self.i.p.last),
                arrived.layer_last.eq(self.i.p.layer_last),
            ]
            for lane in range(lanes):
                m.d.sync += values[lane].eq(Mux(maximum, self.i.p.gathered[lane].as_signed(), self.i.p.sums[lane]))
        with m.If(self.start):
            m.d.sync += [waiting.eq(0), complete.eq(0)]
        return m

    def _give(self, m: Module, move: Signal, final: Signal) -> Signal:
        """Count a word's groups as they leave; tell when the last one does."""
        outputs = self.config.requantizers
        count = self.config.input_lanes // outputs
        behind, behind_next = (Signal(range(max(count, 2)), name=name) for name in ("behind", "behind_next"))
        channel = Signal(16)
        # Channels behind the group, less one: none if negative.
        rest, rest_next = (Signal(signed(17), name=name) for name in ("rest", "rest_next"))
        first_rest = Signal(signed(17))
        channel_last = rest[-1]
        # Whether the group is its word's last.
        group_last = Signal()
        begun = Signal()
        layer_last = Signal()
        word_end = Signal()
        m.d.comb += [
            word_end.eq(self.o.ready & group_last),
            self.o.p.place.channel.eq(channel),
            self.o.p.place.advance.eq(channel_last),
            self.o.p.place.final.eq(channel_last & layer_last),
            behind_next.eq(behind),
            rest_next.eq(rest),
        ]
        m.d.sync += [begun.eq(self.start), first_rest.eq(self.layer.channels - (outputs + 1))]
        with m.If(self.o.valid & self.o.ready):
            m.d.comb += behind_next.eq(behind - 1)
            m.d.comb += rest_next.eq(Mux(channel_last, first_rest, rest - outputs))
            m.d.sync += channel.eq(Mux(channel_last, 0, channel + outputs))
        with m.If(move):
            m.d.comb += behind_next.eq(count - 1)
            m.d.sync += [self.o.valid.eq(1), layer_last.eq(final)]
        with m.Elif(word_end):
            m.d.sync += self.o.valid.eq(0)
        with m.If(begun):
            m.d.comb += rest_next.eq(first_rest)
        m.d.sync += [behind.eq(behind_next), rest.eq(rest_next), group_last.eq(rest_next[-1] | (behind_next == 0))]
        with m.If(self.start):
            m.d.sync += [channel.eq(0), self.o.valid.eq(0)]
        return word_end
