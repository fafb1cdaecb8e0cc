"""Shape of an odometer, which walks over the places of a view."""

import dataclasses

_RANGES = {"size_width": (1, 16), "track_width": (1, 32), "offset_width": (1, 32), "dimensions": (1, 5)}


@dataclasses.dataclass(frozen=True, kw_only=True)
class OdometerConfig:
    """Shape of an odometer.

    Parameters
    ----------
    size_width : int
        Bits of the size of a dimension. 1..16; a longer dimension is split into two, which any can be.
    track_width, offset_width : int
        Bits of the number of a track, and of a word on it. 1..32.
    dimensions : int
        Most dimensions of a view. 1..5.

    Raises
    ------
    TypeError
        If a field is of the wrong kind.
    ValueError
        If a field is outside its range.

    Examples
    --------
    >>> OdometerConfig(track_width=8).largest
    4095
    """

    size_width: int = 12
    track_width: int = 16
    offset_width: int = 12
    dimensions: int = 5

    def __post_init__(self) -> None:
        for name, (low, high) in _RANGES.items():
            value = getattr(self, name)
            if not isinstance(value, int) or isinstance(value, bool):
                raise TypeError(f"OdometerConfig.{name} must be int, not {value!r}")
            if not low <= value <= high:
                raise ValueError(f"OdometerConfig.{name} must be in {low}..{high}, not {value}")

    @property
    def largest(self) -> int:
        """Elements of the longest dimension."""
        return (1 << self.size_width) - 1
