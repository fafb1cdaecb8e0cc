"""Exponent matcher: magnitudes to columns of one significance each, the second step of bit distillation."""
# Ref: H. Lu et al., "Distilling bit-level sparsity parallelism for general purpose deep learning acceleration",
# MICRO 2021, section 4, "dynamic exponent matching".

import functools
from collections.abc import Sequence
from typing import Any

from amaranth.hdl import Array, Cat, Const, Module, Mux, Signal, Value, signed
from amaranth.lib import stream, wiring
from amaranth.lib.data import ArrayLayout, StructLayout, View
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out

from racelet.golden.bitlet.config import BitletConfig
from racelet.hw.bitlet.layouts import SPECIAL, by_form, matched_beat, term, term_beat


class ExponentMatcher(wiring.Component):
    """Shift every magnitude right by what its exponent is short of the window's largest one.

    Takes a window, part by part, while it gives the one before, in one pass for as many columns as there are lanes. A
    pass begins at the first column that has not been in one, and so skips those in which no weight can have a digit.
    Its cycles are those of :class:`racelet.golden.bitlet.passes.MatcherTimes`.

    Parameters
    ----------
    config : BitletConfig
        With a floating-point format.

    Members
    -------
    i : In(stream.Signature(term_beat(config)))
        Terms of a floating-point format.
    o : Out(stream.Signature(matched_beat(config)))
        Parts of passes. Held while ``o.valid`` is high and ``o.ready`` is low.
    """

    i: stream.Interface
    o: stream.Interface

    def __init__(self, config: BitletConfig) -> None:
        self.config = config
        self.parts = config.window // config.load
        super().__init__(
            {"i": In(stream.Signature(term_beat(config))), "o": Out(stream.Signature(matched_beat(config)))},
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        kept = ArrayLayout(term(self.config), self.config.load)
        m.submodules.terms = memory = Memory(shape=kept, depth=2 * self.parts, init=[])
        read: Any = memory.read_port(domain="comb")
        # Of the two halves of the memory: what is in them; the one that is written, and the one that is read.
        halves = Array(Signal(self._window, name=f"half_{half}") for half in range(2))
        write, reading = (Signal(name=name) for name in ("write", "reading"))
        there = Signal(2)
        self._take(m, memory, halves, write, there)
        step, pass_ = Signal(name="step"), Signal(self._pass, name="pass")
        part, run = Signal(range(max(self.parts, 2)), name="part"), Signal(self._run, name="run")
        terms, amounts = Signal(kept, name="shown"), Signal(ArrayLayout(self._amount, self.config.load), name="amounts")
        release = self._turn(m, halves[reading], there.bit_select(reading, 1), pass_, part, run, step)
        with m.If(release):
            m.d.sync += [reading.eq(~reading), there.bit_select(reading, 1).eq(0)]
        m.d.comb += [step.eq(~self.o.valid | self.o.ready), read.addr.eq(self._address(part, reading))]
        with m.If(step):
            m.d.sync += terms.eq(read.data)
            for number in range(self.config.load):
                m.d.sync += self._shift(amounts[number], pass_.top, read.data[number].exponent)
        self._give(m, halves[reading], terms, amounts, pass_, run, step)
        return m

    @property
    def _numbers(self) -> list[int | Value]:
        """Of each format its number among those that are floating-point ones."""
        return [sum(each.is_float for each in self.config.forms[:index]) for index in range(len(self.config.forms))]

    @property
    def _window(self) -> StructLayout:
        """What is known of a window: it is whole, its last part, its largest exponent, and what it ends."""
        return StructLayout(
            {
                "full": 1,
                "end": range(max(self.parts, 2)),
                "top": self.config.exponent_width,
                "form": self.i.p.form.shape(),
                "last": 1,
                "special": SPECIAL,
            }
        )

    @property
    def _pass(self) -> StructLayout:
        """Of a pass, the exponent of its first column.

        Of the numbers that it leaves: one has begun, one has not, and the largest exponent of those that have not.
        """
        exponent = self.config.exponent_width
        # The columns behind the least exponent are a magnitude's, and may have a pass of their own.
        return StructLayout({"top": signed(exponent + 1), "begun": 1, "waits": 1, "next": exponent})

    @property
    def _run(self) -> StructLayout:
        """Parts are read; one has been; it was the last one; all that the pass leaves is known."""
        return StructLayout({"reads": 1, "valid": 1, "ends": 1, "decided": 1})

    @property
    def _amount(self) -> StructLayout:
        """By how much a magnitude is shifted; it was in an earlier pass as a whole; it is in a later one."""
        return StructLayout(
            {"by": range(self.config.lanes + self.config.magnitude_width), "early": 1, "late": 1},
        )

    def _shift(self, amount: View, top: Value, exponent: Value) -> list[Any]:
        """What a number's exponent is short of the pass's first column, and the width of a magnitude."""
        short = top - exponent + self.config.magnitude_width
        return [
            amount.by.eq(short),
            amount.early.eq(short <= 0),
            amount.late.eq(short >= self.config.lanes + self.config.magnitude_width),
        ]

    def _address(self, part: Value, half: Value) -> Value:
        return Cat(part[: (self.parts - 1).bit_length()], half)

    def _take(self, m: Module, memory: Memory, halves: Any, write: Signal, there: Signal) -> None:
        """Keep parts, and find the largest exponent."""
        port: Any = memory.write_port()
        part, half = Signal(range(max(self.parts, 2)), name="coming_part"), halves[write]
        found = Signal(StructLayout({"valid": 1, "half": 1, "first": 1, "ends": 1, "top": self.config.exponent_width}))
        taken = self.i.valid & self.i.ready
        coming = [self.i.p.terms[number] for number in range(self.config.load)]
        m.d.comb += [
            self.i.ready.eq(~half.full),
            port.addr.eq(self._address(part, write)),
            port.data.as_value().eq(self.i.p.terms.as_value()[: len(port.data.as_value())]),
            port.en.eq(taken),
        ]
        m.d.sync += [
            found.valid.eq(taken),
            found.half.eq(write),
            found.first.eq(part == 0),
            found.ends.eq(self.i.p.ends),
            found.top.eq(_largest([Mux(each.live, each.exponent, 0) for each in coming])),
        ]
        with m.If(taken):
            m.d.sync += part.eq(Mux(self.i.p.ends, 0, part + 1))
            with m.If(self.i.p.ends):
                m.d.sync += [write.eq(~write), half.full.eq(1), half.end.eq(part), half.form.eq(self.i.p.form)]
                m.d.sync += [half.last.eq(self.i.p.last), half.special.eq(self.i.p.special)]
        with m.If(found.valid):
            before = halves[found.half].top
            m.d.sync += before.eq(Mux(found.first, found.top, _larger(before, found.top)))
            with m.If(found.ends):
                m.d.sync += there.bit_select(found.half, 1).eq(1)

    def _turn(self, m: Module, window: Any, there: Value, pass_: View, part: Signal, run: View, step: Value) -> Signal:
        """Passes over a window, as long as they leave something; tells when its place is free."""
        busy, release = (Signal(name=name) for name in ("busy", "release"))
        with m.If(step):
            m.d.sync += [run.valid.eq(run.reads), run.ends.eq(run.reads & (part == window.end))]
            m.d.sync += run.decided.eq(run.valid & run.ends)
            with m.If(run.reads):
                m.d.sync += [part.eq(part + 1), run.reads.eq(part != window.end)]
        begin = Signal()
        more = pass_.begun | pass_.waits
        with m.If(~busy & there):
            m.d.comb += begin.eq(1)
            m.d.sync += [busy.eq(1), pass_.top.eq(window.top)]
        with m.If(run.decided):
            m.d.sync += run.decided.eq(0)
            with m.If(more):
                m.d.comb += begin.eq(1)
                m.d.sync += pass_.top.eq(Mux(pass_.begun, pass_.top - self.config.lanes, pass_.next))
            with m.Else():
                m.d.comb += release.eq(1)
                m.d.sync += [busy.eq(0), window.full.eq(0)]
        with m.If(begin):
            m.d.sync += [run.reads.eq(1), part.eq(0), pass_.begun.eq(0), pass_.waits.eq(0), pass_.next.eq(0)]
        return release

    def _give(self, m: Module, window: Any, terms: View, amounts: View, pass_: View, run: View, step: Value) -> None:
        """Digits of the columns that are in the pass, and what it leaves."""
        lanes, width = self.config.lanes, self.config.magnitude_width
        form_width, kept = Signal(range(width + 1)), self.config.kept
        floats = {index: form.magnitude_width for index, form in enumerate(self.config.forms) if form.is_float}
        with m.Switch(window.form):
            for index, bits in floats.items():
                with m.Case(index):
                    m.d.comb += form_width.eq(bits)
        # Columns from the window's first one to the pass's.
        past = Signal(range((kept or 0) + 1))
        m.d.comb += past.eq(window.top - pass_.top)
        rows, begun, waits, latest = [], [], [], []
        for number in range(self.config.load):
            each, amount = terms[number], amounts[number]
            here = each.live & ~amount.early & ~amount.late
            row = ((each.magnitude << lanes) >> amount.by)[:lanes] & here.replicate(lanes)
            rows.append(row & self._mask(past))
            begun.append(here & (amount.by + form_width > lanes + width))
            waits.append(each.live & amount.late & (kept is None or window.top - each.exponent < kept))
            latest.append(Mux(waits[-1], each.exponent, 0))
        goes_on = Cat(begun).any() & (kept is None or past + lanes < kept)
        left = Cat(goes_on, Cat(waits).any())
        with m.If(step & run.valid):
            m.d.sync += [pass_.begun.eq(pass_.begun | left[0]), pass_.waits.eq(pass_.waits | left[1])]
            m.d.sync += pass_.next.eq(_largest([pass_.next, *latest]))
        beat, record = self.o.p.beat, self.o.p.record
        with m.If(step):
            m.d.sync += [
                self.o.valid.eq(run.valid),
                beat.ends.eq(run.ends),
                beat.last.eq(1),
                beat.ring.eq(self.config.rings.index(lanes)),
                record.place.eq(pass_.top + form_width - 2),
                record.form.eq(by_form(window.form, self._numbers)),
                record.last.eq(window.last & ~(pass_.begun | pass_.waits | left.any())),
                record.special.eq(window.special),
            ]
            m.d.sync += [beat.digits[lane].eq(Cat(row[lane] for row in rows)) for lane in range(lanes)]
            for number in range(self.config.load):
                m.d.sync += beat.elements[0][number].activation.eq(terms[number].activation)

    def _mask(self, past: Value) -> Value:
        """Lanes whose columns are kept."""
        kept, lanes = self.config.kept, self.config.lanes
        if kept is None:
            return Const(-1, signed(lanes)).as_unsigned()
        # Columns of the pass behind the last one that is kept.
        cut = Mux(past + lanes > kept, (past + lanes - kept)[: lanes.bit_length()], 0)
        return (Const(-1, signed(lanes)) << cut)[:lanes]


def _larger(first: Value, second: Value) -> Value:
    return Mux(first > second, first, second)


def _largest(values: Sequence[Value]) -> Value:
    """The largest of some numbers, in a tree."""
    while len(values) > 1:
        values = [functools.reduce(_larger, values[number : number + 2]) for number in range(0, len(values), 2)]
    return values[0]
