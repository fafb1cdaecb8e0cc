"""Properties of a processing element: there is a place for every sum that was begun."""

import dataclasses

from amaranth.hdl import Cat, Const, Mux, Value

from racelet.golden.bitlet.config import BitletConfig
from racelet.hw.bitlet.array import Array
from racelet.hw.bitlet.layouts import digit_beat, matched_beat, term_beat, window_state
from racelet.hw.bitlet.pe import PASSES, RESULTS, Pe
from racelet.synth.prove.bitlet.distilling import distilling, dot_products
from racelet.synth.prove.harness import Harness
from racelet.synth.prove.order import Item, Queue
from racelet.synth.prove.subject import Subject

CONFIG = BitletConfig(formats=("int2",), window=4, lanes=2, load=2, terms=7)
ROW = dataclasses.replace(CONFIG, columns=2)
FLOATS = BitletConfig(formats=("fp16",), window=4, lanes=2, load=2, terms=7)

Beat = tuple[Value, Value, Value]
"""Whether there is a beat; whether it ends a window, and whether that ends a dot product."""


def of_integers(harness: Harness, dut: Pe) -> None:
    """Every dot product that was taken has a result, and there is a place for it."""
    inside, config = harness.inside, dut.config
    harness.assume("i: of a format that there is", ~dut.i.valid | (dut.i.p.form < len(config.forms)))
    terms = inside.view("preprocessor.o__payload", term_beat(config))
    digits = inside.view("encoder.o__payload", digit_beat(config))
    marks = inside["preprocessor.marks"]
    beats = [
        (inside["encoder.o__valid"], digits.ends, digits.last),
        (inside["preprocessor.o__valid"], terms.ends, terms.last),
        (inside["preprocessor.valid"], marks[-2], marks[-1]),
    ]
    came = dut.i.valid & dut.i.ready, dut.i.p.ends
    _parts(harness, dut, beats, came)
    distilling(harness, config, "distiller.")
    one = Const(1)
    queue = Queue(
        harness,
        "results",
        entries=[(dut.i.valid & dut.i.ready & dut.i.p.ends & dut.i.p.last, one)],
        exits=[(dut.o.valid & dut.o.ready, one)],
        places=[
            *_waiting(harness, "results.", RESULTS),
            *_on_their_way(harness, dut),
            *((valid & ends & last, one) for valid, ends, last in beats),
        ],
    )
    _credits(harness, "places.", RESULTS, queue.inside)
    harness.check("results: there is a place for each", ~inside["tree.o__valid"] | inside["results.i__ready"])
    harness.cover("results: no further one can be begun", queue.inside == RESULTS)


def of_floats(harness: Harness, dut: Pe) -> None:
    """Every pass that was begun has a sum, there is a place for it, and what it is waits for it."""
    inside, config = harness.inside, dut.config
    coming = inside.view("distiller.coming", window_state(config))
    matched = inside.view("matcher.o__payload", matched_beat(config)).beat
    offered, moves = inside["matcher.o__valid"], inside["moves"]
    parts = config.window // config.load
    more = ~offered | (coming.part != parts - 1) | matched.ends
    harness.assume(
        "matcher: a pass has no more parts than it can have, and ends a sum", more & (~offered | matched.last)
    )
    distilling(harness, config, "distiller.")
    one = Const(1)
    queue = Queue(
        harness,
        "passes",
        entries=[(moves & matched.ends, one)],
        exits=[(inside["meet"], one)],
        places=[*_waiting(harness, "sums.", PASSES), *_on_their_way(harness, dut)],
    )
    _credits(harness, "passes.", PASSES, queue.inside)
    known = sum((here for here, _ in _waiting(harness, "records.", PASSES)), Const(0, 8))
    harness.check("passes: it is known of each what it is", known == queue.inside)
    harness.check("passes: there is a place for each sum", ~inside["tree.o__valid"] | inside["sums.i__ready"])
    harness.check("passes: there is a place for what each is", ~(moves & matched.ends) | inside["records.i__ready"])
    harness.check("passes: what it is waits for its sum", ~inside["sums.o__valid"] | inside["records.o__valid"])


def _parts(harness: Harness, dut: Pe, beats: list[Beat], came: tuple[Value, Value]) -> None:
    """A window that comes with no more parts than it can have, has no more in any place."""
    most = dut.config.window // dut.config.load
    taken = harness.register("taken", 8)
    harness.update(taken, Mux(harness.clear, 0, Mux(came[0], Mux(came[1], 0, taken + 1), taken)))
    harness.assume("i: a window has no more parts than it can have", ~dut.i.valid | (taken != most - 1) | dut.i.p.ends)
    part: Value = harness.inside.view("distiller.coming", window_state(dut.config)).part
    good = []
    for valid, ends, _ in beats:
        good.append(~valid | (part != most - 1) | ends)
        part = Mux(valid, Mux(ends, 0, part + 1), part)[:8]
    harness.check("parts: a window has no more than it can have", Cat(good).all())
    harness.check("parts: none is lost", part == taken)


def _waiting(harness: Harness, path: str, depth: int) -> list[Item]:
    """What waits in a queue, as a bit each; and that its count is right."""
    inside = harness.inside
    level, valid = inside[f"{path}level"], inside[f"{path}o__valid"]
    flags = (inside[f"{path}some"] == (level != 0)) & (inside[f"{path}full"] == (level == depth))
    harness.check(f"{path[:-1]}: knows how many wait", flags & (level <= depth) & (valid | (level == 0)))
    return [(valid, Const(1)), *((level > number, Const(1)) for number in range(depth))]


def _on_their_way(harness: Harness, dut: Pe) -> list[Item]:
    """Sums that the tree adds up, or that the distiller has or makes."""
    inside, one = harness.inside, Const(1)
    tree = inside["tree.valid"]
    items = [*(tree[stage] for stage in reversed(range(len(tree)))), inside["distiller.o__valid"]]
    return [
        *((here, one) for here in items),
        *((here, one) for here, _ in dot_products(harness, dut.config, "distiller.")),
    ]


def _credits(harness: Harness, path: str, count: int, out: Value) -> None:
    """What is out is what is inside."""
    left = harness.inside[f"{path}left"]
    harness.check(f"{path[:-1]}: as many are left as are not inside", left + out == count)
    harness.check(f"{path[:-1]}: knows whether none is left", harness.inside[f"{path}none"] == (left == 0))


SUBJECTS = [
    Subject(block="bitlet", name="array", make=lambda: Array(ROW), reach=24),
    Subject(block="bitlet", name="pe", make=lambda: Pe(CONFIG), describe=of_integers, reach=30),
    Subject(
        block="bitlet",
        name="pe_of_floats",
        make=lambda: Pe(FLOATS),
        describe=of_floats,
        apart=("accumulator", "normalizer", "preprocessor", "matcher"),
        reach=24,
    ),
]
