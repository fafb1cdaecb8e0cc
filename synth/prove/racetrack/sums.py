"""Properties of sums of products: words are the bits that came, all of them are multiplied, and rounded rightly."""

from amaranth.hdl import Cat, Const, Mux, Value

from racelet.hw.racetrack.float_multiply_add import FloatMultiplyAdd
from racelet.hw.racetrack.float_rounder import FloatRounder
from racelet.hw.racetrack.matrix_layouts import words
from racelet.hw.racetrack.multiply_accumulate import MultiplyAccumulate
from racelet.hw.racetrack.tile_product import TileProduct
from racelet.hw.racetrack.word_collector import WordCollector
from racelet.synth.prove.harness import Harness
from racelet.synth.prove.racetrack.matrix import ONE, keep_plan
from racelet.synth.prove.subject import MULTIPLIERS, Subject


def word_collector(harness: Harness, dut: WordCollector) -> None:
    """Words are the bits that came, in their order or the other way round."""
    width, taken = dut.config.word_bits, dut.i.valid & dut.i.ready
    came = harness.register("came", 8)
    done = harness.clear | dut.clear | (taken & (came == width - 1))
    harness.update(came, Mux(done, 0, came + taken))
    harness.check("count: bits that came of a word", harness.inside["count"] == came)
    harness.check("o: with the last bit", dut.o.valid == (dut.i.valid & (came == width - 1)))
    harness.check("i: only a last bit waits", dut.i.ready == ((came != width - 1) | dut.o.ready))
    for side in ("rows", "columns"):
        outwards, way = Value.cast(dut.i.p[f"{side}_outwards"]), harness.register("way", 1)
        harness.update(way, Mux(taken, outwards, way))
        harness.assume(f"{side}: go one way in a word", ~dut.i.valid | (came == 0) | (outwards == way))
        seen, kept = harness.register("seen", width), harness.inside[f"word_{side}_0_0"]
        after = Cat(Value.cast(dut.i.p[side][0][0]), seen[:-1])
        harness.update(seen, Mux(taken, after, seen))
        there = [came <= place for place in range(width)]
        same = [kept[width - 1 - place] == seen[place] for place in range(width)]
        harness.check(f"{side}: outward bits are kept", Cat(there).any() & (~way | _all(there, same)))
        same = [kept[place] == seen[place] for place in range(width)]
        harness.check(f"{side}: inward bits are kept", way | _all(there, same))
        word = Value.cast(dut.o.p[side][0][0])
        whole = Mux(outwards, Cat(*reversed([*after])), after)
        harness.check(f"{side}: words are what came", ~dut.o.valid | (word == whole))


def _all(unless: list[Value], holds: list[Value]) -> Value:
    return Cat(one | two for one, two in zip(unless, holds, strict=True)).all()


def multiply_accumulate(harness: Harness, dut: MultiplyAccumulate) -> None:
    """All products since a clear are in the sum, two cycles later."""
    inside, expected = harness.inside, harness.register("expected", len(dut.sum))
    there, product = inside["there"], inside["product"]
    added = Mux(dut.add, dut.left * dut.right, 0)
    harness.update(expected, Mux(harness.clear | dut.clear, 0, expected + added)[: len(expected)])
    both = (dut.sum + Mux(there, product, 0))[: len(expected)]
    harness.check("sum: all products but one on its way", both == expected)


