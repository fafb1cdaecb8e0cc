"""How many of some bits are 1."""

from collections.abc import Sequence

from amaranth.hdl import Value


def count_ones(bits: Sequence[Value]) -> Value:
    """Count ones by a tree of adders.

    Parameters
    ----------
    bits : sequence of Value
        At least one.

    Returns
    -------
    Value
    """
    if len(bits) == 1:
        return bits[0]
    half = len(bits) // 2
    return count_ones(bits[:half]) + count_ones(bits[half:])
