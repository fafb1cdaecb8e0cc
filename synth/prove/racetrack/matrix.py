"""Properties of the engine that multiplies matrices: which tracks are read, which way, what becomes of a request."""

import dataclasses

from amaranth.hdl import Cat, Mux, Value

from racelet.golden.racetrack.matrix_config import MatrixConfig
from racelet.hw.racetrack.layouts import Kind, Span
from racelet.hw.racetrack.line_reader import LineReader
from racelet.hw.racetrack.matrix_engine import MatrixEngine
from racelet.hw.racetrack.matrix_layouts import MatrixError, Read
from racelet.hw.racetrack.pass_order import PassOrder
from racelet.hw.racetrack.tile_product import TileProduct
from racelet.synth.prove.harness import Harness
from racelet.synth.prove.subject import MULTIPLIERS, Subject

PASSES = MatrixConfig(word_bits=8, ports=3, rows=3, columns=2)
ONE = MatrixConfig(word_bits=8, ports=1, rows=1, columns=1)
SLOW = dataclasses.replace(ONE, rows=2, tile=2, columns=2, clock_ghz=4.0)


def keep_plan(harness: Harness, dut: PassOrder | LineReader | TileProduct, start: Value) -> None:
    """A plan of what can be done, which changes with a start only."""
    plan, config = dut.plan, dut.config
    most = {
        "row_tiles": config.row_tracks.tracks,
        "column_tiles": config.column_tracks.tracks,
        "ports": config.ports,
        "slots": config.words_per_port,
        "last_slots": config.words_per_port,
    }
    for name, count in most.items():
        harness.assume(f"plan: {name} that there are", (plan[name] != 0) & (plan[name] <= count))
    harness.assume("plan: a way to read", plan.read.as_value() <= Read.SERPENTINE.value)
    same = plan.as_value() == harness.past(plan.as_value())
    harness.assume("plan: stays but for a start", harness.past(start) | harness.cleared | same)


def pass_order(harness: Harness, dut: PassOrder) -> None:
    """Every track goes on from where its last pass left it, as if it were noted for each of them."""
    keep_plan(harness, dut, dut.start)
    plan, going = dut.plan, harness.register("going", 1)
    harness.update(going, ~harness.clear & (dut.start | (going & ~(dut.step & dut.last))))
    harness.assume("start: after the last pass", ~(dut.start & going))
    harness.assume("step: of a pass", ~dut.step | going)
    passes = Mux(plan.read == Read.SERPENTINE, 1, plan.ports)
    harness.check("port: one that there is", ~going | (dut.port < passes))
    harness.check("ends: with the last port", ~going | (dut.ends == (dut.port == passes - 1)))
    tiles = (dut.row == plan.row_tiles - 1) & (dut.column == plan.column_tiles - 1)
    harness.check("last: of the last tile", ~going | (dut.last == (dut.ends & tiles)))
    for number in range(dut.config.rows):
        before = Mux(dut.row > number, plan.column_tiles, Mux(dut.row == number, dut.column, 0))
        _track(harness, dut, 0, number, going, before)
    for number in range(dut.config.columns):
        before = Mux(number < plan.column_tiles, dut.row + (dut.column > number), 0)
        _track(harness, dut, 1, number, going, before)
    harness.check("row: one that there is", ~going | (dut.row < plan.row_tiles))
    harness.check("column: one that there is", ~going | (dut.column < plan.column_tiles))
    for read in Read:
        several = (plan.row_tiles == 2) & (plan.column_tiles == 2)
        harness.cover(f"last: of {read.name.lower()} reads", going & dut.last & several & (plan.read == read))


def _track(harness: Harness, dut: PassOrder, side: int, number: int, going: Value, before: Value) -> None:
    """One track, and how often its tile was read before."""
    plan, name = dut.plan, f"{('row', 'column')[side]} {number}"
    naive, serpentine = plan.read == Read.NAIVE, plan.read == Read.SERPENTINE
    here = (dut.row, dut.column)[side] == number
    read, away = harness.register("read", 1), harness.register("away", 1)
    harness.update(read, ~dut.start & (read | (dut.step & here)))
    harness.update(away, ~dut.start & (away ^ (dut.step & here & ~naive)))
    odd = (before[0] & (serpentine | plan.ports[0])) ^ (here & dut.port[0])
    harness.check(f"{name}: noted as it was read", ~going | (away == (odd & ~naive)))
    harness.check(f"{name}: read before or not", ~going | (read == ((before != 0) | (here & (dut.port != 0)))))
    now = going & here
    harness.check(f"{name}: goes out and back in turn", ~now | (dut.outwards[side] == ~away))
    leads = Mux(serpentine, ~read, ~away)
    harness.check(f"{name}: is led out from home, and only there", ~now | (dut.lead[side] == leads))
    home = naive | (~serpentine & away)
    harness.check(f"{name}: goes home again but in a sweep", ~now | (dut.trail[side] == home))


