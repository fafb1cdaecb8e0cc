"""Sentences about fields of configs that are wrong."""

from typing import Any


def whole(config: Any, name: str, low: int, high: int, why: str = "") -> None:
    """See that a field is a whole number in a range.

    Parameters
    ----------
    config : dataclass
    name : str
        Of the field.
    low, high : int
        Both are allowed.
    why : str
        Said behind the range.

    Raises
    ------
    TypeError
        If it is no whole number.
    ValueError
        If it is outside.

    Examples
    --------
    >>> import types
    >>> whole(types.SimpleNamespace(bits=5), "bits", 2, 8)
    """
    value = getattr(config, name)
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"{type(config).__name__}.{name} must be int, not {value!r}")
    if not low <= value <= high:
        because = f" ({why})" if why else ""
        raise ValueError(f"{type(config).__name__}.{name} must be in {low}..{high}{because}, not {value}")


def real(config: Any, name: str, low: float, high: float) -> None:
    """See that a field is a number in a range, both ends of which are allowed.

    Raises
    ------
    TypeError
        If it is no number.
    ValueError
        If it is outside, or not a number at all.

    Examples
    --------
    >>> import types
    >>> real(types.SimpleNamespace(sense_noise=0), "sense_noise", 0.0, 4.0)
    """
    value = getattr(config, name)
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        raise TypeError(f"{type(config).__name__}.{name} must be float, not {value!r}")
    if not low <= value <= high:
        raise ValueError(f"{type(config).__name__}.{name} must be in {low:g}..{high:g}, not {value}")


def flag(config: Any, name: str) -> None:
    """See that a field is a truth value.

    Raises
    ------
    TypeError
        If it is not.

    Examples
    --------
    >>> import types
    >>> flag(types.SimpleNamespace(vote=True), "vote")
    """
    value = getattr(config, name)
    if not isinstance(value, bool):
        raise TypeError(f"{type(config).__name__}.{name} must be bool, not {value!r}")


def choice(config: Any, name: str, allowed: tuple[object, ...], why: str = "") -> None:
    """See that a field is one of some values.

    Raises
    ------
    ValueError
        If it is not.

    Examples
    --------
    >>> import types
    >>> choice(types.SimpleNamespace(kind="sar"), "kind", ("sar", "flash"))
    """
    value = getattr(config, name)
    if value not in allowed or isinstance(value, bool):
        because = f" ({why})" if why else ""
        options = ", ".join(str(each) for each in allowed)
        raise ValueError(f"{type(config).__name__}.{name} must be one of {options}{because}, not {value}")
