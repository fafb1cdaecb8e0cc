"""Preprocessor: weights and activations to terms of a dot product, the first step of bit distillation."""
# Ref: H. Lu et al., "Distilling bit-level sparsity parallelism for general purpose deep learning acceleration",
# MICRO 2021, section 4.
# Ref: IEEE Std 754-2019, sections 3.4 and 7.2: encoding, and products that are not a number.

from typing import Any

from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value, signed
from amaranth.lib import stream, wiring
from amaranth.lib.data import ArrayLayout, StructLayout, View
from amaranth.lib.wiring import In, Out

from racelet.golden.bitlet.config import BitletConfig, NumberFormat
from racelet.hw.bitlet.layouts import number_beat, term, term_beat


class Preprocessor(wiring.Component):
    """Take numbers apart, add exponents, and fold the weight's sign into the activation.

    Takes a beat per cycle; it is there two cycles later. Computes
    :func:`racelet.golden.bitlet.preprocessor.preprocess`. What a dot product is that is no number, is known with its
    last beat.

    Parameters
    ----------
    config : BitletConfig

    Members
    -------
    i : In(stream.Signature(number_beat(config)))
        Weights and activations.
    o : Out(stream.Signature(term_beat(config)))
        Terms. Held while ``o.valid`` is high and ``o.ready`` is low.
    """

    i: stream.Interface
    o: stream.Interface

    def __init__(self, config: BitletConfig) -> None:
        self.config = config
        self.has_floats = any(form.is_float for form in config.forms)
        super().__init__(
            {"i": In(stream.Signature(number_beat(config))), "o": Out(stream.Signature(term_beat(config)))},
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        step, valid = (Signal(name=name) for name in ("step", "valid"))
        marks = Signal(StructLayout({"form": self.i.p.form.shape(), "ends": 1, "last": 1}), name="marks")
        layout = ArrayLayout(self._number, self.config.beat_numbers)
        weights, activations = Signal(layout, name="weights"), Signal(layout, name="activations")
        keep = Signal(self.config.beat_numbers)
        m.d.comb += [step.eq(~self.o.valid | self.o.ready), self.i.ready.eq(step)]
        with m.If(step):
            m.d.sync += [valid.eq(self.i.valid), self.o.valid.eq(valid), keep.eq(self.i.p.keep)]
            for name in marks.shape().members:
                m.d.sync += [marks[name].eq(self.i.p[name]), self.o.p[name].eq(marks[name])]
        products = []
        for number in range(self.config.beat_numbers):
            with m.If(step):
                m.d.sync += [
                    weights[number].eq(self._read(m, self.i.p.weights, number, magnitude=True)),
                    activations[number].eq(self._read(m, self.i.p.activations, number, magnitude=False)),
                ]
            product = self._product(m, number, weights[number], activations[number], keep[number])
            with m.If(step):
                m.d.sync += self.o.p.terms[number].eq(product.term)
            products.append(product)
        if self.has_floats:
            self._special(m, products, keep, step & valid, marks.ends & marks.last)
        return m

    @property
    def _number(self) -> StructLayout:
        """A number in parts: ``value`` without the sign, but an integer activation's with it."""
        floats = int(self.has_floats)
        return StructLayout(
            {
                "value": signed(self.config.magnitude_width + 1),
                "negative": 1,
                "zero": 1,
                "exponent": max(self.config.exponent_width - 1, 0),
                "infinite": floats,
                "nan": floats,
            }
        )

    def _read(self, m: Module, words: Value, number: int, *, magnitude: bool) -> View:
        """A number of any of the formats, taken apart."""
        found = Signal(self._number, name=f"{'weight' if magnitude else 'activation'}_{number}")
        with m.Switch(self.i.p.form):
            for index, form in enumerate(self.config.forms):
                if number >= self.config.load * self.config.windows(form):
                    continue
                word = words[number * form.width :][: form.width]
                with m.Case(index):
                    m.d.comb += (
                        self._float(word, form, found, magnitude) if form.is_float else _integer(word, found, magnitude)
                    )
        return found

    def _float(self, word: Value, form: NumberFormat, found: View, magnitude: bool) -> list[Any]:
        """Sign, exponent, and a mantissa with its hidden bit; those of all weights' lie one above the other."""
        fraction, exponent = word[: form.fraction_width], word[form.fraction_width : -1]
        subnormal, most = exponent == 0, exponent.all()
        place = self.config.magnitude_width - form.magnitude_width if magnitude else 0
        return [
            found.value.eq(Cat(Const(0, place), fraction, ~subnormal)),
            found.negative.eq(word[-1]),
            found.zero.eq(subnormal & (fraction == 0)),
            found.exponent.eq(Mux(subnormal, 1, exponent)),
            found.infinite.eq(most & (fraction == 0)),
            found.nan.eq(most & (fraction != 0)),
        ]

    def _product(self, m: Module, number: int, weight: View, activation: View, keep: Value) -> View:
        """The term that two numbers make, its sign, and whether it is none."""
        floats = int(self.has_floats)
        layout = StructLayout({"term": term(self.config), "negative": 1, "infinite": floats, "nan": floats})
        found = Signal(layout, name=f"product_{number}")
        zero = weight.zero | activation.zero
        m.d.comb += [
            found.negative.eq(weight.negative ^ activation.negative),
            # Digits of integers are taken whether or not their term is live.
            found.term.magnitude.eq(Mux(keep, weight.value, 0)),
            found.term.activation.eq(Mux(found.negative, -activation.value, activation.value)),
            found.term.exponent.eq(weight.exponent + activation.exponent),
            found.term.live.eq(keep & ~zero),
        ]
        if self.has_floats:
            infinite = weight.infinite | activation.infinite
            nan = weight.nan | activation.nan | (infinite & zero)
            m.d.comb += [
                found.nan.eq(keep & nan),
                found.infinite.eq(keep & infinite & ~nan),
                found.term.live.eq(keep & ~zero & ~nan & ~infinite),
            ]
        return found

    def _special(self, m: Module, products: list[View], keep: Value, step: Value, ends: Value) -> None:
        """What the dot product is, up to this beat, that is no number; and the sign of a zero."""
        so_far = Signal(4)
        seen = {
            "nan": Cat(each.nan for each in products).any(),
            "up": Cat(each.infinite & ~each.negative for each in products).any(),
            "down": Cat(each.infinite & each.negative for each in products).any(),
            "positive": (keep & Cat(~each.negative for each in products)).any(),
        }
        nan, up, down, positive = (before | now for before, now in zip(so_far, seen.values(), strict=True))
        with m.If(step):
            m.d.sync += so_far.eq(Mux(ends, 0, Cat(nan, up, down, positive)))
            m.d.sync += [
                self.o.p.special.nan.eq(nan | (up & down)),
                self.o.p.special.infinite.eq(up | down),
                # A sum of zero is negative where each of its products is: each is a zero then.
                self.o.p.special.negative.eq(Mux(up | down, down, ~positive)),
            ]


def _integer(word: Value, found: View, magnitude: bool) -> list[Any]:
    """A weight's magnitude and sign, or an activation."""
    sign = word[-1]
    if magnitude:
        return [found.value.eq(Mux(sign, -word, word)[: len(word)]), found.negative.eq(sign), found.zero.eq(word == 0)]
    return [found.value.eq(word.as_signed()), found.zero.eq(word == 0)]
