"""Slice accumulator: codes of slices, shifted and added to the sums of their slots."""

from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value, signed
from amaranth.lib import stream, wiring
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out

from racelet.golden.adc.config import AdcConfig
from racelet.hw.adc.sum_layouts import column_sums, slices


class SliceAccumulator(wiring.Component):
    """Add slices, ``+-(code - zero) << (input_bit + weight_bit)``, one of every output in a cycle.

    Sums follow ``LATENCY`` cycles after the ``last`` slice; one that would be beyond the range of sums becomes the last
    number there. Nothing is taken while sums wait. Computes :func:`racelet.golden.adc.slice_accumulator.accumulate`,
    with the signs of :func:`racelet.golden.adc.slice_accumulator.is_negative`, in the cycles of
    :func:`racelet.golden.adc.pipeline.schedule`. A slot holds nothing before its ``first`` slice.

    Parameters
    ----------
    config : AdcConfig

    Members
    -------
    i : In(stream.Signature(slices(config)))
        Slices.
    o : Out(stream.Signature(column_sums(config)))
        Sums, in the order of their ``last`` slices. Held while ``o.valid`` is high and ``o.ready`` is low.
    forget : In(1)
        ``overflow`` of the cycles before is forgotten.
    overflow : Out(1)
        A sum would have been beyond its range; from the cycle after, until it is forgotten.
    """

    LATENCY = 1

    i: stream.Interface
    o: stream.Interface
    forget: Signal
    overflow: Signal

    def __init__(self, config: AdcConfig) -> None:
        self.config = config
        super().__init__(
            {
                "i": In(stream.Signature(slices(config))),
                "o": Out(stream.Signature(column_sums(config))),
                "forget": In(1),
                "overflow": Out(1),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        moves, takes, negative = (Signal(name=name) for name in ("moves", "takes", "negative"))
        beyond = Signal(self.config.output_lanes)
        m.d.comb += [
            moves.eq(~self.o.valid | self.o.ready),
            self.i.ready.eq(moves),
            takes.eq(self.i.valid & moves),
            negative.eq(self._is_negative()),
        ]
        sums = [self._sum(m, lane, takes, negative, beyond[lane]) for lane in range(self.config.output_lanes)]
        m.d.sync += self.overflow.eq((self.overflow & ~self.forget) | (takes & beyond.any()))
        with m.If(moves):
            m.d.sync += [self.o.valid.eq(self.i.valid & self.i.p.last), self.o.p.as_value().eq(Cat(sums))]
        return m

    def _is_negative(self) -> Value:
        """Whether just one of both bits is a sign: bits of magnitudes, where codes are signed, have none."""
        config, coming = self.config, self.i.p
        of_input = coming.input_bit == config.input_bits - 1 if config.signed_inputs else Const(0)
        return of_input if config.signed else of_input ^ (coming.weight_bit == config.weight_bits - 1)

    def _sum(self, m: Module, lane: int, takes: Value, negative: Value, beyond: Value) -> Signal:
        """Sum of an output with its slice; whether it would be beyond its range."""
        config, coming, width = self.config, self.i.p, self.config.accumulator_bits
        m.submodules[f"sums_{lane}"] = memory = Memory(shape=signed(width), depth=max(config.slots, 2), init=[])
        write, read = memory.write_port(), memory.read_port(domain="comb")
        code = coming.codes[lane]
        level = (code ^ config.zero).as_signed() if config.signed else code
        most = config.input_bits + config.weight_bits - 2
        term = Signal(signed(config.bits + 1 + most), name=f"term_{lane}")
        before, after = (Signal(signed(width), name=f"{name}_{lane}") for name in ("before", "after"))
        total = Signal(signed(max(width, len(term)) + 1), name=f"total_{lane}")
        # One adder: a carry into the lowest bit makes a complement a difference.
        added = Cat(1, before).as_signed() + Cat(negative, Mux(negative, ~term, term)).as_signed()
        sign = total[-1]
        m.d.comb += [
            read.addr.eq(coming.slot),
            before.eq(Mux(coming.first, 0, read.data)),
            term.eq(level << (coming.input_bit + coming.weight_bit)),
            total.eq(added >> 1),
            beyond.eq(total[width - 1 :] != sign.replicate(len(total) - width + 1)),
            after.eq(Mux(beyond, Cat((~sign).replicate(width - 1), sign), total)),
            write.addr.eq(coming.slot),
            write.data.eq(after),
            write.en.eq(takes),
        ]
        return after
