"""Properties of the AXI shell and of its parts: runs, numbers and results keep their order."""

import dataclasses

from amaranth.hdl import Cat, Mux, Value

from racelet.golden.bitlet.config import BitletConfig
from racelet.golden.lib.config import ShellConfig
from racelet.hw.bitlet.axi_shell import RUNS, AxiShell
from racelet.hw.bitlet.layouts import RunError, array_beat
from racelet.hw.bitlet.result_packer import ResultPacker
from racelet.hw.bitlet.run_counters import RunCounters
from racelet.hw.bitlet.run_queue import RunQueue
from racelet.hw.bitlet.window_marker import WindowMarker
from racelet.synth.prove.harness import Harness
from racelet.synth.prove.order import Queue
from racelet.synth.prove.queues import buffered, queued
from racelet.synth.prove.slices import behind
from racelet.synth.prove.subject import Subject

CONFIG = BitletConfig(formats=("int2", "int3"), window=4, lanes=4, load=2, terms=7)
TALL = dataclasses.replace(CONFIG, rows=3)
SHELL = ShellConfig(input_buffer_bytes=16, start_queue=2)


def run_queue(harness: Harness, dut: RunQueue) -> None:
    """Runs that the array can do leave in their order; after one that it cannot, none is taken."""
    asked, config = dut.wanted, dut.config
    good = (
        (asked.form < len(config.formats)) & (asked.terms >= 1) & (asked.terms <= config.terms) & (asked.products != 0)
    )
    healthy, moves = dut.error == RunError.NONE, dut.o.valid & dut.o.ready
    asks = dut.start & healthy & good
    room = (dut.pending != dut.depth) | moves
    fields = [asked[name][: len(dut.o.p[name])] for name in ("form", "terms", "products")]
    queue = Queue(
        harness,
        "runs",
        entries=[(asks & room, Cat(fields))],
        exits=[(moves, dut.o.p.as_value())],
        places=queued(harness, "runs.", inside_depth(dut)),
    )
    harness.check("pending: runs that wait", dut.pending == queue.inside)
    harness.check("pending: never more than may wait", dut.pending <= dut.depth)
    for name, told, now in (("refused", dut.refused, asks & ~room), ("error", ~healthy, dut.start & ~good)):
        before = harness.register(name, 1)
        harness.update(before, ~harness.clear & (before | now))
        harness.check(f"{name}: since a start was refused for it", told == before)
    harness.check("error: one that there is", dut.error.as_value() <= RunError.PRODUCTS.value)
    harness.cover("runs: one waits behind an error", ~healthy & dut.o.valid)


def inside_depth(dut: RunQueue) -> int:
    """Places of the queue in it, a power of two."""
    return max(1 << (dut.depth - 1).bit_length(), 2)


def window_marker(harness: Harness, dut: WindowMarker) -> None:
    """Numbers pass as they came; the terms of a dot product are counted down, window by window."""
    inside, config = harness.inside, dut.config
    harness.assume("run: one that the array can do", (dut.run.p.terms != 0) & (dut.run.p.terms <= config.terms))
    harness.assume("run: of a format that there is, and a product", (dut.run.p.form < 2) & (dut.run.p.products != 0))
    came, sent = (
        Cat(each.weights[0][: config.beat_width], each.activations[0][: config.beat_width])
        for each in (dut.i.p, dut.o.p)
    )
    Queue(
        harness,
        "numbers",
        entries=[(dut.i.valid & dut.i.ready, came)],
        exits=[(dut.o.valid & dut.o.ready, sent)],
        places=[(dut.o.valid, sent)],
    )
    left, part, now, there = (inside[name] for name in ("left", "part", "now", "there"))
    form, terms, products = now[:1], now[1:4], now[4:]
    harness.check("run: a term and a product at least", ~there | ((terms != 0) & (products != 0)))
    harness.check("left: a dot product that goes on has a term left", ~there | ((left != 0) & (left <= terms)))
    parts = config.window // config.load
    harness.check("part: one of a window, the first one where there is no run", (part < parts) & (there | (part == 0)))
    # What is left where a window begins, while it comes.
    numbers_of = [config.load * config.windows(each) for each in config.forms]
    taken = Mux(form, numbers_of[1], numbers_of[0])
    whole = (left + part * taken) <= parts * taken
    harness.check("last: whether the window is the dot product's last", (part == 0) | (inside["lasts"] == whole))
    given = dut.o.p
    there_of = given.keep
    ordered = Cat(there_of[place] | ~there_of[place + 1] for place in range(config.beat_numbers - 1))
    harness.check("keep: the first ones of a part, one at least", ~dut.o.valid | (there_of[0] & ordered.all()))
    harness.check(
        "keep: all but in a dot product's last part", ~dut.o.valid | (given.ends & given.last) | _all(harness)
    )
    harness.check("ends: no window has more parts than it can have", (part != parts - 1) | inside["ends"])
    harness.cover("ends: a dot product of several windows", dut.o.valid & given.ends & ~given.last)


