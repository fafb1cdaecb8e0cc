"""Shape of what is around a block on an FPGA."""

import dataclasses


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
