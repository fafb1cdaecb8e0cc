"""Flash and SAR: by brute force, against one another, and on tables that are not monotonic."""

import itertools
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from racelet.golden.adc.config import AdcConfig
from racelet.golden.adc.conversion import (
    beat_interval,
    conversion_interval,
    convert,
    raw_convert,
    step_interval,
)
from racelet.golden.adc.error import Error
from racelet.golden.adc.flash_encoder import encode
from racelet.golden.adc.sar_sequencer import comparison_cycles, conversion_cycles, raw_search, schedule, search
from racelet.golden.adc.sar_sequencer import conversion_interval as sar_interval
from racelet.golden.adc.thresholds import monotonic, quantize_integers


def comparator(currents: list[int], config: AdcConfig) -> Callable[[int], int]:
    """Sees another current each time."""
    coming = iter(currents)
    return lambda code: next(coming) >= (code - config.dac_zero) << config.dac_shift


TWO = AdcConfig(bits=2)
FLASH = AdcConfig(bits=2, kind="flash")


def test_both_give_the_code_of_every_monotonic_table_and_every_value() -> None:
    for table in itertools.combinations_with_replacement(range(8), 3):
        for value in range(-1, 9):
            expected = sum(value >= each for each in table)
            found = search(table, lambda code, value=value: value >= code, TWO)
            assert (found.code, found.non_monotonic) == (expected, False)
            assert encode([value >= each for each in table], FLASH).codes == expected
            assert quantize_integers(value, table) == expected


def test_every_table_that_is_not_monotonic_is_told_and_searched_all_the_same() -> None:
    for table in itertools.product(range(5), repeat=3):
        for value in range(-1, 6):
            found = search(table, lambda code, value=value: value >= code, TWO)
            high = value >= table[1]
            low = value >= (table[2] if high else table[0])
            assert found.code == 2 * high + low
            assert [each[0] for each in found.path] == [table[1], table[2] if high else table[0]]
            assert found.non_monotonic == (list(table) != sorted(table))


@pytest.mark.parametrize("bits", range(2, 9))
@pytest.mark.parametrize("vote", [False, True])
def test_a_search_finds_every_code_of_every_width(bits: int, vote: bool) -> None:
    config = AdcConfig(bits=bits, vote=vote)
    table = list(range(10, 9 + (1 << bits)))
    for value in range(9, 10 + (1 << bits)):
        found = search(table, lambda code, value=value: value >= code, config)
        assert found.code == quantize_integers(value, table)
        assert len(found.path) == bits + 2 * vote


def test_two_of_three_votes_decide_the_last_bit_alone() -> None:
    config = AdcConfig(bits=2, vote=True)
    for said in itertools.product((0, 1), repeat=4):
        answers = iter(said)
        found = search([1, 2, 3], lambda _, answers=answers: next(answers), config)
        assert found.code == 2 * said[0] + (sum(said[1:]) >= 2)


@pytest.mark.parametrize("bits", [2, 3])
def test_ones_are_counted_and_bubbles_told_for_every_pattern(bits: int) -> None:
    plain = AdcConfig(bits=bits, kind="flash")
    majority = AdcConfig(bits=bits, kind="flash", majority=True)
    count = plain.thresholds
    patterns = np.array(list(itertools.product((0, 1), repeat=count)))
    found, smoothed = encode(patterns, plain), encode(patterns, majority)
    for number, pattern in enumerate(patterns.tolist()):
        assert found.codes[number] == sum(pattern)
        assert found.bubbles[number] == (pattern != sorted(pattern, reverse=True))
        wide = [1, *pattern, 0]
        assert smoothed.codes[number] == sum(sorted(wide[k : k + 3])[1] for k in range(count))
        assert smoothed.bubbles[number] == found.bubbles[number]
        if not found.bubbles[number]:
            assert smoothed.codes[number] == found.codes[number]


def test_a_majority_mends_a_single_bubble() -> None:
    config = AdcConfig(kind="flash", majority=True)
    for code in range(32):
        clean = np.arange(31) < code
        for wrong in range(31):
            if abs(wrong - code + 0.5) < 2:
                continue
            bits = clean.copy()
            bits[wrong] ^= True
            found = encode(bits, config)
            assert found.bubbles
            assert found.codes == code


def test_raw_searches_find_every_dac_code() -> None:
    config = AdcConfig(bits=4, dac_bits=6, dac_shift=3)
    currents = np.arange(-40 * 8, 40 * 8)
    found = raw_convert(currents[:, np.newaxis], None, config)[:, 0]
    np.testing.assert_array_equal(found, np.clip((currents >> 3) + config.dac_zero, 0, 63))
    for current, code in zip(currents.tolist(), found.tolist(), strict=True):
        assert raw_search(lambda dac, now=current: now >= (dac - config.dac_zero) << 3, config).code == code