def _all(harness: Harness) -> Value:
    """All numbers of the format are kept."""
    beat = harness.inside.view("o__payload", array_beat(CONFIG))
    config = CONFIG
    full = [(1 << config.load * config.windows(each)) - 1 for each in config.forms]
    return beat.keep == Mux(beat.form, full[1], full[0])


def result_packer(harness: Harness, dut: ResultPacker) -> None:
    """Every product gives its rows, and a run's last one ends it."""
    inside, rows = harness.inside, dut.config.rows
    row = inside["row"]
    harness.assume("run: a product at least", ~dut.run.valid | (dut.run.p != 0))
    harness.check("row: one that there is", row < rows)
    moves = dut.o.valid & dut.o.ready
    given = harness.register("given", 8)
    ends = dut.i.valid & dut.i.ready
    harness.update(given, Mux(harness.clear | ends, 0, given + moves))
    harness.check("rows: a product is taken with its last one", ~ends | (moves & (given == rows - 1)))
    harness.check("rows: as many were given as are told", row == given)
    harness.check("run: taken with its last product", ~(dut.run.valid & dut.run.ready) | (ends & dut.last))
    harness.check("last: of a product", ~(dut.last & moves) | ends)
    harness.check("left: a run that has begun has a product left", ~inside["begun"] | (inside["left"] != 0))
    harness.cover("last: of several products", dut.last & moves & inside["begun"])


def axi_shell(harness: Harness, dut: AxiShell) -> None:
    """Numbers, runs and rows keep their order, each once, but for what a clear or a drain takes away."""
    inside, port = harness.inside, dut.m_axis.o
    clear, drain = inside["clear"], inside["drain"]
    (width,) = dut.input_widths.values()
    Queue(
        harness,
        "numbers",
        entries=[(dut.s_axis.i.tvalid & dut.s_axis.i.tready & ~drain, dut.s_axis.i.tdata[:width])],
        exits=[(dut.marker.i.valid & dut.marker.i.ready, Value.cast(dut.marker.i.payload))],
        places=buffered(harness, "input_buffer.", dut.buffer_beats),
        forgets=clear,
    )
    Queue(
        harness,
        "runs",
        entries=[(dut.marker.begun.valid & dut.marker.begun.ready, Value.cast(dut.marker.begun.payload))],
        exits=[(dut.packer.run.valid & dut.packer.run.ready, Value.cast(dut.packer.run.payload))],
        places=queued(harness, "runs.", RUNS),
        forgets=clear,
    )
    (width,) = dut.output_widths.values()
    full, waiting = behind(harness, "output_o.")
    Queue(
        harness,
        "rows",
        entries=[(dut.packer.o.valid & dut.packer.o.ready, Value.cast(dut.packer.o.payload))],
        exits=[(port.tvalid & port.tready, port.tdata[:width])],
        places=[
            (inside["output_o.o__valid"], inside["output_o.o__payload"][:width]),
            (full, waiting[:width]),
            (inside["packets.open"], inside["packets.o__payload"][:width]),
        ],
    )


def run_counters(harness: Harness, dut: RunCounters) -> None:
    """Every end counts once; a run is as long as it went on since the one before."""
    ends = harness.register("ends", dut.runs_width)
    harness.update(ends, Mux(harness.clear, 0, ends + dut.ended))
    harness.check("runs: as many as ended", dut.runs == ends)
    stays = harness.past(dut.last) == dut.last
    harness.check("last: changes with an end", stays | harness.past(dut.ended) | harness.cleared)
    harness.cover("last: of several cycles", dut.last == 3)


SUBJECTS = [
    Subject(block="bitlet", name="run_counters", make=lambda: RunCounters(3, 4), describe=run_counters),
    Subject(block="bitlet", name="run_queue", make=lambda: RunQueue(CONFIG, 3), describe=run_queue),
    Subject(block="bitlet", name="window_marker", make=lambda: WindowMarker(CONFIG), describe=window_marker),
    Subject(block="bitlet", name="result_packer", make=lambda: ResultPacker(TALL), describe=result_packer),
    Subject(
        block="bitlet",
        name="bitlet_axi_shell",
        make=lambda: AxiShell(CONFIG, SHELL),
        describe=axi_shell,
        apart=("array",),
    ),
]
