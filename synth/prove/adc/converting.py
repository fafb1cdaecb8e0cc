"""Properties of what makes codes of comparators' bits."""

import itertools
from collections.abc import Callable, Sequence
from typing import Any

from amaranth.hdl import Cat, Const, Mux, Value

from racelet.golden.adc.config import AdcConfig
from racelet.golden.adc.sar_sequencer import comparison_cycles
from racelet.hw.adc.flash_encoder import FlashEncoder
from racelet.hw.adc.sar_sequencer import SarSequencer
from racelet.synth.prove.harness import Harness
from racelet.synth.prove.order import Queue
from racelet.synth.prove.subject import Subject

FLASH = AdcConfig(bits=3, kind="flash", dac_bits=4, dac_shift=3, output_lanes=1, offset_bits=4)
MAJORITY = AdcConfig(bits=3, kind="flash", majority=True, output_lanes=1)
SEARCH = AdcConfig(
    bits=3, dac_bits=4, dac_shift=3, output_lanes=1, offset_bits=4, input_lanes=4, word_lines=2, group_tables=True
)
VOTE = AdcConfig(bits=2, dac_bits=3, dac_shift=4, output_lanes=1, offset_bits=3, vote=True, settle=1)


def flash_encoder(harness: Harness, dut: FlashEncoder) -> None:
    """A thermometer gives its code, any other pattern as many as it has ones, each in its turn."""
    config, bits, given = dut.config, list(dut.i.p), dut.o.p
    takes, gives = dut.i.valid & dut.i.ready, dut.o.valid & dut.o.ready
    counted = bits
    if config.majority:
        wide = [Const(1), *bits, Const(0)]
        counted = [ones(wide[k : k + 3], 2)[1] for k in range(len(bits))]
    Queue(
        harness,
        "codes",
        entries=[(takes, ones(counted, config.bits))],
        exits=[(gives, given)],
        places=[(dut.o.valid, given)],
    )
    for code in range(config.levels):
        came = harness.past(takes & (Cat(bits) == (1 << code) - 1)) & ~harness.cleared
        harness.check(f"thermometer: {code} ones are code {code}", ~came | (given == code))
    wrong = Cat(~low & high for low, high in itertools.pairwise(bits)).any()
    is_told(harness, "bubble", dut.bubble, takes & wrong, dut.forget)


class Followed:
    """A search and the cycles since its start, by the harness's own count, with what holds of any.

    Parameters
    ----------
    harness : Harness
    dut : SarSequencer

    Attributes
    ----------
    since : Signal
        0 while nothing is searched.
    is_raw, adc : Value
        What is searched.
    """

    def __init__(self, harness: Harness, dut: SarSequencer) -> None:
        self.config = config = dut.config
        self.is_sar = config.kind == "sar"
        inside, begins = harness.inside, dut.start & ~dut.busy
        self.since = since = harness.register("since", 8)
        self.adc = adc = harness.register("adc", len(dut.job.adc))
        self.is_raw: Value = Const(1)
        harness.update(adc, Mux(begins, dut.job.adc, adc))
        kept = adc == inside["adc"]
        if self.is_sar:
            group, self.is_raw = (harness.register(f"job_{name}", len(dut.job[name])) for name in ("group", "raw"))
            harness.update(group, Mux(begins, dut.job.group, group))
            harness.update(self.is_raw, Mux(begins, dut.job.raw, self.is_raw))
            kept &= (group == dut.group) & (self.is_raw == dut.is_raw)
        idle, ended = since == 0, since == self.at(lambda cycles, _: Const(cycles[-1], 8))
        harness.update(since, Mux(harness.clear, 0, Mux(begins, 1, Mux(idle | ended, 0, since + 1))))
        harness.check("job: is that of the start", idle | kept)
        harness.check("cycles: a search ends in time", since <= self.at(lambda cycles, _: Const(cycles[-1], 8)))
        harness.check("cycles: its last comparison ends it", dut.ends == ended)
        self.bit = bit = inside["bit"]
        harness.check("cycles: the bit that is tried is that of its cycle", bit == self.at(self.bit_tried))
        looks = self.at(lambda cycles, _: Cat(since == cycle for cycle in cycles).any())
        compared = Mux(looks, Mux(self.is_raw, 1 << adc, -1), 0)[: config.adcs]
        harness.check("cycles: comparators are looked at in those of golden", dut.compares == compared)
        if config.settle:
            left = self.at(self.cycles_left)
            harness.check("cycles: those to the next comparison are counted", idle | (inside["left"] == left))
        valid, waits = dut.raw.valid, dut.raw.valid & ~dut.raw.ready
        ends_well = dut.raw.valid
        if self.is_sar:
            ends_well = Mux(harness.past(self.is_raw), dut.raw.valid, dut.o.valid)
            harness.check("codes: there is one at a time", ~(dut.o.valid & dut.raw.valid))
            valid, waits = valid | dut.o.valid, waits | (dut.o.valid & ~dut.o.ready)
        was_last = harness.past(ended) & ~harness.cleared
        harness.check("codes: there is one in the cycle after the last comparison", ~was_last | ends_well)
        harness.check("codes: there is none but that", ~valid | was_last | harness.past(waits))
        harness.check("codes: there is none while one is searched", idle | ~valid)
        harness.check("busy: from the cycle after a start until its code is taken", dut.busy == (~idle | waits))
        is_told(harness, "start_busy", dut.start_busy, dut.start & dut.busy, dut.forget)

    def at(self, value: Callable[[Sequence[int], int], Value]) -> Value:
        """What depends on the cycles of comparisons and on how many bits there are."""
        config = self.config
        raw = value(comparison_cycles(config, raw=True), config.dac_bits)
        return Mux(self.is_raw, raw, value(comparison_cycles(config), config.bits)) if self.is_sar else raw

    def cycles_left(self, cycles: Sequence[int], _: int) -> Value:
        """Cycles to the next comparison."""
        left: Value = Const(0, 8)
        for cycle in reversed(cycles):
            left = Mux(self.since <= cycle, cycle - self.since, left)
        return left[:8]

    def bit_tried(self, cycles: Sequence[int], bits: int) -> Value:
        """The bit that is tried, as one of many; none while nothing is searched."""
        one: Value = Const(0, self.config.dac_bits)
        for number, (last, cycle) in enumerate(itertools.pairwise([0, *cycles])):
            one = Mux((self.since > last) & (self.since <= cycle), 1 << max(bits - 1 - number, 0), one)
        return one


