"""Macro as a digital twin: bits of weights in its cells, bits of activations on its rows, currents as whole numbers."""

from collections.abc import Sequence

from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from racelet.golden.adc.config import IR_SHIFT, AdcConfig, Cells
from racelet.hw.adc.sum_layouts import (
    Ranges,
    cell_ranges,
    drop_range,
    ends_of,
    macro_beat,
    macro_mark,
    macro_step,
    sum_ranges,
)

Ends = tuple[int, int]
"""Least and most of a number."""


class ImcMacro(wiring.Component):
    """Give the currents of a beat's steps: of groups of rows one after the other, of bits from the highest one down.

    Cells are constants: what a cell adds depends on the bit that it holds and on whether its row is on. A step enters
    in each cycle and its currents follow ``latency`` cycles later; a beat is taken with its last step, a raw read has
    just one. Everything holds while currents wait that are not taken. Computes
    :func:`racelet.golden.adc.imc_macro.currents`, and of raw reads
    :func:`racelet.golden.adc.imc_macro.group_currents`, in the cycles of
    :func:`racelet.golden.adc.pipeline.schedule`.

    Parameters
    ----------
    config : AdcConfig
    cells : Cells

    Members
    -------
    i : In(stream.Signature(macro_beat(config)))
        Beats and raw reads.
    o : Out(stream.Signature(macro_step(config, cells)))
        Currents. Held while ``o.valid`` is high and ``o.ready`` is low.
    """

    i: stream.Interface
    o: stream.Interface

    def __init__(self, config: AdcConfig, cells: Cells) -> None:
        self.config = config
        self.cells = cells
        self.levels = (config.word_lines - 1).bit_length()
        self.latency = 2 + self.levels + (2 if cells.ir_factor else 0)
        super().__init__(
            {"i": In(stream.Signature(macro_beat(config))), "o": Out(stream.Signature(macro_step(config, cells)))}
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        moves = Signal(name="moves")
        marks = [Signal(macro_mark(self.config).size, name=f"tag_{k}", reset_less=True) for k in range(self.latency)]
        valid = Signal(self.latency - 1)
        m.d.comb += [moves.eq(~self.o.valid | self.o.ready), self.o.p.mark.eq(marks[-1])]
        group, input_bit, mark = self._step(m, moves)
        rows, cells = self._rows(group, input_bit), self._bits(m)
        with m.If(moves):
            m.d.sync += Cat(valid, self.o.valid).eq(Cat(self.i.valid, valid))
            m.d.sync += Cat(marks).eq(Cat(mark, *marks[:-1]))
            for adc, current in enumerate(self.o.p.currents):
                first, second = (self._column(m, adc, side, group, rows, cells[side]) for side in (0, 1))
                m.d.sync += current.eq(first - second + int(self.cells.offsets[adc]))
        return m

    def _step(self, m: Module, moves: Value) -> tuple[Value, Value, Value]:
        """Which group of rows and which bit of activations it is; what goes with its currents."""
        config, coming = self.config, self.i.p
        mark = Signal(macro_mark(config), name="mark")
        group, number = Signal(mark.group.shape(), name="group"), Signal(mark.input_bit.shape(), name="number")
        begins, bits_end, ends = (Signal(name=name) for name in ("begins", "bits_end", "ends"))
        m.d.comb += [
            begins.eq((group == 0) & (number == 0)),
            bits_end.eq(number == config.input_bits - 1),
            ends.eq(coming.probe | (bits_end & (group == config.groups - 1))),
            self.i.ready.eq(moves & ends),
            mark.group.eq(Mux(coming.probe, coming.group, group)),
            mark.input_bit.eq(Mux(coming.probe, 0, config.input_bits - 1 - number)),
            mark.slot.eq(coming.slot),
            mark.first.eq(coming.first & begins),
            mark.last.eq(coming.last & ends),
            mark.probe.eq(coming.probe),
            mark.adc.eq(coming.adc),
        ]
        with m.If(moves & self.i.valid):
            m.d.sync += [number.eq(number + 1)]
            with m.If(bits_end):
                m.d.sync += [number.eq(0), group.eq(group + 1)]
            with m.If(ends):
                m.d.sync += [number.eq(0), group.eq(0)]
        return mark.group, mark.input_bit, Value.cast(mark)

    def _rows(self, group: Value, input_bit: Value) -> list[Value]:
        """Which rows of the group are on."""
        config, coming = self.config, self.i.p
        bits = [Value.cast(each).as_unsigned().bit_select(input_bit, 1) for each in coming.activations]
        return [
            Mux(coming.probe, coming.on, _of_group(group, bits[row :: config.word_lines]))
            for row in range(config.word_lines)
        ]

    def _bits(self, m: Module) -> list[list[list[Value]]]:
        """What the cells of both columns hold, for each output and row."""
        width, probe = self.config.weight_bits, self.i.p.probe
        columns: list[list[list[Value]]] = [[], []]
        for output, weights in enumerate(self.i.p.weights):
            for side in (0, 1):
                columns[side].append([Signal(width, name=f"bits_{output}_{row}_{side}") for row in range(len(weights))])
            for row, weight in enumerate(weights):
                if self.config.signed:
                    pair = Mux(weight < 0, 0, weight), Mux(weight < 0, -weight, 0)
                else:
                    pair = weight, Const(0)
                first, second = columns[0][output][row], columns[1][output][row]
                m.d.comb += [first.eq(Mux(probe, -1, pair[0])), second.eq(Mux(probe, 0, pair[1]))]
        return columns

    def _column(
        self, m: Module, adc: int, side: int, group: Value, rows: Sequence[Value], cells: Sequence[Sequence[Value]]
    ) -> Value:
        """Current of a column, several stages later; in steps that move."""
        config, (output, place) = self.config, divmod(adc, self.config.weight_bits)
        low, high = (each[:, adc, side].tolist() for each in (self.cells.low, self.cells.high))
        terms: list[tuple[Value, Ranges]] = []
        for row, is_on in enumerate(rows):
            ranges = cell_ranges(row, adc, side, self.cells, config)
            term = _register(f"amount_{adc}_{side}_{row}", ends_of(ranges))
            lanes = range(row, config.input_lanes, config.word_lines)
            current = _of_group(group, [Mux(cells[output][lane][place], low[lane], high[lane]) for lane in lanes])
            m.d.sync += term.eq(Mux(is_on, current, 0))
            terms.append((term, ranges))
        for level in range(self.levels):
            pairs = [terms[k : k + 2] for k in range(0, len(terms), 2)]
            terms = []
            for number, pair in enumerate(pairs):
                ranges = sum_ranges(each for _, each in pair)
                total = _register(f"sum_{adc}_{side}_{level}_{number}", ends_of(ranges))
                m.d.sync += total.eq(sum((value for value, _ in pair[1:]), pair[0][0]))
                terms.append((total, ranges))
        ((total, ranges),) = terms
        return self._dropped(m, f"{adc}_{side}", total, ends_of(ranges)) if self.cells.ir_factor else total

    def _dropped(self, m: Module, name: str, current: Value, ends: Ends) -> Value:
        """What is left of a current behind the resistance of its line, two stages later."""
        square = _register(f"product_{name}", (0, max(each * each for each in ends)))
        kept = _register(f"column_{name}", ends)
        left = _register(f"total_{name}", drop_range(ends, self.cells, self.config))
        lost = (square * self.cells.ir_factor) >> (IR_SHIFT + self.config.current_bits)
        m.d.sync += [square.eq(current * current), kept.eq(current), left.eq(kept - lost)]
        return left


def _register(name: str, ends: Ends) -> Signal:
    """A register of a stage, for numbers from one to another, 0 among them."""
    low, high = ends
    return Signal(range(min(low, 0), max(high, 0) + 1), name=name, reset_less=True)


def _of_group(group: Value, values: Sequence[Value]) -> Value:
    """The value of a group of rows."""
    chosen = values[-1]
    for number, value in reversed(list(enumerate(values[:-1]))):
        chosen = Mux(group == number, value, chosen)
    return chosen
