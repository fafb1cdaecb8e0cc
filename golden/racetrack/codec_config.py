"""Shape of an encoder and of a decoder of words of a fixed number of ones."""

import dataclasses
from typing import Literal, get_args

from racelet.golden.racetrack.enumerative_code import CODES, EnumerativeCode

Code = Literal["fp32", "fp32_greedy", "int4", "int8", "int8_clipped", "fp16", "bf16"]
CODE_NAMES: tuple[Code, ...] = get_args(Code)

FLOAT_WIDTH = 32
DECODED_BITS = 2
"""Bits of a word that a stage of a decoder looks at."""

_VALUE_WIDTHS = {"int4": 4, "int8": 8, "int8_clipped": 8, "fp16": 16, "bf16": 16}
_ONES = 16
_GREEDY_STAGES, _NEAREST_STAGES, _CHECK_STAGES = 6, 10, 2


@dataclasses.dataclass(frozen=True, kw_only=True)
class CodecConfig:
    """Shape of an encoder and of a decoder.

    Latencies are in cycles, from the one in which a beat is taken to the one in which what comes of it is offered, with
    an output that does not stall. Where a word is bits, an encoder's latency is that to the first bit, a decoder's that
    from the last.

    Parameters
    ----------
    code : {"fp32", "fp32_greedy", "int4", "int8", "int8_clipped", "fp16", "bf16"}
        What is coded: 32-bit floating-point numbers as the nearest word, or by the rule of report 111-CSIE-S017; else
        by the m-of-n code of :data:`racelet.golden.racetrack.enumerative_code.CODES`.
    ones : int
        K: ones of a word of "fp32" and "fp32_greedy". 2..30. Other codes have their own; there it stays 16.
    serial : bool
        Words are streams of bits, one per cycle: from the encoder the most significant first, as the left phase of a
        write needs them, to the decoder the least significant first, as reads give them. Else a word per cycle.

    Raises
    ------
    TypeError
        If a field is of the wrong kind.
    ValueError
        If a field is outside its range, or ``ones`` is given where the code has its own.

    Examples
    --------
    >>> config = CodecConfig(code="int8")
    >>> config.value_width, config.word_width, config.weight
    (8, 11, 4)
    """

    code: Code
    ones: int = _ONES
    serial: bool = False

    def __post_init__(self) -> None:
        if self.code not in CODE_NAMES:
            raise ValueError(f"CodecConfig.code must be one of {', '.join(CODE_NAMES)}, not {self.code!r}")
        if not isinstance(self.ones, int) or isinstance(self.ones, bool):
            raise TypeError(f"CodecConfig.ones must be int, not {self.ones!r}")
        if not isinstance(self.serial, bool):
            raise TypeError(f"CodecConfig.serial must be bool, not {self.serial!r}")
        if self.table is not None and self.ones != _ONES:
            raise ValueError(
                f"CodecConfig.ones must stay {_ONES} for code {self.code!r} (its words have {self.table.ones} ones), "
                f"not {self.ones}"
            )
        if not 2 <= self.ones <= 30:
            raise ValueError(f"CodecConfig.ones must be in 2..30, not {self.ones}")

    @property
    def table(self) -> EnumerativeCode | None:
        """The m-of-n code; None for numbers of 32 bits."""
        return CODES.get(self.code)

    @property
    def greedy(self) -> bool:
        """Whether numbers of 32 bits are coded by the report's rule."""
        return self.code == "fp32_greedy"

    @property
    def value_width(self) -> int:
        """Bits of a value."""
        return _VALUE_WIDTHS.get(self.code, FLOAT_WIDTH)

    @property
    def word_width(self) -> int:
        """Bits of a word: n of an m-of-n code."""
        return FLOAT_WIDTH if self.table is None else self.table.length

    @property
    def weight(self) -> int:
        """Ones of a word: m of an m-of-n code."""
        return self.ones if self.table is None else self.table.ones

    @property
    def numbers(self) -> int:
        """Values with words of their own, of an m-of-n code; 0 for numbers of 32 bits."""
        return 0 if self.table is None else self.table.most - self.table.least + 1

    @property
    def encoder_latency(self) -> int:
        """Cycles from a value to its word, or to the first bit of it.

        A stage for the number of a value and one for each bit of its word; serially the nearest word of a number of 32
        bits is known when all bits of its magnitude have been looked at.

        Examples
        --------
        >>> [CodecConfig(code=code).encoder_latency for code in ("int4", "fp16", "fp32", "fp32_greedy")]
        [7, 20, 10, 6]
        >>> [CodecConfig(code=code, serial=True).encoder_latency for code in ("fp16", "fp32", "fp32_greedy")]
        [1, 32, 1]
        """
        if self.serial:
            return FLOAT_WIDTH if self.code == "fp32" else 1
        if self.table is not None:
            return 1 + self.word_width
        return _GREEDY_STAGES if self.greedy else _NEAREST_STAGES

    @property
    def encoder_interval(self) -> int:
        """Cycles from one value to the next, where nothing stalls.

        Examples
        --------
        >>> [CodecConfig(code=code, serial=True).encoder_interval for code in ("int4", "fp32", "fp32_greedy")]
        [6, 63, 32]
        """
        return self.encoder_latency - 1 + self.word_width if self.serial else 1

    @property
    def decoder_latency(self) -> int:
        """Cycles from a word, or the last bit of it, to its value.

        Two bits of a word of an m-of-n code are added up in a stage; the last one checks the sum.

        Examples
        --------
        >>> [CodecConfig(code=code).decoder_latency for code in ("int4", "int8", "fp16", "fp32")]
        [4, 7, 11, 2]
        """
        if self.serial:
            return 1
        return _CHECK_STAGES if self.table is None else 1 + -(-self.word_width // DECODED_BITS)

    @property
    def decoder_interval(self) -> int:
        """Cycles from one word to the next, where nothing stalls.

        Examples
        --------
        >>> CodecConfig(code="int8", serial=True).decoder_interval
        11
        """
        return self.word_width if self.serial else 1
