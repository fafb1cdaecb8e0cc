"""Properties of what keeps beats, weights and sums for a while."""

import dataclasses

from amaranth.hdl import Cat, Mux, Value
from amaranth.lib.data import View

from racelet.golden.dwcpwc.config import BANKS
from racelet.golden.dwcpwc.layer_config import LayerKind
from racelet.hw.dwcpwc.activation_buffer import ActivationBuffer
from racelet.hw.dwcpwc.layer_counters import LayerCounters
from racelet.hw.dwcpwc.spiller import Spiller, spilled_word
from racelet.hw.dwcpwc.transfer_path import TransferPath
from racelet.hw.dwcpwc.weight_store import BramWeightStore, StreamWeightStore
from racelet.synth.prove.dwcpwc.layer import CONFIG, steady
from racelet.synth.prove.harness import Harness
from racelet.synth.prove.memory import Watched
from racelet.synth.prove.order import Queue
from racelet.synth.prove.slices import behind
from racelet.synth.prove.subject import Subject, start

STREAMED = dataclasses.replace(CONFIG, store="stream")
STORE = dataclasses.replace(CONFIG, weight_bytes=2 * 4 * CONFIG.store_bank_beats)
"""Two banks of weights."""


def spiller(harness: Harness, dut: Spiller) -> None:
    """The beats of a word leave one by one, bytes beyond its last channel as zeros."""
    steady_grant = harness.cleared | dut.start | harness.past(dut.start) | dut.granted | ~harness.past(dut.granted)
    harness.assume("granted: steady once it is high, until the next start", steady_grant)
    lanes, size = CONFIG.input_lanes, CONFIG.bandwidth
    came, count = dut.i.valid & dut.i.ready, dut.i.p.gathered_count
    harness.assume("i: no more channels than a word has", count <= lanes)
    bytes_ = [Mux(lane < count, dut.i.p.gathered[lane], 0) for lane in range(lanes)]
    beats = [Cat(*bytes_[first : first + size]) for first in range(0, lanes, size)]
    inside = harness.inside
    beat, waiting = inside["beat"], (inside["slice.o__valid"], inside["slice.o__payload"])
    words = [(there, View(spilled_word(CONFIG), each)) for there, each in (waiting, behind(harness, "slice."))]
    for name, (there, each) in zip(("word", "behind"), words, strict=True):
        harness.check(f"{name}: no more beats than a word has", ~there | (each.last_beat < len(beats)))
    (there, word), _ = words
    harness.check("beat: one of its word's", (beat == 0) | there & (beat <= word.last_beat))
    Queue(
        harness,
        "beats",
        entries=[(came & (number * size < count), beat) for number, beat in enumerate(beats)],
        exits=[(dut.o.valid & dut.o.ready, dut.o.p)],
        places=[
            (
                there & (first <= number) & (number <= each.last_beat),
                each.bytes.as_value().word_select(number, 8 * size),
            )
            for (there, each), first in zip(words, (beat, 0), strict=True)
            for number in range(len(beats))
        ],
        forgets=dut.start,
    )


def transfer_path(harness: Harness, dut: TransferPath) -> None:
    """No more beats move than were asked for."""
    steady(harness, dut)
    kind = dut.layer.kind
    harness.assume("i: only in a layer of kind STORE", ~dut.i.valid | (kind == LayerKind.STORE))
    harness.assume("start: not while a request waits", ~dut.start | ~dut.transfer.valid)
    harness.assume("start: not while a LOAD goes on", ~dut.start | ~harness.inside["loader.running"])
    asked = dut.transfer.valid & dut.transfer.ready
    wanted = harness.register("wanted", 1)
    begins = (kind == LayerKind.LOAD) | (kind == LayerKind.STORE)
    harness.update(wanted, ~harness.clear & Mux(dut.start, begins, wanted & ~asked))
    harness.check("transfer: asked for once for each LOAD and STORE", dut.transfer.valid == wanted)
    moved = (dut.fill.valid & dut.fill.ready) | (dut.spill.valid & dut.spill.ready)
    owed = harness.register("owed", 32)
    beats = dut.transfer.p.beats
    harness.update(owed, Mux(harness.clear, 0, Mux(asked, beats, owed - moved)))
    harness.check("beats: none moves that was not asked for", ~moved | (owed != 0))
    harness.check("owed: as many as were asked for and have not moved", harness.inside["left"] == owed)
    loading = ~harness.inside["loader.running"] | (kind == LayerKind.LOAD)
    left = Cat(harness.inside[f"spiller.slice.{each}"] for each in ("o__valid", "full")).any()
    storing = ~left | (kind == LayerKind.STORE)
    granted = harness.inside.nth("granted", 0)
    harness.check("transfer: nothing moves while it waits to be taken on", ~dut.transfer.valid | ~(granted | moved))
    harness.check("beats: they may move when granted and owed", harness.inside["moving"] == (granted & (owed != 0)))
    harness.check("path: beats go the way that the layer says", dut.start | (loading & storing))
    harness.check("owed: beats were asked for and have not moved", dut.owed == (owed != 0))
    harness.check(
        "o: a beat leaves in the cycle in which it comes",
        (dut.o.valid & dut.o.ready) == (dut.fill.valid & dut.fill.ready),
    )
    harness.check("o: a beat leaves as it came", dut.o.p.data.as_value() == dut.fill.p)


