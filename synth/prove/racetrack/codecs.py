"""Properties of encoders and decoders of words of a fixed number of ones: a word has them, and decodes to its value."""

import math

import numpy as np
from amaranth.hdl import Cat, Const, Mux, Value

from racelet.golden.racetrack.codec import decode
from racelet.golden.racetrack.config import DECODED_BITS, CodecConfig, EnumerativeCode
from racelet.hw.racetrack.codec_layouts import chosen, decoding, encoding
from racelet.hw.racetrack.decoder import Decoder
from racelet.hw.racetrack.encoder import Encoder
from racelet.hw.racetrack.serial_decoder import SerialDecoder
from racelet.hw.racetrack.serial_encoder import SerialEncoder
from racelet.synth.prove.harness import Harness
from racelet.synth.prove.order import Item, Queue
from racelet.synth.prove.subject import Subject

INFINITE = 0x7F800000
"""Magnitude of 32 bits."""
WIDTH = 12
"""Bits of the number of a word of 8-bit values, and more."""


def encoder(harness: Harness, dut: Encoder) -> None:
    """In every stage, what is left of a number and what the bits so far stand for make it up."""
    config, table, inside = dut.config, _table(dut.config), harness.inside
    valid, length = inside["valid"], table.length
    places: list[Item] = [(dut.o.valid, _decoded(dut.o.p.word, config))]
    right: list[Value] = []
    for stage in range(length - 1, 0, -1):
        below = length - stage
        here = inside.view(f"word_{stage}", encoding(below, config))
        word = Cat(Const(0, below), here.word)
        number = (here.rest + _number(word, config))[:WIDTH]
        sound = (here.left + _ones(word) == table.ones) & (here.rest < _words(Const(below), here.left, config))
        right.append(~valid[stage] | (sound & (number < config.numbers)))
        places.append((valid[stage], _right(number, config)))
    right.append(~valid[0] | (inside["word_0"] < config.numbers))
    places.append((valid[0], _right(inside["word_0"], config)))
    harness.check("stages: what is left is the number of a word of the bits to come", Cat(right).all())
    Queue(
        harness,
        "values",
        entries=[(dut.i.valid & dut.i.ready, Cat(dut.i.p, Const(0, 1)))],
        exits=[(dut.o.valid & dut.o.ready, _decoded(dut.o.p.word, config))],
        places=places,
    )
    harness.check("o: a word has its ones", ~dut.o.valid | (_ones(dut.o.p.word) == config.weight))
    harness.check("o: no value is refused", ~dut.o.p.error)


def decoder(harness: Harness, dut: Decoder) -> None:
    """In every stage, what the ones so far stand for and what the others will make up the value."""
    config, table, inside = dut.config, _table(dut.config), harness.inside
    valid = inside["valid"]
    given = Cat(dut.o.p.value, dut.o.p.error)
    places: list[Item] = [(dut.o.valid, given)]
    for stage in reversed(range(config.decoder_latency - 1)):
        after = min((stage + 1) * DECODED_BITS, table.length)
        here = inside.view(f"word_{stage}", decoding(after, config))
        seen, total = here.seen, here.total
        for place in range(after, table.length):
            bit = here.rest[place - after]
            seen = (seen + bit)[:WIDTH]
            total = (total + Mux(bit, _words(Const(place), seen, config), 0))[:WIDTH]
        places.append((valid[stage], _checked(total, seen, config)))
    Queue(
        harness,
        "values",
        entries=[(dut.i.valid & dut.i.ready, _decoded(dut.i.p, config))],
        exits=[(dut.o.valid & dut.o.ready, given)],
        places=places,
    )
    harness.cover("o: a word is wrong", dut.o.valid & dut.o.p.error)


