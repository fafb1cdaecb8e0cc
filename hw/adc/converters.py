"""Converters: all ADCs of a macro, with their tables, but for the comparators and DACs themselves."""

from collections.abc import Sequence

from amaranth.hdl import Cat, Module, Signal, Value, unsigned
from amaranth.lib import stream, wiring
from amaranth.lib.data import View
from amaranth.lib.wiring import In, Out

from racelet.golden.adc.config import AdcConfig
from racelet.hw.adc.conversion_layouts import (
    CONVERSION_ERRORS,
    adc_codes,
    comparator_bits,
    conversion_job,
    dac_settings,
)
from racelet.hw.adc.flash_encoder import FlashEncoder
from racelet.hw.adc.sar_sequencer import SarSequencer
from racelet.hw.adc.sticky import keep_error
from racelet.hw.adc.sum_layouts import table_entry
from racelet.hw.adc.table_memory import TableMemory


class Converters(wiring.Component):
    """Make codes of the currents of all ADCs at once, or the DAC code that the current of one of them is worth.

    Started while not ``busy``, codes are there ``conversion_interval`` cycles later, and wait until they are taken; the
    next conversion can start in that cycle. Currents must stay as they are from the start to the cycle in which the
    conversion ``ends``: of a "flash" that is the cycle of the start, of a "sar", and of raw reads of both, the one
    before the code. Computes :func:`racelet.golden.adc.conversion.convert` and
    :func:`racelet.golden.adc.conversion.raw_convert`, in the cycles of
    :func:`racelet.golden.adc.sar_sequencer.schedule`.

    Tables are as they were written, after a reset too. An entry that is written is there from the next cycle on: a
    "sar" that starts in the same cycle finds it, a "flash" does not.

    Parameters
    ----------
    config : AdcConfig
    table : sequence of int
        DAC codes of every table from the beginning, not falling; none: they hold nothing before they are written.

    Members
    -------
    start : In(1)
        Convert. Ignored while ``busy``.
    job : In(conversion_job(config))
        What is converted, with the start.
    busy : Out(1)
        From the cycle after a start until its code is taken, and not in that cycle: it depends on ``ready`` of the
        stream of the code that is there.
    dac : Out(dac_settings(config))
        DAC codes that comparators compare with, in the cycles in which they are looked at and ``settle`` cycles before.
    compares : Out(config.adcs)
        Comparators of these ADCs are looked at in this cycle: the cycles in which each takes a sample of noise.
    comparators : In(comparator_bits(config))
        What they say of ``dac`` of the same cycle.
    ends : Out(1)
        They are looked at for the last time in this conversion.
    o : Out(stream.Signature(adc_codes(config)))
        Codes of all ADCs.
    raw : Out(stream.Signature(unsigned(config.dac_bits)))
        DAC codes of raw reads.
    write : In(stream.Signature(table_entry(config), always_ready=True))
        Entries of tables. Ignored while ``busy`` or ``calibrating``.
    calibrating : In(1)
        Tables are being calibrated.
    corrected : In(stream.Signature(table_entry(config), always_ready=True))
        Entries that a calibration makes, while ``calibrating`` and not ``busy``.
    forget : In(1)
        ``errors`` of the cycles before are forgotten.
    errors : Out(CONVERSION_ERRORS)
        Each from the cycle after it came to pass, until it is forgotten; those of a conversion come to pass as it
        ``ends``, but ``non_monotonic`` ``FALLS_LATENCY`` cycles after that.
    """

    FALLS_LATENCY = TableMemory.FALLS_LATENCY

    start: Signal
    job: View
    busy: Signal
    dac: View
    compares: Signal
    comparators: View
    ends: Signal
    o: stream.Interface
    raw: stream.Interface
    write: stream.Interface
    calibrating: Signal
    corrected: stream.Interface
    forget: Signal
    errors: View

    def __init__(self, config: AdcConfig, table: Sequence[int] = ()) -> None:
        self.config = config
        self.table = table
        entry = stream.Signature(table_entry(config), always_ready=True)
        super().__init__(
            {
                "start": In(1),
                "job": In(conversion_job(config)),
                "busy": Out(1),
                "dac": Out(dac_settings(config)),
                "compares": Out(config.adcs),
                "comparators": In(comparator_bits(config)),
                "ends": Out(1),
                "o": Out(stream.Signature(adc_codes(config))),
                "raw": Out(stream.Signature(unsigned(config.dac_bits))),
                "write": In(entry),
                "calibrating": In(1),
                "corrected": In(entry),
                "forget": In(1),
                "errors": Out(CONVERSION_ERRORS),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.submodules.tables = tables = TableMemory(self.config, self.table)
        m.submodules.sequencer = sequencer = SarSequencer(self.config)
        for coming, taken in ((self.write, tables.write), (self.corrected, tables.corrected)):
            m.d.comb += [taken.valid.eq(coming.valid), taken.p.eq(coming.p)]
        m.d.comb += [
            tables.busy.eq(self.busy | self.calibrating),
            tables.forget.eq(self.forget),
            sequencer.job.eq(self.job),
            sequencer.forget.eq(self.forget),
            self.raw.valid.eq(sequencer.raw.valid),
            self.raw.p.eq(sequencer.raw.p),
            sequencer.raw.ready.eq(self.raw.ready),
            self.errors.write_busy.eq(tables.write_busy),
        ]
        # Conversions that end, but for raw reads.
        converted = Signal(name="converted")
        connect = self._connect_flash if self.config.kind == "flash" else self._connect_sar
        connect(m, tables, sequencer, converted)
        past = Signal(self.FALLS_LATENCY)
        m.d.sync += past.eq(Cat(converted, past))
        keep_error(m, self.errors.non_monotonic, past[-1] & tables.falls.any(), self.forget)
        return m

    def _connect_sar(self, m: Module, tables: TableMemory, sequencer: SarSequencer, converted: Value) -> None:
        """Comparators that search in tables."""
        m.d.comb += [
            sequencer.start.eq(self.start),
            self.busy.eq(sequencer.busy),
            tables.group.eq(sequencer.group),
            tables.tried.eq(sequencer.tried),
            sequencer.thresholds.eq(tables.codes),
            self.dac.as_value().eq(sequencer.dac.as_value()),
            sequencer.comparators.eq(self.comparators.as_value()),
            self.compares.eq(sequencer.compares),
            self.ends.eq(sequencer.ends),
            self.o.valid.eq(sequencer.o.valid),
            self.o.p.eq(sequencer.o.p),
            sequencer.o.ready.eq(self.o.ready),
            converted.eq(sequencer.ends & ~sequencer.is_raw),
            self.errors.start_busy.eq(sequencer.start_busy),
        ]

    def _connect_flash(self, m: Module, tables: TableMemory, sequencer: SarSequencer, converted: Value) -> None:
        """Comparators for every threshold, of which the lowest one of an ADC makes its raw reads."""
        config = self.config
        waits = self.o.valid & ~self.o.ready
        encoders = [FlashEncoder(config) for _ in range(config.adcs)]
        for adc, encoder in enumerate(encoders):
            m.submodules[f"encoder_{adc}"] = encoder
            codes = tables.codes[adc // config.adcs_per_table]
            m.d.comb += [
                *(dac.eq(code) for dac, code in zip(self.dac[adc], codes, strict=True)),
                encoder.i.valid.eq(converted),
                encoder.i.p.eq(self.comparators[adc]),
                encoder.o.ready.eq(self.o.ready),
                encoder.forget.eq(self.forget),
                self.o.p[adc].eq(encoder.o.p),
                sequencer.comparators[adc].eq(self.comparators[adc][0]),
            ]
            with m.If(sequencer.compares[adc]):
                m.d.comb += self.dac[adc][0].eq(sequencer.dac[adc])
        m.d.comb += [
            converted.eq(self.start & ~self.busy & ~self.job.raw),
            sequencer.start.eq(self.start & ~waits & self.job.raw),
            self.busy.eq(sequencer.busy | waits),
            tables.group.eq(self.job.group),
            self.compares.eq(sequencer.compares | converted.replicate(config.adcs)),
            self.ends.eq(sequencer.ends | converted),
            self.o.valid.eq(encoders[0].o.valid),
            self.errors.bubble.eq(Cat(encoder.bubble for encoder in encoders).any()),
        ]
        keep_error(m, self.errors.start_busy, self.start & self.busy, self.forget)
