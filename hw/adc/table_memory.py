"""Table memory: DAC codes of thresholds, who may write them when, and which tables are not monotonic."""

from collections.abc import Sequence

from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value, unsigned
from amaranth.lib import stream, wiring
from amaranth.lib.data import View
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Member, Out

from racelet.golden.adc.config import AdcConfig
from racelet.hw.adc.conversion_layouts import adc_codes, table_codes
from racelet.hw.adc.monotonic_check import MonotonicCheck
from racelet.hw.adc.sticky import keep_error
from racelet.hw.adc.sum_layouts import number_of, table_entry


class TableMemory(wiring.Component):
    """Keep the tables of all ADCs.

    An entry that is written is read from the next cycle on. Tables are as they were written, after a reset too. A write
    to entry ``levels - 1``, which there is not, does nothing. Computes
    :class:`racelet.golden.adc.table_memory.TableMemory`.

    Parameters
    ----------
    config : AdcConfig
    table : sequence of int
        DAC codes of every table from the beginning, not falling; none: they hold nothing before they are written.

    Members
    -------
    write : In(stream.Signature(table_entry(config), always_ready=True))
        Entries, of tables that there are. Ignored while ``busy``, and where one of ``corrected`` comes too.
    busy : In(1)
        ADCs convert or are calibrated.
    corrected : In(stream.Signature(table_entry(config), always_ready=True))
        Entries that a calibration makes, which are written in any case.
    group : In(number_of(config.table_groups))
        Whose tables are read. Ignored where groups share tables.
    tried : In(adc_codes(config))
        Only with ``kind`` "sar": codes whose thresholds are read, each in the table of its ADC. None is 0.
    codes : Out(table_codes(config))
        DAC codes that are read, in the same cycle.
    falls : Out(config.tables)
        Tables of the group that are not monotonic, ``FALLS_LATENCY`` cycles later.
    forget : In(1)
        ``write_busy`` of the cycles before is forgotten.
    write_busy : Out(1)
        A write was ignored; from the cycle after, until it is forgotten.
    """

    FALLS_LATENCY = MonotonicCheck.LATENCY

    write: stream.Interface
    busy: Signal
    corrected: stream.Interface
    group: Signal
    tried: View
    codes: View
    falls: Signal
    forget: Signal
    write_busy: Signal

    def __init__(self, config: AdcConfig, table: Sequence[int] = ()) -> None:
        self.config = config
        self.table = table
        entry = stream.Signature(table_entry(config), always_ready=True)
        members: dict[str, Member] = {
            "write": In(entry),
            "busy": In(1),
            "corrected": In(entry),
            "group": In(number_of(config.table_groups)),
            "tried": In(adc_codes(config)),
            "codes": Out(table_codes(config)),
            "falls": Out(config.tables),
            "forget": In(1),
            "write_busy": Out(1),
        }
        if config.kind == "flash":
            del members["tried"]
        super().__init__(members)

    def elaborate(self, platform: object) -> Module:
        m = Module()
        config = self.config
        m.submodules.check = check = MonotonicCheck(config, self.table)
        entry = check.write.p
        m.d.comb += [
            check.write.valid.eq(self.corrected.valid | (self.write.valid & ~self.busy)),
            entry.eq(Mux(self.corrected.valid, self.corrected.p, self.write.p)),
            check.group.eq(self.group),
            self.falls.eq(check.falls),
        ]
        read = self._read_all if config.kind == "flash" else self._read_tried
        for table in range(config.tables):
            read(m, table, check.write.valid & (entry.table == table), entry)
        keep_error(m, self.write_busy, self.write.valid & (self.busy | self.corrected.valid), self.forget)
        return m

    def _read_tried(self, m: Module, table: int, writes: Value, entry: View) -> None:
        """A table of which each of its ADCs reads an entry; that of code k is word k of its group."""
        config = self.config
        m.submodules[f"table_{table}"] = memory = Memory(
            shape=unsigned(config.dac_bits),
            depth=config.table_groups << config.bits,
            init=[0, *self.table] * config.table_groups if self.table else [],
        )
        write = memory.write_port()
        code = Signal(config.bits, name=f"code_{table}")
        m.d.comb += [
            code.eq(entry.entry + 1),
            write.addr.eq(Cat(code, self._number(entry.group))),
            write.data.eq(entry.code),
            write.en.eq(writes),
        ]
        first = table * config.adcs_per_table
        for adc in range(first, first + config.adcs_per_table):
            port = memory.read_port(domain="comb")
            m.d.comb += [
                port.addr.eq(Cat(self.tried[adc], self._number(self.group))),
                self.codes[adc].eq(port.data),
            ]

    def _read_all(self, m: Module, table: int, writes: Value, entry: View) -> None:
        """A table of which all entries are read."""
        config = self.config
        m.submodules[f"table_{table}"] = memory = Memory(
            shape=unsigned(config.dac_bits * config.thresholds),
            depth=config.table_groups,
            init=[sum(code << config.dac_bits * entry for entry, code in enumerate(self.table))] * config.table_groups,
        )
        if config.table_groups == 1:
            # A memory of one word costs more than the word.
            memory.attrs["ram_style"] = "registers"
        write, read = memory.write_port(granularity=config.dac_bits), memory.read_port(domain="comb")
        m.d.comb += [
            write.addr.eq(self._number(entry.group)),
            write.data.eq(entry.code.replicate(config.thresholds)),
            write.en.eq(Mux(writes, 1 << entry.entry, 0)),
            read.addr.eq(self._number(self.group)),
            self.codes[table].as_value().eq(read.data),
        ]

    def _number(self, group: Value) -> Value:
        """Number of a group among those that have tables of their own."""
        return group if self.config.table_groups > 1 else Const(0, 0)
