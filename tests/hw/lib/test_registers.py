import dataclasses
from typing import Any, Literal

import pytest
from amaranth.lib.data import Layout

from racelet.hw.lib.registers import Field, Register, RegisterMap, config_registers

FLAG: dict[str, Any] = {"name": "flag", "doc": "", "width": 1}


def register(name: str = "word", offset: int = 0, *fields: Field) -> Register:
    return Register(name=name, doc="", offset=offset, fields=fields or (Field(**FLAG),))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"name": "Flag"}, "field Flag: a name must be lower case"),
        ({"access": "wo"}, "access must be one of ro, rw, w1c, pulse, not wo"),
        ({"shift": 32}, r"bits 32\.\.32 must be in 0\.\.31"),
        ({"shift": 20, "width": 13}, r"bits 20\.\.32 must be in 0\.\.31"),
        ({"width": 0}, "must be in"),
        ({"access": "rw", "reset": 2}, r"reset must be in 0\.\.1, not 2"),
        ({"access": "rw", "constant": True}, "only a field with access ro can be constant"),
        ({"access": "w1c", "reset": 1}, "can have a reset value"),
    ],
)
def test_a_wrong_field_is_named(change: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Field(**{**FLAG, **change})


def test_a_wrong_register_is_named() -> None:
    with pytest.raises(ValueError, match="offset must be a multiple of 4, not 6"):
        register(offset=6)
    with pytest.raises(ValueError, match="field other must begin at bit 4 or above"):
        register("word", 0, Field(name="flag", doc="", width=4), Field(name="other", doc="", shift=3, width=4))
    with pytest.raises(ValueError, match="each with a name of its own"):
        register("word", 0, Field(**FLAG), Field(**{**FLAG, "shift": 1}))
    with pytest.raises(ValueError, match="name must be"):
        register("a b")


@pytest.mark.parametrize(
    ("registers", "said"),
    [
        ([register("a", 4), register("b", 0)], "offsets must ascend"),
        ([register("a", 4), register("b", 4)], "offsets must ascend"),
        ([register("a", 0), register("a", 4)], "needs a name of its own"),
        ([register("a", 256)], "offset 256 needs more address bits"),
    ],
)
def test_a_wrong_map_is_named(registers: list[Register], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        RegisterMap(name="sample", registers=registers, address_width=8)


def test_every_field_is_on_the_side_that_needs_it() -> None:
    fields = [
        Field(name="shown", doc="", width=3),
        Field(name="fixed", doc="", shift=3, width=2, reset=1, constant=True),
        Field(name="held", doc="", access="rw", shift=5, width=4),
        Field(name="event", doc="", access="w1c", shift=9, width=1),
        Field(name="kick", doc="", access="pulse", shift=10, width=1),
    ]
    made = RegisterMap(name="sample", registers=[register("word", 0, *fields)])
    sides: list[Any] = [made.inputs, made.outputs]
    inputs, outputs = (Layout.cast(layout["word"].shape) for layout in sides)
    assert [name for name, _ in inputs] == ["shown", "event"]
    assert [name for name, _ in outputs] == ["held", "event", "kick"]
    assert (inputs.size, outputs.size) == (4, 6)
    assert made["word"].reset == 8
    assert made["word"].writable


def test_a_config_is_read_back_field_by_field() -> None:
    @dataclasses.dataclass(frozen=True)
    class Shape:
        lanes: int = 8
        store: Literal["bram", "stream"] = "stream"

    lanes, store = config_registers(Shape(), 0x100)
    assert (lanes.offset, lanes.reset, lanes.writable) == (0x100, 8, False)
    assert (store.offset, store.reset) == (0x104, 1)
    assert "0 bram, 1 stream" in store.doc
