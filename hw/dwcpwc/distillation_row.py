"""Distillation row: the digits of a row of weights, taken by four lanes that help each other."""
# Ref: H. Lu et al., "Distilling bit-level sparsity parallelism for general purpose deep learning acceleration",
# MICRO 2021, section 4; lanes that help their neighbours are this project's.

import functools
import operator

from amaranth.hdl import Cat, Module, Mux, Signal, Value, signed
from amaranth.lib import wiring
from amaranth.lib.data import ArrayLayout, StructLayout, View
from amaranth.lib.wiring import In, Out

from racelet.golden.dwcpwc.config import DwcPwcConfig
from racelet.hw.bitlet.lane import Lane
from racelet.hw.dwcpwc.layouts import DIGITS, weight_row

TERM_WIDTH = 17
"""Bits of what a row adds in a cycle: two digits of every column, each of 2 * 128 at most, times 1 + 4 + 16 + 64."""


def picked(config: DwcPwcConfig) -> StructLayout:
    """The digit that a lane takes, and whose it is if not its own."""
    return StructLayout({"digit": config.input_lanes, "up": 1, "down": 1})


def signs(config: DwcPwcConfig) -> ArrayLayout:
    """Of every column which digits are negative, and which are 2 and not 1."""
    return ArrayLayout(StructLayout({"negative": config.input_lanes, "double": config.input_lanes}), DIGITS)


class DistillationRow(wiring.Component):
    """Take one digit per lane and cycle, by its activation, as long as there are any.

    A lane takes the first digit of its own column. One whose column is empty takes the last digit of a neighbour's in
    the ring of four where two or more are left: of the next higher one if it can. What is taken in a cycle comes out
    as a term ``LATENCY`` cycles later. Computes :func:`racelet.golden.dwcpwc.engine_cycles.row_cycles`.

    Parameters
    ----------
    config : DwcPwcConfig
        With ``engine`` "bitlet".

    Members
    -------
    step : In(1)
        Nothing changes in a cycle in which it is low.
    begin : In(1)
        Go on to the next beat. Only in a cycle that ``ends`` the one before.
    weights : In(weight_row(config))
        Its weights.
    activations : In(ArrayLayout(signed(8), config.input_lanes))
        Those that the digits taken in the cycle before belong to.
    ends : Out(1)
        No digit is left behind what is taken in this cycle.
    term : Out(signed(TERM_WIDTH))
        What the digits of a cycle add up to.
    """

    LATENCY = 5

    step: Signal
    begin: Signal
    weights: View
    activations: View
    ends: Signal
    term: Signal

    def __init__(self, config: DwcPwcConfig) -> None:
        self.config = config
        super().__init__(
            {
                "step": In(1),
                "begin": In(1),
                "weights": In(weight_row(config)),
                "activations": In(ArrayLayout(signed(8), config.input_lanes)),
                "ends": Out(1),
                "term": Out(signed(TERM_WIDTH)),
            },
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        lanes = [Lane(self.config.input_lanes, self.config.input_lanes) for _ in range(DIGITS)]
        picks = self._pick(m, lanes)
        # Digits stay until the activations of the last ones are chosen, when the lanes may be on the next beat.
        kept = [Signal(signs(self.config), name=f"kept_{stage}", reset_less=True) for stage in range(2)]
        for place, lane in enumerate(lanes):
            m.submodules[f"lane_{place}"] = lane
            column = self.weights[place]
            m.d.comb += [
                lane.begin.eq(self.step & self.begin),
                lane.column.eq(column.digits),
                lane.count.eq(column.count),
            ]
            with m.If(self.step & self.begin):
                m.d.sync += [kept[0][place].negative.eq(column.negative), kept[0][place].double.eq(column.double)]
        with m.If(self.step):
            m.d.sync += kept[1].eq(kept[0])
        m.d.comb += self.ends.eq(Cat(lane.ends for lane in lanes).all())
        self._add(m, [self._amount(m, place, pick, kept[1]) for place, pick in enumerate(picks)], picks)
        return m

    def _pick(self, m: Module, lanes: list[Lane]) -> list[View]:
        """What every lane takes: a bit of its own column or of a neighbour's; known one cycle later."""
        ups, downs = (Signal(DIGITS, name=name) for name in ("ups", "downs"))
        picks = []
        for place, lane in enumerate(lanes):
            up, down, beyond = ((place + step) % DIGITS for step in (1, -1, -2))
            m.d.comb += [
                ups[place].eq(~lane.some & lanes[up].several),
                downs[place].eq(~lane.some & ~ups[place] & lanes[down].several & ~ups[beyond]),
                lane.take_first.eq(self.step & lane.some),
                lane.take_last.eq(self.step & (ups[down] | downs[up])),
            ]
            own = lane.first.place & lane.some.replicate(self.config.input_lanes)
            pick = Signal(picked(self.config), name=f"pick_{place}")
            with m.If(self.step):
                m.d.sync += [
                    pick.up.eq(ups[place]),
                    pick.down.eq(downs[place]),
                    pick.digit.eq(
                        Mux(ups[place], lanes[up].last.place, Mux(downs[place], lanes[down].last.place, own))
                    ),
                ]
            picks.append(pick)
        return picks

    def _amount(self, m: Module, place: int, pick: View, kept: View) -> Value:
        """The digit that a lane took times its activation; zero where it took none."""
        up, down = ((place + step) % DIGITS for step in (1, -1))
        negative, double = (
            (Mux(pick.up, kept[up][name], Mux(pick.down, kept[down][name], kept[place][name])) & pick.digit).any()
            for name in ("negative", "double")
        )
        chosen = [
            self.activations[lane].as_unsigned() & pick.digit[lane].replicate(8)
            for lane in range(self.config.input_lanes)
        ]
        activation = functools.reduce(operator.or_, chosen).as_signed()
        size = Mux(double, activation << 1, activation)
        amount = Signal(signed(10), name=f"amount_{place}", reset_less=True)
        with m.If(self.step):
            m.d.sync += amount.eq(Mux(negative, -size, size))
        return amount

    def _add(self, m: Module, amounts: list[Value], picks: list[View]) -> None:
        """Add up what was taken of each column, by its own lane and by a neighbour, and the columns."""
        columns = [Signal(signed(11), name=f"column_{place}", reset_less=True) for place in range(DIGITS)]
        pairs = [Signal(signed(13), name=f"pair_{number}", reset_less=True) for number in range(DIGITS // 2)]
        # By a lane for the next higher column, and for the next lower one.
        taken_up, taken_down = (Signal(DIGITS, name=name) for name in ("taken_up", "taken_down"))
        with m.If(self.step):
            m.d.sync += [
                taken_up.eq(Cat(pick.up for pick in picks)),
                taken_down.eq(Cat(pick.down for pick in picks)),
            ]
            for place, column in enumerate(columns):
                lower, upper = ((place + step) % DIGITS for step in (-1, 1))
                own = Mux(taken_up[place] | taken_down[place], 0, amounts[place])
                other = Mux(taken_up[lower], amounts[lower], Mux(taken_down[upper], amounts[upper], 0))
                m.d.sync += column.eq(own + other)
            m.d.sync += [pair.eq(columns[2 * k] + (columns[2 * k + 1] << 2)) for k, pair in enumerate(pairs)]
            m.d.sync += self.term.eq(pairs[0] + (pairs[1] << 4))
