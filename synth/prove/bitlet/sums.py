"""Properties of what sums up passes exactly, and of what rounds the sums."""

import itertools
from collections.abc import Sequence

from amaranth.hdl import Cat, Const, Mux, Value

from racelet.golden.bitlet.config import WORD, AccumulatorConfig
from racelet.hw.bitlet.layouts import by_form
from racelet.hw.bitlet.normalizer import Normalizer
from racelet.hw.bitlet.wide_accumulator import WideAccumulator
from racelet.synth.prove.harness import Harness
from racelet.synth.prove.order import Queue
from racelet.synth.prove.subject import Subject

PLACE = WORD.bit_length() - 1
"""Bits of a place within a word."""

ONE = AccumulatorConfig(formats=("fp16",), total_width=6, guard=0, terms=1, additions=3)
TWO = AccumulatorConfig(formats=("fp16", "bf16"), total_width=6, guard=0, terms=1, additions=3)


def of_two_formats(harness: Harness, dut: WideAccumulator) -> None:
    """Passes and sums go through their words; every dot product has one record, with its format."""
    _sequence(harness, dut)


def of_one_format(harness: Harness, dut: WideAccumulator) -> None:
    """Besides: any word holds what the passes add to it; a record is that of the sum's words."""
    following = _sequence(harness, dut)
    _words(harness, dut)
    _records(harness, dut, following)


def _sequence(harness: Harness, dut: WideAccumulator) -> Value:
    """Follow the words of a sum; returns the number of the one that is to be looked through next."""
    inside, config, coming = harness.inside, dut.config, dut.i.p
    final = [config.words(form) - 1 for form in config.forms]
    below = by_form(coming.form, [WORD * config.words(form) for form in config.forms])
    harness.assume("i: the place is one of a sum of the format", coming.place < below)
    adding, summed, word, left, last = (inside[name] for name in ("adding", "summed", "word", "left", "last"))
    writing, scanning, scanned, address = (inside[name] for name in ("writing", "scanning", "scanned", "address"))
    there, ends, number = (inside[name] for name in ("there", "final", "number"))
    form, special, end = inside["form"], inside["special"], inside["ended"]
    most = config.pass_words - 1

    harness.check(
        "words: of a pass or of a sum, or there are none", ~(adding & summed) & (adding | summed | (word == 0))
    )
    harness.check("words: as many of a pass as it touches", (left <= most))
    harness.check("words: those of a pass are in the memory", ~adding | (word + left < dut.depth))
    harness.check("words: those of a sum are of its format", ~summed | (word <= by_form(form, final)))
    harness.check("words: a sum's come behind the last pass of a dot product", ~summed | last)

    waits = summed & (word == 0)
    harness.check("scan: not while a pass's last word is read", ~(adding & (left == 0) & scanning))
    harness.check("scan: not before a sum's first word is read", ~(waits & (scanning | there)))
    harness.check("scan: a word is written or looked through", ~(writing & (scanning | (summed & (word != 0)))))
    harness.check("scan: not while a record waits", ~dut.o.valid | ~(scanning | there | (summed & (word != 0))))
    following = harness.register("following", len(word))
    harness.update(following, Mux(harness.clear, 0, Mux(there, Mux(ends, 0, following + 1), following)))
    harness.check("scan: every word once, from the lowest to the highest", ~there | (number == following))
    harness.check("scan: the next word is on its way", ~scanning | (address == (following + there)[: len(word)]))
    behind = (following + there + scanning)[: len(word)]
    harness.check("scan: words are read one after the other", ~summed | (word == behind))
    harness.check("scan: a sum's words follow each other", ~there | ends | scanning)
    harness.check("scan: and are read one behind the other", ~scanning | scanned | summed)
    over = ~(scanned | (there & ends)) | ~(scanned & there & ends)
    harness.check("scan: one sum at a time", over & (~scanned | scanning) & (~ends | there))
    harness.check("scan: the rest is idle", there | scanning | (summed & (word != 0)) | (following == 0))
    result = Value.cast(dut.o.p.form)
    harness.check("scan: ends with the last word of the format", ~scanned | (address == by_form(result, final)))
    harness.check("scan: does not end before", ~scanning | scanned | (address < by_form(form, final)))
    harness.check("scan: ends with a record", ~(there & ends) | (number == by_form(result, final)))
    harness.cover("words: a pass follows the one before at once", end & dut.i.valid & dut.i.ready)
    harness.cover("words: a sum waits for the record before", waits & dut.o.valid)

    coming_mark = Cat(coming.form, coming.special.as_value())
    mark, given = Cat(form, special), Cat(dut.o.p.form, dut.o.p.special.as_value())
    Queue(
        harness,
        "sums",
        entries=[(dut.i.valid & dut.i.ready & coming.last, coming_mark)],
        exits=[(dut.o.valid & dut.o.ready, given)],
        places=[(dut.o.valid, given), (scanned | (there & ends), given), (summed | (adding & last), mark)],
    )
    return following


