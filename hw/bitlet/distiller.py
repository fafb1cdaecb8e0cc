"""Distiller: lanes side by side, each on a column of the window, and what they add up."""
# Ref: H. Lu et al., "Distilling bit-level sparsity parallelism for general purpose deep learning acceleration",
# MICRO 2021, section 4.

import functools
import itertools
import operator
from collections.abc import Callable, Sequence
from typing import Any

from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value, signed
from amaranth.lib import stream, wiring
from amaranth.lib.data import ArrayLayout, StructLayout, View
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out

from racelet.golden.bitlet.config import BitletConfig
from racelet.hw.bitlet.lane import Lane, digit_place
from racelet.hw.bitlet.layouts import column_sums, digit_beat, element, window_state


class Distiller(wiring.Component):
    """Add up windows of digits: every lane takes one digit per cycle, by its activation, as long as there are any.

    Takes one part of a window per cycle while lanes work on the window before. Which lane takes what in which cycle is
    told by :class:`racelet.golden.bitlet.lane.Lanes`; the sums of a dot product are there five cycles after its last
    window has ended, for one cycle.

    Parameters
    ----------
    config : BitletConfig

    Members
    -------
    i : In(stream.Signature(digit_beat(config)))
        Windows, part by part, the weights' numbers ascending.
    o : Out(stream.Signature(column_sums(config), always_ready=True))
        Sums of the columns of a dot product.
    """

    i: stream.Interface
    o: stream.Interface

    def __init__(self, config: BitletConfig) -> None:
        self.config = config
        self.count = config.used_lanes
        self.parts = config.window // config.load
        super().__init__(
            {
                "i": In(stream.Signature(digit_beat(config))),
                "o": Out(stream.Signature(column_sums(config), always_ready=True)),
            },
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        lanes = [Lane(self.config.window, self.config.load) for _ in range(self.count)]
        for number, lane in enumerate(lanes):
            m.submodules[f"lane_{number}"] = lane
        # Lanes that have gone on to the window that has come; the others are still on the one before.
        ahead = Signal(self.count)
        coming, before = (Signal(window_state(self.config), name=name) for name in ("coming", "before"))
        picked = self._pick(m, lanes, ahead, before.ring)
        flush = self._go_on(m, lanes, ahead, coming, before)
        self._load(m, lanes, coming)
        # Rings change where all lanes have ended; the digits that they took last are still on their way.
        rings = [before.ring, *(Signal.like(before.ring, name=f"ring_{age}") for age in range(1, 5))]
        m.d.sync += [after.eq(ring) for ring, after in itertools.pairwise(rings)]
        values = self._look_up(m, picked, coming, before, rings[2])
        self._add(m, values, flush, before.dot, rings)
        return m

    def _beside(self, number: int, step: int) -> list[int | None]:
        """Lanes beside this one, for each of the rings that there can be; none if it is in no ring."""
        found: list[int | None] = []
        for size in self.config.rings:
            first = number - number % size
            alone = size < 2 or first + size > self.count
            found.append(None if alone else first + (number - first + step) % size)
        return found

    def _pick(self, m: Module, lanes: list[Lane], ahead: Signal, ring: Value) -> list[View]:
        """What every lane takes: from which column, of which window, which digit."""
        ups, downs = (Signal(self.count, name=name) for name in ("ups", "downs"))

        def wants(number: int, other: int) -> Value:
            older = ahead[number] & ~ahead[other]
            return lanes[other].several & (~lanes[number].some | older)

        picked = []
        for number, lane in enumerate(lanes):
            up, down, beyond = (self._beside(number, step) for step in (1, -1, -2))
            if self.config.steal:
                want = functools.partial(wants, number)
                m.d.comb += ups[number].eq(_choice(ring, up, want))
                m.d.comb += downs[number].eq(
                    ~ups[number] & _choice(ring, down, want) & ~_choice(ring, beyond, ups.__getitem__)
                )
            m.d.comb += [
                lane.take_first.eq(lane.some & ~ups[number] & ~downs[number]),
                lane.take_last.eq(_choice(ring, down, ups.__getitem__) | _choice(ring, up, downs.__getitem__)),
            ]
            pick = Signal(self._picked, name=f"pick_{number}")
            lasts = [_choice(ring, beside, lambda other: lanes[other].last.as_value()) for beside in (up, down)]
            aheads = [_choice(ring, beside, ahead.__getitem__) for beside in (up, down)]
            digit = Mux(ups[number], lasts[0], Mux(downs[number], lasts[1], lane.first.as_value()))
            m.d.comb += [
                pick.own.eq(lane.take_first),
                pick.up.eq(ups[number]),
                pick.down.eq(downs[number]),
                pick.ahead.eq(Mux(ups[number], aheads[0], Mux(downs[number], aheads[1], ahead[number]))),
                pick.digit.eq(digit),
            ]
            picked.append(pick)
        return picked

    def _go_on(self, m: Module, lanes: list[Lane], ahead: Signal, coming: View, before: View) -> Signal:
        """Let lanes begin the window that has come; tells whether the one before ends a dot product now."""
        unended, release, flush, together = (Signal(name=name) for name in ("unended", "release", "flush", "together"))
        # A lane that is not ahead takes from others only where it has nothing itself.
        through = Cat(ahead[number] | lane.ends for number, lane in enumerate(lanes))
        m.d.comb += together.eq((self.config.lookahead == 0) | (coming.ring != before.ring))
        for number, lane in enumerate(lanes):
            free = lane.ends & (~together | through.all())
            m.d.comb += lane.begin.eq(coming.there & ~ahead[number] & free)
        begin = Cat(lane.begin for lane in lanes)
        m.d.comb += [
            release.eq(coming.there & (ahead | begin).all()),
            flush.eq(unended & through.all() & before.last),
            self.i.ready.eq(~coming.there),
        ]
        with m.If(self.i.valid & self.i.ready):
            m.d.sync += [
                coming.part.eq(Mux(self.i.p.ends, 0, coming.part + 1)),
                coming.there.eq(self.i.p.ends),
                coming.last.eq(self.i.p.last),
                coming.ring.eq(self.i.p.ring),
            ]
        m.d.sync += [ahead.eq(Mux(release, 0, ahead | begin)), unended.eq(release | (unended & ~through.all()))]
        with m.If(release):
            m.d.sync += [before.eq(coming), coming.there.eq(0)]
            m.d.sync += [coming.half.eq(~coming.half), coming.dot.eq(coming.dot ^ coming.last)]
        return flush

    def _load(self, m: Module, lanes: list[Lane], coming: View) -> None:
        """Columns of the window that comes, and how many digits they have."""
        first = coming.part == 0
        for number, lane in enumerate(lanes):
            column, count = Signal(self.config.window, name=f"column_{number}"), Signal.like(lane.count)
            digits = self.i.p.digits[number]
            m.d.comb += [lane.column.eq(column), lane.count.eq(count)]
            with m.If(self.i.valid & self.i.ready):
                for part in range(self.parts):
                    place = column.word_select(part, self.config.load)
                    with m.If(coming.part == part):
                        m.d.sync += place.eq(digits)
                    with m.Elif(first):
                        m.d.sync += place.eq(0)
                m.d.sync += count.eq(Mux(first, 0, count) + sum(digits[1:], digits[0]))

    def _look_up(self, m: Module, picked: list[View], coming: View, before: View, ring: Value) -> list[View]:
        """The partners of the digits that were taken, two cycles later, and then what they add."""
        values = []
        for number, pick in enumerate(picked):
            # Each read port is a copy of the memory, so each lane may as well have what it needs only.
            rows = ArrayLayout(element(self.config), self.config.load)
            m.submodules[f"elements_{number}"] = memory = Memory(shape=rows, depth=2 * self.parts, init=[])
            write: Any = memory.write_port()
            read: Any = memory.read_port(domain="comb")
            windows = [number // size if number // size < self.count // size else None for size in self.config.rings]
            kept, found, value = (
                Signal(layout, name=f"{name}_{number}")
                for name, layout in (("kept", self._kept), ("found", self._found), ("value", self._value))
            )
            m.d.comb += [
                write.addr.eq(self._address(coming.part, coming.half)),
                write.data.as_value().eq(_choice(self.i.p.ring, windows, self._window)),
                write.en.eq(self.i.valid & self.i.ready),
                read.addr.eq(self._address(kept.pick.digit.part, kept.half)),
            ]
            m.d.sync += [
                kept.pick.eq(pick),
                kept.half.eq(Mux(pick.ahead, coming.half, before.half)),
                kept.dot.eq(Mux(pick.ahead, coming.dot, before.dot)),
                found.element.eq(self._partner(read.data, kept.pick.digit.place)),
                value.amount.eq(self._amount(found, number, ring)),
            ]
            for name in ("own", "up", "down"):
                m.d.sync += [found[name].eq(kept.pick[name]), value[name].eq(found[name])]
            m.d.sync += [found.dot.eq(kept.dot), value.dot.eq(found.dot)]
            values.append(value)
        return values

    def _partner(self, row: View, places: Value) -> Value:
        """One of a part's elements."""
        size = element(self.config).size
        chosen = [row[place].as_value() & one.replicate(size) for place, one in enumerate(places)]
        return functools.reduce(operator.or_, chosen)

    def _amount(self, found: View, number: int, ring: Value) -> Value:
        """What the chosen digit adds, in units of its column."""
        activation = found.element.activation
        if self.config.digits != "csd4":
            return activation

        def of(flags: Value) -> Value:
            """The flag of the column from which the digit was taken."""
            own, up, down = (
                _choice(ring, [(number % size + step) % size for size in self.config.rings], flags.__getitem__)
                for step in (0, 1, -1)
            )
            return Mux(found.up, up, Mux(found.down, down, own))

        size = Mux(of(found.element.double), activation << 1, activation)
        return Mux(of(found.element.negative), -size, size)

    def _add(self, m: Module, values: list[View], flush: Signal, dot: Signal, rings: Sequence[Value]) -> None:
        """Add to the column's sum what its own lane and a neighbour have taken; give the sums that are whole."""
        ends, dots = (Signal(4, name=name) for name in ("ends", "dots"))
        m.d.sync += [ends.eq(Cat(flush, ends)), dots.eq(Cat(dot, dots)), self.o.valid.eq(ends[-1])]
        m.d.sync += self.o.p.ring.eq(rings[4])
        for number, own in enumerate(values):
            choose = functools.partial(_choice, rings[3])
            down, up = self._beside(number, -1), self._beside(number, 1)
            lower, upper = choose(down, lambda k: values[k].up), choose(up, lambda k: values[k].down)
            amount, of = (
                Mux(lower, choose(down, take), Mux(upper, choose(up, take), 0))
                for take in (lambda k: values[k].amount, lambda k: values[k].dot)
            )
            amounts = [Mux(own.own, own.amount, 0), amount]
            of, any_ = Mux(own.own, own.dot, of), own.own | lower | upper
            sums = [Signal(signed(self.config.column_sum_width), name=f"sum_{number}_{half}") for half in range(2)]
            for half, total in enumerate(sums):
                with m.If(any_ & (of == half)):
                    m.d.sync += total.eq(total + amounts[0] + amounts[1])
                with m.If(ends[-1] & (dots[-1] == half)):
                    m.d.sync += [total.eq(0), self.o.p.sums[number].eq(total)]

    def _window(self, number: int) -> Value:
        """Elements of one of the windows side by side."""
        return self.i.p.elements[number].as_value()

    @property
    def _picked(self) -> StructLayout:
        """What a lane takes: whose digit, of which window, and which one."""
        digit = digit_place(self.config.window, self.config.load)
        return StructLayout({"own": 1, "up": 1, "down": 1, "ahead": 1, "digit": digit})

    @property
    def _kept(self) -> StructLayout:
        return StructLayout({"pick": self._picked, "half": 1, "dot": 1})

    @property
    def _found(self) -> StructLayout:
        return StructLayout({"own": 1, "up": 1, "down": 1, "dot": 1, "element": element(self.config)})

    @property
    def _value(self) -> StructLayout:
        amount = signed(self.config.magnitude_width + 1 + 2 * (self.config.digits == "csd4"))
        return StructLayout({"own": 1, "up": 1, "down": 1, "dot": 1, "amount": amount})

    def _address(self, part: Value, half: Value) -> Value:
        return Cat(part[: (self.parts - 1).bit_length()], half)


def _choice(ring: Value, numbers: Sequence[int | None], of: Callable[[int], Value]) -> Value:
    """Something of one of some lanes, by the ring that there is; zero of none."""
    found: Value = Const(0)
    for index, number in enumerate(numbers):
        if number is None or number in numbers[:index]:
            continue
        here = [ring == each for each, other in enumerate(numbers) if other == number]
        found = of(number) if len(here) == len(numbers) else Mux(Cat(here).any(), of(number), found)
    return found
