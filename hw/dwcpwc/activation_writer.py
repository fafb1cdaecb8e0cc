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


def position(config: DwcPwcConfig) -> StructLayout:
    """Where a pixel lies: row and column of its bank, and its address there."""
    return StructLayout({"row": 2, "column": 2, "address": bank_address(config)})


def next_position(config: DwcPwcConfig) -> StructLayout:
    """The same of a pixel to go on from: also where its row begins, its column plus two, and whether that ends it."""
    return StructLayout({"here": position(config), "row_address": bank_address(config), "ahead": 12, "last": 1})


class ActivationWriter(wiring.Component):
    """Walk over the output tensor and write one group of bytes per cycle.

    Every group is written two cycles after it is taken: it is kept, then its address is added up. The number of bytes
    in a group depends on the layer's kind: one in INPUT, ``bandwidth`` in LOAD, ``depthwise_lanes`` in DEPTHWISE,
    ``requantizers`` in others; the tensor's pixel pitch and addresses are multiples of it. Computes
    :func:`racelet.golden.dwcpwc.activation_writer.writes`.

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
        layer = self.layer
        valid = Signal()
        group = Signal(byte_group(write_lanes(self.config)))
        m.d.sync += [valid.eq(self.i.valid), group.eq(self.i.p)]
        here = self._here(m, layer, valid, group.place)

        address = Signal(bank_address(self.config))
        m.d.comb += address.eq(here.address + group.place.channel)
        m.d.sync += [
            self.write.valid.eq(valid),
            self.write.p.bank.eq((here.row << 1) + (here.row + here.column)),
            self.write.p.address.eq(address),
            self.done.eq(valid & group.place.final),
        ]
        offset = address[: (self.config.input_lanes - 1).bit_length()]
        with m.Switch(layer.kind):
            with m.Case(LayerKind.INPUT):
                self._spread(m, 1, offset, group)
            with m.Case(LayerKind.LOAD):
                self._spread(m, self.config.bandwidth, offset, group)
            with m.Case(LayerKind.DEPTHWISE):
                self._spread(m, self.config.depthwise_lanes, offset, group)
            with m.Default():
                self._spread(m, self.config.requantizers, offset, group)
        return m

    def _spread(self, m: Module, size: int, offset: Value, group: View) -> None:
        """Repeat a group of ``size`` bytes over the word and unmask the place at ``offset``."""
        m.d.sync += self.write.p.mask.eq(((1 << size) - 1) << offset)
        for lane in range(self.config.input_lanes):
            m.d.sync += self.write.p.data[lane].eq(group.data[lane % size])

    def _here(self, m: Module, layer: View, valid: Value, place: View) -> View:
        """Position of the group that is kept; it moves with every group that says so."""
        here = Signal(position(self.config))
        tile_start = Signal(position(self.config))
        # The pixels behind these two are kept as well, and so it takes no time to go there.
        following = Signal(next_position(self.config))
        tile_following = Signal(next_position(self.config))
        beyond = self._after(m, layer, following)
        with m.If(self.start):
            addition = self.layer.kind == LayerKind.ADD
            one, two = (Mux(addition, self.layer.source_width == k, self.layer.width == k) for k in (1, 2))
            for each in (here, tile_start):
                m.d.sync += [each.row.eq(0), each.column.eq(0), each.address.eq(self.layer.address)]
            for each in (following, tile_following):
                m.d.sync += [each.here.row.eq(one), each.here.column.eq(~one), each.here.address.eq(self.layer.address)]
                m.d.sync += [each.row_address.eq(self.layer.address), each.ahead.eq(Mux(one, 2, 3))]
                m.d.sync += each.last.eq(one | two)
        with m.Elif(valid & place.advance):
            with m.If(place.rewind):
                m.d.sync += [here.eq(tile_start), following.eq(tile_following)]
            with m.Else():
                m.d.sync += [here.eq(following.here), following.eq(beyond)]
            with m.If(place.tile_last):
                m.d.sync += [tile_start.eq(following.here), tile_following.eq(beyond)]
        return here

    def _after(self, m: Module, layer: View, pixel: View) -> View:
        """The next pixel in raster order."""
        width = Signal(12)
        narrow = Signal()
        m.d.sync += width.eq(Mux(self.layer.kind == LayerKind.ADD, self.layer.source_width, self.layer.width))
        m.d.comb += narrow.eq(width == 1)
        after = Signal.like(pixel)
        m.d.comb += after.eq(pixel)
        row_address, address = pixel.row_address, pixel.here.address
        with m.If(pixel.last):
            m.d.comb += [after.here.column.eq(0), after.ahead.eq(2), after.last.eq(narrow)]
            m.d.comb += after.here.row.eq(Mux(pixel.here.row == 2, 0, pixel.here.row + 1))
            below = row_address + Mux(pixel.here.row == 2, layer.row_pitch, 0)
            m.d.comb += [after.row_address.eq(below), after.here.address.eq(below)]
        with m.Else():
            m.d.comb += [after.ahead.eq(pixel.ahead + 1), after.last.eq(pixel.ahead == width)]
            m.d.comb += after.here.column.eq(Mux(pixel.here.column == 2, 0, pixel.here.column + 1))
            m.d.comb += after.here.address.eq(address + Mux(pixel.here.column == 2, layer.pixel_pitch, 0))
        return after
