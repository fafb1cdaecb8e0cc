"""Properties of the dot-product engines without multipliers, and of what they are made of."""

import dataclasses

from amaranth.hdl import Cat, Const, Mux, Value
from amaranth.lib.data import View

from racelet.hw.dwcpwc.bitlet_dot_engine import BitletDotEngine
from racelet.hw.dwcpwc.bitlet_dot_engine import marks as beat_marks
from racelet.hw.dwcpwc.distillation_row import DistillationRow, picked, signs
from racelet.hw.dwcpwc.imc_dot_engine import ImcDotEngine
from racelet.hw.dwcpwc.layouts import DIGITS
from racelet.hw.dwcpwc.partial_sums import PartialSums
from racelet.hw.dwcpwc.serial_dot_engine import BITS, SerialDotEngine
from racelet.hw.dwcpwc.serial_dot_engine import marks as bit_marks
from racelet.hw.dwcpwc.weight_encoder import WeightEncoder
from racelet.synth.prove.dwcpwc.layer import CONFIG
from racelet.synth.prove.harness import Harness
from racelet.synth.prove.inside import Inside
from racelet.synth.prove.order import Item, Queue
from racelet.synth.prove.subject import Subject

SERIAL = dataclasses.replace(CONFIG, engine="serial")
BITLET = dataclasses.replace(CONFIG, engine="bitlet")
IMC = dataclasses.replace(CONFIG, engine="imc")
LANES = CONFIG.input_lanes
ONE = Const(1)


def partial_sums(harness: Harness, dut: PartialSums) -> None:
    """A term marked last makes sums, no other does; the harness keeps the partial sum of one slot for itself."""
    inside = harness.inside
    came = dut.i.valid & dut.i.ready
    Queue(
        harness,
        "sums",
        entries=[(came & dut.i.p.last, ONE)],
        exits=[(dut.o.valid & dut.o.ready, ONE)],
        places=_summing(dut, inside, ""),
    )
    harness.assume("i: a slot that there is", dut.i.p.slot < CONFIG.tile_pixels)
    which = harness.constant("which", len(dut.i.p.slot))
    harness.assume("which: a slot that there is", which < CONFIG.tile_pixels)
    known, expected = harness.register("known", 1), harness.register("expected", 32)
    mine = came & (dut.i.p.slot == which)
    harness.update(known, ~harness.clear & (known | (mine & dut.i.p.first)))
    harness.update(expected, Mux(mine, Mux(dut.i.p.first, 0, expected) + dut.i.p.terms[0], expected)[:32])
    here = inside["valid"] & (inside["slot"] == which)
    kept = Mux(here, inside["accumulated_0"], inside.peek("partial_0", which))
    harness.check("sums: those of the slot's terms since the first one", ~known | (kept == expected))


def serial_dot_engine(harness: Harness, dut: SerialDotEngine) -> None:
    """A beat marked last makes sums, no other does; the engine works on each for eight cycles."""
    inside = harness.inside
    beat, turn = View(dut.i.p.shape(), inside["beat"]), inside["turn"]
    stages = [inside.view(f"marks_{level}", bit_marks(SERIAL)) for level in reversed(range(dut.levels + 1))]
    came = dut.i.valid & dut.i.ready
    Queue(
        harness,
        "sums",
        entries=[(came & dut.i.p.last, ONE)],
        exits=[(dut.o.valid & dut.o.ready, ONE)],
        places=[
            *_summing(dut, inside, "sums."),
            *((stage.ends & stage.last, ONE) for stage in stages),
            (turn.any() & beat.last, ONE),
        ],
    )
    moves, bits = harness.inside["step"], harness.register("bits", 4)
    harness.update(bits, Mux(harness.clear, 0, Mux(came, BITS, bits - (moves & (bits != 0)))[:4]))
    harness.check("beat: worked on for eight cycles", (turn.any() == (bits != 0)) & (bits <= BITS))
    harness.check("beat: one bit after the other", turn == Mux(bits != 0, Const(1) << (BITS - bits)[:3], 0))
    # How long ago a beat has ended, and how far the next one has come since.
    ended = [*(stage.ends for stage in reversed(stages)), inside["sums.valid"]]
    apart = Cat(~each | ((turn[ago:] == 0) & ~Cat(ended[ago:]).any()) for ago, each in enumerate(ended, 1)).all()
    harness.check("beats: eight cycles apart", apart)
    harness.check("sums: none waits for two others", ~inside["sums.valid"] | ~inside["sums.output.full"])


