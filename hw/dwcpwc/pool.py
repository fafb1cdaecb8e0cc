"""Pool: sums or maxima over a window of any size."""

from amaranth.hdl import Module, Mux, ResetInserter, Signal, signed
from amaranth.lib import stream, wiring
from amaranth.lib.data import ArrayLayout, StructLayout, View
from amaranth.lib.wiring import In, Out

from racelet.golden.dwcpwc.config import DwcPwcConfig
from racelet.golden.dwcpwc.layer_config import LayerKind
from racelet.hw.dwcpwc.layouts import LAYER, group, window
from racelet.hw.lib.stream_slice import StreamSlice


class Pool(wiring.Component):
    """Add up the windows of one word of channels, or find their maxima; give them out in groups of ``requantizers``.

    Takes one window per cycle while no more than two words wait for their way out; the first group is there ``LATENCY``
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
        lanes = self.config.input_lanes
        word = pooled_word(self.config)
        # A window; sums and maxima so far; those of two whole words, on their way out.
        values = Signal(ArrayLayout(signed(12), lanes))
        arrived = Signal(arrived_marks())
        running = Signal(ArrayLayout(signed(32), lanes))
        largest = Signal(ArrayLayout(signed(8), lanes))
        m.submodules.words = words = ResetInserter(self.start)(StreamSlice(word.size))
        coming = View(word, words.i.p)

        maximum = Signal()
        waiting = Signal()
        complete = Signal()
        accept = Signal()
        row = Signal(16)
        final = Signal()
        m.d.comb += [
            words.i.valid.eq(complete),
            coming.row.eq(row),
            coming.final.eq(final),
            accept.eq(~complete | words.i.ready),
            self.i.ready.eq(~waiting | accept),
        ]
        # The words' choice has a register of its own, near to it; a word comes later than that.
        of_words = Signal()
        m.d.sync += [maximum.eq(self.layer.kind == LayerKind.MAX_POOL), of_words.eq(maximum)]
        for lane in range(lanes):
            m.d.comb += coming.sums[lane].eq(Mux(of_words, largest[lane], running[lane]))
        self._give(m, words.o, words.o.ready)

        with m.If(complete & words.i.ready):
            m.d.sync += complete.eq(0)
        with m.If(waiting & accept):
            m.d.sync += [waiting.eq(0), complete.eq(arrived.last), final.eq(arrived.layer_last)]
            m.d.sync += row.eq(self.layer.parameter_address + arrived.index)
            for lane in range(lanes):
                m.d.sync += running[lane].eq(Mux(arrived.first, 0, running[lane]) + values[lane])
                with m.If(arrived.first | (values[lane][:8].as_signed() > largest[lane])):
                    m.d.sync += largest[lane].eq(values[lane])
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

    def _give(self, m: Module, words: stream.Interface, word_end: Signal) -> None:
        """Give words' groups one by one; a word leaves with its last."""
        outputs = self.config.requantizers
        count = self.config.input_lanes // outputs
        word = View(pooled_word(self.config), words.p)
        index, index_next = (Signal(range(max(count, 2)), name=name) for name in ("index", "index_next"))
        channel = Signal(16)
        # Channels behind the group, less one: none if negative.
        rest, rest_next = (Signal(signed(17), name=name) for name in ("rest", "rest_next"))
        first_rest = Signal(signed(17))
        channel_last = rest[-1]
        # Whether the group is its word's last.
        group_last = Signal()
        begun = Signal()
        m.d.comb += [
            self.o.valid.eq(words.valid),
            word_end.eq(self.o.ready & group_last),
            self.o.p.parameter_row.eq(word.row),
            self.o.p.place.channel.eq(channel),
            self.o.p.place.advance.eq(channel_last),
            self.o.p.place.final.eq(channel_last & word.final),
            self.o.p.sums.as_value().eq(word.sums.as_value().word_select(index, 32 * outputs)),
            index_next.eq(index),
            rest_next.eq(rest),
        ]
        m.d.sync += [
            begun.eq(self.start),
            first_rest.eq(self.layer.channels - (outputs + 1)),
            index.eq(index_next),
            rest.eq(rest_next),
            group_last.eq(rest_next[-1] | (index_next == count - 1)),
        ]
        with m.If(self.o.valid & self.o.ready):
            m.d.comb += index_next.eq(Mux(group_last, 0, index + 1))
            m.d.comb += rest_next.eq(Mux(channel_last, first_rest, rest - outputs))
            m.d.sync += channel.eq(Mux(channel_last, 0, channel + outputs))
        with m.If(begun):
            m.d.comb += rest_next.eq(first_rest)
        with m.If(self.start):
            m.d.comb += index_next.eq(0)
            m.d.sync += channel.eq(0)


def arrived_marks() -> StructLayout:
    """What accompanies a window: its row of parameters, from the layer's first one, and its marks."""
    return StructLayout({"index": 16, "first": 1, "last": 1, "layer_last": 1})


def pooled_word(config: DwcPwcConfig) -> StructLayout:
    """Sums or maxima of one word of channels, their row of parameters, and whether they are the layer's last."""
    return StructLayout({"sums": ArrayLayout(signed(32), config.input_lanes), "row": 16, "final": 1})
