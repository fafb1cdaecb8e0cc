"""Properties of what feeds the dot-product engine and keeps its sums."""

from amaranth.hdl import Cat, Mux, Value
from amaranth.lib.data import View

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
    _words_in_order(harness, dut, issue, fire)
    _walk(harness, dut, issue, begun)
    taken = harness.register("asked", 20)
    asked = dut.request.valid & dut.request.ready
    harness.update(taken, Mux(harness.clear | dut.start, 0, taken + asked))
    tiles = Mux(begun, dut.layer.tiles - taken, 0)
    harness.check("request: one for each tile", dut.start | (inside["left"] == tiles[:20]))
    harness.check("request: until all have been made", dut.start | (dut.request.valid == (tiles != 0)))


def _words_in_order(harness: Harness, dut: TileReader, issue: Value, fire: Value) -> None:
    """Words become beats in the order in which they are read, each with the marks of its read, and as it was read."""
    inside, width, depth = harness.inside, 8 * CONFIG.input_lanes, WORD_PLACES
    level, consume = inside["queue.level"], inside["queue.consume"]
    beats = [(inside["queue.o__valid"], inside["queue.o__payload"])]
    beats += [(n < level, inside.peek("queue.memory", (consume + n)[: (depth - 1).bit_length()])) for n in range(depth)]
    beats += [(inside["there"], inside["beat"])]
    reading = [(inside["reading"][k], inside[f"marks_{k}"]) for k in reversed(range(READ_LATENCY))]
    given = inside["queue.o__payload"]
    Queue(
        harness,
        "marks",
        entries=[(issue, Value.cast(inside["read"]))],
        exits=[(fire, given[width:])],
        places=[*((here, beat[width:]) for here, beat in beats), *reading],
    )
    used = [inside["used"][lane] | ~View(marks(CONFIG), reading[0][1]).last for lane in range(CONFIG.input_lanes)]
    word = dut.tile.data.as_value() & Cat(each.replicate(8) for each in used)
    Queue(
        harness,
        "data",
        entries=[(reading[0][0], word)],
        exits=[(fire, given[:width])],
        places=[(here, beat[:width]) for here, beat in beats],
    )
    layer = dut.layer.tail_lanes
    lanes = Cat(lane < layer for lane in range(CONFIG.input_lanes))
    harness.check("lanes: those of the layer's last word", dut.start | harness.cleared | (inside["used"] == lanes))
    beat = View(marks(CONFIG), given[width:])
    out = Cat(dut.o.p.activations.as_value(), dut.o.p.slot, dut.o.p.first, dut.o.p.last)
    harness.check("o: a word with its marks", out == Cat(given[:width], beat.slot, beat.first, beat.last))
    harness.check("o: with the weights that are offered", dut.o.p.weights.as_value() == dut.weights.p.as_value())
    weights = dut.weights.valid & dut.weights.ready
    harness.check("weights: a set is taken with its last word, and not before", weights == (fire & beat.set_last))


def _walk(harness: Harness, dut: TileReader, issue: Value, begun: Value) -> None:
    """Pixels of a word, words of a pass, passes of a tile: each read once."""
    inside, layer = harness.inside, dut.layer
    last_pixel = inside["counter.pixel_last"]
    word, of_pass = harness.register("word", 14), harness.register("pass", 14)
    address = harness.register("address", len(dut.tile.address))
    last_word, last_pass = word == (layer.words - 1)[:14], of_pass == (layer.passes - 1)[:14]
    ends = issue & last_pixel
    gone = harness.clear | dut.start
    next_word = Mux(last_word, 0, word + 1)
    harness.update(word, Mux(gone, 0, Mux(ends, next_word, word)))
    harness.update(of_pass, Mux(gone, 0, Mux(ends & last_word, Mux(last_pass, 0, of_pass + 1), of_pass)))
    following = Mux(last_pixel, next_word, address + layer.words)
    harness.update(address, Mux(gone, 0, Mux(issue, following, address)))
    unknown = dut.start | ~begun
    harness.check("word: one of the pass", unknown | (word < layer.words))
    harness.check("pass: one of the tile", unknown | (of_pass < layer.passes))
    words, passes = (layer.words - word)[:14], (layer.passes - of_pass)[:14]
    harness.check(
        "words: those that are left", unknown | (Cat(inside["word"], inside["words_left"]) == Cat(word, words))
    )
    harness.check("passes: those that are left", unknown | (inside["passes_left"] == passes))
    harness.check("word: whether it is the pass's first", unknown | (inside["word_first"] == (word == 0)))
    harness.check("word: whether it is the pass's last", unknown | (inside["word_last"] == last_word))
    harness.check("pass: whether it is the tile's last", unknown | (inside["pass_last"] == last_pass))
    harness.check("address: a pixel's words lie together", unknown | (dut.tile.address == address))
    read = Cat(inside["counter.pixel"][: (CONFIG.tile_pixels - 1).bit_length()], word == 0, last_word, last_pixel)
    harness.check("marks: those of the word that is read", unknown | (Value.cast(inside["read"]) == read))
    release = issue & last_pixel & last_word & last_pass
    harness.check("tile: released with its last word", unknown | (dut.tile.release == release))


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
    _sums_in_order(harness)
    level, queued = inside["reader.queue.level"], inside["reader.queue.o__valid"]
    read = sum(inside["reader.reading"], inside["reader.there"]) + level + queued
    harness.check("words: a place for each", read + inside["reader.words.left"] == READS)
    harness.check("words: whether there is a place", inside["reader.words.some"] == (inside["reader.words.left"] != 0))
    harness.check("words: what their queue says of itself", _queue_agrees(harness, "reader.queue.", WORD_PLACES))


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
