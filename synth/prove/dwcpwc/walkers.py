"""Properties of what counts its way through a layer."""

from amaranth.hdl import Cat, Mux

from racelet.golden.dwcpwc.config import BANKS
from racelet.hw.dwcpwc.activation_writer import ActivationWriter
from racelet.hw.dwcpwc.group_splitter import GroupSplitter
from racelet.hw.dwcpwc.input_loader import InputLoader
from racelet.hw.dwcpwc.pool import Pool
from racelet.hw.dwcpwc.tile_counter import TileCounter
from racelet.hw.dwcpwc.watchdog import Watchdog
from racelet.hw.dwcpwc.window_reader import WindowReader
from racelet.synth.prove.dwcpwc.layer import CONFIG, counts_in_range, steady
from racelet.synth.prove.harness import Harness
from racelet.synth.prove.subject import Subject, start


def activation_writer(harness: Harness, dut: ActivationWriter) -> None:
    """Every group is written, to a bank that there is."""
    steady(harness, dut)
    came = harness.past(dut.i.valid & ~harness.clear)
    harness.check("write: a group is written in the cycle after it came", dut.write.valid == came)
    harness.check(
        "done: with the write of the group marked final",
        dut.done == harness.past(dut.i.valid & dut.i.p.place.final & ~harness.clear),
    )
    for name in ("here", "tile_start"):
        position = harness.inside.view(name, dut._position())
        harness.check(f"{name}: one of three rows and columns of banks", (position.row < 3) & (position.column < 3))
    harness.check(f"write: one of {BANKS} banks", dut.write.p.bank < BANKS)


def group_splitter(harness: Harness, dut: GroupSplitter) -> None:
    """Every group of a pixel's sums leaves once, in order; the sums are taken with the last."""
    steady(harness, dut)
    counts_in_range(harness, dut)
    groups, lanes = CONFIG.output_lanes // CONFIG.requantizers, CONFIG.requantizers
    given = dut.o.valid & dut.o.ready
    number = harness.register("number", 4)
    last = dut.o.p.place.advance
    harness.update(number, Mux(harness.clear | dut.start, 0, Mux(given, Mux(last, 0, number + 1), number)))
    harness.check("o: a group only when there are sums", ~dut.o.valid | dut.i.valid)
    harness.check("i: sums are taken with their last group", (dut.i.valid & dut.i.ready) == (given & last))
    harness.check("o: no more groups than sums", number < groups)
    same = dut.o.p.sums.as_value() == dut.i.p.as_value().word_select(number, 32 * lanes)
    harness.check("o: the groups follow each other", ~dut.o.valid | same)
    offset = dut.o.p.place.channel[: (CONFIG.output_lanes - 1).bit_length()]
    harness.check("o: the first channel is that of the group", offset == (number * lanes)[: len(offset)])
    index, passes_done = harness.inside["index"], harness.inside.nth("$signal", 1)
    harness.check("o: the groups are counted", index == number)
    in_pass = Mux(passes_done == dut.layer.passes - 1, dut.layer.tail_groups, groups)
    harness.check("o: no more groups than the pass has", dut.start | (index < in_pass))
    pixel = harness.inside["pixel"]
    harness.check("pixel: one of the tile", dut.start | (pixel < harness.inside["counter.pixels"]))
    harness.check("pixel: one of the largest tile", pixel < CONFIG.tile_pixels)


def input_loader(harness: Harness, dut: InputLoader) -> None:
    """Beats pass in the cycle in which they come, from a start to the layer's last."""
    steady(harness, dut)
    came, left = dut.i.valid & dut.i.ready, dut.o.valid & dut.o.ready
    harness.check("o: a beat leaves in the cycle in which it comes", came == left)
    harness.check("o: a beat leaves as it came", dut.o.p.data.as_value() == dut.i.p)
    running = harness.register("running", 1)
    harness.update(running, ~harness.clear & (dut.start | (running & ~(left & dut.o.p.place.final))))
    harness.check("running: from a start to the layer's last beat", harness.inside["running"] == running)
    harness.check("i: beats are taken from a start to the layer's last", (dut.i.ready == (running & dut.o.ready)))


def pool(harness: Harness, dut: Pool) -> None:
    """A word's groups are given before the next word's; a complete word waits."""
    steady(harness, dut)
    groups = CONFIG.input_lanes // CONFIG.requantizers
    left = harness.inside["left"]
    harness.check("o: groups while some are left", dut.o.valid == (left != 0))
    harness.check("o: no more groups than a word has", left <= groups)


def tile_counter(harness: Harness, dut: TileCounter) -> None:
    """As many tiles as the layer says, the last one marked."""
    layer = dut.layer
    tiles = harness.register("tiles", 20)
    harness.update(tiles, Mux(harness.clear, 0, Mux(dut.start, layer.tiles, tiles - dut.next)))
    harness.check("left: the tiles that are left", harness.inside["left"] == tiles)
    harness.check("last: with the last tile", dut.last == (tiles == 1))
    harness.check("pixels: those of the tile", dut.pixels == Mux(tiles == 1, layer.last_tile_pixels, layer.tile_pixels))


def watchdog(harness: Harness, dut: Watchdog) -> None:
    """Tells exactly when nothing has moved for so many cycles."""
    width = CONFIG.patience.bit_length() + 1
    still = harness.register("still", width)
    moved = harness.clear | ~dut.running | dut.moves | dut.waiting_outside
    harness.update(still, Mux(moved, 0, Mux(still == CONFIG.patience, still, still + 1)))
    harness.check(
        "stalled: after so many cycles without a move, and not before", dut.stalled == (still == CONFIG.patience)
    )
    harness.check("still: cycles without a move", harness.inside["still"] == still)
    harness.check("still: never more than there is room for", harness.inside["still"] <= CONFIG.patience)


def window_reader(harness: Harness, dut: WindowReader) -> None:
    """Positions are banks that there are."""
    steady(harness, dut)
    harness.assume(
        "layer: source_row and source_column in 0..2", (dut.layer.source_row < 3) & (dut.layer.source_column < 3)
    )
    for name in ("row", "column"):
        inside = Cat(harness.inside[f"{name}_{each}"] < 3 for each in ("bank", "pixel_bank")).all()
        harness.check(f"{name}: one of three banks", inside)
    harness.check("o: one of three rows and columns of banks", (dut.o.p.row < 3) & (dut.o.p.column < 3))


SUBJECTS = [
    Subject(
        block="dwcpwc", name="activation_writer", make=lambda: ActivationWriter(CONFIG), describe=activation_writer
    ),
    Subject(
        block="dwcpwc",
        name="group_splitter",
        make=lambda: GroupSplitter(CONFIG),
        describe=group_splitter,
        forgets=start,
    ),
    Subject(block="dwcpwc", name="input_loader", make=lambda: InputLoader(2), describe=input_loader, forgets=start),
    Subject(block="dwcpwc", name="pool", make=lambda: Pool(CONFIG), describe=pool, forgets=start),
    Subject(block="dwcpwc", name="tile_counter", make=TileCounter, describe=tile_counter),
    Subject(block="dwcpwc", name="watchdog", make=lambda: Watchdog(CONFIG), describe=watchdog),
    Subject(
        block="dwcpwc", name="window_reader", make=lambda: WindowReader(CONFIG), describe=window_reader, forgets=start
    ),
]