def _words(harness: Harness, dut: WideAccumulator) -> None:
    """Follow one word, any one: what all passes have added to it is in the memory, or on its way there."""
    inside, coming, width = harness.inside, dut.i.p, dut.config.word_width
    word, left, held, bits = (inside[name] for name in ("word", "left", "held", "bits"))
    which = harness.constant("which", len(word))
    added = harness.register("added", width)
    shifted, first = coming.total << coming.place[:PLACE], coming.place >> PLACE
    low, high = shifted[:WORD], shifted[WORD:].as_signed()
    part = Mux(which == first, low, Mux(which == first + 1, high, 0))
    kept = Mux(inside["ended"], 0, added)
    harness.update(added, Mux(harness.clear, 0, kept + Mux(dut.i.valid & dut.i.ready, part, 0)))

    window = [((held >> WORD * k)[: WORD + 8] << bits)[8 : WORD + 8] for k in range(2)]
    second = Mux(which == word, window[0], Mux(which == word + 1, window[1].as_signed(), 0))
    to_come = Mux(left == 0, Mux(which == word, window[0].as_signed(), 0), second)
    there = Mux(inside["known"].bit_select(which, 1), inside.peek("memory", which), 0)
    now = Mux(inside["writing"] & (inside["address"] == which), inside["after"], there)
    whole = (now + Mux(inside["adding"], to_come, 0))[:width]
    harness.check("words: hold what passes have added, or it is to come", (which >= dut.depth) | (whole == added))
    drained = inside["scanning"] & (inside["address"] == which)
    read = inside["before"].as_unsigned() == harness.past(added)
    harness.check("words: a sum's are what passes have added", ~drained | (which >= dut.depth) | read)


def _records(harness: Harness, dut: WideAccumulator, following: Value) -> None:
    """Collect the words of a sum; what is found in them, and in those of its negative, is found by a look at all."""
    inside, count = harness.inside, dut.config.most_words
    there, digit = inside["there"], inside["digit"]
    words = harness.register("words", WORD * count)
    seen = harness.register("seen", count.bit_length())
    begins = (seen == 0) | (seen == count)
    put = Mux(begins, digit, words | (digit << seen * WORD)[: WORD * count])
    harness.update(words, Mux(there, put, words))
    harness.update(seen, Mux(harness.clear, 0, Mux(there, Mux(begins, 1, seen + 1), seen)))
    harness.check("record: as many words as there are", seen <= count)
    harness.check("record: every word is collected", following == Mux(begins, 0, seen))
    ends = there & (following == count - 1)
    harness.check("record: the last word makes it", (there & inside["final"]) == ends)

    mask = (Const(1, WORD * count + 1) << seen * WORD)[: WORD * count + 1] - 1
    negated = ((~words + 1) & mask)[: WORD * count]
    harness.check("record: nothing is collected beyond", (seen == 0) | ((words & ~mask) == 0))
    done = seen == count
    for name, value in (("sum", words), ("negated", negated)):
        found, top, sticky = _found([value.word_select(k, WORD) for k in range(count)])
        same = (
            (inside[f"{name}_found"] == found) & (inside[f"{name}_top"] == top) & (inside[f"{name}_sticky"] == sticky)
        )
        harness.check(f"record: what is found in the {name}", (seen == 0) | (value == 0) | same)
        latest = Mux(begins, 0, value.word_select((seen - 1)[: len(seen)], WORD))
        harness.check(f"record: the word below of the {name}", inside[f"{name}_below"] == latest)
    none, above = begins | (words == 0), begins | ((words & (mask >> WORD)) == 0)
    harness.check("record: whether all words are zero", inside["nothing"] == none)
    harness.check("record: whether all but the latest are", inside["nothing_below"] == above)
    negative = words[-1]
    found, top, sticky = _found([Mux(negative, negated, words).word_select(k, WORD) for k in range(count)])
    given = dut.o.p
    signs = (given.negative == negative) & (given.zero == (words == 0))
    fields = (given.magnitude == found) & (given.top == top) & (given.sticky == sticky)
    harness.check("record: is that of the sum", ~dut.o.valid | (done & signs & fields))
    harness.cover("record: of a negative sum of many words", dut.o.valid & negative & (top == count - 1))


def _found(words: Sequence[Value]) -> tuple[Value, Value, Value]:
    """The highest word that is not zero with the one below, its number, whether there is something below both."""
    found, top, sticky = Cat(Const(0, WORD), words[0]), Const(0, 1), Const(0, 1)
    for number, (below, word) in enumerate(itertools.pairwise(words), 1):
        some, lower = word.any(), Cat(words[: number - 1]).any() if number > 1 else Const(0)
        found = Mux(some, Cat(below, word), found)
        top, sticky = Mux(some, number, top), Mux(some, lower, sticky)
    return found, top, sticky


def normalizer(harness: Harness, dut: Normalizer) -> None:
    """Every sum makes a code, in its turn."""
    valid, one = harness.inside["valid"], Const(1)
    Queue(
        harness,
        "codes",
        entries=[(dut.i.valid & dut.i.ready, one)],
        exits=[(dut.o.valid & dut.o.ready, one)],
        places=[(valid[stage], one) for stage in reversed(range(dut.LATENCY))],
    )


SUBJECTS = [
    Subject(block="bitlet", name="normalizer", make=lambda: Normalizer(TWO), describe=normalizer),
    Subject(
        block="bitlet",
        name="wide_accumulator",
        make=lambda: WideAccumulator(ONE),
        describe=of_one_format,
        arrays=False,
        reach=20,
    ),
    Subject(
        block="bitlet",
        name="wide_accumulator_of_two_formats",
        make=lambda: WideAccumulator(TWO),
        describe=of_two_formats,
        reach=20,
    ),
]
