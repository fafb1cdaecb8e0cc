from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from racelet.golden.bitlet.config import WORD, AccumulatorConfig, BitletConfig
from racelet.golden.bitlet.normalizer import normalize
from racelet.golden.bitlet.number_format import number_format
from racelet.golden.bitlet.wide_accumulator import record, schedule, split_pass

CONFIG = AccumulatorConfig(total_width=34)


@given(total=st.integers(-(2**33), 2**33 - 1), place=st.integers(0, 500))
def test_parts_of_a_pass_add_up_to_it(total: int, place: int) -> None:
    first, parts = split_pass(total, place, CONFIG)
    assert sum(part << WORD * (first + k) for k, part in enumerate(parts)) == total << place
    assert all(0 <= part < 1 << WORD for part in parts[:-1])
    assert -(1 << WORD - 1) <= parts[-1] < 1 << WORD - 1


def test_a_word_holds_the_parts_of_all_additions() -> None:
    for additions in (1, 2, 3, 64, 4288):
        config = AccumulatorConfig(additions=additions)
        most = 1 << config.word_width - 1
        assert additions * ((1 << WORD) - 1) < most
        assert additions * -(1 << WORD - 1) >= -most


@given(total=st.integers(-(2**300), 2**300))
def test_a_record_rounds_as_its_sum(total: int) -> None:
    each = record(total)
    assert each.zero == (total == 0)
    assert each.zero or each.magnitude >> WORD
    assert each.magnitude < 1 << 2 * WORD
    # A word below both, where there is something.
    made = ((each.magnitude << WORD) + each.sticky) * (-1 if each.negative else 1)
    for name in ("fp16", "fp32"):
        form = number_format(name)
        assert normalize(made, WORD * (each.top - 2) - 160, form) == normalize(total, -160, form)


@given(st.lists(st.tuples(st.integers(0, 9), st.sampled_from([None, "fp16", "fp32"]), st.integers(0, 40)), max_size=9))
def test_schedule_is_that_of_one_unit_of_work_after_the_other(draws: list[tuple[int, str | None, int]]) -> None:
    config = AccumulatorConfig(formats=("fp16", "fp32"))
    forms = [None if name is None else number_format(name) for _, name, _ in draws]
    offered, accepted, given_, taken = [], [], [], []
    now, busy_until, clear = 0, 0, 0
    for (gap, _, stall), form in zip(draws, forms, strict=True):
        offered.append(now + gap)
        now = max(now + gap, busy_until)
        accepted.append(now)
        # Its words are read from the next cycle on.
        busy_until = now + config.pass_words
        if form is not None:
            read = [max(busy_until + 1, clear) + k for k in range(config.words(form))]
            busy_until = read[-1]
            given_.append(read[-1] + 3)
            taken.append(given_[-1] + stall)
            clear = taken[-1] + 1
    assert schedule(offered, forms, taken, config) == (accepted, given_)


def test_the_accumulator_of_an_array_takes_every_pass() -> None:
    form = number_format("fp32")
    config = BitletConfig(formats=("fp32", "int8"), lanes=8, window=64, terms=128)
    shape = config.accumulator
    assert shape is not None
    # 64 products of all columns, all mantissas all ones.
    greatest = 64 * (2**8 - 1) * (2**form.magnitude_width - 1)
    assert greatest < 2 ** (shape.total_width - 1) <= 2 * greatest + 2**form.magnitude_width * 128
    # A part of each term's magnitude in each of some passes, and one that begins or has nothing.
    assert (shape.guard, shape.additions) == (8, 128 * 5)
    assert shape.formats == ("fp32",)
    assert BitletConfig().accumulator is None


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("formats", (), r"AccumulatorConfig.formats must name at least one floating-point format .* not \(\)"),
        ("formats", ("fp16", "int8"), "AccumulatorConfig.formats must name .* and no others"),
        ("formats", ("fp16", "fp16"), "AccumulatorConfig.formats must name .* each once"),
        ("total_width", 1, "AccumulatorConfig.total_width must be in 2..128, not 1"),
        ("guard", -1, "AccumulatorConfig.guard must be in 0..128, not -1"),
        ("terms", 65537, "AccumulatorConfig.terms must be in 1..65536, not 65537"),
        ("additions", 0, "AccumulatorConfig.additions must be in 1..16777216, not 0"),
    ],
)
def test_a_value_out_of_range_is_named(field: str, value: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        AccumulatorConfig(**{field: value})


@pytest.mark.parametrize(("field", "value"), [("formats", "fp16"), ("guard", True), ("terms", 1.0)])
def test_a_value_of_the_wrong_kind_is_named(field: str, value: Any) -> None:
    with pytest.raises(TypeError, match=f"AccumulatorConfig.{field} must be (tuple|int), not {value!r}"):
        AccumulatorConfig(**{field: value})
