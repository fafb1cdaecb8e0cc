"""What goes into encoders and decoders of words of a fixed number of ones, and what comes out; what they look up."""

import math
from collections.abc import Sequence

from amaranth.hdl import Const, Mux, Value
from amaranth.lib.data import StructLayout

from racelet.golden.racetrack.config import CodecConfig


def word_beat(config: CodecConfig) -> StructLayout:
    """A word, or a bit of it, from an encoder; ``error`` marks that of a value that is refused."""
    return StructLayout({"word": 1 if config.serial else config.word_width, "error": 1})


def value_beat(config: CodecConfig) -> StructLayout:
    """A value from a decoder; ``error`` marks that of a wrong word."""
    return StructLayout({"value": config.value_width, "error": 1})


def encoding(places: int, config: CodecConfig) -> StructLayout:
    """A value on its way to a word of an m-of-n code, of which so many bits are to come.

    ``rest`` is the number of what they will be, ``left`` the ones among them; ``word`` has the bits that there are.
    """
    left = range(config.weight + 1)
    return StructLayout(
        {"rest": number_width(places, config), "left": left, "word": config.word_width - places},
    )


def decoding(places: int, config: CodecConfig) -> StructLayout:
    """A word of an m-of-n code on its way to a value, of which so many bits have been looked at.

    ``rest`` has the others; ``seen`` is how many ones there were, ``total`` their number.
    """
    return StructLayout(
        {"rest": config.word_width - places, "seen": range(places + 1), "total": number_width(places, config)},
    )


def words_of(places: int, config: CodecConfig) -> int:
    """How many words of so many bits there are at most, of any number of ones up to that of a whole word."""
    return max(math.comb(places, ones) for ones in range(config.weight + 1))


def number_width(places: int, config: CodecConfig) -> int:
    """Bits of the number of a word of so many bits."""
    return (words_of(places, config) - 1).bit_length()


def coefficients(place: int, config: CodecConfig) -> list[int]:
    """By a number of ones, how many words have as many, all below a place."""
    return [math.comb(place, ones) for ones in range(config.weight + 1)]


def coefficients_left(place: int, coefficient_place: int, config: CodecConfig) -> list[int | None]:
    """The coefficients of a place, by ones left from another place on down; None where it cannot be so many."""
    most, least = place + 1, config.weight - (config.word_width - 1 - place)
    return [
        each if least <= left <= most else None for left, each in enumerate(coefficients(coefficient_place, config))
    ]


def chosen(index: Value, values: Sequence[int | Value | None]) -> Value:
    """The value of an index; of one that is too great, or has None, any of them. At least one has a value."""
    width = max((each.bit_length() for each in values if isinstance(each, int)), default=0)
    found = [Const(each, width) if isinstance(each, int) else each for each in values]
    for bit in index:
        pairs = [[each for each in found[k : k + 2] if each is not None] for k in range(0, len(found), 2)]
        # What is alone is in the place of the other one too.
        found = [Mux(bit, pair[1], pair[0]) if len(pair) > 1 else pair[0] if pair else None for pair in pairs]
    assert found[0] is not None
    return found[0]


def ones_of(bits: Value) -> Value:
    """How many ones there are, counted by halves."""
    if len(bits) == 1:
        return bits
    half = len(bits) // 2
    return ones_of(bits[:half]) + ones_of(bits[half:])
