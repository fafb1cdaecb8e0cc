"""Logistic noise for the comparators of every ADC: shift registers, and a table that makes their bits logistic."""
# Ref: P. Alfke, "Efficient shift registers, LFSR counters, and long pseudo-random sequence generators", Xilinx XAPP052,
# 1996 (taps 32, 22, 2 and 1).

from amaranth.hdl import Cat, Module, Mux, Signal, Value, signed, unsigned
from amaranth.lib import stream, wiring
from amaranth.lib.data import View
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out

from racelet.golden.adc.config import NOISE_ROM, NOISE_SHIFT, STEPS, STRIDE, TAPS, AdcConfig
from racelet.hw.adc.path_layouts import STATE_BITS, noise_samples

_HALF = len(NOISE_ROM) // 2
_ENTRY = signed(8)
_AHEAD = 3
"""Samples that a generator is ahead of the one that it gives."""


class LogisticNoise(wiring.Component):
    """Give every ADC the next sample of a generator of its own, in every cycle.

    A sample stays until it is taken; the next one is there in the cycle that follows. Computes
    :class:`racelet.golden.adc.logistic_noise.LogisticNoise`, and from a seed on
    :func:`racelet.golden.adc.logistic_noise.seeds`; after a reset the seed is 1.

    Parameters
    ----------
    config : AdcConfig

    Members
    -------
    scale : In(config.scale_bits)
        In 1/128. Samples of the cycles that follow are scaled with it.
    seed : In(stream.Signature(STATE_BITS))
        Begin anew. Samples that come of it are there, and another one is taken, so many cycles later as
        :func:`racelet.golden.adc.logistic_noise.seeding_cycles` says.
    busy : Out(1)
        A seed is spread: samples mean nothing, and none is to be taken.
    take : In(config.adcs)
        Samples that are taken in this cycle.
    samples : Out(noise_samples(config))
        The next one of each ADC; zeros in the cycle that follows a reset.
    """

    scale: Signal
    seed: stream.Interface
    busy: Signal
    take: Signal
    samples: View

    def __init__(self, config: AdcConfig) -> None:
        self.config = config
        super().__init__(
            {
                "scale": In(config.scale_bits),
                "seed": In(stream.Signature(STATE_BITS)),
                "busy": Out(1),
                "take": In(config.adcs),
                "samples": Out(noise_samples(config)),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        config = self.config
        first, seeding, filling = self._spread(m)
        states = [Signal(STATE_BITS, name=f"state_{adc}", init=_state(adc)) for adc in range(config.adcs)]
        for adc, (state, before) in enumerate(zip(states, [*states[1:], first], strict=True)):
            takes = Signal(name=f"takes_{adc}")
            m.d.comb += takes.eq(self.take[adc] | filling)
            with m.If(takes):
                m.d.sync += state.eq(_stepped(state))
            with m.If(seeding):
                # First states go from the last generator to the first one.
                m.d.sync += state.eq(before)
            m.d.sync += self.samples[adc].eq(self._scaled(self._entry(m, adc, state, takes)))
        return m

    def _spread(self, m: Module) -> tuple[Value, Value, Value]:
        """First state of a generator in each cycle; whether there is one; whether generators make their first sample.

        A state of zero, from which a shift register never gets away, is one.
        """
        count = self.config.adcs
        left = Signal(range(count + _AHEAD + 1))
        value = Signal(STATE_BITS, name="value")
        first = Signal(STATE_BITS, name="first")
        seeding, filling = Signal(name="seeding"), Signal(name="filling")
        m.d.comb += [self.busy.eq(left != 0), self.seed.ready.eq(~self.busy)]
        m.d.sync += [value.eq(value + STRIDE), left.eq(Mux(self.busy, left - 1, 0))]
        with m.If(self.seed.valid & self.seed.ready):
            m.d.sync += [value.eq(self.seed.p), left.eq(count + _AHEAD)]
        m.d.comb += [
            first.eq(Cat(value[0] | (value == 0), value[1:])),
            seeding.eq(left > _AHEAD),
            filling.eq(self.busy & ~seeding),
        ]
        return first, seeding, filling

    def _entry(self, m: Module, adc: int, state: Value, takes: Value) -> Value:
        """Entry of the table of the sample that is given in the next cycle.

        The table's first half is the second one backwards, with another sign.
        """
        m.submodules[f"table_{adc}"] = table = Memory(shape=unsigned(7), depth=_HALF, init=NOISE_ROM[_HALF:])
        port = table.read_port(domain="comb")
        entries = [
            Signal(_ENTRY, name=f"{name}_{adc}", init=NOISE_ROM[_state(adc, ahead) & 2 * _HALF - 1])
            for name, ahead in (("coming", 2), ("entry", 1))
        ]
        coming, entry = entries
        below = ~state[7]
        m.d.comb += port.addr.eq(Mux(below, ~state[:7], state[:7]))
        with m.If(takes):
            m.d.sync += [coming.eq(Mux(below, -port.data, port.data)), entry.eq(coming)]
        return Mux(takes, coming, entry)

    def _scaled(self, entry: Value) -> Value:
        """A number of the table as a current, half up."""
        return (entry * self.scale + (1 << NOISE_SHIFT - 1)) >> NOISE_SHIFT


def _stepped(state: Value, steps: int = STEPS) -> Value:
    """State of a shift register some steps later."""
    for _ in range(steps):
        state = (state >> 1) ^ Mux(state[0], TAPS, 0)
    return state


def _state(adc: int, ahead: int = _AHEAD) -> int:
    """State of a generator some samples after a seed of 1."""
    state = (1 + adc * STRIDE) % (1 << STATE_BITS) or 1
    for _ in range(STEPS * ahead):
        state = state >> 1 ^ (TAPS if state & 1 else 0)
    return state
