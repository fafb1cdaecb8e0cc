"""Properties of what counts its way through a layer."""

from amaranth.hdl import Cat, Mux
from amaranth.lib.data import View

from racelet.golden.dwcpwc.config import BANKS
from racelet.hw.dwcpwc.activation_writer import ActivationWriter, next_position, position
from racelet.hw.dwcpwc.group_splitter import GroupSplitter
from racelet.hw.dwcpwc.input_loader import InputLoader
from racelet.hw.dwcpwc.layouts import group
from racelet.hw.dwcpwc.tile_counter import TileCounter
from racelet.hw.dwcpwc.watchdog import Watchdog
from racelet.synth.prove.dwcpwc.layer import CONFIG, counts_in_range, pixels_counted, steady
from racelet.synth.prove.harness import Harness
from racelet.synth.prove.order import Queue
from racelet.synth.prove.slices import behind
from racelet.synth.prove.subject import Subject, start


def activation_writer(harness: Harness, dut: ActivationWriter) -> None:
    """Every group is written, to a bank that there is."""
    steady(harness, dut)
    came = harness.past(dut.i.valid & ~harness.clear)
    harness.check("group: one is kept in the cycle after it came", harness.inside["valid"] == came)
    harness.check(
        "write: a group is written two cycles after it came", dut.write.valid == harness.past(came & ~harness.clear)
    )
    final = harness.past(dut.i.valid & dut.i.p.place.final & ~harness.clear)
    kept = harness.inside.view("group", dut.i.p.shape())
    harness.check("group: the one marked final is kept so", (harness.inside["valid"] & kept.place.final) == final)
    harness.check("done: with the write of the group marked final", dut.done == harness.past(final & ~harness.clear))
    places = [(name, harness.inside.view(name, position(CONFIG))) for name in ("here", "tile_start")]
    further = ("following", "tile_following")
    places += [(name, harness.inside.view(name, next_position(CONFIG)).here) for name in further]
    for name, place in places:
        harness.check(f"{name}: one of three rows and columns of banks", (place.row < 3) & (place.column < 3))
    harness.check(f"write: one of {BANKS} banks", dut.write.p.bank < BANKS)


def group_splitter(harness: Harness, dut: GroupSplitter) -> None:
    """Every group of a pixel's sums leaves once, in order; the sums are taken with the last."""
    steady(harness, dut)
    counts_in_range(harness, dut)
    inside = harness.inside
    groups, lanes = CONFIG.output_lanes // CONFIG.requantizers, CONFIG.requantizers
    made = View(group(lanes), inside["i__payload"])
    fire = dut.i.valid & inside["output.i__ready"]
    begun = harness.register("begun", 1)
    harness.update(begun, ~harness.clear & (dut.start | begun))
    harness.assume("i: nothing before the first start", begun | ~dut.i.valid)
    number = harness.register("number", 4)
    last = made.place.advance
    harness.update(number, Mux(harness.clear | dut.start, 0, Mux(fire, Mux(last, 0, number + 1), number)))
    harness.check("i: sums are taken with their last group", (dut.i.valid & dut.i.ready) == (fire & last))
    harness.check("groups: no more than sums", number < groups)
    same = made.sums.as_value() == dut.i.p.as_value().word_select(number, 32 * lanes)
    harness.check("groups: they follow each other", same)
    offset = made.place.channel[: (CONFIG.output_lanes - 1).bit_length()]
    harness.check("groups: the first channel is that of the group", offset == (number * lanes)[: len(offset)])
    harness.check("groups: they are counted", inside["index"] == number)
    harness.check("groups: a pass begins with a whole one", inside["pass_channel"][: len(offset)] == 0)
    left, pass_last = inside["passes_left"], inside["pass_last"]
    harness.check("passes: whether it is the last", ~begun | ((left == 1) == pass_last))
    tail = Mux(harness.cleared, inside["tail_last"], dut.layer.tail_groups - 1)
    harness.check("passes: the last group of the last one", dut.start | (inside["tail_last"] == tail))
    in_pass = Mux(pass_last, dut.layer.tail_groups, groups)
    harness.check("groups: no more than the pass has", dut.start | (inside["index"] < in_pass))
    ends = inside["group_last"] == (inside["index"] == in_pass - 1)
    harness.check("groups: whether it is the pass's last", dut.start | ~begun | ends)
    Queue(
        harness,
        "groups",
        entries=[(fire, made.as_value())],
        exits=[(dut.o.valid & dut.o.ready, dut.o.p.as_value())],
        places=[(dut.o.valid, dut.o.p.as_value()), behind(harness, "output.")],
    )
    pixels_counted(harness, dut, "counter", begun)


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


def tile_counter(harness: Harness, dut: TileCounter) -> None:
    """As many tiles as the layer says, the last one marked."""
    steady(harness, dut)
    layer = dut.layer
    tiles = harness.register("tiles", 20)
    ends = dut.step & dut.pixel_last
    harness.update(tiles, Mux(harness.clear, 0, Mux(dut.start, layer.tiles, tiles - (ends & ~dut.again))))
    inside = harness.inside
    harness.check("left: the tiles that are left, a cycle late", (inside["left"] - inside["passed"])[:20] == tiles)
    harness.check(
        "last: with the last tile, and one before", Cat(dut.last, inside["soon"]) == Cat(tiles == 1, tiles == 2)
    )
    begun = harness.register("begun", 1)
    harness.update(begun, ~harness.clear & (dut.start | begun))
    harness.assume("step: not before the first start", begun | ~dut.step)
    pixel = harness.register("pixel", 7)
    harness.update(pixel, Mux(harness.clear | dut.start, 0, Mux(dut.step, Mux(ends, 0, pixel + 1), pixel)))
    harness.check("pixel: counted in its tile", dut.pixel == pixel)
    last_pixel = (Mux(tiles == 1, layer.last_tile_pixels, layer.tile_pixels) - 1)[:7]
    known = ~dut.start & begun
    harness.check("pixel: one of the tile", ~known | (pixel <= last_pixel))
    harness.check("pixel_last: with the tile's last", ~known | (dut.pixel_last == (pixel == last_pixel)))


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
    Subject(block="dwcpwc", name="tile_counter", make=TileCounter, describe=tile_counter),
    Subject(block="dwcpwc", name="watchdog", make=lambda: Watchdog(CONFIG), describe=watchdog),
]
