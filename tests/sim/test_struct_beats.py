"""Many structs at once are as one by one."""

import numpy as np
import pytest
from amaranth.hdl import signed, unsigned
from amaranth.lib.data import ArrayLayout, StructLayout

from racelet.sim.payload import pack
from racelet.sim.struct_beats import packed, unpacked

LAYOUT = StructLayout(
    {
        "flag": 1,
        "matrix": ArrayLayout(ArrayLayout(signed(3), 2), 5),
        "number": range(12),
        "wide": signed(40),
    }
)


def test_structs_are_packed_as_one_by_one() -> None:
    rng = np.random.default_rng(1)
    fields = {
        "flag": rng.integers(0, 2, 50),
        "matrix": rng.integers(-4, 4, (50, 5, 2)),
        "number": rng.integers(0, 12, 50),
        "wide": rng.integers(-(1 << 39), 1 << 39, 50),
    }
    found = packed(LAYOUT, fields)
    for number, row in enumerate(found):
        each = {name: values[number].tolist() for name, values in fields.items()}
        assert int.from_bytes(row.tobytes(), "little") == pack(LAYOUT, each)


@pytest.mark.parametrize(("width", "length"), [(9, 3), (12, 5), (32, 4), (24, 2)])
@pytest.mark.parametrize("is_signed", [False, True])
def test_arrays_come_out_as_they_went_in(width: int, length: int, is_signed: bool) -> None:
    low = -(1 << width - 1) if is_signed else 0
    values = np.random.default_rng(2).integers(low, low + (1 << width), (40, length))
    values[0] = low
    layout = ArrayLayout(signed(width) if is_signed else unsigned(width), length)
    raw = packed(StructLayout({"all": layout}), {"all": values})
    np.testing.assert_array_equal(unpacked(layout, raw), values)
    if width * length <= 64:
        padded = np.pad(raw, ((0, 0), (0, 8 - raw.shape[1])))
        np.testing.assert_array_equal(unpacked(layout, padded.view(np.uint64)[:, 0]), values)
