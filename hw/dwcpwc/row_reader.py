"""Reader of rows of weights: runs of beats out of rows, the last of which is kept."""

from amaranth.hdl import Cat, Module, Signal, Value
from amaranth.lib import stream, wiring
from amaranth.lib.data import ArrayLayout, View
from amaranth.lib.wiring import In, Out, connect, flipped
from amaranth.utils import exact_log2

from racelet.golden.dwcpwc.config import WORD_BITS, DwcPwcConfig
from racelet.hw.dwcpwc.layouts import WEIGHT_REQUEST
from racelet.hw.dwcpwc.track_lanes import beat_place, beat_words
from racelet.hw.dwcpwc.weight_decoder import WeightDecoder
from racelet.hw.lib.credits import Credits
from racelet.hw.lib.stream_queue import StreamQueue

ROOM = 16
"""Beats that can be on their way or in the queue."""


class RowReader(wiring.Component):
    """Give beats of rows that are read one at a time.

    One beat per cycle out of a row that is there, four cycles after it was chosen; it is chosen when the queue has room
    for it. The next row is read as soon as its first beat comes next. Requests are taken one at a time, in the cycle
    after the last beat of the run before was chosen. Cycles are those of
    :class:`racelet.golden.dwcpwc.racetrack_weight_store.Reading`.

    Parameters
    ----------
    config : DwcPwcConfig

    Members
    -------
    request : In(stream.Signature(WEIGHT_REQUEST))
        Runs. Of an address as many bits count as there are beats.
    o : Out(stream.Signature(8 * config.weight_beat_bytes))
        Beats.
    fetch : Out(stream.Signature(beat_place(config)))
        The next beat, if its row is not there.
    fetched : In(1)
        The row that was asked for last has been read.
    words : In(ArrayLayout(beat_words(config), config.store_row_beats))
        The row, from the cycle after that on, until the next ``fetch`` is taken.
    forget : In(1)
        The row is not what the tracks hold.
    wrong : Out(1)
        A beat has a word that cannot be; it is given nevertheless.
    """

    request: stream.Interface
    o: stream.Interface
    fetch: stream.Interface
    fetched: Signal
    words: View
    forget: Signal
    wrong: Signal

    def __init__(self, config: DwcPwcConfig) -> None:
        self.config = config
        super().__init__(
            {
                "request": In(stream.Signature(WEIGHT_REQUEST)),
                "o": Out(stream.Signature(8 * config.weight_beat_bytes)),
                "fetch": Out(stream.Signature(beat_place(config))),
                "fetched": In(1),
                "words": In(ArrayLayout(beat_words(config), config.store_row_beats)),
                "forget": In(1),
                "wrong": Out(1),
            },
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.submodules.queue = queue = StreamQueue(8 * self.config.weight_beat_bytes, ROOM)
        m.submodules.credits = allowance = Credits(ROOM)
        beat = Signal(beat_place(self.config).size)
        left = Signal(20)
        none = Signal(init=1)
        within = exact_log2(self.config.store_row_beats)
        row = Signal(max(len(beat) - within, 0))
        known = Signal()
        waiting = Signal()
        there = Signal()
        choose = Signal()
        m.d.comb += [
            there.eq(known & (row == beat[within:])),
            choose.eq(~none & there & allowance.some),
            self.request.ready.eq(none),
            self.fetch.valid.eq(~none & ~there & ~waiting),
            self.fetch.p.eq(beat),
            allowance.take.eq(choose),
        ]
        m.d.sync += allowance.give.eq(self.o.valid & self.o.ready)
        with m.If(self.request.valid & self.request.ready):
            beats = self.request.p.beats
            m.d.sync += [beat.eq(self.request.p.address), left.eq(beats), none.eq(beats == 0)]
        with m.If(choose):
            m.d.sync += [beat.eq(beat + 1), left.eq(left - 1), none.eq(left == 1)]
        with m.If(self.fetch.valid & self.fetch.ready):
            m.d.sync += [waiting.eq(1), known.eq(0)]
        with m.If(waiting & self.fetched):
            m.d.sync += [waiting.eq(0), known.eq(1), row.eq(beat[within:])]
        with m.If(self.forget):
            m.d.sync += known.eq(0)
        connect(m, queue.o, flipped(self.o))
        m.d.comb += queue.i.valid.eq(self._decode(m, choose, beat[:within], queue.i.p))
        return m

    def _decode(self, m: Module, choose: Value, port: Value, o: Value) -> Value:
        """Choose words of the row and make bytes of them; returns whether they are there, three cycles later."""
        words = Signal(beat_words(self.config), reset_less=True)
        m.d.sync += words.eq(self.words.as_value().word_select(port, len(words.as_value())))
        coming = Signal(3)
        m.d.sync += coming.eq(Cat(choose, coming))
        wrong = []
        for lane in range(self.config.weight_beat_bytes):
            m.submodules[f"decoder_{lane}"] = decoder = WeightDecoder()
            m.d.comb += [
                decoder.i.eq(words.as_value().word_select(lane, WORD_BITS)),
                o.word_select(lane, 8).eq(decoder.o),
            ]
            wrong.append(decoder.wrong)
        m.d.comb += self.wrong.eq(coming[-1] & Cat(wrong).any())
        return coming[-1]
