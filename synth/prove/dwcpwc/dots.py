"""Properties of what feeds the dot-product engine and keeps its sums."""

from amaranth.hdl import Cat, Mux, Value

from racelet.hw.dwcpwc.dot_path import DotPath
from racelet.hw.dwcpwc.ping_pong_tile import READ_LATENCY, PingPongTile, tile_words
from racelet.hw.dwcpwc.tile_reader import READS, TileReader, marks
from racelet.hw.dwcpwc.weight_shadow import WeightShadow
from racelet.synth.prove.dwcpwc.layer import CONFIG, counts_in_range, pixels_counted, steady
from racelet.synth.prove.harness import Harness
from racelet.synth.prove.order import Queue
from racelet.synth.prove.slices import behind
from racelet.synth.prove.subject import MULTIPLIERS, Subject, start

WORD_PLACES = 1 << (READS - 1).bit_length()
"""Words that the queue before the engine could take."""


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


def tile_reader(harness: Harness, dut: TileReader) -> None:
    """Every word that is read becomes a beat; never more of them, nor more sums, than there are places for."""
    steady(harness, dut)
    counts_in_range(harness, dut)
    inside = harness.inside
    issue, fire = inside["issue"], dut.o.valid & dut.o.ready
    read = harness.register("read", 8)
    harness.update(read, Mux(harness.clear, 0, read + issue - fire))
    level, queued = inside["queue.level"], inside["queue.o__valid"]
    on_way = sum(inside["reading"], inside["there"]) + level + queued
    harness.check("words: as many on their way as were read and not given", read == on_way)
    harness.check("words: a place for each", (read + inside["words.left"] == READS) & (level <= READS))
    owed = harness.register("owed", 8)
    harness.assume("taken: no sum that was not made", ~dut.taken | (owed != 0))
    harness.update(owed, Mux(harness.clear, 0, owed + (issue & inside["word_last"]) - dut.taken))
    harness.check("sums: a place for each", owed + inside["sums.left"] == CONFIG.sum_places)
    for name in ("words", "sums"):
        some = inside[f"{name}.some"] == (inside[f"{name}.left"] != 0)
        harness.check(f"{name}: whether there is a place", some)
    harness.check("words: what their queue says of itself", _queue_agrees(harness, "queue.", WORD_PLACES))
    begun = harness.register("begun", 1)
    harness.update(begun, ~harness.clear & (dut.start | begun))
    harness.assume("tile: not full before the first start", begun | ~dut.tile.full)
    pixels_counted(harness, dut, "counter", begun)


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
    harness.check("queue: what it says of itself", _queue_agrees(harness, "queue.", CONFIG.sum_places))
    harness.check(
        "queue: takes every sum that the engine makes", ~inside["engine.output.o__valid"] | inside["queue.i__ready"]
    )
    harness.check("engine: never holds", ~inside["engine.output.full"])
    level, queued = inside["reader.queue.level"], inside["reader.queue.o__valid"]
    read = sum(inside["reader.reading"], inside["reader.there"]) + level + queued
    harness.check("words: a place for each", read + inside["reader.words.left"] == READS)
    harness.check("words: whether there is a place", inside["reader.words.some"] == (inside["reader.words.left"] != 0))
    harness.check("words: what their queue says of itself", _queue_agrees(harness, "reader.queue.", WORD_PLACES))


def _queue_agrees(harness: Harness, path: str, depth: int) -> Value:
    """A queue's places and flags are those of its level; none waits where none is offered."""
    inside = harness.inside
    level, width = inside[f"{path}level"], (depth - 1).bit_length()
    places = level[:width] == (inside[f"{path}produce"] - inside[f"{path}consume"])[:width]
    flags = (inside[f"{path}some"] == (level != 0)) & (inside[f"{path}full"] == (level == depth))
    return places & flags & (level <= depth) & (inside[f"{path}o__valid"] | (level == 0))


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


def ping_pong_tile(harness: Harness, dut: PingPongTile) -> None:
    """A half that is full is not written, one that is not is not given to read."""
    steady(harness, dut)
    counts_in_range(harness, dut)
    harness.assume("read: a half is released only when it is full", ~dut.read.release | dut.read.full)
    inside = harness.inside
    filled = harness.register("filled", 2)
    accept = dut.i.valid & dut.i.ready
    ended = harness.inside["ended"]
    harness.check("i: a tile ends with a group", ~ended | accept)
    harness.update(filled, Mux(harness.clear | dut.start, 0, filled + ended - dut.read.release))
    # The last group of a tile that was filled in the cycle before is being written.
    written = filled - inside["complete"]
    full, other_full, other_free = dut.read.full, inside["other_full"], inside["other_free"]
    harness.check("tiles: never more than two", (filled <= 2) & (filled >= inside["complete"]))
    harness.check("halves: filled and read in turn", (filled == 1) == (inside["filling"] != inside["reading"]))
    harness.check("i: taken whenever a half is free", Cat(dut.i.ready, other_free) == Cat(filled != 2, filled == 0))
    harness.check("read: full whenever a half is written", Cat(full, other_full) == Cat(written != 0, written == 2))
    begun = harness.register("begun", 1)
    harness.update(begun, ~harness.clear & (dut.start | begun))
    harness.assume("i: nothing before the first start", begun | ~dut.i.valid)
    pixels_counted(harness, dut, "tile", begun)
    address = Value.cast(harness.inside["write_address"])
    harness.check("memory: a place that there is is written", address < 2 * tile_words(CONFIG))


SUBJECTS = [
    Subject(
        block="dwcpwc",
        name="dot_path",
        make=lambda: DotPath(CONFIG),
        describe=dot_path,
        forgets=start,
        abstract=(MULTIPLIERS,),
        reach=28,
    ),
    Subject(
        block="dwcpwc", name="ping_pong_tile", make=lambda: PingPongTile(CONFIG), describe=ping_pong_tile, forgets=start
    ),
    Subject(block="dwcpwc", name="tile_reader", make=lambda: TileReader(CONFIG), describe=tile_reader, forgets=start),
    Subject(block="dwcpwc", name="weight_shadow", make=lambda: WeightShadow(CONFIG), describe=weight_shadow),
]
