"""What is around a block on an FPGA: the shape of its shells, and what is said on a serial line."""

import dataclasses
import enum


@dataclasses.dataclass(frozen=True, kw_only=True)
class ShellConfig:
    """Shape of the AXI shell of a block.

    Parameters
    ----------
    input_buffer_bytes : int
        Bytes of input that wait on chip, so that the next inference's input can be sent while one runs. A power of two
        in 16..1048576.
    start_queue : int
        Starts that are remembered while an inference runs. 1..15.

    Raises
    ------
    TypeError
        If a field is of the wrong kind.
    ValueError
        If a field is outside its range.

    Examples
    --------
    >>> ShellConfig(input_buffer_bytes=512).start_queue
    4
    """

    input_buffer_bytes: int = 4096
    start_queue: int = 4

    def __post_init__(self) -> None:
        for field in dataclasses.fields(self):
            value = getattr(self, field.name)
            if not isinstance(value, int) or isinstance(value, bool):
                raise TypeError(f"ShellConfig.{field.name} must be int, not {value!r}")
        size = self.input_buffer_bytes
        if not 16 <= size <= 1 << 20 or size & (size - 1):
            raise ValueError(f"ShellConfig.input_buffer_bytes must be a power of two in 16..{1 << 20}, not {size}")
        if not 1 <= self.start_queue <= 15:
            raise ValueError(f"ShellConfig.start_queue must be in 1..15, not {self.start_queue}")


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


class Command(enum.IntEnum):
    """What the computer can ask for."""

    CLEAR = 0x43
    """Forget an error. Nothing follows the count of 0."""
    LOAD = 0x4C
    """Take a program: bytes of its words, least significant first."""
    RUN = 0x52
    """Run the program on an input: its bytes."""


class Tag(enum.IntEnum):
    """First byte of what the accelerator says."""

    END = 0
    OUTPUT = 1


LACKING = 253
"""Code in the answer when the accelerator waits for what will not come: the rest of a block that a program ends in, the
rest of the input, words behind a fence, a memory outside. Holds until a clear or a break; nothing is done before."""
UNKNOWN = 254
"""Code in the answer to a byte that is no command; nothing is read after it."""
LOST = 255
"""Code in the answer when bytes came faster than the accelerator took them; holds until a break."""
