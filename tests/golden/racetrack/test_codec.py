"""Encoder and decoder in bits: by brute force where there are few words, by neighbours where there are many."""

import itertools
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from racelet.golden.racetrack.codec import check, decode, encode
from racelet.golden.racetrack.codec_config import CODE_NAMES, Code, CodecConfig

SIGN = 1 << 31
ENUMERATIVE: tuple[Code, ...] = ("int4", "int8", "int8_clipped", "fp16", "bf16")
LIMITS = {"int4": (-8, 7), "int8": (-128, 127), "int8_clipped": (-125, 125)}


def values_of(config: CodecConfig) -> NDArray[np.int64]:
    return np.arange(1 << config.value_width)


@pytest.mark.parametrize("code", ENUMERATIVE)
def test_every_value_comes_back(code: Code) -> None:
    config = CodecConfig(code=code)
    values = values_of(config)
    words, refused = encode(values, config)
    found, errors = decode(words, config)
    expected = values
    if code in LIMITS:
        low, high = LIMITS[code]
        half = 1 << config.value_width - 1
        expected = np.clip(values - (values >= half) * 2 * half, low, high) & (2 * half - 1)
    np.testing.assert_array_equal(found, expected)
    assert not refused.any()
    assert not errors.any()


@pytest.mark.parametrize("code", ENUMERATIVE)
def test_the_legal_words_are_those_that_values_have(code: Code) -> None:
    config = CodecConfig(code=code)
    words, everything = encode(values_of(config), config)[0], np.arange(1 << config.word_width)
    np.testing.assert_array_equal(np.flatnonzero(check(everything, config)), np.unique(words))
    values, errors = decode(everything, config)
    np.testing.assert_array_equal(np.flatnonzero(~errors), np.unique(words))
    assert not values[errors].any()
    # The words are the first ones of their weight.
    weight = int(words[0]).bit_count()
    first = np.flatnonzero(np.bitwise_count(everything) == weight)[: config.numbers]
    np.testing.assert_array_equal(np.unique(words), first)


@pytest.mark.parametrize("ones", [2, 3, 4, 29, 30])
def test_the_nearest_word_is_that_of_a_search(ones: int) -> None:
    rng = np.random.default_rng(ones)
    values = rng.integers(0, 1 << 32, 300)
    values = values[(values & (SIGN - 1)) <= 0x7F800000]
    words, errors = encode(values, CodecConfig(code="fp32", ones=ones))
    assert not errors.any()
    for value, word in zip(values.tolist(), words.tolist(), strict=True):
        candidates = magnitudes_of(ones - (value >> 31))
        magnitude = min(value & (SIGN - 1), 0x7F7FFFFF)
        # The smaller of two as near.
        nearest = min(candidates, key=lambda each: (abs(each - magnitude), each))
        assert word == (value & SIGN) + nearest


def magnitudes_of(ones: int) -> list[int]:
    """Finite magnitudes of so many ones, for few ones or few zeros."""
    few = min(ones, 31 - ones)
    found = [sum(1 << place for place in places) for places in itertools.combinations(range(31), few)]
    found = found if ones == few else [SIGN - 1 - each for each in found]
    return [each for each in found if each <= 0x7F7FFFFF]


@pytest.mark.parametrize("ones", [5, 8, 15, 16, 20, 27])
def test_no_neighbour_is_nearer(ones: int) -> None:
    rng = np.random.default_rng(ones)
    values = np.concatenate(
        [rng.integers(0, 1 << 32, 3000), rng.normal(0, 0.02, 3000).astype(np.float32).view(np.uint32)]
    )
    values = values[(values & (SIGN - 1)) < 0x7F800000].astype(np.int64)
    words, _ = encode(values, CodecConfig(code="fp32", ones=ones))
    for value, word in zip(values.tolist(), words.tolist(), strict=True):
        magnitude, chosen = value & (SIGN - 1), word & (SIGN - 1)
        beyond = neighbour(chosen, up=magnitude > chosen)
        if chosen != magnitude and beyond is not None:
            nearer, other = abs(magnitude - chosen), abs(magnitude - beyond)
            assert (beyond - magnitude) * (chosen - magnitude) < 0
            assert nearer < other or (nearer == other and chosen < beyond)


