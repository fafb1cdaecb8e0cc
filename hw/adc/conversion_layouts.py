"""What moves between tables of thresholds, comparators, what makes codes of their bits, and who asks for codes."""

from amaranth.lib.data import ArrayLayout, StructLayout

from racelet.golden.adc.config import AdcConfig
from racelet.hw.adc.sum_layouts import number_of

CONVERSION_ERRORS = StructLayout({"non_monotonic": 1, "write_busy": 1, "start_busy": 1, "bubble": 1})
"""What can go wrong in converters: see :class:`racelet.golden.adc.error.Error`."""


def comparators_of(config: AdcConfig) -> int:
    """Comparators of an ADC, each with a DAC of its own."""
    return config.thresholds if config.kind == "flash" else 1


def conversion_job(config: AdcConfig) -> StructLayout:
    """What is converted: the currents of all ADCs, with the tables of a group of rows, where each has its own.

    Or, where it is ``raw``, the current of ``adc`` alone, to the DAC code that it is worth; the group does not matter.
    """
    return StructLayout({"raw": 1, "adc": number_of(config.adcs), "group": number_of(config.table_groups)})


def adc_codes(config: AdcConfig) -> ArrayLayout:
    """A code of every ADC, from 0."""
    return ArrayLayout(config.bits, config.adcs)


def table_codes(config: AdcConfig) -> ArrayLayout:
    """DAC codes that are read at a time.

    Of a "sar" one for every ADC; of a "flash" all of every table, that of code k at ``k - 1``.
    """
    if config.kind == "flash":
        return ArrayLayout(ArrayLayout(config.dac_bits, config.thresholds), config.tables)
    return ArrayLayout(config.dac_bits, config.adcs)


def dac_settings(config: AdcConfig) -> ArrayLayout:
    """A DAC code for every comparator of every ADC, that of the lowest threshold first."""
    return ArrayLayout(ArrayLayout(config.dac_bits, comparators_of(config)), config.adcs)


def comparator_bits(config: AdcConfig) -> ArrayLayout:
    """What every comparator of every ADC says: 1 where the current is not below that of its DAC code."""
    return ArrayLayout(comparators_of(config), config.adcs)