def tile_product(harness: Harness, dut: TileProduct) -> None:
    """The elements of each word are multiplied once; a sum is given when all of them are in it, and then cleared."""
    keep_plan(harness, dut, dut.clear)
    harness.assume("clear: only while idle", ~dut.clear | dut.idle)
    harness.assume("clear: no words in that cycle", ~(dut.clear & dut.i.valid))
    harness.assume("i: of a port that there is", dut.i.p.port < dut.plan.ports)
    harness.check("i: taken while idle", dut.i.ready == dut.idle)
    inside, taken = harness.inside, dut.i.valid & dut.i.ready
    (machine,) = inside.machines()
    multiplies, waits, gives = (machine.state == machine.encoding[name] for name in ("MULTIPLY", "WAIT", "GIVE"))
    adding, there, held = inside["adding"], inside["unit_0_0.there"], inside.view("held", words(dut.config))
    before = harness.past(taken) & ~harness.cleared
    harness.check("held: multiplied in the cycle after it came", multiplies == before)
    harness.check("add: one product for each word", adding == (harness.past(before) & ~harness.cleared))
    for side in ("rows", "columns"):
        came = harness.past(Value.cast(dut.i.p[side][0][0]))
        word, operand = Value.cast(held[side][0][0]), inside[f"word_{side}_0"]
        harness.check(f"held: the word of {side} that came", ~multiplies | (word == came))
        harness.check(f"add: the word of {side} that came", ~adding | (operand == harness.past(came)))
    harness.check("elapsed: until a product is in the sum", ~waits | (inside["elapsed"] == ~adding))
    harness.check("o: none is on its way any more", ~gives | ~(adding | there))
    value = Value.cast(dut.o.p.value).as_unsigned()
    harness.check("o: the sum of all products", value == inside["unit_0_0.sum"].as_unsigned())
    given = harness.past(dut.o.valid & dut.o.ready) & ~harness.cleared
    harness.check("sum: begins again once it was given", ~given | (inside["unit_0_0.sum"] == 0))


def float_rounder(harness: Harness, dut: FloatRounder) -> None:
    """What fits is kept, nothing is above infinity, zero is zero."""
    significand, exponent = (harness.past(each) for each in (dut.significand, dut.exponent.as_unsigned()))
    field, width, seen = exponent.as_signed(), dut.width, ~harness.cleared
    harness.check("o: its sign", harness.cleared | (dut.o[31] == harness.past(dut.negative)))
    fits = significand[-1] & (significand[: width - 24] == 0) & (field > 0) & (field < 0xFF)
    code = Cat(significand[width - 24 : -1], field[:8])
    harness.check("o: a number that is one already", ~seen | ~fits | (dut.o[:31] == code))
    harness.check("o: never above infinity", dut.o[:31] <= 0x7F800000)
    harness.check("o: zero where there is nothing", ~seen | (significand != 0) | (dut.o[:31] == 0))
    large = significand[-1] & (field >= 0xFF)
    harness.check("o: infinity where it is too large", ~seen | ~large | (dut.o[:31] == 0x7F800000))
    harness.cover("o: subnormal", (dut.o[23:31] == 0) & (dut.o[:23] != 0))
    up = significand[width - 24 :].all() & significand[width - 25] & (field == 1)
    harness.cover("o: rounded up to a power of two", seen & up & (dut.o[:31] == Const(2 << 23, 31)))


def float_multiply_add(harness: Harness, dut: FloatMultiplyAdd) -> None:
    """The sum changes six cycles after a product came, and with a clear."""
    ages = [dut.add]
    for _ in range(6):
        ages.append(harness.past(ages[-1] & ~dut.clear & ~harness.clear))
    harness.check("there: products on their way", harness.inside["there"] == Cat(ages[1:6]))
    ended = ages[6] | harness.past(dut.clear)
    harness.check("sum: changes with a product or a clear", ended | _same(harness, dut.sum))
    zero = harness.cleared | harness.past(dut.clear)
    harness.check("sum: zero after a clear", ~zero | (dut.sum == 0))


def _same(harness: Harness, value: Value) -> Value:
    return harness.cleared | (value == harness.past(value))


SUBJECTS = [
    Subject(
        block="racetrack",
        name="word_collector",
        make=lambda: WordCollector(ONE),
        describe=word_collector,
        forgets=lambda dut: dut.clear,
    ),
    Subject(
        block="racetrack",
        name="multiply_accumulate",
        make=lambda: MultiplyAccumulate(ONE),
        describe=multiply_accumulate,
    ),
    Subject(
        block="racetrack",
        name="tile_product",
        make=lambda: TileProduct(ONE),
        describe=tile_product,
        abstract=(MULTIPLIERS,),
    ),
    Subject(block="racetrack", name="float_rounder", make=lambda: FloatRounder(28), describe=float_rounder),
    Subject(block="racetrack", name="float_multiply_add", make=FloatMultiplyAdd, describe=float_multiply_add),
]
