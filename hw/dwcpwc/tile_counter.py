"""Counter of a layer's tiles."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.data import View
from amaranth.lib.wiring import In, Out

from racelet.hw.dwcpwc.layouts import LAYER


class TileCounter(wiring.Component):
    """Tell how many pixels the current tile has and whether it is the layer's last.

    The outputs are registers; they are those of a tile from the cycle after ``start`` or ``next`` on.

    Members
    -------
    layer : In(LAYER)
        The layer; ``tiles``, ``tile_pixels`` and ``last_tile_pixels`` are read. Steady from a start to the last tile.
    start : In(1)
        Go to the first tile.
    next : In(1)
        Go to the next tile.
    pixels : Out(7)
        Pixels of the current tile.
    last_pixel : Out(7)
        Number of the current tile's last pixel, counted from 0.
    last : Out(1)
        The current tile is the last.
    """

    layer: View
    start: Signal
    next: Signal
    pixels: Signal
    last_pixel: Signal
    last: Signal

    def __init__(self) -> None:
        members = {"start": In(1), "next": In(1), "pixels": Out(7), "last_pixel": Out(7), "last": Out(1)}
        super().__init__({"layer": In(LAYER), **members})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        layer = self.layer
        left = Signal(20)
        last = Signal()
        with m.If(self.start):
            m.d.comb += last.eq(layer.tiles == 1)
            m.d.sync += left.eq(layer.tiles)
        with m.Else():
            m.d.comb += last.eq(left == 2)
            with m.If(self.next):
                m.d.sync += left.eq(left - 1)
        with m.If(self.start | self.next):
            m.d.sync += [
                self.last.eq(last),
                self.pixels.eq(Mux(last, layer.last_tile_pixels, layer.tile_pixels)),
                self.last_pixel.eq(Mux(last, layer.last_tile_pixels - 1, layer.tile_pixels - 1)),
            ]
        return m