def bram_weight_store(harness: Harness, dut: BramWeightStore) -> None:
    """As many beats as were asked for, each the one that was at its address when it was read."""
    inside, stages = harness.inside, range(STORE.store_banks)
    asked, given = dut.request.valid & dut.request.ready, dut.o.valid & dut.o.ready
    left, read, row = inside["left"], inside["read"], inside["next_row"]
    on_way = [*(inside[f"reading_{stage}"] for stage in stages), *inside["arrived"]]
    level = inside["queue.level"]
    sent, owed = harness.register("sent", 8), harness.register("owed", 24)
    harness.update(sent, Mux(harness.clear, 0, sent + read - given))
    harness.update(owed, Mux(harness.clear, 0, owed + Mux(asked, dut.request.p.beats, 0) - given))
    harness.check("beats: as many on their way as were read and not given", sent == sum(on_way) + level + dut.o.valid)
    harness.check("o: as many beats as were asked for", owed == left + sent)
    harness.check("o: none that was not asked for", ~dut.o.valid | (owed != 0))
    harness.check(
        "left: whether none is, and whether one is", Cat(left == 0, left == 1) == Cat(inside["none"], inside["one"])
    )
    room = inside["credits.left"]
    harness.check("credits: for every beat that is on its way", sent + room + inside["give"] == dut.room)
    harness.check("credits: whether there is one", inside["credits.some"] == (room != 0))
    waits = (level != 0) == inside["queue.some"]
    full = (level == dut.room) == inside["queue.full"]
    harness.check("queue: what it says of itself", waits & full & (dut.o.valid | (level == 0)))
    following = harness.register("following", 20)
    further = Mux(read, following + 1, following)
    harness.update(following, Mux(harness.clear, 0, Mux(asked, dut.request.p.address, further)))
    harness.check("row: the beats of a run follow each other", row == following)
    rows = STORE.weight_bytes // STORE.weight_beat_bytes
    harness.assume("write: a number that there is", dut.write.p.address < rows)
    harness.assume("row: one that there is", row < rows)
    _watched_beat(harness, dut, rows)


def _watched_beat(harness: Harness, dut: BramWeightStore, rows: int) -> None:
    """A read takes with it, past the writes before it and not those behind it, what was written last.

    A write in the cycle before the read of a beat is neither: a run is not read so soon after it was asked for.
    """
    inside, stages = harness.inside, range(STORE.store_banks)
    watched = harness.constant("watched", (rows - 1).bit_length())
    size = (STORE.store_bank_beats - 1).bit_length()
    bank = watched[size:]
    shape = dut.write.p.shape()
    passing = [View(shape, inside[f"write_{stage}"]) for stage in stages]
    writes = [inside[f"writing_{stage}"] & (passing[stage].address == watched) for stage in stages]
    kept = [View(shape, inside[f"kept_{stage}"]) for stage in stages]
    keeps = [inside[f"keeping_{stage}"] & (kept[stage].address == watched) for stage in stages]
    written = dut.write.valid & (dut.write.p.address == watched)
    beat = Watched(harness, "memory", written, dut.write.p.data)
    content: Value = inside.peek("bank_0.lane_0", watched[:size])
    for stage in stages[1:]:
        content = Mux(bank == stage, inside.peek(f"bank_{stage}.lane_0", watched[:size]), content)
    for stage in stages:
        own = kept[stage].address[size:] == stage
        harness.check(f"kept {stage}: a write of this bank", ~inside[f"keeping_{stage}"] | own)
        content = Mux(keeps[stage], kept[stage].data, content)
    expected = [harness.register("expected", 32) for _ in range(len(stages) + 3)]
    here = [harness.register("here", 1) for _ in expected]
    read = inside["read"] & (inside["next_row"] == watched) & beat.known & ~writes[0]
    for value, following in zip([beat.value, *expected], expected, strict=False):
        harness.update(following, value)
    for there, following in zip([read, *here], here, strict=False):
        harness.update(following, there & ~harness.clear)
    for stage in reversed(stages):
        row = inside[f"row_{stage}"]
        reading = inside[f"reading_{stage}"] & (row == watched)
        harness.check(f"read {stage}: of the watched beat", ~here[stage] | reading)
        ours = inside[f"reading_{stage}"] & (row[size:] == stage)
        harness.check(f"read {stage}: whether it is of this bank", inside[f"here_{stage}"] == ours)
        just_before = Cat(keeps[stage] & (bank == stage), *writes[stage + 1 : stage + 2]).any()
        harness.check(f"read {stage}: no write just before it", ~here[stage] | ~just_before)
        ahead = ~here[stage] | (bank < stage) | (content == expected[stage])
        harness.check(f"read {stage}: finds what was written before it", ahead)
        content = Mux(writes[stage] & (bank >= stage), passing[stage].data, content)
    beat.is_kept(content)
    harness.check("word: the one that was read", ~here[-1] | (inside["i__payload"] == expected[-1]))
    harness.check("word: arrives", ~here[-1] | inside["i__valid"])
    harness.cover("word: the watched one arrives", here[-1])