def serial_encoder(harness: Harness, dut: SerialEncoder) -> None:
    """What is left of a number and what the bits so far stand for make it up, at every bit."""
    config, table, inside = dut.config, _table(dut.config), harness.inside
    place, left, rest, coefficient = (inside[name] for name in ("place", "left", "rest", "coefficient"))
    take, move = dut.i.valid & dut.i.ready, dut.o.valid & dut.o.ready
    value, given = harness.register("value", config.value_width), harness.register("given", table.length)
    now = given | (dut.o.p.word << place)[: table.length]
    harness.update(value, Mux(take, dut.i.p, value))
    harness.update(given, Mux(take, 0, Mux(move, now, given)))
    busy = dut.o.valid
    harness.check("place: one of the word's", ~busy | (place < table.length))
    harness.check("given: no bit is given twice", ~busy | ((given & ((2 << place) - 1)[: table.length]) == 0))
    harness.check("left: ones that are not given yet", ~busy | (left + _ones(given) == table.ones))
    harness.check("rest: the number of a word of the bits to come", ~busy | (rest < _words(place + 1, left, config)))
    harness.check("coefficient: words with a zero here", ~busy | (coefficient == _words(place, left, config)))
    whole = (rest + _number(given, config))[:WIDTH]
    harness.check("number: of a value", ~busy | (whole < config.numbers))
    same = _right(whole, config) == Cat(value, Const(0, 1))
    harness.check("value: what is left and what the bits so far stand for", ~busy | same)
    last = move & (place == 0)
    harness.check("i: taken with the last bit of the value before", dut.i.ready == (~busy | last))
    harness.check("o: a word has its ones", ~last | (_ones(now) == config.weight))
    harness.check("o: a word decodes to its value", ~last | (_decoded(now, config) == Cat(value, Const(0, 1))))
    harness.check("o: bits come without a gap", busy == harness.past(~harness.clear & (take | (busy & ~last))))
    harness.check("o: no value is refused", ~dut.o.p.error)


def serial_decoder(harness: Harness, dut: SerialDecoder) -> None:
    """What the ones so far stand for is added up."""
    config, table, inside = dut.config, _table(dut.config), harness.inside
    place, ones, number, addend = (inside[name] for name in ("place", "ones", "number", "addend"))
    take, first = dut.i.valid & dut.i.ready, place == 0
    came = harness.register("came", table.length)
    now = (Mux(first, 0, came) | (dut.i.p << place))[: table.length]
    harness.update(came, Mux(harness.clear, 0, Mux(take, now, came)))
    harness.check("place: one of the word's", place < table.length)
    harness.check("came: no bit came twice", first | ((came >> place) == 0))
    harness.check("ones: those that came", ones == _ones(came))
    few = (ones < table.ones) & ~first
    harness.check("addend: what a one here stands for", ~few | (addend == _words(place, ones + 1, config)))
    harness.check("number: what the ones stand for", (ones > table.ones) | (number == _rising(came, config)))
    harness.check("i: no bit is taken over a value that waits", dut.i.ready == (~dut.o.valid | dut.o.ready))
    ends = harness.past(~harness.clear & (take & (place == table.length - 1) | (dut.o.valid & ~dut.o.ready)))
    harness.check("o: a value is there behind the last bit", dut.o.valid == ends)
    given = Cat(dut.o.p.value, dut.o.p.error)
    harness.check("o: a value waits at a word's end", ~dut.o.valid | first)
    harness.check("o: the value of the word that came", ~dut.o.valid | (given == _decoded(came, config)))
    harness.cover("o: a word is wrong", dut.o.valid & dut.o.p.error)


def in_order(harness: Harness, dut: Encoder | Decoder) -> None:
    """Numbers of 32 bits keep their order and their sign."""
    valid = harness.inside["valid"]
    Queue(
        harness,
        "beats",
        entries=[(dut.i.valid & dut.i.ready, Const(1))],
        exits=[(dut.o.valid & dut.o.ready, Const(1))],
        places=[(valid[stage], Const(1)) for stage in reversed(range(len(valid)))],
    )


