"""Properties of what feeds the dot-product engine and keeps its sums."""

from amaranth.hdl import Cat, Mux, Value

from racelet.hw.dwcpwc.dot_path import DotPath
from racelet.hw.dwcpwc.ping_pong_tile import READ_LATENCY
from racelet.hw.dwcpwc.tile_reader import READS, marks
from racelet.hw.dwcpwc.weight_shadow import WeightShadow
from racelet.synth.prove.dwcpwc.layer import CONFIG, counts_in_range, steady
from racelet.synth.prove.dwcpwc.tile import WORD_PLACES, queue_agrees
from racelet.synth.prove.harness import Harness
from racelet.synth.prove.order import Queue
from racelet.synth.prove.slices import behind
from racelet.synth.prove.subject import MULTIPLIERS, Subject, start


def weight_shadow(harness: Harness, dut: WeightShadow) -> None:
    """Beats gather in one of two sets, from its lower end on; a whole set leaves at once."""
    beats, width = CONFIG.set_beats, 8 * CONFIG.weight_beat_bytes
    inside = harness.inside
    count, full, loading, rows = (inside[name] for name in ("count", "full", "loading", "working"))
    working = rows[0]
    harness.check("working: the same in every row", rows == working.replicate(len(rows)))
    # Behind the set that is offered, or where the next one will be offered.
    second = Mux(working ^ dut.o.valid, inside["set_1"], inside["set_0"])
    left, given = dut.o.valid & dut.o.ready, dut.o.p.as_value()
    there = [full | (number < count) for number in range(beats)]
    Queue(
        harness,
        "beats",
        entries=[(dut.i.valid & dut.i.ready, dut.i.p)],
        exits=[(left, given.word_select(number, width)) for number in range(beats)],
        places=[
            *((dut.o.valid, given.word_select(number, width)) for number in range(beats)),
            *((here, second.word_select(number, width)) for number, here in enumerate(there)),
        ],
    )
    harness.check("beats: no more than a set's", (count < beats) & (~full | (count == 0)))
    harness.check("full: only behind a set that is offered", ~full | dut.o.valid)
    writing = Cat(~full & (loading == number) & (count == beat) for number in range(2) for beat in range(beats))
    harness.check("beats: written where the next one belongs", inside["writing"] == writing)
    harness.check("sets: loaded in turn", loading == (working ^ (dut.o.valid & ~full)))


def dot_path(harness: Harness, dut: DotPath) -> None:
    """The queue of sums takes every sum that the engine makes."""
    steady(harness, dut)
    counts_in_range(harness, dut)
    inside = harness.inside
    words = [*_words(harness, "reader."), *_engine_sums(harness, "engine.")]
    level, queued = inside["queue.level"], inside["queue.o__valid"]
    full, _ = behind(harness, "slice.")
    owed = sum(words[1:], words[0]) + level + queued + inside["slice.o__valid"] + full
    places = inside["reader.sums.left"] + inside["taken"]
    harness.check("sums: a place for each that is on its way", owed + places == CONFIG.sum_places)
    harness.check("sums: whether there is a place", inside["reader.sums.some"] == (inside["reader.sums.left"] != 0))
    harness.check("queue: what it says of itself", queue_agrees(harness, "queue.", CONFIG.sum_places))
    harness.check(
        "queue: takes every sum that the engine makes", ~inside["engine.output.o__valid"] | inside["queue.i__ready"]
    )
    harness.check("engine: never holds", ~inside["engine.output.full"])
    _sums_in_order(harness)
    level, queued = inside["reader.queue.level"], inside["reader.queue.o__valid"]
    read = sum(inside["reader.reading"], inside["reader.there"]) + level + queued
    harness.check("words: a place for each", read + inside["reader.words.left"] == READS)
    harness.check("words: whether there is a place", inside["reader.words.some"] == (inside["reader.words.left"] != 0))
    harness.check("words: what their queue says of itself", queue_agrees(harness, "reader.queue.", WORD_PLACES))


def _sums_in_order(harness: Harness) -> None:
    """Sums come to the splitter in the order in which the engine makes them, and as it makes them."""
    inside = harness.inside
    level, consume, width = inside["queue.level"], inside["queue.consume"], (CONFIG.sum_places - 1).bit_length()
    kept = [
        (number < level, inside.peek("queue.memory", (consume + number)[:width])) for number in range(CONFIG.sum_places)
    ]
    offered = (inside["slice.o__valid"], inside["slice.o__payload"])
    Queue(
        harness,
        "sums",
        entries=[(inside["engine.output.o__valid"], inside["engine.output.o__payload"])],
        exits=[(inside["splitter.i__valid"] & inside["splitter.i__ready"], offered[1])],
        places=[
            offered,
            behind(harness, "slice."),
            (inside["queue.o__valid"], inside["queue.o__payload"]),
            *kept,
        ],
    )


def _words(harness: Harness, path: str) -> list[Value]:
    """Of each word that was read and not fed, whether it is a pass's last."""
    inside, lanes = harness.inside, 8 * CONFIG.input_lanes
    last = marks(CONFIG)["last"].offset
    level, consume = inside[f"{path}queue.level"], inside[f"{path}queue.consume"]
    kept = [
        (number < level) & inside.peek(f"{path}queue.memory", (consume + number)[:3])[lanes + last]
        for number in range(WORD_PLACES)
    ]
    reading = [inside[f"{path}reading"][stage] & inside[f"{path}marks_{stage}"][last] for stage in range(READ_LATENCY)]
    stages = [*reading, inside[f"{path}there"] & inside[f"{path}beat"][lanes + last]]
    return [*stages, *kept, inside[f"{path}queue.o__valid"] & inside[f"{path}queue.o__payload"][lanes + last]]


def _engine_sums(harness: Harness, path: str) -> list[Value]:
    """Of each place in the engine, whether it is a sum's."""
    inside = harness.inside
    valid, last = inside[f"{path}valid"], inside[f"{path}last"]
    stages = [valid[stage] & last[stage] for stage in range(len(valid))]
    return [*stages, inside[f"{path}output.o__valid"], inside[f"{path}output.full"]]


SUBJECTS = [
    Subject(
        block="dwcpwc",
        name="dot_path",
        make=lambda: DotPath(CONFIG),
        describe=dot_path,
        forgets=start,
        abstract=(MULTIPLIERS,),
        bound=24,
        reach=28,
    ),
    Subject(block="dwcpwc", name="weight_shadow", make=lambda: WeightShadow(CONFIG), describe=weight_shadow),
]
