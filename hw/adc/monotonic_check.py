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

    Takes an entry in every cycle. It keeps entries of its own, among which it finds the neighbours of the one that is
    written, and the bits of a table's pairs, which are right when all entries have been written, in any order. Nothing
    of it is reset, as tables are not. Computes ``falls`` of :class:`racelet.golden.adc.table_memory.TableMemory`.

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
        Whose tables are told of. Ignored where groups share tables.
    falls : Out(config.tables)
        Tables in which an entry is above the next one, after all writes of the cycles before.
    """

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
        kept = Signal(table_entry(config), name="kept_entry", reset_less=True)
        keeps = Signal(name="kept_valid", reset_less=True)
        m.d.sync += [kept.eq(self.write.p), keeps.eq(self.write.valid)]
        falls = Signal(name="falls_now")
        m.d.comb += falls.eq(self._pairs(m, keeps, kept).any())
        for table in range(config.tables):
            is_kept = keeps & (kept.table == table)
            known = Signal(config.table_groups, name=f"kept_falls_{table}", reset_less=True)
            of_kept, of_group = (each if config.table_groups > 1 else Const(0) for each in (kept.group, self.group))
            with m.If(is_kept):
                m.d.sync += known.bit_select(of_kept, 1).eq(falls)
            is_asked = is_kept & (of_kept == of_group)
            m.d.comb += self.falls[table].eq(Mux(is_asked, falls, known.bit_select(of_group, 1)))
        return m

    def _number(self, entry: View) -> Value:
        """Number of a table among those of all groups."""
        return Cat(entry.table[: self.number_bits], entry.group if self.config.table_groups > 1 else ())

    def _pairs(self, m: Module, keeps: Value, kept: View) -> Value:
        """Which pairs of a table's neighbours fall, in the cycle after one of its entries is written."""
        config, coming = self.config, self.write.p
        below, above = self._neighbours(m, coming)
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
                | Mux(below > kept.code, with_below, 0)
                | Mux(kept.code > above, with_above, 0)
            ),
            write.addr.eq(self._number(kept)),
            write.data.eq(pairs),
            write.en.eq(keeps),
        ]
        return pairs

    def _neighbours(self, m: Module, coming: View) -> tuple[Value, Value]:
        """Entries below and above the one that is written, in the cycle after."""
        config = self.config
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
