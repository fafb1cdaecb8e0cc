"""Requantizer: activations of sums, by thresholds of their channel or by a multiplication."""
# Ref: Y. Umuroglu et al., "FINN: a framework for fast, scalable binarized neural network inference", FPGA 2017,
# section 4.2.2 (batch norm as thresholds). doi:10.1145/3020078.3021744

from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value, signed
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from racelet.golden.adc.config import AdcConfig
from racelet.hw.adc.ones import count_ones
from racelet.hw.adc.sum_layouts import (
    BIAS_BITS,
    channel_activations,
    channel_parameter,
    channel_sums,
    number_of,
    parameter_bits,
)
from racelet.hw.lib.block_memory import block_memory


class Requantizer(wiring.Component):
    """Make activations of sums, with parameters of their channels, in a memory of its own.

    Takes sums of every output in a cycle; activations follow ``latency`` cycles later. Everything holds while some wait
    that are not taken. Computes :func:`racelet.golden.adc.requantizer.by_thresholds`, without a multiplier, or
    :func:`racelet.golden.adc.requantizer.by_multiplier`, in the cycles of
    :func:`racelet.golden.adc.pipeline.schedule`.

    Parameters
    ----------
    config : AdcConfig
    rows : int
        Rows of ``config.output_lanes`` channels whose parameters are kept; two at least, as a number has a bit.

    Members
    -------
    i : In(stream.Signature(channel_sums(config, rows)))
        Sums.
    o : Out(stream.Signature(channel_activations(config)))
        Activations. Held while ``o.valid`` is high and ``o.ready`` is low.
    shift : In(5)
        s of the multiplier: 1..31. Steady while sums pass; without effect on thresholds.
    write : In(stream.Signature(channel_parameter(config, rows), always_ready=True))
        Parameters. Sums that are taken later have them; what those of the same row have that are taken in this very
        cycle, is not defined.
    """

    i: stream.Interface
    o: stream.Interface
    shift: Signal
    write: stream.Interface

    def __init__(self, config: AdcConfig, rows: int) -> None:
        self.config = config
        self.rows = rows
        self.latency = 3 if config.requantize == "thresholds" else 4
        super().__init__(
            {
                "i": In(stream.Signature(channel_sums(config, rows))),
                "o": Out(stream.Signature(channel_activations(config))),
                "shift": In(5),
                "write": In(stream.Signature(channel_parameter(config, rows), always_ready=True)),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        moves = Signal()
        valid = Signal(self.latency - 1)
        m.d.comb += [moves.eq(~self.o.valid | self.o.ready), self.i.ready.eq(moves)]
        parameters = [self._parameters(m, lane, moves) for lane in range(self.config.output_lanes)]
        activation = self._counted if self.config.requantize == "thresholds" else self._scaled
        with m.If(moves):
            m.d.sync += Cat(valid, self.o.valid).eq(Cat(self.i.valid, valid))
            for lane, known in enumerate(parameters):
                value = Signal(signed(self.config.accumulator_bits), name=f"sum_{lane}", reset_less=True)
                m.d.sync += [value.eq(self.i.p.sums[lane]), self.o.p[lane].eq(activation(m, lane, value, *known))]
        return m

    def _parameters(self, m: Module, lane: int, moves: Value) -> tuple[Value, Value]:
        """Thresholds and sign, or bias and factor, of a lane's channel, in the cycle after its sum is taken."""
        config, count = self.config, self.config.output_thresholds
        if config.requantize == "thresholds":
            ranges = (range(count), parameter_bits(config)), (range(count, count + 1), 1)
        else:
            ranges = (range(1), BIAS_BITS), (range(1, 2), config.multiplier_bits)
        first, second = (self._entries(m, lane, entries, width, moves) for entries, width in ranges)
        return first, second

    def _entries(self, m: Module, lane: int, entries: range, width: int, moves: Value) -> Value:
        """Some of a lane's entries, of so many bits each, in the cycle after sums are taken."""
        coming = self.write.p
        m.submodules[f"parameters_{lane}_{entries[0]}"] = memory = block_memory(
            width * len(entries), len(number_of(self.rows))
        )
        write, read = memory.write_port(granularity=width), memory.read_port()
        here = [coming.entry == entry for entry in entries]
        m.d.comb += [
            read.addr.eq(self.i.p.row),
            read.en.eq(moves),
            write.addr.eq(coming.row),
            write.data.eq(coming.data[:width].replicate(len(entries))),
            write.en.eq(Mux(self.write.valid & (coming.lane == lane), Cat(here), 0)),
        ]
        return read.data

    def _counted(self, m: Module, lane: int, value: Signal, thresholds: Value, negative: Value) -> Value:
        """How many thresholds are not above a sum, or what it is with its sign changed."""
        count, width = self.config.output_thresholds, parameter_bits(self.config)
        signed_sum = Mux(negative, -value, value)
        below = Signal(count, name=f"below_{lane}", reset_less=True)
        m.d.sync += below.eq(Cat(signed_sum >= thresholds.word_select(k, width).as_signed() for k in range(count)))
        return count_ones(list(below))

    def _scaled(self, m: Module, lane: int, value: Signal, bias: Value, factor: Value) -> Value:
        """A sum times the factor of its channel, with the bias of its channel, halves up, within its range."""
        config = self.config
        product = Signal(
            signed(config.accumulator_bits + config.multiplier_bits), name=f"product_{lane}", reset_less=True
        )
        amount = Signal(signed(BIAS_BITS + 1), name=f"amount_{lane}", reset_less=True)
        total = Signal(signed(max(len(product), len(amount)) + 1), name=f"total_{lane}", reset_less=True)
        half = (Const(1) << self.shift) >> 1
        m.d.sync += [
            product.eq(value * factor.as_signed()),
            amount.eq(bias.as_signed() + half),
            total.eq(product + amount),
        ]
        scaled = total >> self.shift
        most = config.output_thresholds
        return Mux(scaled < 0, 0, Mux(scaled > most, most, scaled))
