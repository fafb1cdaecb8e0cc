"""Counter of a layer's tiles."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.data import View
from amaranth.lib.wiring import In, Out

from racelet.hw.dwcpwc.layouts import LAYER


class TileCounter(wiring.Component):
    """Tell how many pixels the current tile has and whether it is the layer's last.

    Members
    -------
    layer : In(LAYER)
        The layer; ``tiles``, ``tile_pixels`` and ``last_tile_pixels`` are read.
    start : In(1)
        Go to the first tile.
    next : In(1)
        Go to the next tile.
    pixels : Out(7)
        Pixels of the current tile.
    last : Out(1)
        The current tile is the last.
    """

    layer: View
    start: Signal
    next: Signal
    pixels: Signal
    last: Signal

    def __init__(self) -> None:
        super().__init__({"layer": In(LAYER), "start": In(1), "next": In(1), "pixels": Out(7), "last": Out(1)})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        left = Signal(20)
        with m.If(self.start):
            m.d.sync += left.eq(self.layer.tiles)
        with m.Elif(self.next):
            m.d.sync += left.eq(left - 1)
        m.d.comb += [
            self.last.eq(left == 1),
            self.pixels.eq(Mux(self.last, self.layer.last_tile_pixels, self.layer.tile_pixels)),
        ]
        return m
