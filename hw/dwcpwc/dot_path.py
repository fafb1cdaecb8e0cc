"""Dot-product path: from the tile and the weight store to groups of sums."""

from amaranth.hdl import Module, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.data import View
from amaranth.lib.wiring import In, Out, connect, flipped

from racelet.golden.dwcpwc.config import DwcPwcConfig
from racelet.hw.dwcpwc.dot_engines import ENGINES
from racelet.hw.dwcpwc.group_splitter import GroupSplitter
from racelet.hw.dwcpwc.layouts import LAYER, WEIGHT_REQUEST, dot_sums, group
from racelet.hw.dwcpwc.ping_pong_tile import TileRead, TileReadSignature
from racelet.hw.dwcpwc.tile_reader import TileReader
from racelet.hw.dwcpwc.weight_shadow import WeightShadow
from racelet.hw.lib.stream_queue import StreamQueue
from racelet.hw.lib.stream_slice import StreamSlice


class DotPath(wiring.Component):
    """Tile reader, weight shadow registers, dot-product engine, and a queue of sums that is cut into groups.

    Parameters
    ----------
    config : DwcPwcConfig

    Members
    -------
    layer : In(LAYER)
        The layer. Steady until its last group is taken.
    start : In(1)
        Begin a layer.
    tile : Out(TileReadSignature(config))
        The ping-pong tile.
    request : Out(stream.Signature(WEIGHT_REQUEST))
        To the weight store: runs of beats.
    weights : In(stream.Signature(8 * config.weight_beat_bytes))
        From the weight store: beats.
    o : Out(stream.Signature(group(config.requantizers)))
        Groups of sums with their places.
    """

    layer: View
    start: Signal
    tile: TileRead
    request: stream.Interface
    weights: stream.Interface
    o: stream.Interface

    def __init__(self, config: DwcPwcConfig) -> None:
        self.config = config
        super().__init__(
            {
                "layer": In(LAYER),
                "start": In(1),
                "tile": Out(TileReadSignature(config)),
                "request": Out(stream.Signature(WEIGHT_REQUEST)),
                "weights": In(stream.Signature(8 * config.weight_beat_bytes)),
                "o": Out(stream.Signature(group(config.requantizers))),
            },
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.submodules.reader = reader = TileReader(self.config)
        m.submodules.weight_shadow = shadow = WeightShadow(self.config)
        m.submodules.engine = engine = ENGINES[self.config.engine](self.config)
        m.submodules.queue = queue = StreamQueue(dot_sums(self.config).size, self.config.sum_places)
        m.submodules.slice = between = StreamSlice(dot_sums(self.config).size)
        m.submodules.splitter = splitter = GroupSplitter(self.config)
        connect(m, reader.tile, flipped(self.tile))
        connect(m, reader.request, flipped(self.request))
        connect(m, flipped(self.weights), shadow.i)
        connect(m, shadow.o, reader.weights)
        connect(m, reader.o, engine.i)
        connect(m, splitter.o, flipped(self.o))
        m.d.comb += [
            queue.i.p.eq(engine.o.p),
            queue.i.valid.eq(engine.o.valid),
            # A sum has its place in the queue before its last word is read.
            engine.o.ready.eq(1),
            splitter.i.p.eq(between.o.p),
            splitter.i.valid.eq(between.o.valid),
            between.o.ready.eq(splitter.i.ready),
        ]
        connect(m, queue.o, between.i)
        m.d.sync += reader.taken.eq(splitter.i.valid & splitter.i.ready)
        for component in (reader, splitter):
            m.d.comb += [component.layer.eq(self.layer), component.start.eq(self.start)]
        return m
