"""Bytes on a serial line: 8 data bits, least significant first, no parity, one stop bit."""

from collections.abc import Iterable


def line(data: Iterable[int], divisor: int) -> list[int]:
    """Level of the line in each cycle, one byte right after the other.

    Parameters
    ----------
    data : iterable of int
        Bytes, 0..255.
    divisor : int
        Clock cycles of a bit.

    Examples
    --------
    >>> line([0b00000101], 1)
    [0, 1, 0, 1, 0, 0, 0, 0, 0, 1]
    """
    bits = [bit for byte in data for bit in (0, *(byte >> k & 1 for k in range(8)), 1)]
    return [bit for bit in bits for _ in range(divisor)]


def received(levels: Iterable[int], divisor: int) -> list[int]:
    """Bytes on a line, each bit sampled in its middle. A byte without its stop bit is left out.

    Parameters
    ----------
    levels : iterable of int
        Level in each cycle.
    divisor : int
        Clock cycles of a bit.

    Examples
    --------
    >>> received([1, 1, *line([7, 200], 8), 1, *[0] * 100, 1], 8)
    [7, 200]
    """
    samples = list(levels)
    found, place = [], 0
    while True:
        while place < len(samples) and samples[place]:
            place += 1
        middles = [place + divisor // 2 + divisor * bit for bit in range(10)]
        if middles[-1] >= len(samples):
            return found
        bits = [samples[middle] for middle in middles]
        place = middles[-1]
        if bits[0]:
            place = middles[0]
        elif bits[-1]:
            found.append(sum(bit << k for k, bit in enumerate(bits[1:9])))
        else:
            while place < len(samples) and not samples[place]:
                place += 1
