"""Column path: from activations and weights through macro, ADCs and slices to sums."""

from collections.abc import Sequence

from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value, signed
from amaranth.lib import stream, wiring
from amaranth.lib.data import View
from amaranth.lib.wiring import In, Member, Out, connect, flipped

from racelet.golden.adc.config import GAIN_BITS, AdcConfig, Cells
from racelet.hw.adc.calibrator import Calibrator
from racelet.hw.adc.conversion_layouts import comparator_bits
from racelet.hw.adc.converters import Converters
from racelet.hw.adc.imc_macro import ImcMacro
from racelet.hw.adc.logistic_noise import LogisticNoise
from racelet.hw.adc.path_layouts import PATH_ERRORS, STATE_BITS, column_beat
from racelet.hw.adc.slice_accumulator import SliceAccumulator
from racelet.hw.adc.slice_splitter import SliceSplitter
from racelet.hw.adc.sum_layouts import calibration_job, column_sums, macro_mark, nominal_entry, table_entry

STEP_BITS = 32
"""Of the count of steps."""


class ColumnPath(wiring.Component):
    """Multiply activations and weights in a macro, and read the sums with ADCs, which are calibrated now and then.

    Takes a beat in the cycle in which its last step enters the macro. Currents wait at the macro's end until their
    conversion starts, and what is behind them stands still; the ADCs of a "sar" keep what they convert. Codes wait for
    the slices before theirs, and slices for sums that are not taken. Computes
    :class:`racelet.golden.adc.column_path.ColumnPath` and, for each table,
    :func:`racelet.golden.adc.column_calibration.calibrate_columns`, in the cycles of
    :func:`racelet.golden.adc.path_schedule.schedule`. Slots hold nothing before
    their ``first`` beat.

    Parameters
    ----------
    config : AdcConfig
    cells : Cells, optional
        Those of the config, where none are given.
    table : sequence of int
        DAC codes of every table from the beginning, not falling; none: they hold nothing before they are written.

    Members
    -------
    i : In(stream.Signature(column_beat(config)))
        Beats. None is taken while ``calibrating``, but one that was offered before.
    o : Out(stream.Signature(column_sums(config)))
        Sums, in the order of their ``last`` beats. Held while ``o.valid`` is high and ``o.ready`` is low.
    write : In(stream.Signature(table_entry(config), always_ready=True))
        Entries of tables. Ignored while ADCs convert or are calibrated.
    nominal : In(stream.Signature(nominal_entry(config), always_ready=True))
        The table of an ADC without offset and gain, where calibrations begin. Ignored while ``calibrating``.
    start : In(1)
        Calibrate, when the beats before have been converted. Ignored while ``calibrating``.
    job : In(calibration_job(config))
        Which table, with the start.
    calibrating : Out(1)
        From the cycle after a start to the end.
    offset : Out(signed(config.dac_bits + 1))
        Offset that the last calibration found, in DAC codes. Steady while not ``calibrating``.
    gain : Out(GAIN_BITS)
        Gain that it found, in 1/128.
    scale : In(config.scale_bits)
        Only with ``noise`` true: of the noise, in 1/128.
    seed : In(stream.Signature(STATE_BITS))
        Only with ``noise`` true: all generators begin anew. Taken behind the conversion that goes on; the next one
        begins when the seed is spread. After a reset the seed is 1.
    steps : Out(STEP_BITS)
        Conversions that every ADC has made, in the cycles before, without raw reads; modulo 2 ** STEP_BITS.
    forget : In(1)
        ``errors`` of the cycles before are forgotten.
    errors : Out(PATH_ERRORS)
        Each from the cycle after it came to pass, until it is forgotten.
    """

    i: stream.Interface
    o: stream.Interface
    write: stream.Interface
    nominal: stream.Interface
    start: Signal
    job: View
    calibrating: Signal
    offset: Signal
    gain: Signal
    scale: Signal
    seed: stream.Interface
    steps: Signal
    forget: Signal
    errors: View

    def __init__(self, config: AdcConfig, cells: Cells | None = None, table: Sequence[int] = ()) -> None:
        self.config = config
        self.cells = config.cells if cells is None else cells
        self.macro = ImcMacro(config, self.cells)
        self.table = table
        members: dict[str, Member] = {
            "i": In(stream.Signature(column_beat(config))),
            "o": Out(stream.Signature(column_sums(config))),
            "write": In(stream.Signature(table_entry(config), always_ready=True)),
            "nominal": In(stream.Signature(nominal_entry(config), always_ready=True)),
            "start": In(1),
            "job": In(calibration_job(config)),
            "calibrating": Out(1),
            "offset": Out(signed(config.dac_bits + 1)),
            "gain": Out(GAIN_BITS),
            "scale": In(config.scale_bits),
            "seed": In(stream.Signature(STATE_BITS)),
            "steps": Out(STEP_BITS),
            "forget": In(1),
            "errors": Out(PATH_ERRORS),
        }
        if not config.noise:
            del members["scale"], members["seed"]
        super().__init__(members)

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.submodules.macro = macro = self.macro
        m.submodules.converters = converters = Converters(self.config, self.table)
        m.submodules.splitter = splitter = SliceSplitter(self.config)
        m.submodules.accumulator = accumulator = SliceAccumulator(self.config)
        m.submodules.calibrator = calibrator = Calibrator(self.config)
        connect(m, splitter.o, accumulator.i)
        connect(m, accumulator.o, flipped(self.o))
        connect(m, flipped(self.write), converters.write)
        connect(m, flipped(self.nominal), calibrator.nominal)
        connect(m, calibrator.write, converters.corrected)
        connect(m, converters.raw, calibrator.raw)
        m.d.comb += [
            calibrator.start.eq(self.start),
            calibrator.job.eq(self.job),
            self.calibrating.eq(calibrator.busy),
            converters.calibrating.eq(calibrator.busy),
            self.offset.eq(calibrator.offset),
            self.gain.eq(calibrator.gain),
        ]
        self._feed(m, macro, calibrator)
        self._convert(m, macro, converters)
        self._split(m, macro, converters, splitter)
        m.d.comb += [part.forget.eq(self.forget) for part in (converters, accumulator, calibrator)]
        told, calibration = converters.errors, calibrator.errors
        m.d.comb += [
            self.errors.non_monotonic.eq(told.non_monotonic),
            self.errors.write_busy.eq(told.write_busy | calibration.write_busy),
            self.errors.start_busy.eq(calibration.start_busy),
            self.errors.dac_clamp.eq(calibration.dac_clamp),
            self.errors.bubble.eq(told.bubble),
            self.errors.overflow.eq(accumulator.overflow),
            self.errors.calibration.eq(calibration.calibration),
        ]
        return m

    def _feed(self, m: Module, macro: ImcMacro, calibrator: Calibrator) -> None:
        """Beats into the macro, and while there is a calibration its raw reads, but behind a beat that was offered."""
        read, beat = calibrator.read, macro.i.p
        begun, is_read = Signal(name="begun"), Signal(name="is_read")
        m.d.comb += [
            is_read.eq(calibrator.busy & ~begun),
            macro.i.valid.eq(Mux(is_read, read.valid, self.i.valid)),
            self.i.ready.eq(macro.i.ready & ~is_read),
            read.ready.eq(macro.i.ready & is_read),
            *(beat[name].eq(self.i.p[name]) for name in ("activations", "weights", "slot", "first", "last")),
            beat.probe.eq(is_read),
            *(beat[name].eq(read.p[name]) for name in ("group", "on", "adc")),
        ]
        m.d.sync += begun.eq(macro.i.valid & ~macro.i.ready & ~is_read)

    def _convert(self, m: Module, macro: ImcMacro, converters: Converters) -> None:
        """Conversions of the currents at the macro's end, with samples of noise where there is any."""
        config, step = self.config, macro.o.p
        starts = converters.start
        waits: Value = Const(0)
        currents: list[Value] = [step.currents[adc] for adc in range(config.adcs)]
        if config.kind == "sar":
            currents = self._kept(m, currents, starts)
        if config.noise:
            m.submodules.noise = noise = LogisticNoise(config)
            # A seed is taken while nothing is converted, and nothing is until it is spread.
            waits = noise.busy | self.seed.valid
            m.d.comb += [
                noise.scale.eq(self.scale),
                noise.seed.p.eq(self.seed.p),
                noise.seed.valid.eq(self.seed.valid & ~converters.busy),
                self.seed.ready.eq(noise.seed.ready & ~converters.busy),
                noise.take.eq(converters.compares),
            ]
            currents = [current + noise.samples[adc] for adc, current in enumerate(currents)]
        m.d.comb += [
            starts.eq(macro.o.valid & ~converters.busy & ~waits),
            converters.job.raw.eq(step.mark.probe),
            converters.job.adc.eq(step.mark.adc),
            converters.job.group.eq(step.mark.group if config.group_tables else 0),
            # A flash looks at currents in the cycle of the start, but for a raw read.
            macro.o.ready.eq(starts if config.kind == "sar" else converters.ends),
            converters.comparators.eq(self._compared(m, currents, converters.dac)),
        ]

    def _kept(self, m: Module, currents: list[Value], starts: Value) -> list[Value]:
        """Currents that are converted, from the cycle after a start on."""
        kept: list[Value] = []
        for adc, current in enumerate(currents):
            held = Signal(current.shape(), name=f"kept_{adc}", reset_less=True)
            with m.If(starts):
                m.d.sync += held.eq(current)
            kept.append(held)
        return kept

    def _compared(self, m: Module, currents: list[Value], dac: View) -> Value:
        """Which currents are not below those of the DACs of each ADC's comparators.

        What is below a DAC's step makes no difference.
        """
        config = self.config
        bits = Signal(comparator_bits(config), name="said")
        for adc, current in enumerate(currents):
            worth = (current >> config.dac_shift) + config.dac_zero
            seen = Signal(worth.shape(), name=f"seen_{adc}")
            m.d.comb += [seen.eq(worth), bits[adc].eq(Cat(seen >= code for code in dac[adc]))]
        return Value.cast(bits)

    def _split(self, m: Module, macro: ImcMacro, converters: Converters, splitter: SliceSplitter) -> None:
        """Codes of a step with what is known of it, from the start of its conversion on; how many there were."""
        mark, step = macro.o.p.mark, splitter.i.p
        kept = Signal(macro_mark(self.config), name="kept_mark", reset_less=True)
        with m.If(converters.start):
            m.d.sync += kept.eq(mark)
        is_raw = kept.probe if self.config.kind == "sar" else mark.probe
        m.d.sync += self.steps.eq(self.steps + (converters.ends & ~is_raw))
        m.d.comb += [
            splitter.i.valid.eq(converters.o.valid),
            converters.o.ready.eq(splitter.i.ready),
            step.codes.eq(converters.o.p),
            step.input_bit.eq(kept.input_bit),
            step.slot.eq(kept.slot),
            step.first.eq(kept.first),
            step.last.eq(kept.last),
        ]