def stream_weight_store(harness: Harness, dut: StreamWeightStore) -> None:
    """Runs and beats pass in the cycle in which they come."""
    for name, source, target in (("runs", dut.request, dut.outside_request), ("beats", dut.outside, dut.o)):
        same = (source.valid & source.ready) == (target.valid & target.ready)
        harness.check(f"{name}: one leaves in the cycle in which it comes", same)
        came, left = (Value.cast(each.p) for each in (source, target))
        harness.check(f"{name}: one leaves as it came", came == left)


def activation_buffer(harness: Harness, dut: ActivationBuffer) -> None:
    """A word that is watched, one of each bank, is what was written there last, byte by byte."""
    write, shift = dut.write.p, (CONFIG.input_lanes - 1).bit_length()
    inside = Cat(address < CONFIG.bank_bytes for address in dut.addresses).all() & (write.address < CONFIG.bank_bytes)
    harness.assume("addresses: inside a bank", inside)
    word = harness.constant("watched", len(write.address[shift:]))
    for bank in range(BANKS):
        keeping = harness.inside[f"keeping_{bank}"]
        kept = harness.inside.view(f"kept_{bank}", write.shape())
        came = harness.past(dut.write.valid & (write.bank == bank)) & ~harness.cleared
        harness.check(f"bank {bank}: keeps a write in the cycle after it came", keeping == came)
        same = kept.as_value() == harness.past(write.as_value())
        harness.check(f"bank {bank}: keeps it as it came", ~keeping | same)
        here = keeping & (kept.address[shift:] == word)
        watched = Watched(harness, f"bank {bank}", Mux(here, kept.mask, 0), kept.data.as_value())
        watched.is_kept(harness.inside.peek(f"bank_{bank}", word))
        watched.is_read(dut.enable, dut.addresses[bank][shift:] == word, dut.words[bank])


def layer_counters(harness: Harness, dut: LayerCounters) -> None:
    """Counts of a run are added up; what is shown is of the last run that ended."""
    total = harness.register("total", 64)
    harness.update(total, Mux(harness.clear, 0, total + Mux(dut.i.valid, dut.i.p, 0)))
    harness.check("total: the sum of all that came", dut.total == total)
    shown = harness.past(dut.index >= dut.layers)
    harness.check(
        "cycles: zero of a layer that the last run did not have", harness.cleared | ~shown | (dut.cycles == 0)
    )


SUBJECTS = [
    Subject(
        block="dwcpwc",
        name="activation_buffer",
        make=lambda: ActivationBuffer(CONFIG),
        describe=activation_buffer,
        depth=2,
        bound=4,
    ),
    Subject(
        block="dwcpwc",
        name="bram_weight_store",
        make=lambda: BramWeightStore(STORE),
        describe=bram_weight_store,
        depth=8,
        bound=10,
    ),
    Subject(block="dwcpwc", name="layer_counters", make=lambda: LayerCounters(CONFIG), describe=layer_counters),
    Subject(block="dwcpwc", name="spiller", make=lambda: Spiller(CONFIG), describe=spiller, forgets=start),
    Subject(
        block="dwcpwc",
        name="stream_weight_store",
        make=lambda: StreamWeightStore(STREAMED),
        describe=stream_weight_store,
    ),
    Subject(
        block="dwcpwc", name="transfer_path", make=lambda: TransferPath(CONFIG), describe=transfer_path, forgets=start
    ),
]
