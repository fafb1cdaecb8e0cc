"""Calibrator: offset and gain of ADCs from raw reads, and the table of thresholds that makes up for them."""

from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value, signed, unsigned
from amaranth.lib import stream, wiring
from amaranth.lib.data import View
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out

from racelet.golden.adc.config import GAIN_BITS, GAIN_ONE, AdcConfig
from racelet.hw.adc.sum_layouts import CALIBRATION_ERRORS, calibration_job, nominal_entry, raw_read, table_entry


class Calibrator(wiring.Component):
    """Read the ADCs of a table without a current and with a known one, and write it a table made of the nominal one.

    From a start on every ADC of the table is read ``2 ** calibration_reads`` times with no rows on, and then as often
    with the pattern; where groups of rows share tables, of each group by turns. Reads are asked for without a wait for
    those before. A division follows, of a bit per cycle, and then an entry in each cycle; or, where offset or gain are
    out of range, none at all. Computes :func:`racelet.golden.adc.calibrator.calibrate`, and has ended as
    :func:`racelet.golden.adc.calibrator.calibration_end` says.

    Parameters
    ----------
    config : AdcConfig

    Members
    -------
    start : In(1)
        Calibrate. Ignored while ``busy``.
    job : In(calibration_job(config))
        What is calibrated, with the start.
    busy : Out(1)
        From the cycle after a start to the end.
    nominal : In(stream.Signature(nominal_entry(config), always_ready=True))
        The table of an ADC without offset and gain. Ignored while ``busy``.
    read : Out(stream.Signature(raw_read(config)))
        Reads that are asked for.
    raw : In(stream.Signature(unsigned(config.dac_bits)))
        What they found, in their order.
    write : Out(stream.Signature(table_entry(config), always_ready=True))
        Entries of the new table.
    offset : Out(signed(config.dac_bits + 1))
        Offset that was found, in DAC codes. Steady while not ``busy``, as the next one.
    gain : Out(GAIN_BITS)
        Gain that was found, in 1/128.
    forget : In(1)
        ``errors`` of the cycles before are forgotten.
    errors : Out(CALIBRATION_ERRORS)
        Each from the cycle after it came to pass, until it is forgotten.
    """

    start: Signal
    job: View
    busy: Signal
    nominal: stream.Interface
    read: stream.Interface
    raw: stream.Interface
    write: stream.Interface
    offset: Signal
    gain: Signal
    forget: Signal
    errors: View

    def __init__(self, config: AdcConfig) -> None:
        self.config = config
        # Bits of the number of a read of either kind: as many reads as are a power of two.
        self.number_bits = config.calibration_reads + (config.adcs_per_table - 1).bit_length()
        super().__init__(
            {
                "start": In(1),
                "job": In(calibration_job(config)),
                "busy": Out(1),
                "nominal": In(stream.Signature(nominal_entry(config), always_ready=True)),
                "read": Out(stream.Signature(raw_read(config))),
                "raw": In(stream.Signature(unsigned(config.dac_bits))),
                "write": Out(stream.Signature(table_entry(config), always_ready=True)),
                "offset": Out(signed(config.dac_bits + 1)),
                "gain": Out(GAIN_BITS),
                "forget": In(1),
                "errors": Out(CALIBRATION_ERRORS),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        config = self.config
        held = Signal(calibration_job(config), name="held")
        begins, reading, dividing, checks, writing = (
            Signal(name=name) for name in ("begins", "reading", "dividing", "checks", "writing")
        )
        self._ask(m, held, begins, reading)
        # Reads that have come; those with the pattern come last.
        come = Signal(self.number_bits + 1, name="come")
        comes = self.raw.valid & reading
        with m.If(comes):
            m.d.sync += come.eq(come + 1)
        divided = self._divide(m, begins, comes, come[-1], dividing)
        mean = self._mean(m, begins, comes & ~come[-1], dividing)
        written = self._write(m, held, mean, checks, writing)
        is_inside = (self.offset >= config.offsets[0]) & (self.offset <= config.offsets[-1])
        is_believed = is_inside & (self.gain >= config.gain_low) & (self.gain <= config.gain_high)
        m.d.comb += [self.offset.eq(mean - config.dac_zero), self.raw.ready.eq(reading), self.busy.eq(1)]
        with m.FSM():
            with m.State("IDLE"):
                m.d.comb += [self.busy.eq(0), begins.eq(self.start)]
                m.d.sync += held.eq(self.job)
                with m.If(self.start):
                    m.next = "READ"
            with m.State("READ"):
                m.d.comb += reading.eq(1)
                with m.If(comes & come.all()):
                    m.next = "DIVIDE"
            with m.State("DIVIDE"):
                m.d.comb += dividing.eq(1)
                with m.If(divided):
                    m.next = "CHECK"
            with m.State("CHECK"):
                m.d.comb += checks.eq(1)
                m.next = "IDLE"
                with m.If(is_believed):
                    m.next = "WRITE"
            with m.State("WRITE"):
                m.d.comb += writing.eq(1)
                with m.If(written):
                    m.next = "IDLE"
        self._tell(m, "start_busy", self.start & self.busy)
        self._tell(m, "write_busy", self.nominal.valid & self.busy)
        self._tell(m, "calibration", checks & ~is_believed)
        return m

    def _tell(self, m: Module, name: str, wrong: Value) -> None:
        """An error, until it is forgotten."""
        m.d.sync += self.errors[name].eq((self.errors[name] & ~self.forget) | wrong)

    def _ask(self, m: Module, held: View, begins: Value, reading: Value) -> None:
        """Ask for reads, those of an ADC one after the other."""
        config, reads = self.config, self.config.calibration_reads
        asked = Signal(self.number_bits + 2, name="asked")
        turn = Signal(self.read.p.group.shape(), name="turn")
        number, on, all_asked = asked[: self.number_bits], asked[-2], asked[-1]
        is_last = number[:reads].all() if reads else Const(1)
        # As many ADCs as are a power of two have a table in common.
        adc = Cat(number[reads:], held.table) if config.tables > 1 else number[reads:]
        m.d.comb += [
            self.read.valid.eq(reading & ~all_asked),
            self.read.p.adc.eq(adc),
            self.read.p.group.eq(held.group if config.group_tables else turn),
            self.read.p.on.eq(on),
        ]
        with m.If(begins):
            m.d.sync += [asked.eq(0), turn.eq(0)]
        with m.If(self.read.valid & self.read.ready):
            m.d.sync += [asked.eq(asked + 1), turn.eq(Mux(is_last | (turn == config.groups - 1), 0, turn + 1))]

    def _divide(self, m: Module, begins: Value, comes: Value, with_pattern: Value, dividing: Value) -> Value:
        """Sum up what is divided, and divide it, from the gain's highest bit down; whether the last one is found.

        Half of the divisor is there from the beginning. What is below zero in the end is below the divisor. Bits that
        would be zero in all of them are left out.
        """
        zeros = min(self.number_bits, GAIN_BITS)
        width = self.config.dac_bits + self.number_bits + GAIN_BITS - zeros
        rest, divisor = Signal(signed(width + 2), name="rest"), Signal(width, name="divisor")
        step = Signal(range(GAIN_BITS), name="step")
        span = self.job.span << self.number_bits - zeros
        read = self.raw.p << GAIN_BITS - zeros
        difference = Signal(signed(width + 3), name="difference")
        m.d.comb += difference.eq(rest - divisor)
        with m.If(begins):
            m.d.sync += [rest.eq(span), divisor.eq(span << GAIN_BITS)]
        with m.If(comes):
            m.d.sync += rest.eq(Mux(with_pattern, rest + read, rest - read))
        with m.If(dividing):
            m.d.sync += [
                rest.eq(Mux(difference[-1], rest, difference)),
                divisor.eq(divisor >> 1),
                self.gain.eq(Cat(~difference[-1], self.gain)),
                step.eq(step + 1),
            ]
        return step == GAIN_BITS - 1

    def _mean(self, m: Module, begins: Value, comes: Value, dividing: Value) -> Signal:
        """Mean of the reads with no rows on, half up; it is there when the division ends."""
        total = Signal(self.config.dac_bits + self.number_bits, name="total")
        mean = Signal(self.config.dac_bits, name="mean", init=self.config.dac_zero)
        with m.If(begins):
            m.d.sync += total.eq(0)
        with m.If(comes):
            m.d.sync += total.eq(total + self.raw.p)
        with m.If(dividing):
            m.d.sync += mean.eq((total + (1 << self.number_bits >> 1)) >> self.number_bits)
        return mean

    def _write(self, m: Module, held: View, mean: Value, checks: Value, writing: Value) -> Value:
        """Write entry after entry, each a cycle after its product; whether it is the last one."""
        config, zero = self.config, self.config.dac_zero
        m.submodules.entries = memory = Memory(shape=unsigned(config.dac_bits), depth=config.levels, init=[])
        port, read = memory.write_port(), memory.read_port(domain="comb")
        ahead, entry = (Signal(config.bits, name=name) for name in ("ahead", "entry"))
        product = Signal(signed(GAIN_BITS + config.dac_bits + 1), name="product", reset_less=True)
        rounded = mean + ((product + GAIN_ONE // 2) >> GAIN_BITS - 1)
        exact = Signal(rounded.shape(), name="exact")
        below, above = exact < 0, exact > config.dac_codes - 1
        m.d.comb += [
            exact.eq(rounded),
            port.addr.eq(self.nominal.p.entry),
            port.data.eq(self.nominal.p.code),
            port.en.eq(self.nominal.valid & ~self.busy),
            read.addr.eq(ahead),
            self.write.valid.eq(writing),
            self.write.p.group.eq(held.group),
            self.write.p.table.eq(held.table),
            self.write.p.entry.eq(entry),
            self.write.p.code.eq(Mux(below, 0, Mux(above, config.dac_codes - 1, exact))),
        ]
        m.d.sync += [
            ahead.eq(Mux(checks | writing, ahead + 1, 0)),
            entry.eq(ahead),
            product.eq(self.gain * (read.data - zero)),
        ]
        self._tell(m, "dac_clamp", writing & (below | above))
        return entry == config.thresholds - 1
