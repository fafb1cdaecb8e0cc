"""What can go wrong in the readout of a column."""

import enum


class Error(enum.IntFlag):
    """Bits of the register of errors: each stays set until it is forgotten; nothing stops because of it.

    Examples
    --------
    >>> int(Error.DAC_CLAMP | Error.OVERFLOW)
    40
    """

    NONE = 0
    NON_MONOTONIC = 1
    """A conversion with a table in which a DAC code is below the one before."""
    WRITE_BUSY = 2
    """A table was written while a conversion or a calibration went on; the write was ignored."""
    START_BUSY = 4
    """Something was started while it went on; the start was ignored."""
    DAC_CLAMP = 8
    """A DAC code would have been beyond the DAC's range, and is the last one there."""
    BUBBLE = 16
    """A comparator said less while the one above it said more."""
    OVERFLOW = 32
    """A sum would have been beyond its range, and is the last one there."""
    CALIBRATION = 64
    """Offset or gain were out of range; the table is still the one from before."""
