import pytest
from amaranth.hdl import signed, unsigned
from amaranth.lib import data
from hypothesis import given
from hypothesis import strategies as st

from racelet.sim.payload import pack, unpack

NESTED = data.StructLayout({"tag": 3, "pairs": data.ArrayLayout(data.StructLayout({"a": signed(5), "b": 2}), 2)})


@given(st.integers(0, (1 << 17) - 1))
def test_pack_undoes_unpack(bits: int) -> None:
    assert pack(NESTED, unpack(NESTED, bits)) == bits


@given(st.integers(0, (1 << 17) - 1))
def test_unpack_agrees_with_amaranth(bits: int) -> None:
    value = NESTED.from_bits(bits)
    expected = {"tag": value.tag, "pairs": [{"a": pair.a, "b": pair.b} for pair in (value.pairs[0], value.pairs[1])]}
    assert unpack(NESTED, bits) == expected


@pytest.mark.parametrize(("shape", "value", "span"), [(signed(5), 16, "-16..15"), (unsigned(5), -1, "0..31")])
def test_a_number_out_of_range_is_refused_with_the_range(shape: object, value: int, span: str) -> None:
    assert isinstance(shape, type(signed(1)))
    with pytest.raises(ValueError, match=span):
        pack(shape, value)


def test_a_missing_field_is_named() -> None:
    with pytest.raises(ValueError, match=r"exactly \['tag', 'pairs'\], not \['tag'\]"):
        pack(NESTED, {"tag": 1})


def test_a_number_for_a_struct_is_refused() -> None:
    with pytest.raises(ValueError, match="needs a mapping or a sequence"):
        pack(NESTED, 3)