def distillation_row(harness: Harness, dut: DistillationRow) -> None:
    """Every digit that came is taken once, by one lane, with its sign; the harness follows any one of them."""
    inside, columns = harness.inside, [dut.weights[place] for place in range(DIGITS)]
    begins = dut.begin & dut.step
    for place, column in enumerate(columns):
        count = sum(column.digits[1:], column.digits[0])
        harness.assume(f"weights {place}: their digits are counted", column.count == count)
        left, two, more, some, several = (
            inside[f"lane_{place}.{name}"] for name in ("left", "two", "more", "some", "several")
        )
        digits = _digits(inside, place)
        here = sum(sum(each[1:], each[0]) for each in digits)
        flags = Cat(left == here, some == (here != 0), several == (here > 1), two == (here == 2), more == (here > 2))
        harness.check(f"lane {place}: knows how many digits are left", flags.all())
        one = [sum(each[1:], each[0]) == there for each, there in zip(digits, (some, several), strict=False)]
        twice = (digits[0] & digits[1]) | (digits[2] & (digits[0] | digits[1]))
        harness.check(f"lane {place}: offers one digit from each end", Cat(*one, twice == 0).all())
        first, last = (inside.nth(name, place) for name in ("take_first", "take_last"))
        harness.check(f"lane {place}: gives a neighbour only what is left over", (~last | several) & (~first | some))
    harness.assume("begin: only where nothing is left behind", ~dut.begin | dut.ends)
    ups, downs = inside["ups"], inside["downs"]
    once = Cat(~(ups[place - 1] & downs[(place + 1) % DIGITS]) for place in range(DIGITS)).all()
    harness.check("lanes: two never help the same one", once)
    empty = Cat(~(ups[place] | downs[place]) | (~inside[f"lane_{place}.some"]) for place in range(DIGITS)).all()
    harness.check("lanes: only one that is empty helps", empty)
    _follow(harness, dut, begins)


def _follow(harness: Harness, dut: DistillationRow, begins: Value) -> None:
    """Show of any one digit that it is taken once, and what is then known of it."""
    inside = harness.inside
    place, lane = harness.constant("place", 2), harness.constant("lane", (LANES - 1).bit_length())
    digits, negatives, doubles = (
        Cat(dut.weights[each][name].bit_select(lane, 1) for each in range(DIGITS)).bit_select(place, 1)
        for name in ("digits", "negative", "double")
    )
    waits, negative, double = (harness.register(name, 1) for name in ("waits", "negative", "double"))
    left = Cat(
        Cat(word.bit_select(lane, 1) for word in _digits(inside, each)).any() for each in range(DIGITS)
    ).bit_select(place, 1)
    harness.update(waits, ~harness.clear & Mux(begins, digits, left & ~_taken(harness, place, lane)))
    harness.check("digit: left until it is taken", waits == left)
    for register, bit in ((negative, negatives), (double, doubles)):
        harness.update(register, Mux(begins, bit, register))
    stepped = harness.past(dut.step) & ~harness.cleared
    taken = harness.past(_taken(harness, place, lane))
    picks = [inside.view(f"pick_{each}", picked(BITLET)) for each in range(DIGITS)]
    chosen = Const(0, 3)
    for each, pick in enumerate(picks):
        whose = (each + Mux(pick.up, 1, Mux(pick.down, DIGITS - 1, 0)))[:2]
        chosen = (chosen + ((whose == place) & pick.digit.bit_select(lane, 1)))[:3]
    harness.check("digit: chosen by one lane in the cycle after it is taken", ~stepped | (chosen == taken))
    known = Cat(negative, double)
    kept = [
        Cat(
            Cat(view[each][name].bit_select(lane, 1) for each in range(DIGITS)).bit_select(place, 1)
            for name in ("negative", "double")
        )
        for view in (inside.view(f"kept_{stage}", signs(BITLET)) for stage in range(2))
    ]
    harness.check("digit: its sign and size stay while it is left", ~waits | (kept[0] == known))
    harness.check("digit: chosen with its sign and size", ~(stepped & taken) | (kept[1] == harness.past(known)))
    harness.cover("digit: taken by the next lower lane", stepped & taken & Cat(pick.up for pick in picks).any())
    harness.cover("digit: taken by the next higher lane", stepped & taken & Cat(pick.down for pick in picks).any())


