"""Multiplies the words of rows and columns, and adds them up."""

from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value
from amaranth.lib import stream, wiring
from amaranth.lib.data import View
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out

from racelet.golden.racetrack.matrix_config import MatrixConfig
from racelet.hw.racetrack.float_multiply_add import FloatMultiplyAdd
from racelet.hw.racetrack.matrix_layouts import Read, plan, port_shape, total, words
from racelet.hw.racetrack.multiply_accumulate import MultiplyAccumulate


class TileProduct(wiring.Component):
    """Add up, for each row and each column of a tile, products of their elements.

    A word of each port is taken at a time, and those of one port after the other multiplied, those of all rows with
    those of all columns at once: an element every ``element_cycles``. Where rows and columns come in opposite
    directions, words of the first half of a pass are kept until those of the other side have come; then two are
    multiplied. At the end of a tile its sums are given, row by row. How long each takes, is told by
    :func:`racelet.golden.racetrack.matrix_cycles.word_cycles`, and in which order products are added, by
    :func:`racelet.golden.racetrack.matrix_passes.slot_order`.

    Parameters
    ----------
    config : MatrixConfig

    Members
    -------
    plan : In(plan(config))
        Of the product. Does not change from the first word to the last sum.
    clear : In(1)
        Forget sums and words that there are; only while ``idle``.
    idle : Out(1)
        All words are worked up.
    i : In(stream.Signature(words(config)))
        Words. Taken while ``idle``.
    o : Out(stream.Signature(total(config)))
        Sums.
    """

    plan: View
    clear: Signal
    idle: Signal
    i: stream.Interface
    o: stream.Interface

    def __init__(self, config: MatrixConfig) -> None:
        self.config = config
        super().__init__(
            {
                "plan": In(plan(config)),
                "clear": In(1),
                "idle": Out(1),
                "i": In(stream.Signature(words(config))),
                "o": Out(stream.Signature(total(config))),
            },
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        config, asked = self.config, self.plan
        held, given = Signal(words(config), name="held"), View(total(config), self.o.p.as_value())
        time, port, second = Signal(range(config.words_per_port)), Signal(port_shape(config)), Signal()
        elapsed = Signal(range(max(config.element_cycles, config.sum_cycles)))
        number = Signal(range(config.tile**2))
        # The time at which the other side has the same word, where they come in opposite directions.
        mirrored = Signal.like(time, name="mirrored")
        m.d.comb += mirrored.eq(asked.slots - 1 - time)
        opposite = held.rows_outwards ^ held.columns_outwards
        early, late = opposite & (time < mirrored), opposite & (time > mirrored)
        last_port = (asked.read != Read.SERPENTINE) | (port == asked.ports - 1)
        issue, clear = Signal(), Signal()
        slot = Mux(held.rows_outwards ^ (late & second), time, mirrored)
        there = (port != asked.ports - 1) | (slot < asked.last_slots)
        sums = self._sums(m, held, Cat(early, late, second), (time, mirrored, port), issue & ~early & there, clear)
        m.d.comb += [clear.eq(self.clear), given.value.eq(Cat(sums).word_select(number, len(sums[0])))]
        m.d.comb += given.last.eq(held.last & (number == len(sums) - 1))
        with m.FSM():
            with m.State("IDLE"):
                m.d.comb += [self.idle.eq(1), self.i.ready.eq(1)]
                m.d.sync += [held.eq(self.i.p), port.eq(View(words(config), self.i.p.as_value()).port)]
                m.d.sync += [elapsed.eq(0), second.eq(0), number.eq(0)]
                with m.If(asked.read == Read.SERPENTINE):
                    m.d.sync += port.eq(0)
                with m.If(self.i.valid):
                    m.next = "MULTIPLY"
            with m.State("MULTIPLY"):
                m.d.comb += issue.eq(elapsed == 0)
                m.d.sync += elapsed.eq(elapsed + 1)
                with m.If(elapsed == config.element_cycles - 1):
                    m.d.sync += [elapsed.eq(0), port.eq(port + 1)]
                    with m.If(last_port):
                        m.d.sync += [port.eq(Mux(asked.read == Read.SERPENTINE, 0, port)), second.eq(1)]
                    with m.If(last_port & (second | ~late)):
                        m.d.sync += time.eq(Mux(time == asked.slots - 1, 0, time + 1))
                        m.next = "IDLE"
                        with m.If(held.ends):
                            m.next = "WAIT"
            with m.State("WAIT"):
                m.d.sync += elapsed.eq(elapsed + 1)
                with m.If(elapsed == config.sum_cycles - 1):
                    m.next = "GIVE"
            with m.State("GIVE"):
                m.d.comb += self.o.valid.eq(1)
                with m.If(self.o.ready):
                    m.d.sync += number.eq(number + 1)
                    with m.If(number == len(sums) - 1):
                        m.d.comb += clear.eq(1)
                        m.next = "IDLE"
        with m.If(self.clear):
            m.d.sync += time.eq(0)
        return m

    def _sums(
        self,
        m: Module,
        held: View,
        stage: Value,
        place: tuple[Value, Value, Value],
        add: Value,
        clear: Value,
    ) -> list[Value]:
        """Operands in registers, and a sum for each row and each column."""
        config, (early, late, second), (_, _, port) = self.config, stage, place
        factors: list[list[Value]] = []
        adding = Signal()
        width = config.word_bits
        m.d.sync += adding.eq(add)
        for side, kept in (("rows", second), ("columns", ~second)):
            lines = [Value.cast(held[side][line]).word_select(port, width) for line in range(config.tile)]
            earlier = self._kept(m, side, Cat(lines), early, place)
            operands = [Signal(width, name=f"word_{side}_{line}", reset_less=True) for line in range(config.tile)]
            for line, operand in enumerate(operands):
                m.d.sync += operand.eq(Mux(late & kept, earlier.word_select(line, width), lines[line]))
            factors.append(list(operands))
        sums: list[Value] = []
        for row, left in enumerate(factors[0]):
            for column, right in enumerate(factors[1]):
                unit = FloatMultiplyAdd() if config.number == "fp32" else MultiplyAccumulate(config)
                m.submodules[f"unit_{row}_{column}"] = unit
                m.d.comb += [unit.clear.eq(clear), unit.add.eq(adding), unit.left.eq(left), unit.right.eq(right)]
                sums.append(Value.cast(unit.sum))
        return sums

    def _kept(self, m: Module, side: str, word: Value, write: Value, place: tuple[Value, Value, Value]) -> Value:
        """Words of the first half of a pass: what was kept at the mirrored time."""
        config, (time, mirrored, port) = self.config, place
        times = config.words_per_port // 2
        if not times:
            return Const(0, len(word))
        bits = (times - 1).bit_length()
        depth = max(config.ports << bits, 2)
        m.submodules[f"{side}_kept"] = memory = Memory(shape=len(word), depth=depth, init=[])
        reading, writing = memory.read_port(domain="comb"), memory.write_port()
        m.d.comb += [
            reading.addr.eq(Cat(mirrored[:bits], port)),
            writing.addr.eq(Cat(time[:bits], port)),
            writing.data.eq(word),
            writing.en.eq(write),
        ]
        return reading.data
