"""The table that makes logistic numbers of uniform ones."""

import math

NOISE_SHIFT = 7
"""A scale of 2 ** NOISE_SHIFT makes sixteen units of current of one unit of the logistic distribution."""
INDEX_BITS = 8
TAPS = 0x80200003
"""Of the shift register, which moves right."""
STEPS = 8
"""Of the shift register, for a sample."""
STRIDE = 0x9E3779B9
"""From the first state of a shift register to that of the next one."""

NOISE_ROM: tuple[int, ...] = tuple(
    round(16 * math.log((index + 0.5) / ((1 << INDEX_BITS) - 0.5 - index))) for index in range(1 << INDEX_BITS)
)
"""Quantiles of the logistic distribution in sixteenths, at the middle of each of 256 equal parts."""