def serial_float_encoder(harness: Harness, dut: SerialEncoder) -> None:
    """Every number has as many bits as a word, the first of which is its sign; by the report's rule, its ones too."""
    inside, config = harness.inside, dut.config
    place, left, busy, error = (inside[name] for name in ("place", "left", "busy", "error"))
    take, move = dut.i.valid & dut.i.ready, dut.o.valid & dut.o.ready
    came, ones = harness.register("came", 1), harness.register("ones", 6)
    negative, wrong = harness.register("negative", 1), harness.register("wrong", 1)
    magnitude = dut.i.p[:31]
    harness.update(came, ~harness.clear & (take | (came & ~(move & (place == 0)))))
    harness.update(ones, Mux(take, 0, ones + (move & dut.o.p.word)))
    harness.update(negative, Mux(take, dut.i.p[31], negative))
    harness.update(wrong, Mux(harness.clear, 0, Mux(take, magnitude > INFINITE, wrong)))
    given, last = dut.o.valid, move & (place == 0)
    harness.check("i: taken with the last bit of the number before", dut.i.ready == (~busy | last))
    harness.check("o: bits of a number that came", (busy == came) & (~given | came))
    harness.check("word: keeps the sign", ~busy | (inside["word"][31] == negative))
    harness.check("left: all before the first bit", ~given | (place != 31) | (left == config.ones))
    harness.check("o: the first bit is the sign", ~given | (place != 31) | (dut.o.p.word == negative))
    harness.check("o: marked where it was not a number", (error == wrong) & (dut.o.p.error == wrong))
    if config.greedy:
        harness.check("left: ones that are not given yet", ~given | (left + ones == config.ones))
        harness.check("left: there is a place for each", ~given | (left <= place + 1))
        harness.check("o: a word has its ones", ~last | (ones + dut.o.p.word == config.ones))


def serial_float_decoder(harness: Harness, dut: SerialDecoder) -> None:
    """The bits that came are the number, but for zero and for words that are wrong."""
    inside, config = harness.inside, dut.config
    place, count, word, mixed, ended = (inside[name] for name in ("place", "ones", "word", "mixed", "ended"))
    take, first = dut.i.valid & dut.i.ready, place == 0
    ones = harness.register("ones", 6)
    base = Mux(first, 0, ones)
    harness.update(ones, Mux(harness.clear, 0, Mux(take, base + dut.i.p, ones)))
    harness.check("ones: those that came", count == ones)
    ends = harness.past(~harness.clear & ((take & (place == 31)) | (dut.o.valid & ~dut.o.ready)))
    harness.check("o: a value is there behind the last bit", dut.o.valid == ends)
    harness.check("o: a value waits at a word's end", ~dut.o.valid | first)
    # What has come of a magnitude lies at the upper end.
    magnitude = Mux(first, word[:31], (word >> (32 - place)[:6])[:31])
    lowest = (magnitude & (magnitude + 1)[:31]) == 0
    there = ~first | dut.o.valid
    harness.check("mixed: a one behind a zero", ~there | (mixed == ~lowest))
    zeros = Mux(first, ~word[:31].all(), magnitude != ((1 << place) - 1)[:31])
    harness.check("ended: a zero", ~there | (ended == zeros))
    wrong = (ones != config.ones) | word[23:31].all()
    right = Mux(wrong, 0, Cat(Mux(lowest, 0, word[:31]), word[31]))
    harness.check("o: the word, or zero", ~dut.o.valid | (dut.o.p.value == right))
    harness.check("o: marked where it is wrong", ~dut.o.valid | (dut.o.p.error == wrong))


def _table(config: CodecConfig) -> EnumerativeCode:
    assert config.table is not None
    return config.table


def _ones(bits: Value) -> Value:
    return sum(bits[1:], bits[0])


def _words(places: Value, ones: Value, config: CodecConfig) -> Value:
    """How many words of so many bits have so many ones."""
    counts = range(config.weight + 1)
    return chosen(places, [chosen(ones, [math.comb(each, k) for k in counts]) for each in range(config.word_width + 1)])


