"""SAR sequencer: codes of all ADCs by bisection, bit by bit together, or the DAC code of one of them."""
# Ref: W. Kester (ed.), The Data Conversion Handbook, Analog Devices 2005, section 3.2.

from amaranth.hdl import Const, Module, Mux, Signal, Value, unsigned
from amaranth.lib import stream, wiring
from amaranth.lib.data import ArrayLayout, View
from amaranth.lib.wiring import In, Member, Out

from racelet.golden.adc.config import VOTES, AdcConfig
from racelet.hw.adc.conversion_layouts import adc_codes, conversion_job, table_codes
from racelet.hw.adc.sticky import keep_error
from racelet.hw.adc.sum_layouts import number_of


class SarSequencer(wiring.Component):
    """Search the codes of all ADCs, whose bits are tried at the same time, each in its table; or a DAC code of one ADC.

    A DAC code is there for ``1 + settle`` cycles, and the comparator is looked at in the last of them; with ``vote``,
    for the last bit, in the two that follow, too. A code is there in the cycle after the last comparison, waits until
    it is taken, and the next search can start in that cycle. Computes
    :func:`racelet.golden.adc.sar_sequencer.search` for every ADC, whatever is in tables, and
    :func:`racelet.golden.adc.sar_sequencer.raw_search`, in the cycles of
    :func:`racelet.golden.adc.sar_sequencer.schedule`. Of a "flash" it has raw reads only.

    Parameters
    ----------
    config : AdcConfig

    Members
    -------
    start : In(1)
        Search. Ignored while ``busy``.
    job : In(conversion_job(config))
        What is searched, with the start. Of a "flash" it is a raw read whatever it says.
    busy : Out(1)
        From the cycle after a start until its code is taken, and not in that cycle.
    is_raw : Out(1)
        Only with ``kind`` "sar": it is a raw read.
    group : Out(number_of(config.table_groups))
        Only with ``kind`` "sar": whose tables are searched.
    tried : Out(adc_codes(config))
        Only with ``kind`` "sar": codes that are tried.
    thresholds : In(table_codes(config))
        Only with ``kind`` "sar": the DAC codes of their thresholds, in the same cycle.
    dac : Out(ArrayLayout(config.dac_bits, config.adcs))
        DAC codes that comparators compare with.
    compares : Out(config.adcs)
        Comparators of these ADCs are looked at in this cycle.
    comparators : In(config.adcs)
        What they say: 1 where the current is not below that of the DAC code.
    ends : Out(1)
        They are looked at for the last time in this search.
    o : Out(stream.Signature(adc_codes(config)))
        Only with ``kind`` "sar": codes. Held while ``o.valid`` is high and ``o.ready`` is low.
    raw : Out(stream.Signature(unsigned(config.dac_bits)))
        DAC codes of raw reads. Held while ``raw.valid`` is high and ``raw.ready`` is low.
    forget : In(1)
        ``start_busy`` of the cycles before is forgotten.
    start_busy : Out(1)
        A start was ignored; from the cycle after, until it is forgotten.
    """

    start: Signal
    job: View
    busy: Signal
    is_raw: Signal
    group: Signal
    tried: View
    thresholds: View
    dac: View
    compares: Signal
    comparators: Signal
    ends: Signal
    o: stream.Interface
    raw: stream.Interface
    forget: Signal
    start_busy: Signal

    def __init__(self, config: AdcConfig) -> None:
        self.config = config
        members: dict[str, Member] = {
            "start": In(1),
            "job": In(conversion_job(config)),
            "busy": Out(1),
            "is_raw": Out(1),
            "group": Out(number_of(config.table_groups)),
            "tried": Out(adc_codes(config)),
            "thresholds": In(table_codes(config)),
            "dac": Out(ArrayLayout(config.dac_bits, config.adcs)),
            "compares": Out(config.adcs),
            "comparators": In(config.adcs),
            "ends": Out(1),
            "o": Out(stream.Signature(adc_codes(config))),
            "raw": Out(stream.Signature(unsigned(config.dac_bits))),
            "forget": In(1),
            "start_busy": Out(1),
        }
        if config.kind == "flash":
            for name in ("is_raw", "group", "tried", "thresholds", "o"):
                del members[name]
        super().__init__(members)

    def elaborate(self, platform: object) -> Module:
        m = Module()
        config, is_sar = self.config, self.config.kind == "sar"
        # The bit that is tried; none while nothing is searched.
        bit = Signal(config.dac_bits, name="bit")
        begins, looks, looks_last = (Signal(name=name) for name in ("begins", "looks", "looks_last"))
        adc = Signal(self.job.adc.shape(), name="adc")
        is_raw: Value = self.is_raw if is_sar else Const(1)
        first_raw, first = 1 << config.dac_bits - 1, 1 << config.bits - 1
        m.d.comb += [
            begins.eq(self.start & ~self.busy),
            looks.eq(bit.any() & self._settled(m, begins, looks_last)),
            self.ends.eq(looks_last & bit[0]),
            self.compares.eq(Mux(looks, Mux(is_raw, 1 << adc, -1), 0)),
        ]
        with m.If(begins):
            m.d.sync += [adc.eq(self.job.adc), bit.eq(Mux(self.job.raw, first_raw, first) if is_sar else first_raw)]
        with m.Elif(looks_last):
            m.d.sync += bit.eq(bit >> 1)
        tried = self._search_raw(m, begins, looks & is_raw, bit, adc)
        waits = self._give(m, self.raw, self.ends & is_raw)
        if is_sar:
            with m.If(begins):
                m.d.sync += [self.is_raw.eq(self.job.raw), self.group.eq(self.job.group)]
            self._search(m, begins, looks, looks_last, is_raw, bit[: config.bits])
            m.d.comb += [self.dac[k].eq(Mux(is_raw, tried, self.thresholds[k])) for k in range(config.adcs)]
            waits |= self._give(m, self.o, self.ends & ~is_raw)
        else:
            m.d.comb += [looks_last.eq(looks), *(self.dac[k].eq(tried) for k in range(config.adcs))]
        m.d.comb += self.busy.eq(bit.any() | waits)
        keep_error(m, self.start_busy, self.start & self.busy, self.forget)
        return m

    def _settled(self, m: Module, begins: Value, looks_last: Value) -> Value:
        """Whether the DAC has had its code for long enough."""
        if not self.config.settle:
            return Const(1)
        left = Signal(range(self.config.settle + 1), name="left")
        with m.If(begins | looks_last):
            m.d.sync += left.eq(self.config.settle)
        with m.Elif(left != 0):
            m.d.sync += left.eq(left - 1)
        return left == 0

    def _give(self, m: Module, given: stream.Interface, ends: Value) -> Value:
        """Offer what has been searched; whether it waits."""
        waits = given.valid & ~given.ready
        m.d.sync += given.valid.eq(ends | waits)
        return waits

    def _search_raw(self, m: Module, begins: Value, looks: Value, bit: Value, adc: Value) -> Value:
        """Search a DAC code; the one that is tried."""
        said = self.comparators.bit_select(adc, 1)
        with m.If(begins):
            m.d.sync += self.raw.p.eq(0)
        with m.Elif(looks & said):
            m.d.sync += self.raw.p.eq(self.raw.p | bit)
        return self.raw.p | bit

    def _search(self, m: Module, begins: Value, looks: Value, looks_last: Value, is_raw: Value, bit: Value) -> None:
        """Search the codes of all ADCs."""
        votes = self._votes(m, looks & bit[0] & ~is_raw)
        m.d.comb += looks_last.eq(looks & (is_raw | ~bit[0] | votes[-1]))
        for number, (code, said) in enumerate(zip(self.o.p, self.comparators, strict=True)):
            m.d.comb += self.tried[number].eq(code | bit)
            with m.If(begins):
                m.d.sync += code.eq(0)
            with m.Elif(looks & ~is_raw):
                m.d.sync += code.eq(code | Mux(said, bit, 0))
                if self.config.vote:
                    # The first two votes decide where they agree, else the third one.
                    agree = Signal(name=f"agree_{number}")
                    m.d.sync += agree.eq(code[0] == said)
                    with m.If(bit[0]):
                        m.d.sync += code[0].eq(Mux(votes[1] | (votes[2] & agree), code[0], said))

    def _votes(self, m: Module, looks: Value) -> Value:
        """Which vote on the last bit it is, as one bit of many."""
        if not self.config.vote:
            return Const(1)
        votes = Signal(VOTES, name="votes", init=1)
        with m.If(looks):
            m.d.sync += votes.eq(votes.rotate_left(1))
        return votes
