"""Properties of what makes tables of raw reads, and of what gives currents."""

from amaranth.hdl import Mux, Value

from racelet.golden.adc.calibrator import calibration_end, read_count
from racelet.golden.adc.cell_sampling import sample_cells
from racelet.golden.adc.config import AdcConfig
from racelet.golden.adc.macro_config import MacroConfig
from racelet.hw.adc.calibrator import Calibrator
from racelet.hw.adc.imc_macro import ImcMacro
from racelet.synth.prove.harness import Harness
from racelet.synth.prove.memory import Watched
from racelet.synth.prove.order import Queue
from racelet.synth.prove.subject import Subject

SMALL = AdcConfig(
    bits=2, dac_bits=3, dac_shift=6, input_lanes=2, word_lines=1, output_lanes=2, calibration_reads=1, offset_bits=2
)
STEPS = AdcConfig(bits=2, input_lanes=2, word_lines=1, output_lanes=1, current_bits=2, dac_shift=0, slots=2)


def calibrator(harness: Harness, dut: Calibrator) -> None:
    """As many reads as there should be; it ends in time; nothing is written unless offset and gain are believed."""
    config, inside, reads = dut.config, harness.inside, read_count(dut.config)
    state = {machine.name: machine for machine in inside.machines()}["fsm"]
    at = {name: state.state == number for name, number in state.encoding.items()}
    asked, come, step, entry = (inside[name] for name in ("asked", "come", "step", "entry"))
    asks, comes = dut.read.valid & dut.read.ready, dut.raw.valid & dut.raw.ready
    begins = dut.start & ~dut.busy
    counts = {name: harness.register(f"count_{name}", reads.bit_length() + 1) for name in ("asked", "come")}
    harness.assume(
        "raw: one comes for each read that was asked for", ~dut.raw.valid | (counts["come"] < counts["asked"])
    )
    harness.check("reads: the next ones are counted from zero", at["READ"] | (come == 0))
    for name, moves in (("asked", asks), ("come", comes)):
        count = counts[name]
        harness.update(count, Mux(harness.clear | begins, 0, count + moves))
        register = asked if name == "asked" else come
        known = at["IDLE"] | (register == count[: len(register)])
        harness.check(f"reads: those that have {name} are counted", known)
        harness.check(f"reads: no more have {name} than there should be", at["IDLE"] | (count <= reads))
        all_here = at["IDLE"] | at["READ"] | (count == reads)
        if name == "come":
            harness.check("reads: the division begins when all have come", all_here)
            harness.check("reads: some are to come before", ~at["READ"] | (count < reads))

    # Cycles since the last read came, or since the start where it is to come.
    since = harness.register("since", 8)
    harness.update(since, Mux(harness.clear | at["IDLE"] | at["READ"], 1, since + 1))
    kept_end, end = (calibration_end(0, config, kept=kept) for kept in (True, False))
    harness.check("cycles: a step of the division in each behind the last read", ~at["DIVIDE"] | (since == step + 1))
    harness.check("cycles: the division begins with its first step", at["DIVIDE"] | (step == 0))
    harness.check("cycles: where nothing is written, it ends in time", ~at["CHECK"] | (since == kept_end - 1))
    harness.check("cycles: an entry in each of those that follow", ~at["WRITE"] | (since == kept_end + entry))
    harness.check("cycles: it ends in time", at["IDLE"] | (since < end))
    harness.check("cycles: it is told that it goes on", dut.busy == ~at["IDLE"])
    ahead = inside["ahead"]
    harness.check("entries: one is worked out ahead", ~at["WRITE"] | (ahead == entry + 1))
    harness.check("entries: the first one is worked out first", ~(at["DIVIDE"] | at["CHECK"]) | (ahead == 0))
    harness.check("entries: those that there are", ~at["WRITE"] | (entry < config.thresholds))
    harness.check("reads: asked for at once", ~at["READ"] | asked[-1] | dut.read.valid)

    believed = (dut.offset >= config.offsets[0]) & (dut.offset <= config.offsets[-1])
    believed &= (dut.gain >= config.gain_low) & (dut.gain <= config.gain_high)
    harness.check("old values: kept unless offset and gain are believed", ~dut.write.valid | believed)
    harness.check("old values: kept while nothing is calibrated", ~dut.write.valid | dut.busy)
    wrong = harness.past(at["CHECK"] & ~believed & ~harness.clear)
    harness.check("old values: kept with an error", ~wrong | (dut.errors.calibration & ~dut.busy))
    harness.cover("old values: kept", wrong)
    first = ~harness.past(dut.write.valid)
    harness.check("new values: from the first entry on", ~(dut.write.valid & first) | (dut.write.p.entry == 0))
    job = harness.register("job_of_start", len(Value.cast(dut.job)))
    harness.update(job, Mux(begins, Value.cast(dut.job), job))
    held = Value.cast(inside["held"])
    harness.check("job: is that of the start", at["IDLE"] | (held == job))

    nominal = dut.nominal.valid & ~dut.busy
    which = harness.constant("which", config.bits)
    kept = Watched(harness, "nominal", nominal & (dut.nominal.p.entry == which), dut.nominal.p.code)
    kept.is_kept(inside.peek("entries", which))
    for name, happens in (("start_busy", dut.start & dut.busy), ("write_busy", dut.nominal.valid & dut.busy)):
        told = harness.register(name, 1)
        harness.update(told, ~harness.clear & ((told & ~dut.forget) | happens))
        harness.check(f"errors: {name} is told until it is forgotten", dut.errors[name] == told)
        harness.cover(f"errors: {name}", told)


def imc_macro(harness: Harness, dut: ImcMacro) -> None:
    """Every beat has all its steps, in their order, and every step its currents, once."""
    config, inside, coming = dut.config, harness.inside, dut.i.p
    enters = dut.i.valid & (~dut.o.valid | dut.o.ready)
    number = harness.register("steps", 8)
    ends = coming.probe | (number == config.steps - 1)
    harness.update(number, Mux(harness.clear, 0, Mux(enters, Mux(ends, 0, number + 1), number)))
    harness.check("steps: as many as there are", number < config.steps)
    counted = inside["group"] * config.input_bits + inside["number"]
    harness.check("steps: one after the other", (counted == number) & (inside["number"] < config.input_bits))
    harness.check("steps: a beat is taken with its last one", (dut.i.valid & dut.i.ready) == (enters & ends))
    harness.check("steps: of the same beat, and a raw read has one", (number == 0) | (dut.i.valid & ~coming.probe))
    mark, given = Value.cast(inside["mark"]), Value.cast(dut.o.p.mark)
    valid = inside["valid"]
    tags = [inside[f"tag_{stage}"] for stage in range(dut.latency)]
    Queue(
        harness,
        "currents",
        entries=[(enters, mark)],
        exits=[(dut.o.valid & dut.o.ready, given)],
        places=[
            (dut.o.valid, tags[-1]),
            *((valid[stage], tags[stage]) for stage in reversed(range(dut.latency - 1))),
        ],
    )


SUBJECTS = [
    Subject(
        block="adc",
        name="calibrator",
        make=lambda: Calibrator(SMALL),
        describe=calibrator,
        reach=24,
    ),
    Subject(
        block="adc",
        name="imc_macro",
        make=lambda: ImcMacro(STEPS, sample_cells(STEPS, MacroConfig(offset_spread=1.0), 1)),
        describe=imc_macro,
        reach=16,
    ),
]
