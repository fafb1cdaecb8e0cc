"""Calibrator: offset and gain of ADCs from raw reads, and the table of thresholds that makes up for them."""

import dataclasses
from collections.abc import Sequence

from racelet.golden.adc.config import GAIN_BITS, GAIN_ONE, AdcConfig
from racelet.golden.adc.error import Error
from racelet.golden.adc.sar_sequencer import conversion_interval

START_LATENCY = 1
"""Cycles from the start to the first raw read that is asked for."""
RAW_LATENCY = 1
"""Cycles from the last raw read to the first step of the division."""
WRITE_LATENCY = 2
"""Cycles from the division's last step to the first entry that is written, with a product and a sum, or to the end."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Calibration:
    """What came of a calibration.

    Parameters
    ----------
    table : tuple of int, ``thresholds`` of them
        DAC codes from now on.
    offset : int
        In DAC codes.
    gain : int
        In 1/128.
    errors : Error
        ``CALIBRATION``: offset and gain are as they were found, but the table is the one from before.
        ``DAC_CLAMP``: an entry of the new table would have been beyond the DAC's range.
    """

    table: tuple[int, ...]
    offset: int
    gain: int
    errors: Error = Error.NONE


def read_count(config: AdcConfig) -> int:
    """Raw reads of a calibration: 2 ** c of every ADC of the table, with no rows on, and again with the pattern.

    Examples
    --------
    >>> read_count(AdcConfig(calibration_reads=4, adcs_per_table=8))
    256
    """
    return 2 * config.adcs_per_table << config.calibration_reads


def offset_of(total: int, config: AdcConfig) -> int:
    """Offset of raw reads with no rows on.

    Parameters
    ----------
    total : int
        Sum of all of them.
    config : AdcConfig

    Returns
    -------
    int
        Their mean, half up, less ``dac_zero``.

    Examples
    --------
    >>> offset_of(16 * 130 + 8, AdcConfig()), offset_of(16 * 130 + 7, AdcConfig())
    (3, 2)
    """
    reads = read_count(config) // 2
    return (total + reads // 2) // reads - config.dac_zero


def gain_of(zero_total: int, total: int, span: int, config: AdcConfig) -> int:
    """Gain of raw reads with a known pattern.

    Parameters
    ----------
    zero_total, total : int
        Sums of all reads with no rows on, and with the pattern.
    span : int
        DAC codes between the pattern and no current, as they should be. Above zero.
    config : AdcConfig

    Returns
    -------
    int
        In 1/128, half up; 0 where the pattern is not above no current, and at most 255: neither is ever believed unless
        255 is, and then it is what was found or less.

    Examples
    --------
    >>> config = AdcConfig(calibration_reads=0)
    >>> [gain_of(100, total, 60, config) for total in (160, 163, 99, 400)]
    [128, 134, 0, 255]
    """
    numerator = (max(total - zero_total, 0) << GAIN_BITS) + span * (read_count(config) // 2)
    denominator = 2 * span * (read_count(config) // 2)
    return min(numerator // denominator, (1 << GAIN_BITS) - 1)


def corrected(nominal: Sequence[int], offset: int, gain: int, config: AdcConfig) -> tuple[tuple[int, ...], bool]:
    """Table for an offset and a gain.

    Parameters
    ----------
    nominal : sequence of int
        DAC codes of an ADC that has neither.
    offset, gain : int
    config : AdcConfig

    Returns
    -------
    tuple of int
        ``D_0 + offset + ((gain (T_k - D_0) + 64) >> 7)``, within the DAC's range.
    bool
        Whether one was beyond it.

    Examples
    --------
    >>> corrected([120, 128, 250], 2, 132, AdcConfig())
    ((122, 130, 255), True)
    """
    zero, half = config.dac_zero, GAIN_ONE // 2
    exact = [zero + offset + ((gain * (code - zero) + half) >> GAIN_BITS - 1) for code in nominal]
    within = tuple(min(max(code, 0), config.dac_codes - 1) for code in exact)
    return within, list(within) != exact


def calibrate(
    nominal: Sequence[int],
    active: Sequence[int],
    zero_reads: Sequence[int],
    reads: Sequence[int],
    span: int,
    config: AdcConfig,
) -> Calibration:
    """Make a table.

    Parameters
    ----------
    nominal : sequence of int
        DAC codes of an ADC without offset and gain: a calibration begins there, not at the table of the last one.
    active : sequence of int
        The table from before.
    zero_reads, reads : sequence of int
        Raw reads with no rows on, and with the pattern.
    span : int
        DAC codes between them, as they should be: 1..2 ** dac_bits - 1.
    config : AdcConfig

    Returns
    -------
    Calibration

    Raises
    ------
    ValueError
        If there are not as many reads as there should be, or ``span`` is out of range.

    Examples
    --------
    >>> config = AdcConfig(bits=2, calibration_reads=1)
    >>> calibrate([116, 124, 132], [0, 1, 2], [130, 131], [192, 192], 60, config)
    Calibration(table=(119, 127, 135), offset=3, gain=131, errors=<Error.NONE: 0>)
    >>> calibrate([116, 124, 132], [0, 1, 2], [130, 131], [99, 99], 60, config)
    Calibration(table=(0, 1, 2), offset=3, gain=0, errors=<Error.CALIBRATION: 64>)
    """
    count = read_count(config) // 2
    if len(zero_reads) != count or len(reads) != count:
        raise ValueError(f"there must be {count} reads of either kind, not {len(zero_reads)} and {len(reads)}")
    if not 1 <= span < config.dac_codes:
        raise ValueError(f"span must be in 1..{config.dac_codes - 1}, not {span}")
    offset = offset_of(sum(zero_reads), config)
    gain = gain_of(sum(zero_reads), sum(reads), span, config)
    if offset not in config.offsets or not config.gain_low <= gain <= config.gain_high:
        return Calibration(table=tuple(active), offset=offset, gain=gain, errors=Error.CALIBRATION)
    table, is_clamped = corrected(nominal, offset, gain, config)
    return Calibration(table=table, offset=offset, gain=gain, errors=Error.DAC_CLAMP if is_clamped else Error.NONE)


def calibration_cycles(config: AdcConfig, *, kept: bool = False) -> int:
    """Cycles of a calibration, from its start to its end, if every raw read follows the one before.

    Its raw reads; a step of the division for each bit of the gain; an entry of the table in each cycle.

    Parameters
    ----------
    config : AdcConfig
    kept : bool
        Whether the table from before is kept, and nothing written.

    Examples
    --------
    >>> calibration_cycles(AdcConfig()), calibration_cycles(AdcConfig(), kept=True)
    (330, 299)
    """
    last_read = START_LATENCY + read_count(config) * conversion_interval(config, raw=True)
    return calibration_end(last_read, config, kept=kept)


def calibration_end(last_read: int, config: AdcConfig, *, kept: bool = False) -> int:
    """Cycle in which a calibration has ended, and the next one can start.

    Parameters
    ----------
    last_read : int
        Cycle in which its last raw read comes.
    config, kept
        As of :func:`calibration_cycles`.

    Examples
    --------
    >>> calibration_end(100, AdcConfig()), calibration_end(100, AdcConfig(), kept=True)
    (141, 110)
    """
    return last_read + RAW_LATENCY + GAIN_BITS - 1 + WRITE_LATENCY + (0 if kept else config.thresholds)