def _digits(inside: Inside, place: int) -> tuple[Value, Value, Value]:
    """Digits of a column that are left: the first one, the last one where there are several, the others."""
    lane = f"lane_{place}"
    first, last = (
        inside[f"{lane}.{name}"] & inside[f"{lane}.{there}"].replicate(LANES)
        for name, there in (("first", "some"), ("last", "several"))
    )
    return first, last, inside[f"{lane}.rest"] & inside[f"{lane}.more"].replicate(LANES)


def _taken(harness: Harness, place: Value, lane: Value) -> Value:
    """Whether the digit of a column and a weight is taken in this cycle."""
    inside = harness.inside
    columns = []
    for each in range(DIGITS):
        ends = (
            word & inside.nth(f"take_{name}", each).replicate(LANES)
            for name, word in zip(("first", "last"), _digits(inside, each), strict=False)
        )
        columns.append(Cat(*(end.bit_select(lane, 1) for end in ends)).any())
    return Cat(columns).bit_select(place, 1)


def bitlet_dot_engine(harness: Harness, dut: BitletDotEngine) -> None:
    """A beat marked last makes sums, no other does; it is the one on which all rows work."""
    inside = harness.inside
    now = inside.view("now", beat_marks(BITLET))
    stages = [inside.view(f"marks_{k}", beat_marks(BITLET)) for k in reversed(range(DistillationRow.LATENCY))]
    Queue(
        harness,
        "sums",
        entries=[(dut.i.valid & dut.i.ready & dut.i.p.last, ONE)],
        exits=[(dut.o.valid & dut.o.ready, ONE)],
        places=[
            *_summing(dut, inside, "sums."),
            *((stage.there & stage.last, ONE) for stage in stages),
            (now.there & now.last, ONE),
        ],
    )
    idle = Cat(inside[f"row_{row}.lane_{place}.some"] for row in range(CONFIG.output_lanes) for place in range(DIGITS))
    harness.check("digits: only those of a beat", now.there | ~idle.any())


def imc_dot_engine(harness: Harness, dut: ImcDotEngine) -> None:
    """The engine works on each beat for its cycles, and what comes of it goes to the slot of that beat.

    The column path is left out. What is known of it is that it takes a beat before the next one, and that its sums come
    when they should.
    """
    inside, cycles, width = harness.inside, dut.cycles, 8
    came, moves, left = dut.i.valid & dut.i.ready, inside["step"], inside["left"]
    harness.check(
        "beats: the next one comes when the one before has been worked on", dut.i.ready == (moves & (left == 0))
    )
    payload = Value.cast(dut.i.p)
    newest = harness.register("newest", len(payload))
    harness.update(newest, Mux(came, payload, newest))
    # Cycles since a beat came in which anything moved, as long as its sums have not come: two are on their way at most.
    due = dut.latency - PartialSums.LATENCY
    turn = harness.register("turn", 1)
    harness.update(turn, ~harness.clear & (turn ^ came))
    ages = [harness.register(f"age_{number}", width) for number in range(2)]
    marks = [harness.register(f"marks_{number}", len(inside["kept_marks"])) for number in range(2)]
    coming = Cat(dut.i.p.slot, dut.i.p.first, dut.i.p.last)
    for number, (age, mark) in enumerate(zip(ages, marks, strict=True)):
        begins = came & (turn == number)
        older = Mux(age == due, 0, age + 1)
        harness.update(age, Mux(harness.clear, 0, Mux(begins, 1, Mux(moves & (age != 0), older, age)))[:width])
        harness.update(mark, Mux(begins, coming, mark))
        harness.check(f"beat {number}: has its sums in time", age <= due)
        is_newest, at_work = turn != number, (age != 0) & (age <= cycles)
        harness.check(f"beat {number}: is the one that is worked on", ~at_work | is_newest)
        harness.check(f"beat {number}: is worked on for its cycles", ~at_work | (left == cycles - age))
        kept = ~is_newest | (age == 0) | (mark == newest[-len(mark) :])
        harness.check(f"beat {number}: is kept until the next one comes", kept)
        harness.check(f"beat {number}: is known behind that", (age <= cycles) | (inside["kept_marks"] == mark))
        others = ages[1 - number]
        harness.check(f"beat {number}: has its sums after the one before", ~is_newest | (age != 0) | (others == 0))
        harness.check(
            f"beat {number}: comes so much later", ~is_newest | (age == 0) | (others == 0) | (others >= age + cycles)
        )
    begun = Mux(turn, ages[0], ages[1])
    harness.check("beats: one is worked on while some cycles are left", (left == 0) | (begun == cycles - left))
    harness.assume(
        "columns: sums when they should be there", inside["path.o__valid"] == Cat(age == due for age in ages).any()
    )
    harness.assume("columns: a beat is taken before the next one comes", ~(came & inside["offered"]))
    known = (begun == 0) | (inside["beat"] == newest)
    harness.check("columns: a beat stays until its sums come, or the next one does", known)
    harness.check("columns: one that waits to be taken is it", ~inside["offered"] | (inside["beat"] == newest))
    of_sums = harness.past(Mux(ages[0] == due, marks[0], marks[1]))
    expected = of_sums[: len(dut.i.p.slot)]
    harness.check("sums: go to the slot of their beat", ~inside["sums.valid"] | (inside["sums.slot"] == expected))
    harness.check("sums: those of a last beat are given", ~inside["sums.valid"] | (inside["sums.last"] == of_sums[-1]))


