"""Properties of what makes slices of codes, and of a whole column path."""

from amaranth.hdl import Cat, Const, Mux, Value
from amaranth.lib.data import View

from racelet.golden.adc.cell_sampling import sample_cells
from racelet.golden.adc.config import AdcConfig
from racelet.golden.adc.macro_config import MacroConfig
from racelet.hw.adc.column_path import ColumnPath
from racelet.hw.adc.conversion_layouts import CONVERSION_ERRORS
from racelet.hw.adc.slice_splitter import SliceSplitter
from racelet.hw.adc.sum_layouts import macro_mark, macro_step
from racelet.synth.prove.harness import Harness
from racelet.synth.prove.subject import Subject

SLICES = AdcConfig(bits=2, weight_bits=3, output_lanes=2, input_bits=2, slots=2)
SEARCHING = AdcConfig(
    bits=2,
    dac_bits=2,
    dac_shift=2,
    current_bits=2,
    input_lanes=2,
    word_lines=1,
    output_lanes=1,
    input_bits=1,
    slots=2,
    accumulator_bits=8,
    calibration_reads=0,
    offset_bits=2,
)
FLASH = AdcConfig(
    bits=2,
    kind="flash",
    dac_bits=2,
    dac_shift=2,
    current_bits=2,
    input_lanes=1,
    word_lines=1,
    output_lanes=1,
    input_bits=2,
    slots=1,
    accumulator_bits=8,
    calibration_reads=0,
    offset_bits=2,
    noise=False,
)


def slice_splitter(harness: Harness, dut: SliceSplitter) -> None:
    """Every step has all its slices, each as it came, one after the other."""
    config = dut.config
    takes, gives = dut.i.valid & dut.i.ready, dut.o.valid & dut.o.ready
    number = harness.register("number", 4)
    harness.update(
        number, Mux(harness.clear, 0, Mux(gives, Mux(number == config.weight_bits - 1, 0, number + 1), number))
    )
    harness.check("slices: as many as there are", number < config.weight_bits)
    harness.check("slices: one after the other", dut.o.p.weight_bit == number)
    harness.check("steps: one is taken with its first slice", takes == (gives & (number == 0)))
    harness.check("slices: those of a step follow without a wait", (number == 0) | dut.o.valid)
    coming = Value.cast(dut.i.p)
    kept = harness.register("step", len(coming))
    harness.update(kept, Mux(takes, coming, kept))
    now = dut.i.p.shape()(Mux(number == 0, coming, kept))
    slices = [
        Cat(now.codes[output * config.weight_bits + bit] for output in range(config.output_lanes))
        for bit in range(config.weight_bits)
    ]
    for place in range(1, config.weight_bits):
        left = Cat(slices[place:])
        held = (number != place) | (harness.inside["kept_codes"][: len(left)] == left)
        harness.check(f"slices: from {place} on they are kept", held)
    for name in ("input_bit", "slot", "last"):
        harness.check(f"{name}: is kept", (number == 0) | (harness.inside[f"kept_{name}"] == now[name]))
    for output in range(config.output_lanes):
        codes = Cat(now.codes[output * config.weight_bits + bit] for bit in range(config.weight_bits))
        right = dut.o.p.codes[output] == codes.word_select(number, config.bits)
        harness.check(f"codes of output {output}: as they came", ~dut.o.valid | right)
    for name in ("input_bit", "slot"):
        harness.check(f"{name}: that of the step", ~dut.o.valid | (dut.o.p[name] == now[name]))
    harness.check("first: of the first slice", ~dut.o.valid | (dut.o.p.first == (now.first & (number == 0))))
    is_last = number == config.weight_bits - 1
    harness.check("last: of the last slice", ~dut.o.valid | (dut.o.p.last == (now.last & is_last)))


def column_path(harness: Harness, dut: ColumnPath) -> None:
    """What is converted stands still, and nothing comes between: no seed, no beat in a calibration, no other table."""
    config, inside = dut.config, harness.inside
    given, starts, ends = (inside[name] for name in ("macro.o__valid", "converters.start", "converters.ends"))
    searches = inside["converters.sequencer.bit"].any()
    if config.kind == "sar":
        kept = Cat(inside[f"kept_{adc}"] for adc in range(config.adcs))
        changed = harness.past(starts) | (kept == harness.past(kept))
        harness.check("currents: those that are converted change with a start only", changed)
        harness.check("currents: no start while some are converted", ~(starts & searches))
        harness.check("currents: leave when their conversion starts", inside["macro.moves"] == (~given | starts))
    else:
        harness.check("currents: there while a raw read is made of them", ~searches | given)
        harness.check("currents: leave when their conversion ends", inside["macro.moves"] == (~given | ends))
    errors = View(CONVERSION_ERRORS, inside["converters.errors"])
    harness.check("conversions: none starts while one goes on", ~errors.start_busy)
    is_raw = inside["converters.sequencer.is_raw"] if config.kind == "sar" else Const(1)
    mark = View(macro_mark(config), inside["kept_mark"])
    is_probe = View(macro_step(config, dut.cells), inside["macro.o__payload"]).mark.probe
    harness.check("conversions: a raw read is of a probe", ~searches | (is_raw == mark.probe))
    harness.check("codes: none of a probe", ~inside["converters.o__valid"] | ~mark.probe)
    harness.check("codes: a raw read's are of a probe", ~inside["converters.raw__valid"] | mark.probe)

    counts = harness.past(ends & ~(mark.probe if config.kind == "sar" else is_probe) & ~harness.clear)
    counted = (harness.past(dut.steps) + counts)[: len(dut.steps)]
    harness.check("steps: every conversion but raw reads is counted", harness.cleared | (dut.steps == counted))

    takes, reads = dut.i.valid & dut.i.ready, inside["calibrator.read__valid"] & inside["is_read"]
    harness.check("beats: none between raw reads", ~(takes & reads))
    offered = harness.past(dut.i.valid & ~dut.i.ready & ~harness.clear)
    harness.check("beats: none in a calibration that was not offered before", ~(takes & dut.calibrating) | offered)
    harness.cover("beats: one that was offered before goes first", takes & dut.calibrating)
    harness.check("raw reads: only in a calibration", ~reads | dut.calibrating)
    waits = inside["converters.o__valid"] & ~inside["splitter.i__ready"]
    converting = searches | waits | (inside["converters.raw__valid"] & ~inside["calibrator.raw__ready"])
    written = harness.past(dut.write.valid & (dut.calibrating | converting) & ~harness.clear)
    harness.check("tables: a write that is ignored is told", ~written | dut.errors.write_busy)
    if config.noise:
        spreads = inside["noise.busy"]
        harness.check("noise: no comparator is looked at while a seed is spread", ~spreads | ~searches)
        harness.cover("noise: a conversion waits for a seed", spreads & given)


def _path(config: AdcConfig) -> ColumnPath:
    return ColumnPath(config, sample_cells(config, MacroConfig(offset_spread=1.0), 1))


SUBJECTS = [
    Subject(block="adc", name="slice_splitter", make=lambda: SliceSplitter(SLICES), describe=slice_splitter),
    Subject(block="adc", name="column_path", make=lambda: _path(SEARCHING), describe=column_path, reach=24),
    Subject(block="adc", name="column_path_of_flashes", make=lambda: _path(FLASH), describe=column_path, reach=24),
]
