"""numpy arrays to the beats of a stream as Verilated RTL holds them in memory, and back."""

from typing import Any

import numpy as np
from amaranth.hdl import Shape
from numpy.typing import NDArray

from racelet.hw.lib.verilog import StreamPorts


def beat_bytes(width: int) -> int:
    """Bytes of one beat in memory: 1, 2, 4 or 8, above 64 bits whole words of 4.

    Examples
    --------
    >>> [beat_bytes(width) for width in (1, 8, 9, 32, 33, 65, 128)]
    [1, 1, 2, 4, 8, 12, 16]
    """
    if width > 64:
        return (width + 31) // 32 * 4
    return next(size for size in (1, 2, 4, 8) if width <= 8 * size)


def encode(stream: StreamPorts, beats: NDArray[Any]) -> NDArray[np.uint8]:
    """Lay beats out in memory.

    Parameters
    ----------
    stream : StreamPorts
    beats : NDArray
        Integers, shape (n,), at most 64 bits wide, negative ones in two's complement; or uint8, shape
        (n, ceil(width / 8)), least significant byte first.

    Returns
    -------
    uint8, shape (n, beat_bytes(width))

    Raises
    ------
    ValueError
        If the array has another shape or kind, or a beat does not fit.
    """
    beats, size, needed = np.asarray(beats), beat_bytes(stream.width), -(-stream.width // 8)
    if beats.ndim == 2 and beats.dtype == np.uint8 and beats.shape[1] == needed:
        spare = 8 * needed - stream.width
        if spare and (beats[:, -1] >> (8 - spare)).any():
            raise ValueError(f"stream {stream.name} has {stream.width} bits, its beats have more")
        coded = np.zeros((len(beats), size), np.uint8)
        coded[:, :needed] = beats
        return coded
    if beats.ndim != 1 or beats.dtype.kind not in "iu" or stream.width > 64:
        integers = "integers of shape (n,) or " if stream.width <= 64 else ""
        raise ValueError(
            f"stream {stream.name} needs {integers}uint8 of shape (n, {needed}), "
            f"not {beats.dtype} of shape {beats.shape}"
        )
    if beats.size:
        low, high = int(beats.min()), int(beats.max())
        if low < -(1 << stream.width >> 1) or high >= 1 << stream.width:
            raise ValueError(f"stream {stream.name} has {stream.width} bits and cannot hold {low if low < 0 else high}")
    mask = np.uint64((1 << stream.width) - 1)
    return (
        (beats.astype(np.int64).view(np.uint64) if beats.dtype.kind == "i" else beats.astype(np.uint64))
        .__and__(mask)
        .astype(f"<u{size}")
        .view(np.uint8)
        .reshape(len(beats), size)
    )


def decode(stream: StreamPorts, coded: NDArray[np.uint8]) -> NDArray[Any]:
    """Read beats out of memory.

    Parameters
    ----------
    stream : StreamPorts
    coded : uint8, shape (n, beat_bytes(width))

    Returns
    -------
    NDArray
        Up to 64 bits the smallest integers that hold the payload, shape (n,), signed if its shape is; above, uint8 of
        shape (n, ceil(width / 8)), least significant byte first.
    """
    if stream.width > 64:
        return coded[:, : -(-stream.width // 8)].copy()
    size = beat_bytes(stream.width)
    numbers = coded.view(f"<u{size}").reshape(-1)
    if not (isinstance(stream.shape, Shape) and stream.shape.signed):
        return numbers
    spare = 8 * size - stream.width
    return (numbers << spare).astype(numbers.dtype).view(f"<i{size}") >> spare
