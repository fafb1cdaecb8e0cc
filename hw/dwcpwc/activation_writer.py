"""Activation writer: puts requantised bytes where the output tensor has them."""

from amaranth.hdl import Module, Mux, Signal, Value
from amaranth.lib import stream, wiring
from amaranth.lib.data import StructLayout, View
from amaranth.lib.wiring import In, Out

from racelet.golden.dwcpwc.config import DwcPwcConfig
from racelet.golden.dwcpwc.layer_config import LayerKind
from racelet.hw.dwcpwc.layouts import LAYER, activation_write, bank_address, byte_group


def write_lanes(config: DwcPwcConfig) -> int:
    """Bytes of the widest group that is written at once."""
    return max(config.requantizers, config.depthwise_lanes, config.bandwidth)


class ActivationWriter(wiring.Component):
    """Walk over the output tensor and write one group of bytes per cycle.

    Every group is written in the cycle after it is taken. The number of bytes in a group depends on the layer's kind:
    one in INPUT, ``bandwidth`` in LOAD, ``depthwise_lanes`` in DEPTHWISE, ``requantizers`` in others; the tensor's
    pixel pitch and addresses are multiples of it. Computes :func:`racelet.golden.dwcpwc.activation_writer.writes`.

    Parameters
    ----------
    config : DwcPwcConfig

    Members
    -------
    layer : In(LAYER)
        The layer. Steady until ``done``.
    start : In(1)
        Begin a layer.
    i : In(stream.Signature(byte_group(write_lanes(config)), always_ready=True))
        Groups; the ``place`` of each tells its first channel and which pixel the next group belongs to.
    write : Out(stream.Signature(activation_write(config), always_ready=True))
        Writes, to the activation buffer.
    done : Out(1)
        The layer's last group is being written.
    """

    layer: View
    start: Signal
    i: stream.Interface
    write: stream.Interface
    done: Signal

    def __init__(self, config: DwcPwcConfig) -> None:
        self.config = config
        super().__init__(
            {
                "layer": In(LAYER),
                "start": In(1),
                "i": In(stream.Signature(byte_group(write_lanes(config)), always_ready=True)),
                "write": Out(stream.Signature(activation_write(config), always_ready=True)),
                "done": Out(1),
            },
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        layer, place = self.layer, self.i.p.place
        here = Signal(self._position())
        tile_start = Signal(self._position())
        following = Signal(self._position())
        self._follow(m, here, following)
        with m.If(self.start):
            for position in (here, tile_start):
                m.d.sync += [position.eq(0), position.row_address.eq(layer.address)]
        with m.Elif(self.i.valid & place.advance):
            m.d.sync += here.eq(Mux(place.rewind, tile_start, following))
            with m.If(place.tile_last):
                m.d.sync += tile_start.eq(following)

        lanes = self.config.input_lanes
        address = Signal(bank_address(self.config))
        offset = address[: (lanes - 1).bit_length()]
        m.d.comb += address.eq(here.row_address + here.column_address + place.channel)
        m.d.sync += [
            self.write.valid.eq(self.i.valid),
            self.write.p.bank.eq(here.row * 3 + here.column),
            self.write.p.address.eq(address),
            self.done.eq(self.i.valid & place.final),
        ]
        with m.Switch(layer.kind):
            with m.Case(LayerKind.INPUT):
                self._spread(m, 1, offset)
            with m.Case(LayerKind.LOAD):
                self._spread(m, self.config.bandwidth, offset)
            with m.Case(LayerKind.DEPTHWISE):
                self._spread(m, self.config.depthwise_lanes, offset)
            with m.Default():
                self._spread(m, self.config.requantizers, offset)
        return m

    def _spread(self, m: Module, size: int, offset: Value) -> None:
        """Repeat a group of ``size`` bytes over the word and unmask the place at ``offset``."""
        m.d.sync += self.write.p.mask.eq(((1 << size) - 1) << offset)
        for lane in range(self.config.input_lanes):
            m.d.sync += self.write.p.data[lane].eq(self.i.p.data[lane % size])

    def _position(self) -> StructLayout:
        address = bank_address(self.config)
        return StructLayout({"row": 2, "column": 2, "x": 12, "row_address": address, "column_address": address})

    def _follow(self, m: Module, here: View, following: View) -> None:
        """The next pixel in raster order."""
        layer = self.layer
        width = Mux(layer.kind == LayerKind.ADD, layer.source_width, layer.width)
        m.d.comb += following.eq(here)
        with m.If(here.x != width - 1):
            m.d.comb += [following.x.eq(here.x + 1), following.column.eq(here.column + 1)]
            with m.If(here.column == 2):
                m.d.comb += following.column.eq(0)
                m.d.comb += following.column_address.eq(here.column_address + layer.pixel_pitch)
        with m.Else():
            m.d.comb += [following.x.eq(0), following.column.eq(0), following.column_address.eq(0)]
            m.d.comb += following.row.eq(here.row + 1)
            with m.If(here.row == 2):
                m.d.comb += following.row.eq(0)
                m.d.comb += following.row_address.eq(here.row_address + layer.row_pitch)
