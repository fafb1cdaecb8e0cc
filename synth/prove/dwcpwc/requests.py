"""Properties of the walk over a layer's input."""

import dataclasses

from amaranth.hdl import Cat, Mux, Value
from amaranth.lib.data import View

from racelet.hw.dwcpwc.window_reader import WindowReader, request_parts
from racelet.synth.prove.dwcpwc.layer import CONFIG, steady
from racelet.synth.prove.dwcpwc.walk import READ, Walk
from racelet.synth.prove.harness import Harness
from racelet.synth.prove.order import Queue
from racelet.synth.prove.slices import behind
from racelet.synth.prove.subject import Subject

SHAPE = dataclasses.replace(CONFIG, input_lanes=16)
"""With two channels at once where patches are gathered."""


def window_reader(harness: Harness, dut: WindowReader) -> None:
    """Requests are made as the layer's counts say, and each leaves once, in order, with what it was made with."""
    steady(harness, dut)
    harness.assume(
        "layer: source_row and source_column in 0..2", (dut.layer.source_row < 3) & (dut.layer.source_column < 3)
    )
    inside = harness.inside
    for name in ("row", "column"):
        places = Cat(inside[f"{name}_{each}"] < 3 for each in ("bank", "pixel_bank")).all()
        harness.check(f"{name}: one of three banks", places)
    parts = inside.view("parts", request_parts(dut.config))
    full, second = behind(harness, "slice.", registered=True)
    waiting = View(dut.o.p.shape(), second)
    for name, each in (("parts", parts), ("slice", waiting), ("o", dut.o.p)):
        harness.check(f"{name}: one of three rows and columns of banks", (each.row < 3) & (each.column < 3))
    walk = Walk(harness, dut.config, dut.layer, dut.start, inside["slice.i__ready"])
    there, ends = inside["parts_valid"], parts.pixel_last & inside["tile.pixel_last"] & inside["tile.last"]
    first_sum = (parts.row_addresses[0] + parts.column_addresses[0])[: len(dut.o.p.addresses[0])]
    asked = [_asked(each, each.layer_last, each.addresses[0]) for each in (dut.o.p, waiting)]
    queue = Queue(
        harness,
        "requests",
        entries=[(walk.made, _made(harness, dut, walk))],
        exits=[(dut.o.valid & dut.o.ready, asked[0])],
        places=[(dut.o.valid, asked[0]), (full, asked[1]), (there, _asked(parts, ends, first_sum))],
    )
    counts = Cat(dut.layer[name] != 0 for name in READ).all()
    harness.assume("layer: no count that its walk ends by is zero, from a start on", ~(dut.start | walk.going) | counts)
    harness.assume("start: not while requests are left", ~dut.start | (~walk.going & (queue.inside == 0)))
    running = inside.nth("$signal", 8)
    harness.check("walk: from a start to the layer's last request", walk.going == (running & ~(there & ends)))
    harness.check("walk: none is behind the layer's last request", walk.going | ~there | ends)
    _loops(harness, walk)
    _tiles(harness, walk, there & parts.pixel_last)
    left = dut.o.valid & dut.o.ready & dut.o.p.layer_last
    harness.cover("walk: a layer of two pixels comes to its end", left & (dut.layer.tiles == 2))
    over = harness.register("over", 1)
    harness.update(over, over | left)
    harness.cover("walk: another layer comes to its end", left & over)


def _made(harness: Harness, dut: WindowReader, walk: Walk) -> Value:
    """What tells requests apart, of the one that the walk makes: the harness's counts, the place that was come to."""
    inside, layer, lanes = harness.inside, walk.layer, dut.config.input_lanes
    marks = Cat(walk.first, walk.last, walk.pixel_last, walk.layer_last)
    kernel = ((layer.kernel_rows, walk.row), (layer.kernel_columns, walk.column))
    taps = (Mux(size - at > 3, 3, size - at)[:2] for size, at in kernel)
    left = layer.source_channels - walk.channel
    used = Mux(left > lanes, lanes, left)[: lanes.bit_length()]
    row, column = inside["row_bank"], inside["column_bank"]
    row_address = inside["row_address"] + Mux(row != 0, layer.source_row_pitch, 0)
    column_address = inside["column_address"] + inside["channel"] + Mux(column != 0, layer.source_pixel_pitch, 0)
    width = len(inside["row_address"])
    return Cat(marks, *taps, used, row, column, (row_address[:width] + column_address[:width])[:width])


def _asked(request: View, layer_last: Value, first_address: Value) -> Value:
    """The same of a request on its way."""
    marks = Cat(request.first, request.last, request.pixel_last, layer_last)
    counts = Cat(request.kernel_rows, request.kernel_columns, request.lanes, request.row, request.column)
    return Cat(marks, counts, first_address)


def _loops(harness: Harness, walk: Walk) -> None:
    """What the component keeps of the next request is what the harness counts."""
    inside, layer, over = harness.inside, walk.layer, ~walk.going
    harness.check("walk: inside the layer", over | walk.inside())
    axes = (
        ("row", inside.nth("row_left", 1), layer.kernel_rows, walk.row, walk.row_last),
        ("column", inside["column_left"], layer.kernel_columns, walk.column, walk.column_last),
    )
    for name, left, size, at, last in axes:
        harness.check(f"{name}: taps of the kernel that are left", over | (left == size - at))
        told = Cat(inside[f"{name}_first"], inside[f"{name}_last"])
        harness.check(f"{name}: whether it is the kernel's first, and its last", over | (told == Cat(at == 0, last)))
    left = inside["channels_left"] == layer.source_channels - walk.channel
    harness.check("channel: counted, and those that are left", over | (inside["channel"] == walk.channel) & left)
    step = (inside["channel_step"] == walk.channels) & (inside["channel_last"] == walk.channel_last)
    harness.check("channel: so many at once, and whether they are the pixel's last", over | step)
    ends = Cat(walk.last, walk.pixel_last, walk.line_last, walk.pixel_last & walk.line_last)
    told = Cat(inside.nth("$signal", number) for number in (4, 5, 6, 7))
    harness.check("walk: whether a request is its kernel's, its pixel's and its row's last", over | (told == ends))
    left = inside.nth("row_left", 0) == layer.width - walk.x
    harness.check("pixel: those that are left in its row", over | left)


def _tiles(harness: Harness, walk: Walk, late: Value) -> None:
    """Pixels are counted in tiles where requests leave; ``late``: that of the one before is not counted yet."""
    inside, layer, over = harness.inside, walk.layer, ~walk.going
    harness.check("pixel: each behind the one before", ~late | over | walk.follows())
    pixel, tile = Mux(late, walk.pixel_before, walk.pixel), Mux(late, walk.tile_before, walk.tile)
    unknown = over & ~late
    harness.check("pixel: counted in its tile", unknown | (inside["tile.pixel"] == pixel))
    last = pixel + 1 == walk.pixels(tile)
    harness.check("pixel: whether it is the tile's last", unknown | (inside["tile.pixel_last"] == last))
    left = layer.tiles - tile
    counted = (inside["tile.left"] - inside["tile.passed"])[: len(tile)] == left
    harness.check("tiles: those that are left, a cycle late", unknown | counted)
    told = Cat(inside["tile.last"], inside["tile.soon"])
    harness.check("tiles: whether it is the last, and the one before", unknown | (told == Cat(left == 1, left == 2)))


SUBJECTS = [
    Subject(block="dwcpwc", name="window_reader", make=lambda: WindowReader(SHAPE), describe=window_reader, depth=2),
]
