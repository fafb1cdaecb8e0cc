"""Properties of the exponent matcher: windows wait in two halves of a memory, and are read in passes."""

from amaranth.hdl import Array, Cat, Mux, Value
from amaranth.lib.data import View

from racelet.golden.bitlet.config import BitletConfig
from racelet.hw.bitlet.exponent_matcher import ExponentMatcher
from racelet.synth.prove.harness import Harness
from racelet.synth.prove.order import Queue
from racelet.synth.prove.subject import Subject

CONFIG = BitletConfig(formats=("fp16",), window=4, lanes=2, load=2, terms=7)


def exponent_matcher(harness: Harness, dut: ExponentMatcher) -> None:
    """Halves are written and read in turn; every pass has the parts of its window, and a window leaves once."""
    inside = harness.inside
    halves = [inside.view(f"half_{half}", dut._window) for half in range(2)]
    write, reading, there, busy = (inside[name] for name in ("write", "reading", "there", "busy"))
    coming, part, release = inside["coming_part"], inside["part"], inside["release"]
    run, found = inside.view("run", dut._run), inside["found"]
    found_valid, found_half, found_ends = found[0], found[1], found[3]
    full = Cat(half.full for half in halves)
    more = ~dut.i.valid | (coming != dut.parts - 1) | dut.i.p.ends
    harness.assume("i: a window has no more parts than it can have", more)
    harness.assume("i: of a format that there is", ~dut.i.valid | (dut.i.p.form < len(dut.config.forms)))

    harness.check("halves: written in turn, and read in turn", (write == reading) == (full.all() | ~full.any()))
    now = [full.bit_select(each, 1) for each in (write, reading)]
    harness.check("halves: the one that is written is free", now[0] <= now[1])
    harness.check("halves: a part is taken where one is free", dut.i.ready == ~now[0])
    harness.check("parts: one of a window", (coming < dut.parts) & (part < dut.parts))
    for half, each in enumerate(halves):
        closing = found_valid & found_ends & (found_half == half)
        known = there[half] == (each.full & ~closing)
        harness.check(f"half {half}: its largest exponent is known a cycle behind its last part", known)
        harness.check(f"half {half}: its last part is one of a window", each.end < dut.parts)

    window = Array(Value.cast(half) for half in halves)[reading]
    at_hand = View(dut._window, window)
    steps = [run.reads, run.valid & run.ends, run.decided]
    harness.check("passes: of a window that is there", ~busy | there.bit_select(reading, 1))
    alone = ~Cat(steps[0] & steps[1], steps[0] & steps[2], steps[1] & steps[2]).any()
    harness.check(
        "passes: parts are read, the last one is looked at, or the pass is over", alone & (busy == Cat(steps).any())
    )
    harness.check("passes: nothing is read where there is none", busy | ~(run.valid | run.ends))
    harness.check("passes: only a part that was read is the last", run.valid | ~run.ends)
    harness.check("passes: end with the window's last part", ~run.reads | (part <= at_hand.end))
    _parts(harness, dut, run, part, at_hand)

    marks = [Cat(half.last, half.special) for half in halves]
    oldest, other = (Array(marks)[each] for each in (reading, ~reading))
    Queue(
        harness,
        "windows",
        entries=[(dut.i.valid & dut.i.ready & dut.i.p.ends, Cat(dut.i.p.last, dut.i.p.special.as_value()))],
        exits=[(release, oldest)],
        places=[(full.bit_select(reading, 1), oldest), (full.bit_select(~reading, 1), other)],
    )
    harness.cover("passes: a window has several", run.decided & ~release)


def _parts(harness: Harness, dut: ExponentMatcher, run: View, part: Value, window: View) -> None:
    """Count the parts that a pass has given: none is read twice or left out."""
    moves, ends = dut.o.valid & dut.o.ready, dut.o.p.beat.ends
    given = harness.register("given", 8)
    harness.update(given, Mux(harness.clear | (moves & ends), 0, given + moves))
    pending = dut.o.valid & ends
    of_this = (Mux(pending, 0, given + dut.o.valid) + run.valid)[:8]
    harness.check("parts: each is read once", ~run.reads | (part == of_this))
    last = ~(run.valid & run.ends) | (of_this == window.end + 1)
    harness.check("parts: as many in a pass as the window has", last)
    over = run.reads | run.valid | pending | ((given == 0) & ~dut.o.valid)
    harness.check("parts: the last one of a pass ends it", over)
    harness.check("parts: a pass is decided on when its last one is there", ~run.decided | pending)


SUBJECTS = [
    Subject(
        block="bitlet",
        name="exponent_matcher",
        make=lambda: ExponentMatcher(CONFIG),
        describe=exponent_matcher,
        reach=20,
    ),
]
