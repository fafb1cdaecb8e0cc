"""Normaliser: an exact sum to the nearest number of a format."""
# Ref: IEEE Std 754-2019, section 4.3.1: roundTiesToEven; section 3.4: the encoding.

from collections.abc import Mapping

from amaranth.hdl import Cat, Const, Module, Mux, ShapeLike, Signal, Value, signed, unsigned
from amaranth.lib import stream, wiring
from amaranth.lib.data import StructLayout, View
from amaranth.lib.wiring import In, Out

from racelet.golden.bitlet.config import WORD, AccumulatorConfig
from racelet.hw.bitlet.layouts import by_form, exact_sum


def leading_zeros(bits: Value) -> Value:
    """Zeros before the first one of a power of two of bits, not all of which are zero."""
    count, _ = _leading_zeros(bits)
    return count


def _leading_zeros(bits: Value) -> tuple[Value, Value]:
    """Zeros before the first one; whether there is none. Both halves at the same time."""
    if len(bits) == 1:
        return Const(0, 0), ~bits
    half = len(bits) // 2
    (low, low_none), (high, high_none) = _leading_zeros(bits[:half]), _leading_zeros(bits[half:])
    return Cat(Mux(high_none, low, high), high_none), high_none & low_none


class Normalizer(wiring.Component):
    """Round exact sums once, to nearest, ties to even, and encode them as IEEE 754 has it.

    Accepts one sum per cycle; its code follows ``LATENCY`` cycles later. Everything holds while the output stalls.
    Subnormal numbers are rounded at the format's least unit; what rounds beyond the largest number is infinite.
    Computes :func:`racelet.golden.bitlet.normalizer.code`.

    A sum is shifted to the right by as much as brings its last place, and behind it the one that decides on the
    rounding, to the lower end; bits that are lost on the way are kept in mind as one. With the exponent field in front
    of it, one less where there is a hidden bit, an addition rounds it: a carry, and the hidden bit, go to the exponent.

    Parameters
    ----------
    config : AccumulatorConfig

    Members
    -------
    i : In(stream.Signature(exact_sum(config)))
        Sums.
    o : Out(stream.Signature(unsigned(width)))
        Codes, in the lowest bits; zeros above.
    """

    LATENCY = 5

    i: stream.Interface
    o: stream.Interface

    def __init__(self, config: AccumulatorConfig) -> None:
        self.config = config
        self.width = max(form.width for form in config.forms)
        super().__init__(
            {"i": In(stream.Signature(exact_sum(config))), "o": Out(stream.Signature(unsigned(self.width)))}
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        valid, step = Signal(self.LATENCY, name="valid"), Signal(name="step")
        m.d.comb += [step.eq(self.o.ready | ~self.o.valid), self.i.ready.eq(step), self.o.valid.eq(valid[-1])]
        with m.If(step):
            m.d.sync += valid.eq(Cat(self.i.valid, valid[:-1]))
            shifted = self._coarse(m, self._placed(m, self._counted(m)))
            rounded = self._fine(m, shifted)
            up = rounded.half & (rounded.kept[0] | rounded.sticky)
            m.d.sync += self.o.p.eq(rounded.head + rounded.kept + up)
        return m

    # One register stage each.

    def _register(self, name: str, fields: Mapping[str, ShapeLike]) -> View:
        """A stage's register: some fields, and what it is besides a number."""
        marks = {"form": range(len(self.config.formats)), "negative": 1, "nan": 1, "infinite": 1, "zero": 1}
        return Signal(StructLayout({**fields, "marks": StructLayout(marks)}), name=name, reset_less=True)

    def _counted(self, m: Module) -> View:
        """How far the first one of the sum is from the upper end, and how far a hidden bit may be from there."""
        total, special, forms = self.i.p, self.i.p.special, self.config.forms
        shape = signed(len(total.top) + WORD.bit_length() + 1)
        counted = self._register(
            "counted", {"magnitude": 2 * WORD, "sticky": 1, "zeros": WORD.bit_length() - 1, "room": shape}
        )
        # Exponent field less one, if the first bit is a one.
        first = [WORD - 1 - self.config.guard + 2 * form.least_unit + form.bias - 1 for form in forms]
        sign = Mux(special.infinite | total.zero, special.negative, total.negative)
        m.d.sync += [
            counted.magnitude.eq(total.magnitude),
            counted.sticky.eq(total.sticky),
            counted.zeros.eq(leading_zeros(total.magnitude[WORD:])),
            counted.room.eq(total.top * WORD + by_form(total.form, first)),
            counted.marks.form.eq(total.form),
            counted.marks.negative.eq(sign & ~special.nan),
            counted.marks.nan.eq(special.nan),
            counted.marks.infinite.eq(special.infinite),
            counted.marks.zero.eq(total.zero),
        ]
        return counted

    def _placed(self, m: Module, counted: View) -> View:
        """How far it is to be shifted, and its exponent field."""
        room, zeros, forms = counted.room, counted.zeros, self.config.forms
        widths = [form.magnitude_width for form in forms]
        placed = self._register("placed", {"magnitude": 2 * WORD, "sticky": 1, "right": 6, "field": len(room) - 1})
        subnormal = Signal()
        m.d.comb += subnormal.eq(room < zeros)
        right = by_form(counted.marks.form, [2 * WORD - 1 - width for width in widths]) - Mux(subnormal, room, zeros)
        m.d.sync += [
            placed.magnitude.eq(counted.magnitude),
            placed.sticky.eq(counted.sticky),
            placed.right.eq(right),
            # The hidden bit, where there is one, adds the one that is missing.
            placed.field.eq(Mux(subnormal, 0, room - zeros)),
            placed.marks.eq(counted.marks),
        ]
        # Below half of the least unit.
        with m.If(room + by_form(counted.marks.form, widths) < zeros):
            m.d.sync += placed.marks.zero.eq(1)
        return placed

    def _coarse(self, m: Module, placed: View) -> View:
        """Shift whole bytes."""
        most = max(form.magnitude_width for form in self.config.forms)
        coarse = self._register("coarse", {"data": most + 8, "sticky": 1, "right": 3, "field": len(placed.field)})
        count = placed.right[3:]
        lost = [placed.magnitude.word_select(k, 8).any() & (count > k) for k in range(7)]
        limits = [(1 << form.exponent_width) - 2 for form in self.config.forms]
        m.d.sync += [
            coarse.data.eq(placed.magnitude >> (count << 3)),
            coarse.sticky.eq(placed.sticky | Cat(lost).any()),
            coarse.right.eq(placed.right),
            coarse.field.eq(placed.field),
            coarse.marks.eq(placed.marks),
        ]
        with m.If(placed.field >= by_form(placed.marks.form, limits)):
            m.d.sync += coarse.marks.infinite.eq(1)
        return coarse

    def _fine(self, m: Module, coarse: View) -> View:
        """Shift bits; put sign and exponent field in front, or what stands for something special."""
        forms, marks = self.config.forms, coarse.marks
        most = max(form.magnitude_width for form in forms)
        fine = self._register("fine", {"head": self.width, "kept": most, "half": 1, "sticky": 1})
        lost = [coarse.data[k] & (coarse.right > k) for k in range(7)]
        none = marks.zero | marks.infinite | marks.nan
        kept = (coarse.data >> coarse.right)[: most + 1] & (~none).replicate(most + 1)
        heads = []
        for form in forms:
            field = coarse.field[: form.exponent_width] | (marks.infinite | marks.nan).replicate(form.exponent_width)
            quiet = Cat(Const(0, form.fraction_width - 1), marks.nan)
            heads.append(Cat(quiet, field, marks.negative))
        m.d.sync += [
            fine.head.eq(by_form(marks.form, heads)),
            fine.kept.eq(kept[1:]),
            fine.half.eq(kept[0]),
            fine.sticky.eq(coarse.sticky | Cat(lost).any()),
        ]
        return fine
