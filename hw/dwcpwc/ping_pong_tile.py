"""Ping-pong tile: one half fills while the other is read."""

from amaranth.hdl import Module, Mux, Signal, Value
from amaranth.lib import stream, wiring
from amaranth.lib.data import ArrayLayout, StructLayout, View
from amaranth.lib.wiring import In, Out

from racelet.golden.dwcpwc.config import DwcPwcConfig
from racelet.golden.dwcpwc.layer_config import LayerKind
from racelet.hw.dwcpwc.layouts import LAYER
from racelet.hw.dwcpwc.tile_counter import TileCounter
from racelet.hw.lib.block_memory import block_memory

READ_LATENCY = 3
"""Cycles from the read of a word to the word."""


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
    over the word), whole words in others. Pixels follow each other at ``layer.words`` words. A half is full two cycles
    after its last group came, when that is written, and free in the cycle after ``read.release``.

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
        ``full``: the half that is next to read is full; ``data`` is the word at ``address``, three cycles after
        ``enable``, and holds; ``release`` frees the half, in the cycle of its last ``enable`` or later.
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
        filling = Signal()
        reading = Signal()
        ended = Signal()
        self._memory(m, filling, reading, ended)

        # Of the halves that are free, and of those that are full: whether there is one, and another one.
        free = Signal(init=1)
        other_free = Signal(init=1)
        other_full = Signal()
        complete = Signal()
        full, release = self.read.full, self.read.release
        m.d.comb += self.i.ready.eq(free)
        m.d.sync += [
            complete.eq(ended),
            free.eq(other_free | release | (free & ~ended)),
            other_free.eq((other_free & (release | ~ended)) | (free & release & ~ended)),
            full.eq(other_full | complete | (full & ~release)),
            other_full.eq((other_full & (complete | ~release)) | (full & complete & ~release)),
        ]
        m.d.sync += [filling.eq(filling ^ ended), reading.eq(reading ^ release)]
        with m.If(self.start):
            m.d.sync += [free.eq(1), other_free.eq(1), full.eq(0), other_full.eq(0), complete.eq(0)]
            m.d.sync += [filling.eq(0), reading.eq(0)]
        return m

    def _memory(self, m: Module, filling: Signal, reading: Signal, ended: Signal) -> None:
        """Write groups one cycle after they came, read words in three cycles; ``ended``: a tile's last group comes."""
        lanes, words = self.config.input_lanes, tile_words(self.config)
        m.submodules.memory = memory = block_memory(8 * lanes, 2 * words)
        write_port, read_port = memory.write_port(granularity=8), memory.read_port()
        word = Signal(range(words))
        group = Signal(range(lanes))
        fused, accept = Signal(), Signal()
        write_address = Signal(range(2 * words))
        write_data = Signal(8 * lanes)
        write_mask = Signal(lanes)
        # Reads are kept as well: the memory may lie far from who reads.
        read_address, read_enable = (Signal(range(2 * words), name="read_address"), Signal(name="read_enable"))
        data = Signal(8 * lanes, reset_less=True)
        present = ((1 << self.config.depthwise_lanes) - 1) << group
        m.d.comb += [
            accept.eq(self.i.valid & self.i.ready),
            write_port.addr.eq(write_address),
            write_port.data.eq(write_data),
            write_port.en.eq(write_mask),
            read_port.addr.eq(read_address),
            read_port.en.eq(read_enable),
            self.read.data.eq(data),
        ]
        m.d.sync += [
            fused.eq(self.layer.kind == LayerKind.FUSED),
            write_address.eq(word + Mux(filling, words, 0)),
            write_data.eq(self.i.p.data),
            write_mask.eq(Mux(accept, Mux(fused, present, -1), 0)),
            read_address.eq(self.read.address + Mux(reading, words, 0)),
            read_enable.eq(self.read.enable),
            data.eq(read_port.data),
        ]
        self._position(m, accept, fused, word, group, ended)

    def _position(self, m: Module, accept: Value, fused: Value, word: Signal, group: Signal, ended: Signal) -> None:
        """Count groups, words and pixels."""
        lanes, group_lanes = self.config.input_lanes, self.config.depthwise_lanes
        m.submodules.tile = tile = TileCounter()
        pixel_word = Signal.like(word)
        pixel_end = accept & self.i.p.pixel_last
        m.d.comb += [
            ended.eq(pixel_end & tile.pixel_last),
            tile.layer.eq(self.layer),
            tile.start.eq(self.start),
            tile.step.eq(pixel_end),
        ]
        with m.If(accept):
            word_last = ~fused | (group == lanes - group_lanes)
            m.d.sync += [group.eq(group + Mux(fused, group_lanes, 0)), word.eq(word + word_last)]
        with m.If(pixel_end):
            next_pixel = Mux(tile.pixel_last, 0, pixel_word + self.layer.words)
            m.d.sync += [group.eq(0), word.eq(next_pixel), pixel_word.eq(next_pixel)]
        with m.If(self.start):
            m.d.sync += [word.eq(0), pixel_word.eq(0), group.eq(0)]
