"""Monotonic check: of every table, a bit for each pair of neighbours, kept when one of them is written."""

from collections.abc import Sequence

from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value, unsigned
from amaranth.lib import stream, wiring
from amaranth.lib.data import View
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out

from racelet.golden.adc.config import AdcConfig
from racelet.hw.adc.sum_layouts import number_of, table_entry
from racelet.hw.lib.block_memory import block_memory


class MonotonicCheck(wiring.Component):
    """Tell which tables have an entry above the next one.

    Takes an entry and an enquiry in every cycle, and answers ``LATENCY`` cycles later. It keeps entries of its own,
    among which it finds the neighbours of the one that is written, and the bits of a table's pairs, which are right
    when all entries have been written, in any order. Nothing of that is reset, as tables are not. Computes ``falls``
    of :class:`racelet.golden.adc.table_memory.TableMemory`.

    Parameters
    ----------
    config : AdcConfig
    table : sequence of int
        DAC codes of every table from the beginning, not falling; none: they hold nothing before they are written.

    Members
    -------
    write : In(stream.Signature(table_entry(config), always_ready=True))
        Entries that are written, of tables that there are.
    group : In(number_of(config.table_groups))
        Whose tables are enquired about. Ignored where groups share tables.
    falls : Out(config.tables)
        Those in which an entry is above the next one, after all writes of the cycles before the enquiry.
    """

    LATENCY = 2

    write: stream.Interface
    group: Signal
    falls: Signal

    def __init__(self, config: AdcConfig, table: Sequence[int] = ()) -> None:
        self.config = config
        self.table = table
        # Of the number of a table among those of all groups.
        self.number_bits = (config.tables - 1).bit_length()
        self.numbers = config.table_groups << self.number_bits if config.table_groups > 1 else config.tables
        super().__init__(
            {
                "write": In(stream.Signature(table_entry(config), always_ready=True)),
                "group": In(number_of(config.table_groups)),
                "falls": Out(config.tables),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        config = self.config
        # What is written: while its neighbours are read, and while its pairs are.
        near, kept = (Signal(table_entry(config), name=f"kept_{name}", reset_less=True) for name in ("near", "entry"))
        nears, keeps = (Signal(name=f"kept_{name}_valid", reset_less=True) for name in ("near", "entry"))
        m.d.sync += [near.eq(self.write.p), nears.eq(self.write.valid), kept.eq(near), keeps.eq(nears)]
        below, above = self._neighbours(m)
        falls_below, falls_above = (Signal(name=f"kept_falls_{name}", reset_less=True) for name in ("below", "above"))
        m.d.sync += [falls_below.eq(below > near.code), falls_above.eq(near.code > above)]
        falls = Signal(name="falls_now")
        m.d.comb += falls.eq(self._pairs(m, keeps, kept, falls_below, falls_above).any())
        of_kept, of_group = kept.group, self.group
        if config.table_groups == 1:
            of_kept = of_group = Const(0)
        for number in range(self.LATENCY if config.table_groups > 1 else 0):
            asked = Signal(self.group.shape(), name=f"group_{number}")
            m.d.sync += asked.eq(of_group)
            of_group = asked
        for table in range(config.tables):
            known = Signal(config.table_groups, name=f"kept_falls_{table}", reset_less=True)
            with m.If(keeps & (kept.table == table)):
                m.d.sync += known.bit_select(of_kept, 1).eq(falls)
            m.d.comb += self.falls[table].eq(known.bit_select(of_group, 1))
        return m

    def _number(self, entry: View) -> Value:
        """Number of a table among those of all groups."""
        return Cat(entry.table[: self.number_bits], entry.group if self.config.table_groups > 1 else ())

    def _pairs(self, m: Module, keeps: Value, kept: View, falls_below: Value, falls_above: Value) -> Value:
        """Which pairs of a table fall, two cycles after one of its entries is written."""
        config = self.config
        m.submodules.pairs = memory = Memory(shape=unsigned(config.thresholds - 1), depth=self.numbers, init=[])
        write, read = memory.write_port(), memory.read_port(domain="comb")
        place = Signal(config.levels, name="place")
        pairs = Signal(config.thresholds - 1, name="pairs_now")
        # Of an entry, the pair with the one above has its number; the last entry that can be written is in none.
        with_below, with_above = place[1 : config.thresholds], place[: config.thresholds - 1]
        m.d.comb += [
            place.eq(1 << kept.entry),
            read.addr.eq(self._number(kept)),
            pairs.eq(
                (read.data & ~with_below & ~with_above)
                | Mux(falls_below, with_below, 0)
                | Mux(falls_above, with_above, 0)
            ),
            write.addr.eq(self._number(kept)),
            write.data.eq(pairs),
            write.en.eq(keeps),
        ]
        return pairs

    def _neighbours(self, m: Module) -> tuple[Value, Value]:
        """Entries below and above the one that is written, in the cycle after."""
        config, coming = self.config, self.write.p
        m.submodules.entries = memory = block_memory(
            config.dac_bits, self.numbers << config.bits, [*self.table, 0] * self.numbers if self.table else ()
        )
        write, below, above = memory.write_port(), memory.read_port(), memory.read_port()
        for port, step in ((write, 0), (below, -1), (above, 1)):
            entry = Signal(config.bits, name=f"entry_{step + 1}")
            m.d.comb += [entry.eq(coming.entry + step), port.addr.eq(Cat(entry, self._number(coming)))]
        codes = Signal(config.dac_bits, name="below"), Signal(config.dac_bits, name="above")
        m.d.comb += [
            write.data.eq(coming.code),
            write.en.eq(self.write.valid),
            *(code.eq(port.data) for code, port in zip(codes, (below, above), strict=True)),
        ]
        return codes
