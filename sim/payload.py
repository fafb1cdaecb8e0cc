"""Packs values into payload bits and back, by an Amaranth shape or layout."""

from collections.abc import Iterable, Mapping
from typing import Any

from amaranth.hdl import Shape, ShapeCastable, ShapeLike
from amaranth.lib import data


def pack(shape: ShapeLike, value: Any) -> int:
    """Bits of a value.

    Parameters
    ----------
    shape : ShapeLike
        A ``Shape`` such as ``signed(8)``, or a layout, nested at will.
    value : int, Mapping or Iterable
        An integer for a plain shape, a mapping with every field for a struct, one value per element for an array.

    Returns
    -------
    int
        At least 0, below ``2 ** width``; the first field in the least significant bits.

    Raises
    ------
    ValueError
        If an integer does not fit, or fields or elements are missing or too many.

    Examples
    --------
    >>> from amaranth.hdl import signed
    >>> layout = data.StructLayout({"address": 8, "taps": data.ArrayLayout(signed(4), 2)})
    >>> hex(pack(layout, {"address": 5, "taps": [-1, 3]}))
    '0x3f05'
    """
    layout = _layout(shape)
    if layout is None:
        return _pack_integer(Shape.cast(shape), value)
    if isinstance(value, Mapping):
        given: dict[int | str, Any] = dict(value)
    elif isinstance(value, Iterable):
        given = dict(enumerate(value))
    else:
        raise ValueError(f"a payload of {layout!r} needs a mapping or a sequence, not {value!r}")
    fields = dict(layout)
    if given.keys() != fields.keys():
        raise ValueError(f"a payload of {layout!r} needs exactly {list(fields)}, not {list(given)}")
    return sum(pack(field.shape, given[key]) << field.offset for key, field in fields.items())


def unpack(shape: ShapeLike, bits: int) -> Any:
    """Value of payload bits; the inverse of :func:`pack`.

    Parameters
    ----------
    shape : ShapeLike
    bits : int
        At least 0, below ``2 ** width``.

    Returns
    -------
    int, dict or list
        For a plain shape, a struct, an array.

    Examples
    --------
    >>> from amaranth.hdl import signed
    >>> unpack(data.StructLayout({"address": 8, "taps": data.ArrayLayout(signed(4), 2)}), 0x3F05)
    {'address': 5, 'taps': [-1, 3]}
    """
    layout = _layout(shape)
    if layout is None:
        plain = Shape.cast(shape)
        bits &= (1 << plain.width) - 1
        negative = plain.signed and bits >> (plain.width - 1)
        return bits - (1 << plain.width) if negative else bits
    fields = {key: unpack(field.shape, bits >> field.offset) for key, field in layout}
    return list(fields.values()) if isinstance(layout, data.ArrayLayout) else fields


def _layout(shape: ShapeLike) -> data.Layout | None:
    if not isinstance(shape, ShapeCastable):
        return None
    try:
        return data.Layout.cast(shape)
    except TypeError:
        return None


def _pack_integer(shape: Shape, value: Any) -> int:
    number = int(value)
    low, high = (-(1 << shape.width >> 1), (1 << shape.width >> 1) - 1) if shape.signed else (0, (1 << shape.width) - 1)
    if not low <= number <= high:
        raise ValueError(f"a payload of {shape!r} must be in {low}..{high}, not {number}")
    return number & ((1 << shape.width) - 1)