def _short() -> ImcDotEngine:
    """An engine whose columns, which are left out, work on a beat for a quarter of the cycles."""
    dut = ImcDotEngine(IMC)
    saved = 3 * dut.cycles // 4
    dut.cycles -= saved
    dut.latency -= saved
    return dut


def _summing(dut: PartialSums | SerialDotEngine | BitletDotEngine, inside: Inside, path: str) -> list[Item]:
    """Sums in an engine's :class:`PartialSums`, the oldest first."""
    return [
        (dut.o.valid, ONE),
        (inside[f"{path}output.full"], ONE),
        (inside[f"{path}valid"] & inside[f"{path}last"], ONE),
    ]


def weight_encoder(harness: Harness, dut: WeightEncoder) -> None:
    """The digits of a weight add up to it, no two neighbours among them; they are counted."""
    rows = range(CONFIG.weight_beat_bytes // LANES)
    for row in rows:
        for lane in range(LANES):
            weight, total = dut.i.word_select(row * LANES + lane, 8).as_signed(), Const(0)
            for place in range(DIGITS):
                column = dut.o[row][place]
                size = Mux(column.double[lane], 2, 1) << 2 * place
                total = total + Mux(column.digits[lane], Mux(column.negative[lane], -size, size), 0)
            harness.check(f"row {row}, weight {lane}: the sum of its digits", total == weight)
        for place in range(DIGITS):
            column = dut.o[row][place]
            counted = column.count == sum(column.digits[1:], column.digits[0])
            harness.check(f"row {row}, column {place}: its digits are counted", counted)


SUBJECTS = [
    Subject(block="dwcpwc", name="partial_sums", make=lambda: PartialSums(CONFIG, 4), describe=partial_sums),
    Subject(
        block="dwcpwc",
        name="serial_dot_engine",
        make=lambda: SerialDotEngine(SERIAL),
        describe=serial_dot_engine,
        reach=20,
    ),
    Subject(block="dwcpwc", name="distillation_row", make=lambda: DistillationRow(BITLET), describe=distillation_row),
    Subject(
        block="dwcpwc",
        name="bitlet_dot_engine",
        make=lambda: BitletDotEngine(BITLET),
        describe=bitlet_dot_engine,
        reach=20,
    ),
    Subject(
        block="dwcpwc",
        name="imc_dot_engine",
        make=_short,
        describe=imc_dot_engine,
        apart=("path",),
        reach=32,
    ),
    Subject(block="dwcpwc", name="weight_encoder", make=lambda: WeightEncoder(BITLET), describe=weight_encoder),
]