def neighbour(magnitude: int, *, up: bool) -> int | None:
    """The next magnitude of as many ones, bit by bit; None where there is none or it is not finite."""
    step = 1 if up else -1
    # A one moves up over a zero, or down; all ones below it lie as low, or as high, as they can.
    for place in range(30):
        low, high = (magnitude >> place) & 1, (magnitude >> place + 1) & 1
        if (low, high) == ((1, 0) if up else (0, 1)):
            rest = (magnitude & ((1 << place) - 1)).bit_count()
            below = (1 << rest) - 1 if up else ((1 << rest) - 1) << place - rest
            found = magnitude + step * (1 << place)
            found = (found >> place << place) | below
            return found if found <= 0x7F7FFFFF else None
    return None


@pytest.mark.parametrize("code", ["fp32", "fp32_greedy"])
@pytest.mark.parametrize("ones", [2, 15, 16, 30])
def test_what_is_not_a_number_is_refused_and_has_the_word_of_zero(code: Code, ones: int) -> None:
    config = CodecConfig(code=code, ones=ones)
    nans = np.array([0x7F800001, 0x7FC00000, 0x7FFFFFFF, 0xFF800001, 0xFFFFFFFF])
    words, errors = encode(nans, config)
    assert errors.all()
    np.testing.assert_array_equal(words, encode(nans & SIGN, config)[0])
    numbers = np.array([0, SIGN, 1, 0x7F800000, 0xFF800000, 0x7F7FFFFF])
    words, errors = encode(numbers, config)
    assert not errors.any()
    assert check(words, config).all()
    values, wrong = decode(words, config)
    assert not wrong.any()
    assert values[:2].tolist() == [0, SIGN]


@pytest.mark.parametrize("ones", [2, 16, 30])
def test_a_wrong_word_is_told(ones: int) -> None:
    config = CodecConfig(code="fp32", ones=ones)
    words = np.random.default_rng(3).integers(0, 1 << 32, 20_000)
    legal, _ = encode(words, config)
    # One bit more or less.
    flipped = legal ^ (1 << np.random.default_rng(4).integers(0, 32, len(legal)))
    values, errors = decode(flipped, config)
    assert errors.all()
    assert not values.any()
    numbers = np.bitwise_count(words) == ones
    finite = (words & 0x7F800000) != 0x7F800000
    np.testing.assert_array_equal(check(words, config), numbers & finite)


@pytest.mark.parametrize(
    ("fields", "kind", "message"),
    [
        ({"code": "int2"}, ValueError, r"^CodecConfig\.code must be one of fp32, .*, bf16, not 'int2'$"),
        ({"code": "fp32", "ones": 31}, ValueError, r"^CodecConfig\.ones must be in 2\.\.30, not 31$"),
        ({"code": "fp32", "ones": 1}, ValueError, r"^CodecConfig\.ones must be in 2\.\.30, not 1$"),
        ({"code": "fp32", "ones": 2.0}, TypeError, r"^CodecConfig\.ones must be int, not 2\.0$"),
        ({"code": "fp32", "serial": 1}, TypeError, r"^CodecConfig\.serial must be bool, not 1$"),
        (
            {"code": "int8", "ones": 4},
            ValueError,
            r"^CodecConfig\.ones must stay 16 for code 'int8' \(its words have 4 ones\), not 4$",
        ),
    ],
)
def test_what_a_config_cannot_be_is_named(fields: dict[str, Any], kind: type[Exception], message: str) -> None:
    with pytest.raises(kind, match=message):
        CodecConfig(**fields)


def test_a_value_or_a_word_with_more_bits_is_refused() -> None:
    config = CodecConfig(code="int8")
    with pytest.raises(ValueError, match=r"^a value must be in 0\.\.2\*\*8 - 1, not -1$"):
        encode(np.array([0, -1]), config)
    with pytest.raises(ValueError, match=r"^a word must be in 0\.\.2\*\*11 - 1, not 2048$"):
        decode(np.array([2048]), config)


@pytest.mark.parametrize("code", CODE_NAMES)
@pytest.mark.parametrize("serial", [False, True])
def test_a_stream_of_bits_takes_as_long_as_a_word_has_bits(code: Code, serial: bool) -> None:
    config = CodecConfig(code=code, serial=serial)
    assert config.decoder_interval == (config.word_width if serial else 1)
    searched = 31 if serial and code == "fp32" else 0
    assert config.encoder_interval == (config.word_width + searched if serial else 1)
