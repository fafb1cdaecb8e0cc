"""Properties of what makes numbers to terms, terms to digits, and sums of columns to one."""

from amaranth.hdl import Cat, Mux, Value

from racelet.golden.bitlet.config import BitletConfig
from racelet.hw.bitlet.adder_tree import AdderTree
from racelet.hw.bitlet.digit_encoder import DigitEncoder
from racelet.hw.bitlet.preprocessor import Preprocessor
from racelet.synth.prove.harness import Harness
from racelet.synth.prove.order import Queue
from racelet.synth.prove.subject import Subject

CONFIG = BitletConfig(formats=("int2",), window=4, lanes=2, load=2, terms=7)
FLOATS = BitletConfig(formats=("fp16",), window=4, lanes=2, load=2, terms=7)
RINGS = BitletConfig(formats=("int2", "int4"), window=4, lanes=4, load=2, terms=3)


def preprocessor(harness: Harness, dut: Preprocessor) -> None:
    """Every beat makes one of terms, with its marks; an integer's term is the product that it stands for."""
    _of_a_format(harness, dut)
    came, here, left = dut.i.p, harness.inside["marks"], dut.o.p
    marks = [Cat(each.form, each.ends, each.last) for each in (came, left)]
    Queue(
        harness,
        "beats",
        entries=[(dut.i.valid & dut.i.ready, Cat(marks[0], _products(dut)))],
        exits=[(dut.o.valid & dut.o.ready, Cat(marks[1], _made(dut)))],
        places=[(dut.o.valid, Cat(marks[1], _made(dut))), (harness.inside["valid"], Cat(here, _read(harness, dut)))],
    )


def of_floats(harness: Harness, dut: Preprocessor) -> None:
    """Besides order: what was special in a dot product is forgotten behind its last beat."""
    inside = harness.inside
    marks = [Cat(each.form, each.ends, each.last) for each in (dut.i.p, dut.o.p)]
    Queue(
        harness,
        "beats",
        entries=[(dut.i.valid & dut.i.ready, marks[0])],
        exits=[(dut.o.valid & dut.o.ready, marks[1])],
        places=[(dut.o.valid, marks[1]), (inside["valid"], inside["marks"])],
    )
    moves, ends = inside["step"] & inside["valid"], inside["marks"][-2:].all()
    begun = harness.register("begun", 1)
    harness.update(begun, ~harness.clear & Mux(moves, ~ends, begun))
    harness.check("special: nothing is left of the dot product before", begun | (inside["so_far"] == 0))
    special = dut.o.p.special
    harness.cover("special: no number", dut.o.valid & special.nan)
    harness.cover("special: less than any number", dut.o.valid & special.infinite & special.negative & ~special.nan)


def _of_a_format(harness: Harness, dut: Preprocessor | DigitEncoder) -> None:
    harness.assume("i: of a format that there is", ~dut.i.valid | (dut.i.p.form < len(dut.config.forms)))


def _products(dut: Preprocessor) -> Value:
    """Of every pair of integers that is kept, the magnitude of the one, and the other with its sign."""
    width, found = dut.config.forms[0].width, []
    for number in range(dut.config.beat_numbers):
        weight, other = (
            words.word_select(number, width).as_signed() for words in (dut.i.p.weights, dut.i.p.activations)
        )
        kept = dut.i.p.keep[number]
        magnitude = Mux(kept, Mux(weight < 0, -weight, weight), 0)[:width]
        activation = Mux(weight < 0, -other, other)[: width + 1]
        found.append(Cat(magnitude, activation, kept & (weight != 0) & (other != 0)))
    return Cat(found)


def _read(harness: Harness, dut: Preprocessor) -> Value:
    """The same of the pairs that have been taken apart."""
    found = []
    size = len(harness.inside["weights"]) // dut.config.beat_numbers
    width = dut.config.magnitude_width
    for number in range(dut.config.beat_numbers):
        weight, other = (
            Value.cast(harness.inside[name]).word_select(number, size) for name in ("weights", "activations")
        )
        # A number's fields: value, sign, zero.
        value, negative = other[: width + 1].as_signed(), weight[width + 1] ^ other[width + 1]
        kept, zeros = harness.inside["keep"][number], weight[width + 2] | other[width + 2]
        found.append(Cat(Mux(kept, weight[:width], 0), Mux(negative, -value, value)[: width + 1], kept & ~zeros))
    return Cat(found)


def _made(dut: Preprocessor) -> Value:
    return Cat(Cat(term.magnitude, term.activation, term.live) for term in dut.o.p.terms)


def digit_encoder(harness: Harness, dut: DigitEncoder) -> None:
    """Every beat of terms makes one of digits: a bit of a magnitude is in its column, beside its activation."""
    _of_a_format(harness, dut)
    size = range(dut.config.load)
    terms, elements = [dut.i.p.terms[k] for k in size], [dut.o.p.elements[0][k] for k in size]
    digits = Cat(Cat(dut.o.p.digits[column][k] for column in range(dut.config.most_columns)) for k in size)
    coming = Cat(dut.i.p.ends, dut.i.p.last, *(each.activation for each in terms), *(each.magnitude for each in terms))
    given = Cat(dut.o.p.ends, dut.o.p.last, *(each.activation for each in elements), digits)
    Queue(
        harness,
        "beats",
        entries=[(dut.i.valid & dut.i.ready, coming)],
        exits=[(dut.o.valid & dut.o.ready, given)],
        places=[(dut.o.valid, given)],
    )


def adder_tree(harness: Harness, dut: AdderTree) -> None:
    """All sums that come make a total, of the ring that they came with."""
    inside, width = harness.inside, dut.config.total_width
    low, high = inside["sum_0_0"], inside["sum_0_2"]
    # A pair of lanes has the same place in a ring of two as the pair beside it.
    halves = Mux(inside["ring_0"], low + (high << 2), low + high)[:width]
    valid = inside["valid"]
    Queue(
        harness,
        "totals",
        entries=[(dut.i.valid, _total(dut))],
        exits=[(dut.o.valid, dut.o.p.as_unsigned())],
        places=[(valid[1], dut.o.p.as_unsigned()), (valid[0], halves)],
    )


def _total(dut: AdderTree) -> Value:
    sums, width = [dut.i.p.sums[lane] for lane in range(4)], dut.config.total_width
    by_size = [
        sum((each << lane % size for lane, each in enumerate(sums[1:], 1)), sums[0]) for size in dut.config.rings
    ]
    return Mux(dut.i.p.ring, by_size[1], by_size[0])[:width]


SUBJECTS = [
    Subject(block="bitlet", name="adder_tree", make=lambda: AdderTree(RINGS), describe=adder_tree),
    Subject(block="bitlet", name="digit_encoder", make=lambda: DigitEncoder(CONFIG), describe=digit_encoder),
    Subject(block="bitlet", name="preprocessor", make=lambda: Preprocessor(CONFIG), describe=preprocessor),
    Subject(block="bitlet", name="preprocessor_of_floats", make=lambda: Preprocessor(FLOATS), describe=of_floats),
]
