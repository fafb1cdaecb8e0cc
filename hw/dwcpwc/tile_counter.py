"""Counter of a layer's pixels and tiles."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.data import View
from amaranth.lib.wiring import In, Out

from racelet.hw.dwcpwc.layouts import LAYER


class TileCounter(wiring.Component):
    """Count pixels in tiles, and tiles in a layer.

    The outputs are those of a pixel from the cycle after ``start`` or ``step`` on. ``step`` may come from far away: it
    decides between what was worked out ahead.

    Members
    -------
    layer : In(LAYER)
        The layer; ``tiles``, ``tile_pixels`` and ``last_tile_pixels`` are read. Steady from a start to the last tile.
    start : In(1)
        Go to the first tile's first pixel.
    step : In(1)
        Go to the next pixel; behind a tile's last one to the next tile.
    again : In(1)
        Behind a tile's last pixel go to its first one instead.
    pixel : Out(7)
        Number of the pixel in its tile, from 0.
    pixel_last : Out(1)
        The pixel is its tile's last.
    last : Out(1)
        The tile is the layer's last.
    """

    layer: View
    start: Signal
    step: Signal
    again: Signal
    pixel: Signal
    pixel_last: Signal
    last: Signal

    def __init__(self) -> None:
        super().__init__(
            {
                "layer": In(LAYER),
                "start": In(1),
                "step": In(1),
                "again": In(1),
                "pixel": Out(7),
                "pixel_last": Out(1),
                "last": Out(1),
            },
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        layer = self.layer
        tile_next = Signal()
        # Counted a cycle late, as the step comes from far away; and whether there was one.
        left, passed = Signal(20, name="left"), Signal(name="passed")
        # Whether the tile behind the present one is the last.
        soon = Signal()
        # Of a whole tile and of the last one: whether it is one pixel, and the number of the last pixel but one.
        sizes = {"whole": layer.tile_pixels, "rest": layer.last_tile_pixels}
        single = {name: Signal(name=f"{name}_single", reset_less=True) for name in sizes}
        last_but_one = {name: Signal(7, name=f"{name}_last_but_one", reset_less=True) for name in sizes}
        for name, pixels in sizes.items():
            m.d.sync += [single[name].eq(pixels == 1), last_but_one[name].eq(pixels - 2)]
        rest_next = Mux(self.again, self.last, soon)
        m.d.comb += tile_next.eq(self.step & self.pixel_last & ~self.again)
        m.d.sync += [passed.eq(tile_next & ~self.start), left.eq(left - passed)]
        with m.If(self.step):
            m.d.sync += self.pixel.eq(Mux(self.pixel_last, 0, self.pixel + 1))
            m.d.sync += self.pixel_last.eq(
                Mux(
                    self.pixel_last,
                    Mux(rest_next, single["rest"], single["whole"]),
                    self.pixel == Mux(self.last, last_but_one["rest"], last_but_one["whole"]),
                )
            )
        with m.If(self.start):
            first = Mux(layer.tiles == 1, layer.last_tile_pixels, layer.tile_pixels)
            m.d.sync += [self.pixel.eq(0), self.pixel_last.eq(first == 1)]
            m.d.sync += [left.eq(layer.tiles), self.last.eq(layer.tiles == 1), soon.eq(layer.tiles == 2)]
        with m.Elif(tile_next):
            m.d.sync += [self.last.eq(soon), soon.eq(Mux(passed, left == 4, left == 3))]
        return m