def _number(word: Value, config: CodecConfig) -> Value:
    """What ones stand for, from the most significant on."""
    left, total = Const(config.weight), Const(0, WIDTH)
    for place in reversed(range(len(word))):
        total = (total + Mux(word[place], _words(Const(place), left, config), 0))[:WIDTH]
        left = (left - word[place])[:WIDTH]
    return total


def _rising(word: Value, config: CodecConfig) -> Value:
    """What ones stand for, from the least significant on."""
    seen, total = Const(0, WIDTH), Const(0, WIDTH)
    for place in range(len(word)):
        seen = (seen + word[place])[:WIDTH]
        total = (total + Mux(word[place], _words(Const(place), seen, config), 0))[:WIDTH]
    return total


def _right(number: Value, config: CodecConfig) -> Value:
    """Bits of a value of a number, and that there is no error."""
    return Cat((number + _table(config).least)[: config.value_width], Const(0, 1))


def _checked(number: Value, ones: Value, config: CodecConfig) -> Value:
    """Bits of a value, or zero; and whether the word is wrong."""
    error = (ones != config.weight) | (number >= config.numbers)
    return Cat(Mux(error, 0, _right(number, config)[: config.value_width]), error)


def _decoded(word: Value, config: CodecConfig) -> Value:
    """Golden's value and error, of any word."""
    values, errors = decode(np.arange(1 << config.word_width), config)
    found = (values + (errors << config.value_width)).tolist()
    return Value.cast(chosen(word, found))[: config.value_width + 1]


INT4, INT8 = CodecConfig(code="int4"), CodecConfig(code="int8")
SERIAL4, SERIAL8 = (CodecConfig(code=code, serial=True) for code in ("int4", "int8"))
NEAREST, SERIAL_NEAREST = CodecConfig(code="fp32"), CodecConfig(code="fp32", serial=True)
SERIAL_GREEDY = CodecConfig(code="fp32_greedy", ones=15, serial=True)

SUBJECTS = [
    Subject(block="racetrack", name="encoder_int4", make=lambda: Encoder(INT4), describe=encoder, reach=16),
    Subject(block="racetrack", name="decoder_int4", make=lambda: Decoder(INT4), describe=decoder, reach=16),
    Subject(block="racetrack", name="encoder_int8", make=lambda: Encoder(INT8), describe=encoder, reach=16),
    Subject(block="racetrack", name="encoder_fp32", make=lambda: Encoder(NEAREST), describe=in_order, reach=16),
    Subject(block="racetrack", name="decoder_fp32", make=lambda: Decoder(NEAREST), describe=in_order),
    Subject(
        block="racetrack", name="serial_encoder_int4", make=lambda: SerialEncoder(SERIAL4), describe=serial_encoder
    ),
    Subject(
        block="racetrack", name="serial_decoder_int4", make=lambda: SerialDecoder(SERIAL4), describe=serial_decoder
    ),
    Subject(
        block="racetrack", name="serial_encoder_int8", make=lambda: SerialEncoder(SERIAL8), describe=serial_encoder
    ),
    Subject(
        block="racetrack", name="serial_decoder_int8", make=lambda: SerialDecoder(SERIAL8), describe=serial_decoder
    ),
    Subject(
        block="racetrack",
        name="serial_encoder_fp32",
        make=lambda: SerialEncoder(SERIAL_NEAREST),
        describe=serial_float_encoder,
        reach=36,
    ),
    Subject(
        block="racetrack",
        name="serial_encoder_fp32_greedy",
        make=lambda: SerialEncoder(SERIAL_GREEDY),
        describe=serial_float_encoder,
    ),
    Subject(
        block="racetrack",
        name="serial_decoder_fp32",
        make=lambda: SerialDecoder(SERIAL_NEAREST),
        describe=serial_float_decoder,
        reach=36,
    ),
]
