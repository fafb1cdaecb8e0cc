"""Properties of what keeps beats, weights and sums for a while."""

import dataclasses
from typing import Any

from amaranth.hdl import Cat, Mux, Value

from racelet.golden.dwcpwc.config import BANKS
from racelet.golden.dwcpwc.layer_config import LayerKind
from racelet.hw.dwcpwc.activation_buffer import ActivationBuffer
from racelet.hw.dwcpwc.dot_path import DotPath
from racelet.hw.dwcpwc.layer_counters import LayerCounters
from racelet.hw.dwcpwc.ping_pong_tile import PingPongTile, tile_words
from racelet.hw.dwcpwc.spiller import Spiller
from racelet.hw.dwcpwc.tile_reader import TileReader
from racelet.hw.dwcpwc.transfer_path import TransferPath
from racelet.hw.dwcpwc.weight_shadow import WeightShadow
from racelet.hw.dwcpwc.weight_store import BramWeightStore, StreamWeightStore
from racelet.synth.prove.dwcpwc.layer import CONFIG, counts_in_range, steady
from racelet.synth.prove.harness import Harness
from racelet.synth.prove.memory import Watched
from racelet.synth.prove.order import Queue
from racelet.synth.prove.subject import MULTIPLIERS, Subject, start

STREAMED = dataclasses.replace(CONFIG, store="stream")
ROOM = 2 * CONFIG.tile_pixels
"""Sums that the queue behind the dot-product engine takes."""


def weight_shadow(harness: Harness, dut: WeightShadow) -> None:
    """Beats gather at the upper end of a register; a whole set leaves at once."""
    beats, width = CONFIG.set_beats, 8 * CONFIG.weight_beat_bytes
    count, shadow = harness.inside["count"], harness.inside["shadow"]
    left, given = dut.o.valid & dut.o.ready, dut.o.p.as_value()
    Queue(
        harness,
        "beats",
        entries=[(dut.i.valid & dut.i.ready, dut.i.p)],
        exits=[(left, given.word_select(number, width)) for number in range(beats)],
        places=[
            *((dut.o.valid, given.word_select(number, width)) for number in range(beats)),
            *((beats - count <= number, shadow.word_select(number, width)) for number in range(beats)),
        ],
    )
    harness.check("beats: no more than a set's", count <= beats)


