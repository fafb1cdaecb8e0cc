"""Ping-pong tile: one half fills while the other is read."""

from amaranth.hdl import Module, Mux, Signal, unsigned
from amaranth.lib import stream, wiring
from amaranth.lib.data import ArrayLayout, StructLayout, View
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out

from racelet.golden.dwcpwc.config import DwcPwcConfig
from racelet.golden.dwcpwc.layer_config import LayerKind
from racelet.hw.dwcpwc.layouts import LAYER
from racelet.hw.dwcpwc.tile_counter import TileCounter


def tile_words(config: DwcPwcConfig) -> int:
    """Words in one half of the tile."""
    return config.tile_bytes // config.input_lanes


def tile_write(config: DwcPwcConfig) -> StructLayout:
    """A group of bytes for the tile; ``pixel_last`` marks the pixel's last."""
    return StructLayout({"data": ArrayLayout(8, config.input_lanes), "pixel_last": 1})


class TileRead(wiring.PureInterface):
    """Interface object of :class:`TileReadSignature`."""

    full: Signal
    address: Signal
    enable: Signal
    data: View
    release: Signal


class TileReadSignature(wiring.Signature):
    """Reading side of the tile, seen by the reader.

    Parameters
    ----------
    config : DwcPwcConfig
    """

    def __init__(self, config: DwcPwcConfig) -> None:
        super().__init__(
            {
                "full": In(1),
                "address": Out(range(tile_words(config))),
                "enable": Out(1),
                "data": In(ArrayLayout(8, config.input_lanes)),
                "release": Out(1),
            },
        )

    def create(self, *, path: tuple[str | int, ...] = (), src_loc_at: int = 0) -> TileRead:
        """Make an interface object, as Amaranth does for a member."""
        return TileRead(self, path=path, src_loc_at=1 + src_loc_at)


class PingPongTile(wiring.Component):
    """Two halves of ``tile_bytes``, each holding one tile of pixels of a pointwise or regular convolution's input.

    Takes one group per cycle while the half that it fills is free: ``depthwise_lanes`` bytes in FUSED layers (repeated
    over the word), whole words in others. Pixels follow each other at ``layer.words`` words. A half is full in the
    cycle after its last group came, and free in the cycle after ``read.release``.

    Parameters
    ----------
    config : DwcPwcConfig

    Members
    -------
    layer : In(LAYER)
        The layer. Steady until its last pixel is released.
    start : In(1)
        Begin a layer: both halves are free.
    i : In(stream.Signature(tile_write(config)))
        Groups, pixel by pixel.
    read : In(TileReadSignature(config))
        ``full``: the half that is next to read is full; ``data`` is the word at ``address``, a cycle after ``enable``,
        and holds; ``release`` frees the half, in the cycle of its last ``enable`` or later.
    """

    layer: View
    start: Signal
    i: stream.Interface
    read: TileRead

    def __init__(self, config: DwcPwcConfig) -> None:
        self.config = config
        super().__init__(
            {
                "layer": In(LAYER),
                "start": In(1),
                "i": In(stream.Signature(tile_write(config))),
                "read": In(TileReadSignature(config)),
            },
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        lanes, words = self.config.input_lanes, tile_words(self.config)
        m.submodules.tile = tile = TileCounter()
        m.submodules.memory = memory = Memory(shape=unsigned(8 * lanes), depth=2 * words, init=[])
        write_port, read_port = memory.write_port(granularity=8), memory.read_port()

        full = Signal(2)
        filling, reading = Signal(), Signal()
        pixel = Signal(7)
        word, pixel_word = Signal(range(words)), Signal(range(words))
        group = Signal(range(lanes))
        fused = self.layer.kind == LayerKind.FUSED
        group_lanes = Mux(fused, self.config.depthwise_lanes, lanes)

        accept, tile_last = Signal(), Signal()
        m.d.comb += [
            self.i.ready.eq(~full.bit_select(filling, 1)),
            accept.eq(self.i.valid & self.i.ready),
            tile_last.eq(self.i.p.pixel_last & (pixel == tile.pixels - 1)),
            tile.layer.eq(self.layer),
            tile.start.eq(self.start),
            tile.next.eq(accept & tile_last),
            write_port.addr.eq(word + Mux(filling, words, 0)),
            write_port.data.eq(self.i.p.data),
            write_port.en.eq(Mux(accept, Mux(fused, ((1 << self.config.depthwise_lanes) - 1) << group, -1), 0)),
            self.read.full.eq(full.bit_select(reading, 1)),
            read_port.addr.eq(self.read.address + Mux(reading, words, 0)),
            read_port.en.eq(self.read.enable),
            self.read.data.eq(read_port.data),
        ]
        with m.If(accept):
            group_end = group + group_lanes >= lanes
            m.d.sync += [group.eq(group + group_lanes), word.eq(word + group_end)]
            with m.If(self.i.p.pixel_last):
                next_pixel = Mux(tile_last, 0, pixel_word + self.layer.words)
                m.d.sync += [group.eq(0), word.eq(next_pixel), pixel_word.eq(next_pixel)]
                m.d.sync += pixel.eq(Mux(tile_last, 0, pixel + 1))
            with m.If(tile_last):
                m.d.sync += [full.bit_select(filling, 1).eq(1), filling.eq(~filling)]
        with m.If(self.read.release):
            m.d.sync += [full.bit_select(reading, 1).eq(0), reading.eq(~reading)]
        with m.If(self.start):
            m.d.sync += [full.eq(0), filling.eq(0), reading.eq(0)]
            m.d.sync += [pixel.eq(0), word.eq(0), pixel_word.eq(0), group.eq(0)]
        return m
