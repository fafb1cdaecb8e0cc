"""What moves inside a column path, and into it and out of it."""

from amaranth.hdl import signed
from amaranth.lib.data import ArrayLayout, StructLayout

from racelet.golden.adc.config import AdcConfig
from racelet.hw.adc.conversion_layouts import adc_codes
from racelet.hw.adc.sum_layouts import macro_beat, number_of

PATH_ERRORS = StructLayout(
    {
        "non_monotonic": 1,
        "write_busy": 1,
        "start_busy": 1,
        "dac_clamp": 1,
        "bubble": 1,
        "overflow": 1,
        "calibration": 1,
    }
)
"""What can go wrong in a column path: the bits of :class:`racelet.golden.adc.error.Error`."""

STATE_BITS = 32
"""Of a shift register that makes noise, and of a seed."""


def noise_samples(config: AdcConfig) -> ArrayLayout:
    """A sample of noise for every ADC, as a current: the table's numbers have seven bits and a sign."""
    return ArrayLayout(signed(config.current_bits + 8), config.adcs)


def column_beat(config: AdcConfig) -> StructLayout:
    """What a column path multiplies: activations and weights, with the slot that their sums are in.

    ``first`` begins the slot's sums anew, ``last`` gives them out.
    """
    fields = {name: field.shape for name, field in macro_beat(config)}
    return StructLayout({name: fields[name] for name in ("activations", "weights", "slot", "first", "last")})


def step_codes(config: AdcConfig) -> StructLayout:
    """Codes of a step of all ADCs, of a bit of activations.

    ``first`` and ``last`` are of the first and the last step of a beat that is so.
    """
    return StructLayout(
        {
            "codes": adc_codes(config),
            "input_bit": number_of(config.input_bits),
            "slot": number_of(config.slots),
            "first": 1,
            "last": 1,
        }
    )
