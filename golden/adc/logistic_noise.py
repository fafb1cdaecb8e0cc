"""Logistic noise: a shift register, and a table that makes its bits logistic."""
# Ref: P. Alfke, "Efficient shift registers, LFSR counters, and long pseudo-random sequence generators", Xilinx XAPP052,
# 1996 (taps 32, 22, 2 and 1).

import functools

import numpy as np
from numpy.typing import ArrayLike, NDArray

from racelet.golden.adc.config import AdcConfig
from racelet.golden.adc.noise_table import INDEX_BITS, NOISE_ROM, NOISE_SHIFT, STEPS, STRIDE, TAPS

SPREAD = float(np.std(NOISE_ROM))
"""Standard deviation of the table."""
FILL_CYCLES = 3
"""Cycles from the last first state of a generator to its first sample: two entries of the table, and their product."""


def step(state: int) -> int:
    """The shift register's next state.

    Parameters
    ----------
    state : int
        Of 32 bits, not zero.

    Examples
    --------
    >>> hex(step(1)), hex(step(0x80000000))
    ('0x80200003', '0x40000000')
    """
    return state >> 1 ^ (TAPS if state & 1 else 0)


def seeds(seed: int, count: int) -> NDArray[np.uint32]:
    """First states of several shift registers, far apart from one another.

    Parameters
    ----------
    seed : int
        Any number.
    count : int

    Returns
    -------
    uint32, shape (count,)
        None is zero, from which a shift register never gets away: it is one then.

    Examples
    --------
    >>> [hex(state) for state in seeds(1, 3)], seeds(0, 1).tolist()
    (['0x1', '0x9e3779ba', '0x3c6ef373'], [1])
    """
    states = (seed + STRIDE * np.arange(count, dtype=np.uint64)) & np.uint64(0xFFFFFFFF)
    return np.where(states == 0, 1, states).astype(np.uint32)


def seeding_cycles(config: AdcConfig) -> int:
    """Cycles from a seed to the first samples that come of it, and to the next seed.

    A generator gets its first state in each cycle; then all make their first sample.

    Parameters
    ----------
    config : AdcConfig

    Examples
    --------
    >>> seeding_cycles(AdcConfig())
    20
    """
    return 1 + config.adcs + FILL_CYCLES


def noise_scale(sigma: float, config: AdcConfig) -> int:
    """The scale that makes noise of a standard deviation.

    Parameters
    ----------
    sigma : float
        In mean currents of a cell that is on.
    config : AdcConfig

    Returns
    -------
    int
        In 1/128.

    Examples
    --------
    >>> noise_scale(0.15, AdcConfig())
    43
    """
    return round(sigma * (1 << config.current_bits + NOISE_SHIFT) / SPREAD)


def scaled(samples: ArrayLike, scale: int) -> NDArray[np.int64]:
    """Numbers of the table as currents, half up.

    Parameters
    ----------
    samples : int64
    scale : int
        In 1/128, not negative.

    Examples
    --------
    >>> scaled([100, -100, 3, -3], 64).tolist()
    [50, -50, 2, -1]
    """
    return (np.asarray(samples, np.int64) * scale + (1 << NOISE_SHIFT - 1)) >> NOISE_SHIFT


class LogisticNoise:
    """Several generators side by side.

    Parameters
    ----------
    states : uint32, shape (generators,)
        Of their shift registers; none is zero.

    Attributes
    ----------
    states : uint32, shape (generators,)
        After the last sample.

    Examples
    --------
    >>> noise = LogisticNoise(seeds(1, 1))
    >>> noise.samples(4)[:, 0].tolist(), [hex(state) for state in noise.states]
    ([-74, 19, 15, 14], ['0x8a0f3db5'])
    """

    def __init__(self, states: NDArray[np.uint32]) -> None:
        if not np.all(states):
            raise ValueError("states must not be zero: a shift register never gets away from there")
        self.states = states.astype(np.uint32)

    def samples(self, count: int) -> NDArray[np.int64]:
        """The next samples of every generator.

        Each is the table's entry at the low eight bits of the state, after eight steps.

        Parameters
        ----------
        count : int

        Returns
        -------
        int64, shape (count, generators)
        """
        found = np.empty((max(count, 1), len(self.states)), np.uint32)
        found[0] = _mapped(self.states, STEPS)
        done = 1
        while done < count:
            # As many samples again as there are, all of them so many samples on.
            more = min(done, count - done)
            found[done : done + more] = _mapped(found[:more], STEPS * done)
            done += more
        if count:
            self.states = found[-1].copy()
        rom = np.array(NOISE_ROM, np.int64)
        return rom[found[:count] & ((1 << INDEX_BITS) - 1)]


@functools.cache
def _tables(steps: int) -> NDArray[np.uint32]:
    """What each byte of a state becomes after some steps, a power of two of them; shape (4, 256)."""
    bits = np.array([1 << bit for bit in range(32)], np.uint32)
    if steps == 1:
        matrix = np.array([step(each) for each in bits.tolist()], np.uint32)
    else:
        matrix = _mapped(_mapped(bits, steps // 2), steps // 2)
    tables = np.zeros((4, 256), np.uint32)
    for bit in range(8):
        # The map is linear over bits.
        tables[:, 1 << bit : 2 << bit] = tables[:, : 1 << bit] ^ matrix[bit::8, np.newaxis]
    return tables


def _mapped(states: NDArray[np.uint32], steps: int) -> NDArray[np.uint32]:
    """States after some steps."""
    result = np.zeros_like(states)
    for byte, table in enumerate(_tables(steps)):
        result ^= table[states >> np.uint32(8 * byte) & np.uint32(0xFF)]
    return result
