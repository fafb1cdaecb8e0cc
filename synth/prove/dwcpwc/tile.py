"""Properties of the tile between windows and dot products: what fills it and what reads it."""

from amaranth.hdl import Cat, Mux, Value
from amaranth.lib.data import View

from racelet.hw.dwcpwc.ping_pong_tile import READ_LATENCY, PingPongTile, tile_words
from racelet.hw.dwcpwc.tile_reader import READS, TileReader, marks
from racelet.synth.prove.dwcpwc.layer import CONFIG, counts_in_range, pixels_counted, steady
from racelet.synth.prove.harness import Harness
from racelet.synth.prove.order import Queue
from racelet.synth.prove.subject import Subject, start

WORD_PLACES = 1 << (READS - 1).bit_length()
"""Words that the queue before the engine could take."""


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
    harness.check("words: what their queue says of itself", queue_agrees(harness, "queue.", WORD_PLACES))
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


def queue_agrees(harness: Harness, path: str, depth: int) -> Value:
    """A queue's places and flags are those of its level; none waits where none is offered."""
    inside = harness.inside
    level, width = inside[f"{path}level"], (depth - 1).bit_length()
    places = level[:width] == (inside[f"{path}produce"] - inside[f"{path}consume"])[:width]
    flags = (inside[f"{path}some"] == (level != 0)) & (inside[f"{path}full"] == (level == depth))
    return places & flags & (level <= depth) & (inside[f"{path}o__valid"] | (level == 0))


SUBJECTS = [
    Subject(
        block="dwcpwc", name="ping_pong_tile", make=lambda: PingPongTile(CONFIG), describe=ping_pong_tile, forgets=start
    ),
    Subject(block="dwcpwc", name="tile_reader", make=lambda: TileReader(CONFIG), describe=tile_reader, forgets=start),
]
