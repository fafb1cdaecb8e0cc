"""Tile reader: pairs every activation word of the tile with the weights that it meets."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.data import View
from amaranth.lib.wiring import In, Out

from racelet.golden.dwcpwc.config import DwcPwcConfig
from racelet.hw.dwcpwc.layouts import LAYER, WEIGHT_REQUEST, dot_beat
from racelet.hw.dwcpwc.ping_pong_tile import TileRead, TileReadSignature
from racelet.hw.dwcpwc.tile_counter import TileCounter
from racelet.hw.dwcpwc.weight_shadow import weight_set


class TileReader(wiring.Component):
    """Feed the dot-product engine.

    Order: tiles, passes (groups of ``output_lanes`` channels), words, pixels of the tile; so a set of weights stays for
    all pixels of the tile. One beat per cycle while the tile is full, the set of weights is there and there is room for
    the sums: the last word of a pass begins only when all its sums fit into a queue of ``2 * tile_pixels``. Lanes
    beyond the last word's ``tail_lanes`` are zero.

    Parameters
    ----------
    config : DwcPwcConfig

    Members
    -------
    layer : In(LAYER)
        The layer. Steady until its last beat is taken.
    start : In(1)
        Begin a layer.
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
        self._requests(m)
        queue = 2 * self.config.tile_pixels
        layer = self.layer
        m.submodules.counter = counter = TileCounter()

        running, issue, fire, waiting = Signal(), Signal(), Signal(), Signal()
        passes_done, word, pixel = Signal(14), Signal(14), Signal(7)
        owed = Signal(range(queue + 1))
        word_last, pixel_last = word == layer.words - 1, pixel == counter.pixels - 1
        pass_last = passes_done == layer.passes - 1
        room = ~word_last | (pixel != 0) | (owed + counter.pixels <= queue)
        tile_end = word_last & pixel_last & pass_last
        m.d.comb += [
            issue.eq(running & self.tile.full & room & (~waiting | fire)),
            self.tile.enable.eq(issue),
            self.tile.release.eq(issue & tile_end),
            counter.layer.eq(layer),
            counter.start.eq(self.start),
            counter.next.eq(self.tile.release),
        ]
        m.d.sync += owed.eq(owed + (issue & word_last) - self.taken)

        with m.If(issue):
            m.d.sync += [pixel.eq(pixel + 1), self.tile.address.eq(self.tile.address + layer.words)]
            with m.If(pixel_last):
                next_word = Mux(word_last, 0, word + 1)
                m.d.sync += [pixel.eq(0), word.eq(next_word), self.tile.address.eq(next_word)]
                with m.If(word_last):
                    m.d.sync += passes_done.eq(Mux(pass_last, 0, passes_done + 1))
            with m.If(tile_end & counter.last):
                m.d.sync += running.eq(0)
        with m.If(self.start):
            m.d.sync += [running.eq(1), passes_done.eq(0), word.eq(0), pixel.eq(0), self.tile.address.eq(0)]

        beat = Signal(dot_beat(self.config))
        set_last = Signal()
        with m.If(issue):
            m.d.sync += [
                beat.slot.eq(pixel),
                beat.first.eq(word == 0),
                beat.last.eq(word_last),
                set_last.eq(pixel_last),
            ]
        m.d.sync += waiting.eq(issue | (waiting & ~fire))
        m.d.comb += [
            self.o.valid.eq(waiting & self.weights.valid),
            fire.eq(self.o.valid & self.o.ready),
            self.weights.ready.eq(fire & set_last),
            self.o.p.eq(beat),
            self.o.p.weights.eq(self.weights.p),
        ]
        for lane in range(self.config.input_lanes):
            used = ~beat.last | (lane < layer.tail_lanes)
            m.d.comb += self.o.p.activations[lane].eq(Mux(used, self.tile.data[lane], 0))
        return m

    def _requests(self, m: Module) -> None:
        left = Signal(20)
        m.d.comb += [
            self.request.valid.eq(left != 0),
            self.request.p.address.eq(self.layer.weight_address),
            self.request.p.beats.eq(self.layer.weight_beats),
        ]
        with m.If(self.start):
            m.d.sync += left.eq(self.layer.tiles)
        with m.Elif(self.request.valid & self.request.ready):
            m.d.sync += left.eq(left - 1)