def line_reader(harness: Harness, dut: LineReader) -> None:
    """Tracks are shifted as a whole and looked at, nothing else; a fault ends it, and is told."""
    keep_plan(harness, dut, dut.start)
    going = harness.register("going", 1)
    harness.update(going, ~harness.clear & (dut.start | (going & ~dut.done)))
    harness.assume("start: only while it does nothing", ~(dut.start & going))
    held = harness.past(dut.bits.valid & ~dut.bits.ready) & ~harness.cleared
    seen = Cat(each.bits for each in (*dut.rows, *dut.columns))
    harness.assume("tracks: what is seen stays as long as it is looked at", ~held | (seen == harness.past(seen)))
    (machine,) = harness.inside.machines()
    harness.check("going: from the start until all is done", going == (machine.state != machine.encoding["IDLE"]))
    harness.check("done: of what goes on, and settled", ~dut.done | (going & dut.settled))
    tracks = (*dut.rows, *dut.columns)
    faults = Cat(each.strobe & each.fault for each in tracks).any()
    stopped = harness.register("stopped", 1)
    harness.update(stopped, ~(harness.clear | dut.start) & (stopped | faults))
    told = dut.error == MatrixError.DEVICE_FAULT
    ends = machine.state == machine.encoding["SETTLE"]
    harness.check("error: a fault is told", ~(going & stopped) | (ends & told))
    harness.check("error: no fault is told where there was none", ~going | ~told | stopped)
    harness.check("bits: where tracks are looked at", ~dut.bits.valid | (dut.rows[0].valid & ~dut.rows[0].home))
    for number, each in enumerate(tracks):
        what = Cat(each.valid, each.kind, each.home, each.track, each.port, each.span, each.direction)
        waits = harness.past(each.valid & ~each.strobe) & ~harness.cleared
        harness.check(f"track {number}: an operation is held until it is done", ~waits | (what == harness.past(what)))
        harness.check(f"track {number}: nothing is done but in an operation", ~each.strobe | each.valid)
        harness.check(f"track {number}: nothing is done after a fault", ~each.valid | (going & ~stopped))
        kind = (each.kind == Kind.DETECT) | ((each.kind == Kind.SHIFT) & (each.span == Span.ALL))
        harness.check(f"track {number}: is shifted as a whole, or looked at", ~each.valid | kind)
    harness.cover("bits: the last ones", dut.bits.valid & dut.bits.p.last)
    harness.cover("done: a track was displaced", dut.done & (dut.error == MatrixError.DISPLACED))


def matrix_engine(harness: Harness, dut: MatrixEngine) -> None:
    """Each request is answered once; one that is refused in the next cycle, and nothing is done for it."""
    open_, asked = harness.register("open", 1), dut.request.p
    taken, answered = dut.request.valid & dut.request.ready, dut.answer.valid & dut.answer.ready
    harness.update(open_, ~harness.clear & (taken | (open_ & ~answered)))
    harness.check("request: taken while none is open", dut.request.ready == ~open_)
    harness.check("answer: of a request", ~dut.answer.valid | open_)
    inside, works = harness.inside, open_ & ~dut.answer.valid
    # What is shown of the reader.
    done, idle = inside["reader.done"], inside["product.idle"]
    harness.assume("reader: done when all is settled", ~done | idle)
    harness.assume("reader: gives bits while it works", ~inside["reader.bits__valid"] | (works & ~done))
    harness.check("product: idle while nothing goes on", works | idle)
    config, found = dut.config, dut.answer.p.error
    fits = Cat(
        (asked[name] != 0) & (asked[name] <= getattr(config, name)) & (asked[name] % unit == 0)
        for name, unit in (("rows", config.tile), ("terms", 1), ("columns", config.tile))
    ).all()
    fits &= asked.read.as_value() <= Read.SERPENTINE.value
    refused = harness.past(taken & ~fits) & ~harness.cleared
    early = (found.as_value() >= MatrixError.READ.value) & (found.as_value() <= MatrixError.COLUMNS.value)
    harness.check("answer: what cannot be done is refused in the next cycle", ~refused | (dut.answer.valid & early))
    harness.check("reader: nothing is done for what is refused", ~harness.inside["reader.start"] | (taken & fits))
    first = harness.register("first", 3)
    none = MatrixError.NONE.value
    noted = Mux(answered & (first == none), found.as_value(), first)
    harness.update(first, Mux(harness.clear | dut.clear, none, noted))
    harness.check("error: the first one since it was cleared", dut.error.as_value() == first)
    harness.cover("answer: a product is done", dut.answer.valid & (found == MatrixError.NONE))


SUBJECTS = [
    Subject(block="racetrack", name="pass_order", make=lambda: PassOrder(PASSES), describe=pass_order, reach=16),
    Subject(block="racetrack", name="line_reader", make=lambda: LineReader(ONE), describe=line_reader, reach=32),
    Subject(
        block="racetrack",
        name="matrix_engine",
        make=lambda: MatrixEngine(SLOW),
        describe=matrix_engine,
        apart=("reader",),
        abstract=(MULTIPLIERS,),
        reach=24,
    ),
]
