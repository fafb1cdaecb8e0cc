"""Counter of a layer's tiles."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.data import View
from amaranth.lib.wiring import In, Out

from racelet.hw.dwcpwc.layouts import LAYER


class TileCounter(wiring.Component):
    """Tell how many pixels the current tile has and whether it is the layer's last.

    The outputs are those of a tile from the cycle after ``start`` or ``next`` on. ``next`` may come from far away: it
    decides on three bits, between sizes that are kept.

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
    coming_last_pixel : Out(7)
        ``last_pixel`` of the next cycle.
    last : Out(1)
        The current tile is the last.
    """

    layer: View
    start: Signal
    next: Signal
    pixels: Signal
    last_pixel: Signal
    coming_last_pixel: Signal
    last: Signal

    def __init__(self) -> None:
        super().__init__(
            {
                "layer": In(LAYER),
                "start": In(1),
                "next": In(1),
                "pixels": Out(7),
                "last_pixel": Out(7),
                "coming_last_pixel": Out(7),
                "last": Out(1),
            },
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        layer = self.layer
        # A cycle late, as it is counted from far away; and whether it is.
        left, passed = Signal(20, name="left"), Signal(name="passed")
        # Whether the tile behind the present one is the last.
        soon = Signal()
        sizes = [Signal(7, name=name, reset_less=True) for name in ("whole", "whole_last", "rest", "rest_last")]
        whole, whole_last, rest, rest_last = sizes
        m.d.sync += [
            whole.eq(layer.tile_pixels),
            whole_last.eq(layer.tile_pixels - 1),
            rest.eq(layer.last_tile_pixels),
            rest_last.eq(layer.last_tile_pixels - 1),
            passed.eq(self.next & ~self.start),
            left.eq(left - passed),
        ]
        m.d.comb += [
            self.pixels.eq(Mux(self.last, rest, whole)),
            self.last_pixel.eq(Mux(self.last, rest_last, whole_last)),
            self.coming_last_pixel.eq(Mux(Mux(self.next, soon, self.last), rest_last, whole_last)),
        ]
        with m.If(self.start):
            first = Mux(layer.tiles == 1, layer.last_tile_pixels, layer.tile_pixels)
            m.d.comb += self.coming_last_pixel.eq(first - 1)
            m.d.sync += [left.eq(layer.tiles), self.last.eq(layer.tiles == 1), soon.eq(layer.tiles == 2)]
        with m.Elif(self.next):
            m.d.sync += [self.last.eq(soon), soon.eq(Mux(passed, left == 4, left == 3))]
        return m