@pytest.mark.parametrize("vote", [False, True])
@pytest.mark.parametrize("is_monotonic", [False, True])
def test_many_at_once_are_those_that_are_searched_one_by_one(vote: bool, is_monotonic: bool) -> None:
    config = AdcConfig(
        bits=4, vote=vote, output_lanes=3, adcs_per_table=2, input_lanes=8, word_lines=4, group_tables=True
    )
    rng = np.random.default_rng(2)
    tables = rng.integers(0, config.dac_codes, (2, config.tables, config.thresholds))
    tables = np.sort(tables) if is_monotonic else tables
    currents = rng.integers(-900, 900, (50, config.adcs))
    groups = rng.integers(0, 2, 50)
    noise = rng.integers(-200, 200, (50 * config.samples, config.adcs))
    found = convert(currents, tables, noise, config, groups)
    assert found.errors == (Error.NONE if is_monotonic else Error.NON_MONOTONIC)
    assert monotonic(tables) == is_monotonic
    for number, adc in itertools.product(range(50), range(config.adcs)):
        seen = currents[number, adc] + noise[number * config.samples : (number + 1) * config.samples, adc]
        table = tables[groups[number], adc // config.adcs_per_table].tolist()
        assert found.codes[number, adc] == search(table, comparator(seen.tolist(), config), config).code


def test_a_flash_has_one_sample_for_all_comparators_and_so_no_bubbles_of_noise() -> None:
    config = AdcConfig(kind="flash", output_lanes=2)
    rng = np.random.default_rng(3)
    tables = np.sort(rng.integers(0, 256, (1, config.tables, 31)))
    currents, noise = rng.integers(-900, 900, (2, 40, config.adcs))
    found = convert(currents, tables, noise, config)
    assert found.errors == Error.NONE
    expected = ((currents + noise)[..., np.newaxis] >= (tables[0] - 128) << 3).sum(axis=-1)
    np.testing.assert_array_equal(found.codes, expected)
    assert convert(currents, tables[..., ::-1], noise, config).errors == Error.NON_MONOTONIC | Error.BUBBLE


@pytest.mark.parametrize("settle", [0, 1, 7])
def test_cycles_are_those_of_the_specification(settle: int) -> None:
    assert conversion_cycles(AdcConfig(settle=settle)) == 5 * (1 + settle)
    assert sar_interval(AdcConfig(settle=settle)) == 5 * (1 + settle) + 1
    assert conversion_cycles(AdcConfig(settle=settle, vote=True)) == 5 * (1 + settle) + 2
    assert conversion_cycles(AdcConfig(settle=settle, vote=True), raw=True) == 8 * (1 + settle)


@pytest.mark.parametrize("settle", [0, 1, 7])
@pytest.mark.parametrize("vote", [False, True])
def test_a_comparator_is_looked_at_once_for_every_sample_of_noise(settle: int, vote: bool) -> None:
    config = AdcConfig(settle=settle, vote=vote)
    for raw, count in ((False, config.samples), (True, config.dac_bits)):
        cycles = comparison_cycles(config, raw=raw)
        assert (len(cycles), cycles[-1]) == (count, conversion_cycles(config, raw=raw))
        waits = [after - before for before, after in zip([0, *cycles], cycles, strict=False)]
        assert waits == [1 + settle] * (count - 2 * (vote and not raw)) + [1] * 2 * (vote and not raw)


def test_a_step_takes_as_long_as_the_slower_of_conversion_and_slices() -> None:
    flash = AdcConfig(kind="flash", weight_bits=8, input_lanes=32, word_lines=8, input_bits=3)
    assert (conversion_interval(flash), step_interval(flash), beat_interval(flash)) == (1, 8, 4 * 3 * 8)
    sar = AdcConfig(settle=1)
    assert (conversion_interval(sar), step_interval(sar), beat_interval(sar)) == (11, 11, 22)


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20), st.booleans()), max_size=8), st.integers(0, 3))
def test_a_schedule_is_that_of_one_conversion_after_the_other(draws: list[tuple[int, int, bool]], settle: int) -> None:
    config = AdcConfig(settle=settle)
    now, offered, taken, begins, codes = 0, [], [], [], []
    for gap, stall, raw in draws:
        offered.append((offered[-1] if offered else 0) + gap)
        now = max(now, offered[-1])
        begins.append(now)
        now += (8 if raw else 5) * (1 + settle) + 1
        codes.append(now)
        now += stall
        taken.append(now)
    assert schedule(offered, taken, config, [raw for *_, raw in draws]) == (begins, codes)