def spiller(harness: Harness, dut: Spiller) -> None:
    """The beats of a word leave one by one, bytes beyond its last channel as zeros."""
    steady_grant = harness.cleared | dut.start | harness.past(dut.start) | dut.granted | ~harness.past(dut.granted)
    harness.assume("granted: steady once it is high, until the next start", steady_grant)
    lanes, size = CONFIG.input_lanes, CONFIG.bandwidth
    came, count = dut.i.valid & dut.i.ready, dut.i.p.gathered_count
    harness.assume("i: no more channels than a word has", count <= lanes)
    bytes_ = [Mux(lane < count, dut.i.p.gathered[lane], 0) for lane in range(lanes)]
    beats = [Cat(*bytes_[first : first + size]) for first in range(0, lanes, size)]
    word, left = Value.cast(harness.inside["word"]), harness.inside["left"]
    harness.check("beats: no more than a word has", left <= len(beats))
    Queue(
        harness,
        "beats",
        entries=[(came & (number * size < count), beat) for number, beat in enumerate(beats)],
        exits=[(dut.o.valid & dut.o.ready, dut.o.p)],
        places=[(number < left, word.word_select(number, 8 * size)) for number in range(len(beats))],
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
    moved = (dut.fill.valid & dut.fill.ready) | (dut.spill.valid & dut.spill.ready)
    owed = harness.register("owed", 32)
    beats = dut.transfer.p.beats
    harness.update(owed, Mux(harness.clear, 0, Mux(asked, beats, owed - moved)))
    harness.check("beats: none moves that was not asked for", ~moved | (owed != 0))
    harness.check("owed: as many as were asked for and have not moved", harness.inside["left"] == owed)
    loading = ~harness.inside["loader.running"] | (kind == LayerKind.LOAD)
    storing = (harness.inside["spiller.left"] == 0) | (kind == LayerKind.STORE)
    granted = harness.inside.nth("granted", 0)
    idle = ~(granted | harness.inside["loader.running"])
    harness.check("transfer: nothing moves while it waits to be taken on", ~dut.transfer.valid | idle)
    harness.check("path: beats go the way that the layer says", dut.start | (loading & storing))
    harness.check("owed: beats were asked for and have not moved", dut.owed == (owed != 0))
    harness.check(
        "o: a beat leaves in the cycle in which it comes",
        (dut.o.valid & dut.o.ready) == (dut.fill.valid & dut.fill.ready),
    )
    harness.check("o: a beat leaves as it came", dut.o.p.data.as_value() == dut.fill.p)


def bram_weight_store(harness: Harness, dut: BramWeightStore) -> None:
    """As many beats as were asked for, each the one at its address."""
    asked, given = dut.request.valid & dut.request.ready, dut.o.valid & dut.o.ready
    owed = harness.register("owed", 24)
    harness.update(owed, Mux(harness.clear, 0, owed + Mux(asked, dut.request.p.beats, 0) - given))
    left = harness.inside["left"]
    harness.check("o: as many beats as were asked for", owed == left + dut.o.valid)
    harness.check("o: none that was not asked for", ~dut.o.valid | (owed != 0))
    row, step = harness.inside["row"], ~dut.o.valid | dut.o.ready
    following = harness.register("following", 20)
    further = Mux(step & (left != 0), following + 1, following)
    harness.update(following, Mux(harness.clear, 0, Mux(asked, dut.request.p.address, further)))
    harness.check("row: the beats of a run follow each other", row == following)
    rows = CONFIG.weight_bytes // CONFIG.weight_beat_bytes
    harness.assume("write: a number that there is", dut.write.p.address < rows)
    harness.assume("row: one that there is", row < rows)
    watched = harness.constant("watched", (rows - 1).bit_length())
    written = dut.write.valid & (dut.write.p.address == watched)
    word = Watched(harness, "memory", written, dut.write.p.data)
    word.is_kept(harness.inside.peek("memory.lane_0", watched))
    word.is_read(step, row == watched, dut.o.p)


def stream_weight_store(harness: Harness, dut: StreamWeightStore) -> None:
    """Runs and beats pass in the cycle in which they come."""
    for name, source, target in (("runs", dut.request, dut.outside_request), ("beats", dut.outside, dut.o)):
        same = (source.valid & source.ready) == (target.valid & target.ready)
        harness.check(f"{name}: one leaves in the cycle in which it comes", same)
        came, left = (Value.cast(each.p) for each in (source, target))
        harness.check(f"{name}: one leaves as it came", came == left)


def tile_reader(harness: Harness, dut: TileReader) -> None:
    """Never more sums on their way than the queue behind the engine has room for."""
    steady(harness, dut)
    counts_in_range(harness, dut)
    _tile_holds(harness, dut)
    pixel = harness.inside["pixel"]
    harness.check("pixel: one of the tile", dut.start | (pixel < harness.inside["counter.pixels"]))
    harness.check("pixel: one of the largest tile", pixel < CONFIG.tile_pixels)


def dot_path(harness: Harness, dut: DotPath) -> None:
    """The queue of sums takes every sum that the engine makes."""
    steady(harness, dut)
    counts_in_range(harness, dut)
    _tile_holds(harness, dut)
    level = harness.inside["queue.level"]
    produce, consume = harness.inside["queue.produce"], harness.inside["queue.consume"]
    harness.check("queue: never more sums than there is room for", level <= ROOM)
    harness.check("queue: places that there are", (produce < ROOM) & (consume < ROOM))
    around = produce + Mux(produce < consume, ROOM, 0)
    harness.check(
        "queue: from the oldest to the next place are as many as there are",
        Mux(level == ROOM, 0, level) == around - consume,
    )


def _tile_holds(harness: Harness, dut: Any) -> None:
    """Assume of the tile what its signature says: a word stays while none is read."""
    data = dut.tile.data.as_value()
    read = harness.past(dut.tile.enable)
    harness.assume("tile: a word stays until the next one is read", read | (data == harness.past(data)))


def ping_pong_tile(harness: Harness, dut: PingPongTile) -> None:
    """A half that is full is not written, one that is not is not given to read."""
    steady(harness, dut)
    counts_in_range(harness, dut)
    harness.assume("read: a half is released only when it is full", ~dut.read.release | dut.read.full)
    full = harness.inside["full"]
    filled = harness.register("filled", 2)
    accept = dut.i.valid & dut.i.ready
    tile_last = accept & harness.inside["tile_last"]
    harness.update(filled, Mux(harness.clear | dut.start, 0, filled + tile_last - dut.read.release))
    harness.check("tiles: as many are full as were filled and not released", filled == full[0] + full[1])
    harness.check("tiles: never more than two", filled <= 2)
    filling, reading = harness.inside.nth("$signal", 2), harness.inside["reading"]
    one = (filling != reading) & full.bit_select(reading, 1)
    harness.check("halves: filled and read in turn", Mux(filled == 1, one, filling == reading))
    harness.check("i: taken whenever a half is free", dut.i.ready == (filled != 2))
    harness.check("read: full whenever a half is", dut.read.full == (filled != 0))
    pixel = harness.inside["pixel"]
    harness.check("pixel: one of the tile", dut.start | (pixel < harness.inside["tile.pixels"]))
    harness.check("pixel: one of the largest tile", pixel < CONFIG.tile_pixels)
    address = Value.cast(harness.inside["$signature__addr"])
    harness.check("memory: a place that there is is written", ~accept | (address < 2 * tile_words(CONFIG)))


def activation_buffer(harness: Harness, dut: ActivationBuffer) -> None:
    """A word that is watched, one of each bank, is what was written there last, byte by byte."""
    write, shift = dut.write.p, (CONFIG.input_lanes - 1).bit_length()
    inside = Cat(address < CONFIG.bank_bytes for address in dut.addresses).all() & (write.address < CONFIG.bank_bytes)
    harness.assume("addresses: inside a bank", inside)
    word = harness.constant("watched", len(write.address[shift:]))
    for bank in range(BANKS):
        here = dut.write.valid & (write.bank == bank) & (write.address[shift:] == word)
        watched = Watched(harness, f"bank {bank}", Mux(here, write.mask, 0), write.data.as_value())
        watched.is_kept(harness.inside.peek(f"bank_{bank}", word))
        watched.is_read(dut.enable, dut.addresses[bank][shift:] == word, dut.words[bank])


def layer_counters(harness: Harness, dut: LayerCounters) -> None:
    """Counts of a run are added up; what is shown is of the last run that ended."""
    layers = CONFIG.layers
    count = harness.inside["count"]
    harness.assume(
        "i: no more layers than there are places for", ~dut.i.valid | (count < layers) | dut.end | dut.abandon
    )
    harness.check("count: never more than there is room for", (count <= layers) & (dut.layers <= layers))
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
    Subject(block="dwcpwc", name="bram_weight_store", make=lambda: BramWeightStore(CONFIG), describe=bram_weight_store),
    Subject(
        block="dwcpwc",
        name="dot_path",
        make=lambda: DotPath(CONFIG),
        describe=dot_path,
        forgets=start,
        abstract=(MULTIPLIERS,),
    ),
    Subject(block="dwcpwc", name="layer_counters", make=lambda: LayerCounters(CONFIG), describe=layer_counters),
    Subject(
        block="dwcpwc", name="ping_pong_tile", make=lambda: PingPongTile(CONFIG), describe=ping_pong_tile, forgets=start
    ),
    Subject(block="dwcpwc", name="spiller", make=lambda: Spiller(CONFIG), describe=spiller, forgets=start),
    Subject(
        block="dwcpwc",
        name="stream_weight_store",
        make=lambda: StreamWeightStore(STREAMED),
        describe=stream_weight_store,
    ),
    Subject(block="dwcpwc", name="tile_reader", make=lambda: TileReader(CONFIG), describe=tile_reader, forgets=start),
    Subject(
        block="dwcpwc", name="transfer_path", make=lambda: TransferPath(CONFIG), describe=transfer_path, forgets=start
    ),
    Subject(block="dwcpwc", name="weight_shadow", make=lambda: WeightShadow(CONFIG), describe=weight_shadow),
]
