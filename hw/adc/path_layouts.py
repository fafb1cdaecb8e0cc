"""What moves inside a column path, and into it and out of it."""

from amaranth.hdl import signed
from amaranth.lib.data import ArrayLayout

from racelet.golden.adc.config import AdcConfig

STATE_BITS = 32
"""Of a shift register that makes noise, and of a seed."""


def noise_samples(config: AdcConfig) -> ArrayLayout:
    """A sample of noise for every ADC, as a current: the table's numbers have seven bits and a sign."""
    return ArrayLayout(signed(config.current_bits + 8), config.adcs)
