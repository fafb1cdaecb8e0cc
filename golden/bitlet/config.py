"""Shape of one bit-distillation array."""
# Ref: H. Lu et al., "Distilling bit-level sparsity parallelism for general purpose deep learning acceleration",
# MICRO 2021.

import dataclasses
import functools
from typing import Literal, get_args

from racelet.golden.bitlet.accumulator_config import WORD, AccumulatorConfig
from racelet.golden.bitlet.number_format import NumberFormat, number_format

__all__ = ["EXACT", "PRESETS", "WORD", "AccumulatorConfig", "BitletConfig", "Digits", "NumberFormat", "number_format"]

Digits = Literal["sign_magnitude", "csd4"]
EXACT: Literal["exact"] = "exact"


@dataclasses.dataclass(frozen=True, kw_only=True)
class BitletConfig:
    """Shape of one array of processing elements, and of each of them.

    Parameters
    ----------
    formats : tuple of str
        Number formats that it can be told to take, ``int2`` to ``int24``, ``fp16``, ``bf16`` and ``fp32``; each once.
    window : int
        N: weights whose bits are distilled together. A power of two in 4..128.
    lanes : int
        Columns that are worked on at a time. 2..64, and no fewer than integers have. A format with half as many
        columns has two windows side by side, and so on; floating-point numbers take as many passes as they have to.
    width : int or "exact"
        Columns of a floating-point window that are kept, 2..64. Every magnitude is truncated towards zero where it ends
        below them, by less than ``2 ** (1 - width)`` of the window's largest product, as 24 of them do in the paper.
        "exact" keeps all: the result is the exact sum, rounded once.
    digits : {"sign_magnitude", "csd4"}
        Of the weights: bits of their magnitudes, or compact canonical signed digits in radix 4, half as many columns.
        The latter only of integers.
    lookahead : {0, 1}
        Windows that lanes may go on to before all lanes have ended theirs.
    steal : bool
        A lane that has nothing left, or is ahead, takes a digit of a neighbour's column.
    skip_zeros : bool
        Weights that meet an activation of zero are left out.
    load : int
        Weights of a window, and their activations, that come per cycle. A power of two in 1..window.
    terms : int
        Products of a dot product, at most. 1..65536.
    rows, columns : int
        Of the array: activations go along rows, weights along columns. 1..16.

    Raises
    ------
    TypeError
        If a field is of the wrong kind.
    ValueError
        If a field is outside its range, or two of them exclude each other.

    Examples
    --------
    >>> BitletConfig(lanes=8, digits="csd4").windows(number_format("int8"))
    2
    """

    formats: tuple[str, ...] = ("int8",)
    window: int = 64
    lanes: int = 8
    width: int | Literal["exact"] = EXACT
    digits: Digits = "sign_magnitude"
    lookahead: int = 1
    steal: bool = True
    skip_zeros: bool = False
    load: int = 8
    terms: int = 4096
    rows: int = 1
    columns: int = 1

    def __post_init__(self) -> None:
        if isinstance(self.formats, list):
            # JSON and TOML know lists only.
            object.__setattr__(self, "formats", tuple(self.formats))
        self._check_kinds()
        powers = tuple(1 << k for k in range(2, 8))
        self._one_of("window", powers)
        self._in_range("lanes", 2, 64)
        if self.width != EXACT:
            self._in_range("width", 2, 64)
        self._one_of("digits", get_args(Digits))
        self._one_of("lookahead", (0, 1))
        self._one_of("load", tuple(1 << k for k in range(8) if 1 << k <= self.window), f" (window={self.window})")
        for name, most in (("terms", 65536), ("rows", 16), ("columns", 16)):
            self._in_range(name, 1, most)
        self._check_formats()

    def _check_kinds(self) -> None:
        for field in dataclasses.fields(self):
            value = getattr(self, field.name)
            kinds = {"formats": tuple, "digits": str, "steal": bool, "skip_zeros": bool}
            kind = kinds.get(field.name, int)
            if field.name == "width" and value == EXACT:
                continue
            if not isinstance(value, kind) or (isinstance(value, bool) and kind is int):
                raise TypeError(f"BitletConfig.{field.name} must be {kind.__name__}, not {value!r}")

    def _check_formats(self) -> None:
        try:
            forms = [number_format(name) for name in self.formats]
        except ValueError as error:
            raise ValueError(f"BitletConfig.formats: {error}") from error
        if not forms or len(set(self.formats)) != len(forms):
            raise ValueError(f"BitletConfig.formats must name at least one format, each once, not {self.formats}")
        floats = [form.name for form in forms if form.is_float]
        for form in forms:
            if self.digit_columns(form) > self.lanes:
                raise ValueError(
                    f"BitletConfig.lanes must be in {self.digit_columns(form)}..64 where formats has {form.name} "
                    f"(one for each column of its digits), not {self.lanes}"
                )
        if floats and self.digits == "csd4":
            raise ValueError(
                f'BitletConfig.digits must be "sign_magnitude" where formats has {floats[0]} '
                '(exponents shift magnitudes; digits of both signs would need two shifters), not "csd4"'
            )
        if not floats and self.width != EXACT:
            raise ValueError(
                f'BitletConfig.width must be "exact" where formats has integers only (they are never truncated), '
                f"not {self.width}"
            )

    def _one_of(self, name: str, allowed: tuple[int | str, ...], why: str = "") -> None:
        if getattr(self, name) not in allowed:
            options = ", ".join(str(value) for value in allowed)
            raise ValueError(f"BitletConfig.{name} must be one of {options}{why}, not {getattr(self, name)}")

    def _in_range(self, name: str, low: int, high: int) -> None:
        value = getattr(self, name)
        if not low <= value <= high:
            raise ValueError(f"BitletConfig.{name} must be in {low}..{high}, not {value}")

    def digit_columns(self, form: NumberFormat) -> int:
        """Columns of a window of integers, or of one pass over a window of floating-point numbers."""
        if form.is_float:
            return self.lanes
        return -(-form.width // 2) if self.digits == "csd4" else form.width

    def windows(self, form: NumberFormat) -> int:
        """Windows side by side."""
        return self.lanes // self.digit_columns(form)

    @property
    def kept(self) -> int | None:
        """Columns of a floating-point window that are kept; None: all."""
        return None if self.width == EXACT else int(self.width)

    @functools.cached_property
    def forms(self) -> tuple[NumberFormat, ...]:
        """The formats."""
        return tuple(number_format(name) for name in self.formats)

    @property
    def rings(self) -> tuple[int, ...]:
        """Numbers of lanes that a window can have, in the order of the formats that have them first."""
        return tuple(dict.fromkeys(self.digit_columns(form) for form in self.forms))

    @property
    def used_lanes(self) -> int:
        """Lanes that there are: those that any format uses."""
        return max(self.lanes // ring * ring for ring in self.rings)

    @property
    def most_columns(self) -> int:
        """Lanes of a window, at most."""
        return max(self.rings)

    @property
    def most_windows(self) -> int:
        """Windows side by side, at most."""
        return max(self.lanes // ring for ring in self.rings)

    @property
    def beat_numbers(self) -> int:
        """Weights of a part of all windows side by side, at most."""
        return self.load * self.most_windows

    @property
    def beat_width(self) -> int:
        """Bits of the weights of a part, and of the activations."""
        return max(self.load * self.windows(form) * form.width for form in self.forms)

    @property
    def vector_bytes(self) -> int:
        """Bytes of these where they come in whole bytes."""
        return -(-self.beat_width // 8)

    @property
    def magnitude_width(self) -> int:
        """Bits of a magnitude, at most."""
        return max(form.magnitude_width for form in self.forms)

    @property
    def exponent_width(self) -> int:
        """Bits of the sum of two exponents, at most; 0 where there are integers only."""
        return max(form.exponent_width + form.is_float for form in self.forms)

    @property
    def column_sum_width(self) -> int:
        """Bits of a column's sum: of a whole dot product of integers, of one window of others."""
        return max(
            form.magnitude_width
            + 1
            + (self.digits == "csd4")
            + (min(self.window, self.terms) if form.is_float else self.terms).bit_length()
            for form in self.forms
        )

    @property
    def total_width(self) -> int:
        """Bits of the sum of all columns: of a whole dot product of integers, of one pass over a window of others."""
        wide = [2 * form.fraction_width + 1 + self.terms.bit_length() for form in self.forms if not form.is_float]
        return max([*wide, *([] if self.accumulator is None else [self.accumulator.total_width])])

    @property
    def accumulator(self) -> AccumulatorConfig | None:
        """Shape of the accumulator of floating-point dot products; None: there are no such formats.

        Its last bit is as many columns below the least product's as there are lanes, as a pass may have columns below
        the last one that its window has. Each term can be the reason for no more passes than have a part of its
        magnitude, and one that is none.
        """
        forms = [form for form in self.forms if form.is_float]
        if not forms:
            return None
        magnitude = max(form.magnitude_width for form in forms)
        return AccumulatorConfig(
            formats=tuple(form.name for form in forms),
            total_width=(min(self.window, self.terms) - 1).bit_length() + self.lanes + magnitude + 1,
            guard=self.lanes,
            terms=self.terms,
            additions=self.terms * (-(-magnitude // self.lanes) + 2),
        )

    @property
    def result_width(self) -> int:
        """Bits of a dot product: of an integer, in two's complement, or of a number of any other format."""
        return max(
            form.width if form.is_float else 2 * form.fraction_width + 1 + self.terms.bit_length()
            for form in self.forms
        )

    @property
    def result_bytes(self) -> int:
        """Bytes of a dot product where it leaves in whole bytes: 1, 2, 4 or 8."""
        return 1 << (-(-self.result_width // 8) - 1).bit_length()


PRESETS: dict[str, BitletConfig] = {
    "tiny": BitletConfig(formats=("int8", "fp16"), window=16, lanes=12, load=4, terms=1024),
    "small": BitletConfig(formats=("int8",), digits="csd4", skip_zeros=True),
    "medium": BitletConfig(formats=("int4", "int8", "int16"), lanes=16),
    "large": BitletConfig(formats=("fp32", "bf16", "fp16", "int8"), lanes=24),
}
"""Named shapes."""
