"""Shape of the accumulator of floating-point dot products."""
# Ref: U. Kulisch, "Computer arithmetic and validity", de Gruyter 2013, chapter 8: a fixed-point register that is wide
# enough for every product adds without an error.

import dataclasses

from racelet.golden.bitlet.number_format import NumberFormat, number_format

WORD = 32
"""Bits of a word of the accumulator, without its headroom."""

_RANGES = {"total_width": (2, 128), "guard": (0, 128), "terms": (1, 65536), "additions": (1, 1 << 24)}


@dataclasses.dataclass(frozen=True, kw_only=True)
class AccumulatorConfig:
    """Shape of an accumulator that holds the sum of a dot product exactly, and of what it takes.

    Bit 0 lies ``guard`` bits below the least product unit, ``2 ** (2 * form.least_unit)``.

    Parameters
    ----------
    formats : tuple of str
        Of the products' factors: floating-point ones, each once.
    total_width : int
        Bits of a signed total, which is added at any place. 2..128.
    guard : int
        Bits below the least product unit that totals reach. 0..128.
    terms : int
        Products of a dot product, at most. 1..65536.
    additions : int
        Totals of a dot product, at most. 1..2**24.

    Raises
    ------
    TypeError
        If a field is of the wrong kind.
    ValueError
        If a field is outside its range.

    Examples
    --------
    >>> config = AccumulatorConfig(formats=("fp16", "fp32"), total_width=39, guard=7, terms=4096, additions=64)
    >>> [config.words(form) for form in config.forms], config.pass_words, config.word_width
    ([4, 18], 3, 39)
    """

    formats: tuple[str, ...] = ("fp16", "bf16", "fp32")
    total_width: int = 39
    guard: int = 7
    terms: int = 4096
    additions: int = 4288

    def __post_init__(self) -> None:
        if isinstance(self.formats, list):
            # JSON and TOML know lists only.
            object.__setattr__(self, "formats", tuple(self.formats))
        if not isinstance(self.formats, tuple):
            raise TypeError(f"AccumulatorConfig.formats must be tuple, not {self.formats!r}")
        for name, (low, high) in _RANGES.items():
            value = getattr(self, name)
            if not isinstance(value, int) or isinstance(value, bool):
                raise TypeError(f"AccumulatorConfig.{name} must be int, not {value!r}")
            if not low <= value <= high:
                raise ValueError(f"AccumulatorConfig.{name} must be in {low}..{high}, not {value}")
        floats = [form for form in self.forms if form.is_float]
        if not self.formats or len({form.name for form in floats}) != len(self.formats):
            raise ValueError(
                "AccumulatorConfig.formats must name at least one floating-point format and no others, each once, "
                f"not {self.formats}"
            )

    @property
    def forms(self) -> tuple[NumberFormat, ...]:
        """The formats, in their order."""
        return tuple(number_format(name) for name in self.formats)

    def words(self, form: NumberFormat) -> int:
        """Words of a sum of products of a format, with its sign."""
        return -(-(self.guard + form.product_width + (self.terms - 1).bit_length() + 1) // WORD)

    @property
    def most_words(self) -> int:
        """Words of a sum of any of the formats."""
        return max(self.words(form) for form in self.forms)

    @property
    def pass_words(self) -> int:
        """Words that a total touches, wherever in the first one it begins."""
        return -(-(self.total_width + WORD - 1) // WORD)

    @property
    def word_width(self) -> int:
        """Bits of a stored word: signed, with headroom for the carries of all additions.

        Every addition adds less than ``2 ** WORD`` to it, or takes off half as much.
        """
        return WORD + (self.additions - 1).bit_length() + 1
