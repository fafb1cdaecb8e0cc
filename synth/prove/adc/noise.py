"""Properties of what makes noise."""

from amaranth.hdl import Cat, Mux, Value

from racelet.golden.adc.config import STEPS, STRIDE, TAPS, AdcConfig
from racelet.hw.adc.logistic_noise import LogisticNoise
from racelet.hw.adc.path_layouts import STATE_BITS
from racelet.synth.prove.harness import Harness
from racelet.synth.prove.subject import Subject

TWO = AdcConfig(input_lanes=1, word_lines=1, output_lanes=1, current_bits=2, dac_shift=0)
FILLING = 3
"""Cycles in which all generators make samples before there is one."""


def logistic_noise(harness: Harness, dut: LogisticNoise) -> None:
    """No generator ever stops; each begins where its seed says, and goes on with samples that are taken only."""
    count, inside = dut.config.adcs, harness.inside
    seeded = dut.seed.valid & dut.seed.ready
    states = [inside[f"state_{adc}"] for adc in range(count)]
    for adc, state in enumerate(states):
        harness.check(f"generator {adc}: is never zero", state != 0)
    seed = harness.register("seed", STATE_BITS, init=1)
    harness.update(seed, Mux(harness.clear, 1, Mux(seeded, dut.seed.p, seed)))
    # Cycles since the seed, as long as it is spread.
    since = harness.register("since", 8)
    length = count + FILLING
    harness.update(since, Mux(harness.clear | (since == length), 0, Mux(seeded, 1, Mux(since == 0, 0, since + 1))))
    harness.check("seed: is spread in time", dut.busy == (since != 0))
    harness.check("seed: is spread as long as it takes", since <= length)
    harness.check("seed: one is taken when the one before is spread", dut.seed.ready == ~dut.busy)
    left = inside["left"]
    harness.check("seed: what is left is counted", left == Mux(since == 0, 0, length + 1 - since))
    firsts = [_first(seed, adc) for adc in range(count)]
    for done in range(1, count + 1):
        value = inside["value"]
        harness.check(f"seed: makes state {done - 1}", (since != done) | (value == (seed + STRIDE * (done - 1))[:32]))
        for adc in range(done - 1):
            place = states[count - done + 1 + adc]
            harness.check(f"seed: state {adc} is on its way after {done}", (since != done) | (place == firsts[adc]))
    for adc in range(count):
        fills = harness.register("filled", 1)
        harness.update(fills, since == count)
        harness.check(
            f"generator {adc}: begins where its seed says", ~fills | harness.cleared | (states[adc] == firsts[adc])
        )
        steps = (dut.take[adc] & ~dut.busy) | (since > count)
        before, stepped = harness.past(states[adc]), harness.past(_stepped(states[adc]))
        moved, spread = harness.past(steps), harness.past((since != 0) & (since <= count))
        right = Mux(moved, stepped, before)
        harness.check(f"generator {adc}: goes on with what is taken", spread | harness.cleared | (states[adc] == right))
        entries = [inside[f"{name}_{adc}"] for name in ("coming", "entry")]
        kept = Cat(*entries) == harness.past(Cat(*entries))
        harness.check(f"sample {adc}: stays until it is taken", moved | spread | harness.cleared | kept)
        after = entries[1].as_unsigned() == harness.past(entries[0])
        harness.check(f"sample {adc}: the next one follows", ~moved | spread | harness.cleared | after)
    harness.cover("seed: is spread", (since == length))


def _first(seed: Value, adc: int) -> Value:
    """First state of a generator."""
    state = (seed + STRIDE * adc)[:STATE_BITS]
    return Mux(state == 0, 1, state)


def _stepped(state: Value) -> Value:
    for _ in range(STEPS):
        state = Cat(state[1:], 0) ^ Mux(state[0], TAPS, 0)
    return state[:STATE_BITS]


SUBJECTS = [
    Subject(block="adc", name="logistic_noise", make=lambda: LogisticNoise(TWO), describe=logistic_noise, reach=12),
]
