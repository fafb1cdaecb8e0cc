"""Many structs at once as bytes of beats, and arrays of numbers out of beats."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from amaranth.hdl import Shape, ShapeLike
from amaranth.lib.data import ArrayLayout, StructLayout
from numpy.typing import NDArray


def packed(layout: StructLayout, fields: Mapping[str, NDArray[Any]]) -> NDArray[np.uint8]:
    """Structs as beats for :meth:`racelet.sim.batch.BatchSimulator.run`.

    Parameters
    ----------
    layout : StructLayout
        Of numbers, or of arrays of numbers, or of arrays of these.
    fields : mapping of str to int64, shape (n, ...)
        One for each field of the layout; negative numbers in two's complement.

    Returns
    -------
    uint8, shape (n, ceil(width / 8))
        The least significant byte first.

    Examples
    --------
    >>> layout = StructLayout({"low": 4, "high": ArrayLayout(2, 4)})
    >>> packed(layout, {"low": np.array([5]), "high": np.array([[0, 1, 2, -1]])}).tolist()
    [[69, 14]]
    """
    columns = []
    for name, field in layout:
        values = np.asarray(fields[name], np.int64)
        width = _width(field.shape)
        bits = values.reshape(len(values), -1)[:, :, np.newaxis] >> np.arange(width) & 1
        columns.append(bits.reshape(len(values), -1).astype(np.uint8))
    return np.packbits(np.concatenate(columns, axis=1), axis=1, bitorder="little")


def unpacked(layout: ArrayLayout, beats: NDArray[Any]) -> NDArray[np.int64]:
    """Arrays of numbers out of beats.

    Parameters
    ----------
    layout : ArrayLayout
        Of numbers.
    beats : NDArray
        As :class:`racelet.sim.batch.BatchResult` has them.

    Returns
    -------
    int64, shape (n, length)

    Examples
    --------
    >>> unpacked(ArrayLayout(Shape(4, signed=True), 2), np.array([[0x7F, 0]], np.uint8)).tolist()
    [[-1, 7]]
    """
    width = _width(layout)
    raw = beats if beats.ndim == 2 else np.ascontiguousarray(beats[:, np.newaxis]).view(np.uint8)
    bits = np.unpackbits(raw, axis=1, bitorder="little")[:, : width * layout.length]
    values = (bits.reshape(len(beats), layout.length, width).astype(np.int64) << np.arange(width)).sum(axis=2)
    is_signed = Shape.cast(layout.elem_shape).signed
    return values - ((values >> width - 1) << width) if is_signed else values


def _width(shape: ShapeLike) -> int:
    """Of a number, or of each one of an array."""
    while isinstance(shape, ArrayLayout):
        shape = shape.elem_shape
    return Shape.cast(shape).width
