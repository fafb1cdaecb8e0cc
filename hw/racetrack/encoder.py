"""Encoder: values to words of a fixed number of ones, a value per cycle."""
# Ref: T. Cover, "Enumerative source coding", IEEE Trans. Information Theory 19, 1973.
# Ref: M. Beeler, R. Gosper, R. Schroeppel, "HAKMEM", MIT AI memo 239, 1972, item 175: the next word of as many ones.

from collections.abc import Mapping, Sequence

from amaranth.hdl import Cat, Const, Module, Mux, ShapeLike, Signal, Value, ValueLike, unsigned
from amaranth.lib import stream, wiring
from amaranth.lib.data import StructLayout, View
from amaranth.lib.wiring import In, Out

from racelet.golden.racetrack.config import CodecConfig, EnumerativeCode
from racelet.hw.racetrack.codec_layouts import chosen, coefficients_left, encoding, ones_of, word_beat

BITS = 31
"""Of a magnitude; they are looked at in groups of ``GROUP``, the first of which has one that is always zero."""
GROUP, GROUPS = 8, 4
LARGEST = 0x7F7FFFFF
"""Magnitude of the largest finite number."""

MARKS = {"negative": 1, "error": 1}
Fields = Mapping[str, tuple[ShapeLike, ValueLike]]


