"""Properties of what adds codes up, and of what makes activations of the sums and gives both out."""

from amaranth.hdl import Cat, Const, Mux, Value

from racelet.golden.adc.config import AdcConfig
from racelet.hw.adc.output_stage import ENDS, OutputStage
from racelet.hw.adc.requantizer import Requantizer
from racelet.hw.adc.slice_accumulator import SliceAccumulator
from racelet.synth.prove.harness import Harness
from racelet.synth.prove.memory import Watched
from racelet.synth.prove.order import Queue
from racelet.synth.prove.queues import queued
from racelet.synth.prove.slices import behind
from racelet.synth.prove.subject import Subject

SUMS = AdcConfig(
    bits=3, signed_inputs=True, accumulator_bits=8, input_bits=2, weight_bits=2, output_lanes=2, word_lines=2, slots=2
)
UNSIGNED = AdcConfig(
    bits=2, signed=False, signed_inputs=True, accumulator_bits=8, input_bits=8, output_lanes=1, word_lines=2, slots=2
)
COUNTED = AdcConfig(accumulator_bits=8, output_lanes=2, channel_rows=2)
SCALED = AdcConfig(accumulator_bits=8, output_lanes=1, requantize="multiplier", multiplier_bits=4)


def slice_accumulator(harness: Harness, dut: SliceAccumulator) -> None:
    """Sums go the way of their terms and never wrap; what is beyond is told; each slot holds its sum, each is given."""
    config, inside, coming = dut.config, harness.inside, dut.i.p
    takes = dut.i.valid & dut.i.ready
    half = 1 << config.accumulator_bits - 1
    over: Value = Const(0)
    sums: list[Value] = []
    which = harness.constant("which", len(coming.slot))
    for lane in range(config.output_lanes):
        before, after = inside[f"before_{lane}"], inside[f"after_{lane}"]
        level = coming.codes[lane] - config.zero
        of_input = (coming.input_bit == config.input_bits - 1) if config.signed_inputs else Const(0)
        of_weight = Const(0) if config.signed else coming.weight_bit == config.weight_bits - 1
        size = (level << coming.input_bit) << coming.weight_bit
        exact = before + Mux(of_input ^ of_weight, -size, size)
        rises, falls = exact >= before, exact <= before
        harness.check(
            f"sum {lane}: goes the way of its term", (~rises | (after >= before)) & (~falls | (after <= before))
        )
        high, low = exact > half - 1, exact < -half
        kept = Mux(high, half - 1, Mux(low, -half, exact))
        harness.check(f"sum {lane}: is exact, or the last number there", after == kept)
        harness.cover(f"sum {lane}: the greatest", takes & high)
        harness.cover(f"sum {lane}: the least", takes & low)
        over |= high | low
        sums.append(after)
        slot = Watched(harness, f"slot of sum {lane}", takes & (coming.slot == which), after)
        slot.is_kept(inside.peek(f"sums_{lane}", which))
        read = ~(takes & (coming.slot == which) & slot.known & ~coming.first)
        harness.check(
            f"sum {lane}: begins where the one before in its slot ended", read | (before.as_unsigned() == slot.value)
        )
        harness.check(f"sum {lane}: begins anew with the first slice", ~coming.first | (before == 0))
    told = harness.register("told", 1)
    harness.update(told, ~harness.clear & ((told & ~dut.forget) | (takes & over)))
    harness.check("overflow: told until it is forgotten, and only then", dut.overflow == told)
    given = Value.cast(dut.o.p)
    Queue(
        harness,
        "sums",
        entries=[(takes & coming.last, Cat(sums))],
        exits=[(dut.o.valid & dut.o.ready, given)],
        places=[(dut.o.valid, given)],
    )


def requantizer(harness: Harness, dut: Requantizer) -> None:
    """Every sum makes an activation, in its turn; parameters are those that were written last."""
    config, one = dut.config, Const(1)
    valid = harness.inside["valid"]
    Queue(
        harness,
        "activations",
        entries=[(dut.i.valid & dut.i.ready, one)],
        exits=[(dut.o.valid & dut.o.ready, one)],
        places=[(dut.o.valid, one), *((valid[stage], one) for stage in reversed(range(len(valid))))],
    )
    row = harness.constant("row_of_write", len(dut.write.p.row))
    for lane in range(config.output_lanes):
        here = dut.write.valid & (dut.write.p.lane == lane) & (dut.write.p.row == row) & (dut.write.p.entry == 0)
        kept = harness.inside.peek(f"parameters_{lane}_0", row)
        watched = Watched(harness, f"parameter of sum {lane}", here, dut.write.p.data)
        watched.is_kept(kept[: len(dut.write.p.data)])


def output_stage(harness: Harness, dut: OutputStage) -> None:
    """Sums go one way or the other; each keeps the end of its packet, and what waits is told."""
    inside, coming = harness.inside, dut.i.p
    takes, leaves = dut.i.valid & dut.i.ready, inside["requantizer.o__valid"] & inside["kept_activations.i__ready"]
    ends = queued(harness, "ends.", ENDS)
    Queue(
        harness,
        "ends",
        entries=[(takes & dut.requantizes, coming.last)],
        exits=[(leaves, inside["ends.o__payload"])],
        places=ends,
        forgets=dut.drop,
    )
    stages = Cat(inside["requantizer.valid"], inside["requantizer.o__valid"])
    waiting = sum((here for here, _ in ends), Const(0))
    harness.check("ends: one for each sum that is in the requantizer", sum(stages, Const(0)) == waiting)
    made = Cat(inside["requantizer.o__payload"], inside["ends.o__payload"])
    for name, entry, item in (
        ("sums", takes & ~dut.requantizes, Cat(coming.sums, coming.last)),
        ("activations", leaves, made),
    ):
        port, path = getattr(dut, name), f"kept_{name}."
        Queue(
            harness,
            name,
            entries=[(entry, item)],
            exits=[(port.valid & port.ready, Value.cast(port.p))],
            places=[(port.valid, Value.cast(port.p)), behind(harness, path)],
        )
    some = dut.sums.valid | dut.activations.valid | stages.any()
    harness.check("some: whatever waits, or is being made", dut.some == some)


SUBJECTS = [
    Subject(
        block="adc", name="slice_accumulator", make=lambda: SliceAccumulator(SUMS), describe=slice_accumulator, reach=24
    ),
    Subject(
        block="adc",
        name="slice_accumulator_of_numbers_in_twos_complement",
        make=lambda: SliceAccumulator(UNSIGNED),
        describe=slice_accumulator,
    ),
    Subject(block="adc", name="column_requantizer", make=lambda: Requantizer(COUNTED, 2), describe=requantizer),
    Subject(
        block="adc",
        name="column_requantizer_with_a_multiplier",
        make=lambda: Requantizer(SCALED, 2),
        describe=requantizer,
    ),
    Subject(block="adc", name="output_stage", make=lambda: OutputStage(COUNTED), describe=output_stage),
]