def sar_sequencer(harness: Harness, dut: SarSequencer) -> None:
    """Whatever comparators say, every code is that of golden's path, in golden's cycles; it ends, and none is lost."""
    config, inside = dut.config, harness.inside
    search = Followed(harness, dut)
    bit, since = search.bit, search.since
    which = harness.constant("which", len(dut.job.adc))
    said = dut.comparators.bit_select(Mux(search.is_raw, search.adc, which), 1)
    answers = [harness.register(f"answer_{number}", 1) for number in range(max(config.samples, config.dac_bits))]
    for number, answer in enumerate(answers):
        looks = search.at(
            lambda cycles, _, number=number: Cat(since == each for each in cycles[number : number + 1]).any()
        )
        harness.update(answer, Mux(looks, said, answer))
    dac = of(dut.dac, which)
    _path(harness, search, "raw", answers, dut.raw.p | bit, dut.raw, dut.raw.p)
    harness.check("raw: the DAC has what is tried", (since == 0) | ~search.is_raw | (dac == dut.raw.p | bit))
    if config.kind == "flash":
        return
    tried = of(dut.tried, which)
    _path(harness, search, "code", answers, tried, dut.o, of(dut.o.p, which))
    active = (since != 0) & ~search.is_raw
    harness.check("code: the DAC has the threshold of what is tried", ~active | (dac == of(dut.thresholds, which)))
    harness.check("code: no threshold is asked for that there is not", ~active | tried.any())
    if config.vote:
        first, second = answers[config.bits - 1 : config.bits + 1]
        cycles = comparison_cycles(config)[config.bits :]
        voted = [~search.is_raw & (since == cycle) for cycle in cycles]
        harness.check("votes: are counted", inside["votes"] == Mux(voted[0], 2, Mux(voted[1], 4, 1)))
        agree = Cat(inside[f"agree_{adc}"] for adc in range(config.adcs)).bit_select(which, 1)
        harness.check("votes: it is known whether two agree", ~voted[1] | (agree == (first == second)))


def _path(
    harness: Harness,
    search: Followed,
    name: str,
    answers: Sequence[Value],
    tried: Value,
    out: Any,
    given: Value,
) -> None:
    """A code is found bit by bit, as comparators say."""
    config, since, raw = search.config, search.since, name == "raw"
    cycles, bits = comparison_cycles(config, raw=raw), config.dac_bits if raw else config.bits
    path, found = Const(0, bits), Const(0, bits)
    for number, (last, cycle) in enumerate(itertools.pairwise([0, *cycles])):
        place = max(bits - 1 - number, 0)
        above = Cat(Const(0, place + 1), *reversed(answers[: bits - 1 - place]))
        here = (since > last) & (since <= cycle)
        path = Mux(here, above | 1 << place, path)
        # Between votes, the first one stands.
        found = Mux(here, above | answers[bits - 1] if number >= bits else above, found)
    last_answers = answers[bits - 1 : len(cycles)]
    lowest = ones(last_answers, 2)[1] if len(last_answers) > 1 else last_answers[0]
    code = Cat(lowest, *reversed(answers[: bits - 1]))
    active = (since != 0) & (search.is_raw == raw)
    harness.check(f"{name}: what is tried is that of golden's path", ~active | (tried == path))
    harness.check(f"{name}: what has been found is kept", ~active | (given == found))
    harness.check(f"{name}: is that of golden's path", ~out.valid | (given == code))
    for end in (0, (1 << bits) - 1):
        harness.cover(f"{name}: {end} is found", out.valid & (given == end))


