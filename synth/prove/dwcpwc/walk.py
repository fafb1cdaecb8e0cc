"""The walk over a layer's input, as the harness counts it."""

from amaranth.hdl import Cat, Mux, Value
from amaranth.lib.data import View

from racelet.golden.dwcpwc.config import DwcPwcConfig
from racelet.golden.dwcpwc.layer_config import LayerKind
from racelet.golden.dwcpwc.window_reader import TAP_KINDS, WORD_KINDS
from racelet.synth.prove.harness import Harness

READ = ("tiles", "tile_pixels", "last_tile_pixels", "width", "source_channels", "kernel_rows", "kernel_columns")
"""Counts of a layer that its walk ends by."""


class Walk:
    """Kernel columns in kernel rows in channels in pixels; pixels in rows, and in tiles.

    Everything is counted from 0 up, when a request is made; a loop ends where the next count would lie beyond.

    Parameters
    ----------
    harness : Harness
    config : DwcPwcConfig
    layer : View
        Steady from a start on.
    start : Value
        Go to the layer's first request.
    goes_on : Value
        A request is made, if any is left.

    Attributes
    ----------
    going : Signal
        From a start to the layer's last request.
    column, row, channel : Signal
        First tap and first channel of the next request.
    x : Signal
        Its pixel's column.
    pixel, tile : Signal
        Its pixel in the tile, its tile in the layer.
    pixel_before, tile_before : Signal
        Those of the request that was made last.
    taps, channels : Value
        Rows and columns, and channels, that the next request takes at most.
    made : Value
        A request is made in this cycle.
    column_last, row_last, channel_last, line_last, tile_pixel_last, tile_last : Value
        The next request is the last of its loop.
    """

    def __init__(self, harness: Harness, config: DwcPwcConfig, layer: View, start: Value, goes_on: Value) -> None:
        self.layer = layer
        self.going = harness.register("going", 1)
        names = {"column": 8, "row": 8, "channel": 16, "x": 12, "pixel": 7, "tile": 20}
        self.column, self.row, self.channel, self.x, self.pixel, self.tile = (
            harness.register(name, width) for name, width in names.items()
        )
        self.pixel_before, self.tile_before = harness.register("pixel_before", 7), harness.register("tile_before", 20)
        self.taps = Mux(Cat(layer.kind == kind for kind in TAP_KINDS).any(), 1, 3)
        self.channels = self._channels(config)
        self.made = self.going & goes_on
        self.column_last = self.column + self.taps >= layer.kernel_columns
        self.row_last = self.row + self.taps >= layer.kernel_rows
        self.channel_last = self.channel + self.channels >= layer.source_channels
        self.line_last = self.x + 1 == layer.width
        self.tile_last = self.tile + 1 == layer.tiles
        self.tile_pixel_last = self.pixel + 1 == self.pixels(self.tile)
        self._count(harness, harness.clear | start)
        harness.update(self.going, ~harness.clear & (start | (self.going & ~(self.made & self.layer_last))))

    @property
    def first(self) -> Value:
        """The next request is the kernel's first in its channels."""
        return (self.row == 0) & (self.column == 0)

    @property
    def last(self) -> Value:
        """It is the kernel's last in its channels."""
        return self.row_last & self.column_last

    @property
    def pixel_last(self) -> Value:
        """It is the pixel's last."""
        return self.last & self.channel_last

    @property
    def layer_last(self) -> Value:
        """It is the layer's last."""
        return self.pixel_last & self.tile_pixel_last & self.tile_last

    def pixels(self, tile: Value) -> Value:
        """Pixels of a tile."""
        return Mux(tile + 1 == self.layer.tiles, self.layer.last_tile_pixels, self.layer.tile_pixels)

    def inside(self) -> Value:
        """The next request lies inside the layer."""
        layer = self.layer
        places = ((self.column, layer.kernel_columns), (self.row, layer.kernel_rows))
        places += ((self.channel, layer.source_channels), (self.x, layer.width), (self.tile, layer.tiles))
        return Cat(place < count for place, count in places).all() & (self.pixel < self.pixels(self.tile))

    def follows(self) -> Value:
        """The next request's pixel is the one behind that of the request that was made last."""
        ends = self.pixel_before + 1 == self.pixels(self.tile_before)
        pixel = self.pixel == Mux(ends, 0, self.pixel_before + 1)
        return pixel & (self.tile == self.tile_before + ends)

    def _channels(self, config: DwcPwcConfig) -> Value:
        kind, several = self.layer.kind, config.gather_channels
        words = Cat(kind == each for each in WORD_KINDS).any()
        depthwise = (kind == LayerKind.FUSED) | (kind == LayerKind.DEPTHWISE)
        gather = (kind == LayerKind.GATHER) & (self.channel + several <= self.layer.source_channels)
        return Mux(words, config.input_lanes, Mux(depthwise, config.depthwise_lanes, Mux(gather, several, 1)))

    def _count(self, harness: Harness, begins: Value) -> None:
        loops = (
            (self.column, self.column + self.taps, self.made, self.column_last),
            (self.row, self.row + self.taps, self.made & self.column_last, self.row_last),
            (self.channel, self.channel + self.channels, self.made & self.last, self.channel_last),
            (self.x, self.x + 1, self.made & self.pixel_last, self.line_last),
            (self.pixel, self.pixel + 1, self.made & self.pixel_last, self.tile_pixel_last),
        )
        for count, further, moves, last in loops:
            harness.update(count, Mux(begins, 0, Mux(moves, Mux(last, 0, further), count)))
        ends = self.made & self.pixel_last & self.tile_pixel_last
        harness.update(self.tile, Mux(begins, 0, self.tile + ends))
        harness.update(self.pixel_before, Mux(self.made, self.pixel, self.pixel_before))
        harness.update(self.tile_before, Mux(self.made, self.tile, self.tile_before))
