"""Properties of what gives weights that lie on racetracks."""

import dataclasses
import math

from amaranth.hdl import Cat, Const, Mux, Value

from racelet.hw.dwcpwc.racetrack_weight_store import RacetrackWeightStore
from racelet.hw.dwcpwc.row_reader import ROOM, RowReader
from racelet.hw.dwcpwc.track_rows import TrackRows
from racelet.hw.dwcpwc.weight_decoder import WeightDecoder
from racelet.synth.prove.dwcpwc.layer import CONFIG
from racelet.synth.prove.harness import Harness
from racelet.synth.prove.subject import Subject

TRACKED = dataclasses.replace(
    CONFIG, store="racetrack", weight_beat_bytes=4, weight_bytes=256, store_ports=4, store_words_per_port=8
)
"""Rows of four beats of four bytes."""


def row_reader(harness: Harness, dut: RowReader) -> None:
    """As many beats as were asked for, each chosen out of its own row."""
    inside = harness.inside
    asked, given, choose = dut.request.valid & dut.request.ready, dut.o.valid & dut.o.ready, inside["choose"]
    left, beat, row = inside["left"], inside["beat"], inside["row"]
    level, room = inside["queue.level"], inside["credits.left"]
    sent, owed = harness.register("sent", 8), harness.register("owed", 24)
    harness.update(sent, Mux(harness.clear, 0, sent + choose - given))
    harness.update(owed, Mux(harness.clear, 0, owed + Mux(asked, dut.request.p.beats, 0) - given))
    on_way = sum(inside["coming"]) + level + dut.o.valid
    harness.check("beats: as many on their way as were chosen and not given", sent == on_way)
    harness.check("o: as many beats as were asked for", owed == left + sent)
    harness.check("o: none that was not asked for", ~dut.o.valid | (owed != 0))
    harness.check("left: whether none is", (left == 0) == inside["none"])
    harness.check("credits: for every beat that is on its way", sent + room + inside["give"] == ROOM)
    harness.check("credits: whether there is one", inside["credits.some"] == (room != 0))
    waits = (level != 0) == inside["queue.some"]
    full = (level == ROOM) == inside["queue.full"]
    harness.check("queue: what it says of itself", waits & full & (dut.o.valid | (level == 0)))
    following = harness.register("following", len(beat))
    harness.update(following, Mux(harness.clear, 0, Mux(asked, dut.request.p.address, following + choose)))
    harness.check("beat: those of a run follow each other", beat == following)
    # What the row is whose words were read last, if nothing was written since.
    read, held = harness.register("read", len(row)), harness.register("held", 1)
    begins, ends = dut.fetch.valid & dut.fetch.ready, inside["waiting"] & dut.fetched
    within = len(beat) - len(row)
    harness.update(read, Mux(ends, beat[within:], read))
    harness.update(held, Mux(harness.clear | dut.forget | begins, 0, held | ends))
    harness.check("row: known if it is what was read last", (inside["known"] == held) & (~held | (row == read)))
    harness.check("beat: chosen only out of its own row", ~choose | (held & (read == beat[within:])))
    harness.check("fetch: never for a row that is there", ~dut.fetch.valid | ~held | (read != beat[within:]))
    harness.check("fetch: one at a time", ~dut.fetch.valid | ~inside["waiting"])


def weight_decoder(harness: Harness, dut: WeightDecoder) -> None:
    """A byte is the number of a word of four ones: of each one, how many words have as many below it."""
    first, word = harness.register("first", len(dut.i)), harness.register("word", len(dut.i))
    came = harness.register("came", 2)
    harness.update(first, dut.i)
    harness.update(word, first)
    harness.update(came, Mux(harness.clear, 0, Cat(Const(1), came[0])))
    number: Value = Const(0, 9)
    ones: Value = Const(0, 4)
    for place, bit in enumerate(word):
        ones = (ones + bit)[:4]
        terms = [Mux(ones == count, math.comb(place, count), 0) for count in range(1, 5)]
        number = (number + Mux(bit, sum(terms), 0))[:9]
    right = (ones == 4) & (number < 256)
    there = came.all()
    harness.check("wrong: neither four ones nor none, or no byte", ~there | (dut.wrong == ~(right | (ones == 0))))
    harness.check("o: the byte of the word", ~there | ~right | (dut.o == (number[:8] ^ 0x80)))
    harness.check("o: zero of a word without ones", ~there | (ones != 0) | (dut.o == 0))


def track_rows(harness: Harness, dut: TrackRows) -> None:
    """One thing after the other: tracks go home before anything is written, and what is to be written before a row."""
    inside = harness.inside
    command, response = dut.command.valid, dut.response.valid
    harness.assume("controller: a response only to a command", ~response | command)
    harness.assume("controller: takes a command with its response", dut.command.ready == response)
    begins, open_ = dut.fetch.valid & dut.fetch.ready, harness.register("open", 2)
    harness.update(open_, Mux(harness.clear, 0, open_ + begins - dut.fetched))
    harness.check("fetched: once for each row that was begun", open_ == inside["fetching"])
    waits = dut.writing | inside["wanted"]
    harness.check("fetch: not while something is to be written, or tracks are to go home", ~begins | ~waits)
    harness.check("busy: while a word is written, or tracks go home", dut.busy | ~(dut.writing | inside["homing"]))
    homing, fetching = inside["homing"], inside["fetching"]
    harness.check("command: goes on while a row is read, or tracks go home", ~(homing | fetching) | command)
    harness.check("command: not of a row and of all tracks", ~(homing & fetching))
    meant = homing | fetching | dut.writing
    harness.check("command: of a row, of all tracks, or of a word", ~command | meant)
    wrong = harness.register("wrong", 1)
    harness.update(wrong, Mux(harness.clear | dut.home, 0, wrong | (command & response & inside["told"])))
    harness.check("failed: since a response told of an error", dut.failed == wrong)


def racetrack_weight_store(harness: Harness, dut: RacetrackWeightStore) -> None:
    """What the tracks tell of goes on as it is; see its parts."""
    inside = harness.inside
    told = inside["rows.failed"] | inside["reader.wrong"]
    harness.check("failed: what the tracks tell, or a word that cannot be", dut.failed == told)
    harness.check("busy: the tracks are", dut.busy == inside["rows.busy"])


SUBJECTS = [
    Subject(
        block="dwcpwc",
        name="racetrack_weight_store",
        make=lambda: RacetrackWeightStore(TRACKED),
        describe=racetrack_weight_store,
        apart=("rows", "controller"),
        forgets=lambda dut: dut.clear,
    ),
    Subject(
        block="dwcpwc",
        name="track_rows",
        make=lambda: TrackRows(TRACKED),
        describe=track_rows,
    ),
    Subject(block="dwcpwc", name="weight_decoder", make=WeightDecoder, describe=weight_decoder),
    Subject(
        block="dwcpwc",
        name="row_reader",
        make=lambda: RowReader(TRACKED),
        describe=row_reader,
        apart=tuple(f"decoder_{lane}" for lane in range(TRACKED.weight_beat_bytes)),
        depth=6,
        bound=10,
    ),
]