def steady_search(harness: Harness, dut: SarSequencer) -> None:
    """On a monotonic table, with a current that stays, the code is a flash's: thresholds that are not above it."""
    config, inside = dut.config, harness.inside
    search = Followed(harness, dut)
    bit, since = search.bit, search.since
    table = [harness.constant(f"threshold_{code}", config.dac_bits) for code in range(1, config.levels)]
    # One more than the highest DAC code that it is not below.
    current = harness.constant("current", config.dac_bits + 1)
    harness.assume("current: is below some DAC code or none", current <= config.dac_codes)
    harness.assume("table: is monotonic", Cat(low <= high for low, high in itertools.pairwise(table)).all())
    asked: Value = Const(0, config.dac_bits)
    for code, threshold in enumerate(table, start=1):
        asked = Mux(dut.tried[0] == code, threshold, asked)
    harness.assume("thresholds: of the table", dut.thresholds[0] == asked)
    harness.assume("comparator: compares", dut.comparators[0] == (dut.dac[0] < current))
    code = ones([threshold < current for threshold in table], config.bits)
    raw_code = Mux(current == 0, 0, current - 1)[: config.dac_bits]
    for name, raw, given, valid, final in (
        ("code", 0, dut.o.p[0], dut.o.valid, code),
        ("raw", 1, dut.raw.p, dut.raw.valid & (search.adc == 0), raw_code),
    ):
        active = (since != 0) & (search.is_raw == raw) & (Const(1) if not raw else search.adc == 0)
        below = (bit - 1)[: len(given)]
        voted = Const(0)
        if config.vote and not raw:
            voted = since > comparison_cycles(config)[config.bits - 1]
            third = since == comparison_cycles(config)[-1]
            harness.check("votes: are counted", inside["votes"] == Mux(active & voted, Mux(third, 4, 2), 1))
            harness.check("votes: all are the same", ~(active & third) | inside["agree_0"])
        known = ~(below | bit[: len(given)])
        harness.check(f"{name}: bits above are those of a flash's", ~active | (((given ^ final) & known) == 0))
        rest = Mux(voted, final, 0)
        harness.check(f"{name}: others are not found yet", ~active | (((given ^ rest) & ~known) == 0))
        harness.check(f"{name}: is that of a flash", ~valid | (given == final))
        harness.cover(f"{name}: is found", valid)


def ones(bits: Sequence[Value], width: int) -> Value:
    """How many of some bits are 1."""
    count: Value = Const(0, width)
    for bit in bits:
        count = (count + bit)[:width]
    return count


def of(each: Any, which: Value) -> Value:
    """The element of an array that has a number."""
    chosen = each[0]
    for number in range(1, len(each.as_value()) // len(chosen)):
        chosen = Mux(which == number, each[number], chosen)
    return chosen


def is_told(harness: Harness, name: str, told: Value, wrong: Value, forget: Value) -> None:
    """Show that an error is told until it is forgotten, and only then."""
    expected = harness.register(name, 1)
    harness.update(expected, ~harness.clear & ((expected & ~forget) | wrong))
    harness.check(f"{name}: told until it is forgotten, and only then", told == expected)
    harness.cover(f"{name}: told", told)


SUBJECTS = [
    Subject(block="adc", name="flash_encoder", make=lambda: FlashEncoder(FLASH), describe=flash_encoder),
    Subject(
        block="adc", name="flash_encoder_with_a_majority", make=lambda: FlashEncoder(MAJORITY), describe=flash_encoder
    ),
    Subject(block="adc", name="sar_sequencer", make=lambda: SarSequencer(SEARCH), describe=sar_sequencer, reach=16),
    Subject(
        block="adc",
        name="sar_sequencer_with_votes",
        make=lambda: SarSequencer(VOTE),
        describe=sar_sequencer,
        reach=20,
    ),
    Subject(
        block="adc", name="sar_sequencer_of_a_flash", make=lambda: SarSequencer(FLASH), describe=sar_sequencer, reach=16
    ),
    Subject(
        block="adc",
        name="sar_sequencer_of_a_steady_current",
        make=lambda: SarSequencer(SEARCH),
        describe=steady_search,
        reach=16,
    ),
    Subject(
        block="adc",
        name="sar_sequencer_of_a_steady_current_with_votes",
        make=lambda: SarSequencer(VOTE),
        describe=steady_search,
        reach=20,
    ),
]