class Encoder(wiring.Component):
    """Encode a value per cycle.

    Its word follows ``config.encoder_latency`` cycles later. Everything holds while the output stalls. A word has its
    ones whatever the value; what is not a number is marked. Computes :func:`racelet.golden.racetrack.codec.encode`.

    The number of a value is compared with one coefficient per stage. Of 32 bits, the report's rule follows a magnitude
    from its most significant bit on until ones or zeros run out, which gives the nearest word on one side; the nearest
    on the other side is the next word of as many ones behind that, and the sum of both tells which is nearer.

    Parameters
    ----------
    config : CodecConfig
        Not ``serial``.

    Members
    -------
    i : In(stream.Signature(unsigned(config.value_width)))
        Values.
    o : Out(stream.Signature(word_beat(config)))
        Words. Held while ``o.valid`` is high and ``o.ready`` is low.
    """

    i: stream.Interface
    o: stream.Interface

    def __init__(self, config: CodecConfig) -> None:
        self.config = config
        super().__init__(
            {
                "i": In(stream.Signature(unsigned(config.value_width))),
                "o": Out(stream.Signature(word_beat(config))),
            },
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        valid, step = Signal(self.config.encoder_latency, name="valid"), Signal(name="step")
        m.d.comb += [step.eq(self.o.ready | ~self.o.valid), self.i.ready.eq(step), self.o.valid.eq(valid[-1])]
        with m.If(step):
            m.d.sync += valid.eq(Cat(self.i.valid, valid[:-1]))
            if self.config.table is not None:
                m.d.sync += self.o.p.word.eq(self._numbered(m, self.config.table))
            else:
                last = self._cut(m, self._found(m, self._counted(m, self._finite(m))))
                if self.config.greedy:
                    magnitude = self._greedy(last)
                else:
                    last = self._next(m, last)
                    magnitude = self._nearest(last)
                m.d.sync += [self.o.p.word.eq(Cat(magnitude, last.negative)), self.o.p.error.eq(last.error)]
        return m

    def _numbered(self, m: Module, table: EnumerativeCode) -> Value:
        """The most significant bit first, compare with a coefficient and subtract it."""
        value = self.i.p if table.least == 0 else self.i.p.as_signed()
        if self.config.numbers < 1 << self.config.value_width:
            value = Mux(value < table.least, table.least, Mux(value > table.most, table.most, value))
        rest: Value = Signal(self.config.value_width, name="word_0", reset_less=True)
        m.d.sync += rest.eq(value - table.least)
        left: Value = Const(table.ones)
        word: Value = Const(0, 0)
        for place in reversed(range(table.length)):
            coefficient = chosen(left, coefficients_left(place, place, self.config))
            take = rest >= coefficient
            if place == 0:
                return Cat(take, word)
            here: View = Signal(encoding(place, self.config), name=f"word_{table.length - place}", reset_less=True)
            m.d.sync += [
                here.rest.eq(Mux(take, rest - coefficient, rest)),
                here.left.eq(left - take),
                here.word.eq(Cat(take, word)),
            ]
            rest, left, word = here.rest, here.left, here.word
        raise AssertionError("a word has no bits")

    def _register(self, m: Module, number: int, before: View, keep: Sequence[str], fields: Fields) -> View:
        """A stage's register: some fields of the stage before, and others."""
        layout: dict[str, ShapeLike] = {name: before.shape()[name].shape for name in keep}
        layout |= {name: shape for name, (shape, _) in fields.items()}
        here: View = Signal(StructLayout(layout), name=f"word_{number}", reset_less=True)
        m.d.sync += [here[name].eq(before[name]) for name in keep]
        m.d.sync += [here[name].eq(value) for name, (_, value) in fields.items()]
        return here

    # One register stage each.

    def _finite(self, m: Module) -> View:
        """Sign and magnitude of a number."""
        value = self.i.p
        special, nan = value[23:31].all(), Signal(name="nan")
        m.d.comb += nan.eq(special & value[:23].any())
        here: View = Signal(StructLayout({"magnitude": BITS, **MARKS}), name="word_0", reset_less=True)
        m.d.sync += [
            here.magnitude.eq(Mux(special, Mux(nan, 0, LARGEST), value[:BITS])),
            here.negative.eq(value[BITS]),
            here.error.eq(nan),
        ]
        return here

    def _counted(self, m: Module, came: View) -> View:
        """Ones in each group; a stage later, those from the first group on."""
        keep = ["magnitude", *MARKS]
        counts = [ones_of(each) for each in _groups(came.magnitude)]
        each = self._register(m, 1, came, keep, {f"ones_{k}": (4, counts[k]) for k in range(GROUPS)})
        zero, one, two, three = (each[f"ones_{k}"] for k in range(GROUPS))
        sums = [(three + two) + (one + zero), three + two + one, three + two, three]
        return self._register(m, 2, each, keep, {f"ones_{k}": (6, sums[k]) for k in range(GROUPS)})

    def _found(self, m: Module, counted: View) -> View:
        """The group in which ones or zeros run out, and how many of either are left before it."""
        ones = [counted[f"ones_{k}"] for k in range(GROUPS)]
        positive, negative = self.config.ones, self.config.ones - 1

        def ended(group: int, weight: int) -> Value:
            below = GROUP * group
            return (ones[group] >= weight) | (ones[group] <= weight - below if weight >= below else Const(0))

        end = [Mux(counted.negative, ended(k, negative), ended(k, positive)) for k in range(GROUPS)]
        group = Mux(end[3], 3, Mux(end[2], 2, Mux(end[1], 1, 0)))
        weight = Mux(counted.negative, negative, positive)
        left = [(weight - before)[:6] for before in (*ones[1:], Const(0, 6))]
        zeros = [(GROUP * (k + 1) - left[k])[:6] for k in range(GROUPS)]
        fields: Fields = {
            "group": (2, group),
            "bits": (GROUP, chosen(group, _groups(counted.magnitude))),
            "ones": (6, chosen(group, left)),
            "zeros": (6, chosen(group, zeros)),
            "exact": (1, ones[0] == weight),
        }
        return self._register(m, 3, counted, ["magnitude", *MARKS], fields)

    def _cut(self, m: Module, found: View) -> View:
        """Where they run out in the group; behind that all bits are zeros, or ones."""
        ones = [*(ones_of(found.bits[k:]) for k in range(GROUP)), Const(0, 1)]
        none = [each >= found.ones for each in ones]
        full = [GROUP - k - each >= found.zeros for k, each in enumerate(ones)]
        fields: Fields = {
            "kept": (GROUP, Cat((found.bits[k] & ~none[k + 1]) | full[k + 1] for k in range(GROUP))),
            # The place of the last one that there was, or of the last zero.
            "last": (GROUP, Cat((none[k] & ~none[k + 1]) | (full[k] & ~full[k + 1]) for k in range(GROUP))),
            "up": (1, full[0]),
        }
        return self._register(m, 4, found, ["magnitude", "group", "exact", *MARKS], fields)

    def _greedy(self, cut: View) -> Value:
        """A magnitude up to where ones or zeros run out, and what must follow."""
        magnitude, fill = _groups(cut.magnitude), cut.up.replicate(GROUP)
        groups = [Mux(cut.group == k, cut.kept, Mux(cut.group < k, magnitude[k], fill)) for k in range(GROUPS)]
        return Cat(groups)[:BITS]

    def _next(self, m: Module, cut: View) -> View:
        """The word on the other side: of a run of ones, or of zeros, the first goes up by one, the rest to the end."""
        keep = ["magnitude", "up", "exact", "greedy", *MARKS]
        lowest = Cat(Mux(cut.group == k, cut.last, 0) for k in range(GROUPS))[:BITS]
        fields: Fields = {"greedy": (BITS, self._greedy(cut)), "lowest": (BITS, lowest)}
        greedy = self._register(m, 5, cut, ["magnitude", "up", "exact", *MARKS], fields)
        turned = greedy.greedy ^ greedy.up.replicate(BITS)
        total = (turned + greedy.lowest)[: BITS + 1]
        run = turned & ~total[:BITS]
        raised = self._register(m, 6, greedy, keep, {"total": (BITS + 1, total), "run": (BITS, run)})
        fields = {"moved": (5, ones_of(raised.run))}
        counted = self._register(m, 7, raised, [*keep, "total"], fields)
        low = Cat(counted.moved > k + 1 for k in range(BITS))
        other = (counted.total[:BITS] | low) ^ counted.up.replicate(BITS)
        # There is none beyond all ones, or all zeros, at the upper end.
        alone = counted.exact | counted.total[BITS]
        return self._register(m, 8, counted, keep, {"other": (BITS, other), "alone": (1, alone)})

    def _nearest(self, both: View) -> Value:
        """Of the greedy word and the other one the nearer; of two as near, the smaller."""
        difference = both.greedy + both.other - (both.magnitude << 1)
        upper = difference < 0
        take = ~both.alone & ~both.other[23:].all() & (upper ^ both.up)
        return Mux(take, both.other, both.greedy)


def _groups(magnitude: Value) -> list[Value]:
    """Groups of bits, the last one first."""
    bits = Cat(magnitude, Const(0, 1))
    return [bits.word_select(k, GROUP) for k in range(GROUPS)]
