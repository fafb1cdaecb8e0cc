"""Bytes on a serial line: 8 data bits, least significant first, no parity, one stop bit."""

import dataclasses
from collections.abc import Iterable

TOLERANCE = 0.02
"""Part by which a bit may be too long or too short: with both ends off by that, the tenth bit is sampled in time."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class UartConfig:
    """Timing of a serial line.

    Parameters
    ----------
    clock_hz : int
        Clock of the hardware.
    baud : int
        Bits per second. At most an eighth of ``clock_hz``; whole cycles must come within 2 % of it.

    Raises
    ------
    TypeError
        If a field is of the wrong kind.
    ValueError
        If a field is outside its range.

    Examples
    --------
    >>> UartConfig(clock_hz=25_000_000, baud=115_200).divisor
    217
    """

    clock_hz: int = 25_000_000
    baud: int = 115_200

    def __post_init__(self) -> None:
        for field in dataclasses.fields(self):
            value = getattr(self, field.name)
            if not isinstance(value, int) or isinstance(value, bool):
                raise TypeError(f"UartConfig.{field.name} must be int, not {value!r}")
        if self.clock_hz < 8:
            raise ValueError(f"UartConfig.clock_hz must be at least 8, not {self.clock_hz}")
        if not 1 <= self.baud <= self.clock_hz // 8:
            most = self.clock_hz // 8
            raise ValueError(f"UartConfig.baud must be in 1..{most} (clock_hz={self.clock_hz}), not {self.baud}")
        if abs(self.clock_hz / self.divisor / self.baud - 1) > TOLERANCE:
            raise ValueError(
                f"UartConfig.baud must be within 2 % of clock_hz={self.clock_hz} by a whole number, not {self.baud}"
            )

    @property
    def divisor(self) -> int:
        """Clock cycles of a bit."""
        return round(self.clock_hz / self.baud)


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
