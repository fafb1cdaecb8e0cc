"""Tile reader: pairs every activation word of the tile with the weights that it meets."""

from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value
from amaranth.lib import stream, wiring
from amaranth.lib.data import StructLayout, View
from amaranth.lib.wiring import In, Out

from racelet.golden.dwcpwc.config import DwcPwcConfig
from racelet.hw.dwcpwc.layouts import LAYER, WEIGHT_REQUEST, dot_beat, weight_set
from racelet.hw.dwcpwc.ping_pong_tile import READ_LATENCY, TileRead, TileReadSignature
from racelet.hw.dwcpwc.tile_counter import TileCounter
from racelet.hw.lib.credits import Credits
from racelet.hw.lib.stream_queue import StreamQueue

READS = 6
"""Words that are read or wait at a time: as many as make one beat per cycle, the read being five cycles before it."""


def marks(config: DwcPwcConfig) -> StructLayout:
    """What accompanies a word; ``set_last`` marks the last beat of a set of weights."""
    return StructLayout({"slot": range(max(config.tile_pixels, 2)), "first": 1, "last": 1, "set_last": 1})


class TileReader(wiring.Component):
    """Feed the dot-product engine.

    Order: tiles, passes (groups of ``output_lanes`` channels), words, pixels of the tile; so a set of weights stays for
    all pixels of the tile. One beat per cycle while the tile is full, the set of weights is there and there is room for
    the sums in a queue of ``config.sum_places``. Lanes beyond the last word's ``tail_lanes`` are zero.

    The tile is read ahead: a word is there five cycles after its read, in a queue before ``o``. A word is read when it
    has a place in this queue and, if it is a pass's last, its sum has one in the queue of sums; so no read waits.

    Parameters
    ----------
    config : DwcPwcConfig

    Members
    -------
    layer : In(LAYER)
        The layer. Steady until its last beat is taken.
    start : In(1)
        Begin a layer; the tile is not full in this cycle.
    tile : Out(TileReadSignature(config))
        The ping-pong tile.
    request : Out(stream.Signature(WEIGHT_REQUEST))
        One request per tile, to the weight store.
    weights : In(stream.Signature(weight_set(config)))
        Sets of weights, one for each pass and word, tile after tile.
    o : Out(stream.Signature(dot_beat(config)))
        Beats for the engine.
    taken : In(1)
        One sum has left the queue behind the engine.
    """

    layer: View
    start: Signal
    tile: TileRead
    request: stream.Interface
    weights: stream.Interface
    o: stream.Interface
    taken: Signal

    def __init__(self, config: DwcPwcConfig) -> None:
        self.config = config
        super().__init__(
            {
                "layer": In(LAYER),
                "start": In(1),
                "tile": Out(TileReadSignature(config)),
                "request": Out(stream.Signature(WEIGHT_REQUEST)),
                "weights": In(stream.Signature(weight_set(config))),
                "o": Out(stream.Signature(dot_beat(config))),
                "taken": In(1),
            },
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        layer = self.layer
        m.submodules.counter = counter = TileCounter()
        m.submodules.words = words = Credits(READS)
        m.submodules.sums = sums = Credits(self.config.sum_places)
        issue = Signal()
        word = Signal(14)
        # What is left of a tile's passes and of a pass's words, and whether it is the last one.
        passes_left = Signal(14)
        words_left = Signal(14)
        word_first = Signal()
        word_last = Signal()
        pass_last = Signal()
        pixel_last = counter.pixel_last
        m.d.comb += [
            issue.eq(self.tile.full & words.some & (sums.some | ~word_last)),
            self.tile.enable.eq(issue),
            self.tile.release.eq(issue & word_last & pass_last & pixel_last),
            counter.layer.eq(layer),
            counter.start.eq(self.start),
            counter.step.eq(issue),
            counter.again.eq(~(word_last & pass_last)),
            words.take.eq(issue),
            sums.take.eq(issue & word_last),
            sums.give.eq(self.taken),
        ]
        with m.If(issue):
            m.d.sync += [self.tile.address.eq(self.tile.address + layer.words)]
            with m.If(pixel_last):
                next_word = Mux(word_last, 0, word + 1)
                m.d.sync += [word.eq(next_word), self.tile.address.eq(next_word)]
                m.d.sync += word_first.eq(word_last)
                self._count(m, word_last, words_left, word_last, layer.words)
                with m.If(word_last):
                    self._count(m, pass_last, passes_left, pass_last, layer.passes)
        with m.If(self.start):
            m.d.sync += [word.eq(0), self.tile.address.eq(0), word_first.eq(1)]
            self._count(m, Const(1), words_left, word_last, layer.words)
            self._count(m, Const(1), passes_left, pass_last, layer.passes)

        read = Signal(marks(self.config))
        m.d.comb += [
            read.slot.eq(counter.pixel),
            read.first.eq(word_first),
            read.last.eq(word_last),
            read.set_last.eq(pixel_last),
        ]
        m.d.comb += words.give.eq(self._feed(m, issue, read))
        self._requests(m)
        return m

    def _count(self, m: Module, again: Value, left: Signal, last: Signal, count: Value) -> None:
        """Go on to the next one of so many, or begin again."""
        m.d.sync += [left.eq(Mux(again, count, left - 1)), last.eq(Mux(again, count == 1, left == 2))]

    def _feed(self, m: Module, issue: Value, read: View) -> Value:
        """Give words and their marks with their weights; returns whether a beat is taken."""
        shape = marks(self.config)
        width = 8 * self.config.input_lanes
        m.submodules.queue = queue = StreamQueue(width + shape.size, 1 << (READS - 1).bit_length())
        # Words that are being read, the oldest last.
        reading = Signal(READ_LATENCY)
        marks_reading = [Signal(shape, name=f"marks_{stage}") for stage in range(READ_LATENCY)]
        there = Signal()
        beat = Signal(width + shape.size, reset_less=True)
        used = Signal(self.config.input_lanes)
        m.d.sync += [reading.eq(Cat(issue, reading)), there.eq(reading[-1])]
        m.d.sync += [after.eq(before) for after, before in zip(marks_reading, [read, *marks_reading], strict=False)]
        marks_there = marks_reading[-1]
        m.d.sync += used.eq(Cat(lane < self.layer.tail_lanes for lane in range(self.config.input_lanes)))
        mask = Cat((used[lane] | ~marks_there.last).replicate(8) for lane in range(self.config.input_lanes))
        m.d.sync += beat.eq(Cat(self.tile.data.as_value() & mask, marks_there))
        m.d.comb += [queue.i.valid.eq(there), queue.i.p.eq(beat)]
        given = View(shape, queue.o.p[width:])
        fire = Signal()
        m.d.comb += [
            self.o.valid.eq(queue.o.valid & self.weights.valid),
            fire.eq(self.o.valid & self.o.ready),
            queue.o.ready.eq(self.weights.valid & self.o.ready),
            self.weights.ready.eq(queue.o.valid & self.o.ready & given.set_last),
            self.o.p.activations.as_value().eq(queue.o.p),
            self.o.p.weights.eq(self.weights.p),
            self.o.p.slot.eq(given.slot),
            self.o.p.first.eq(given.first),
            self.o.p.last.eq(given.last),
        ]
        return fire

    def _requests(self, m: Module) -> None:
        left = Signal(20)
        m.d.comb += [
            self.request.p.address.eq(self.layer.weight_address),
            self.request.p.beats.eq(self.layer.weight_beats),
        ]
        with m.If(self.start):
            m.d.sync += [left.eq(self.layer.tiles), self.request.valid.eq(self.layer.tiles != 0)]
        with m.Elif(self.request.valid & self.request.ready):
            m.d.sync += [left.eq(left - 1), self.request.valid.eq(left != 1)]
