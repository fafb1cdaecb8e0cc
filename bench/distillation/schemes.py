"""Processing elements that are compared."""

import dataclasses

from racelet.golden.bitlet.config import PRESETS, BitletConfig
from racelet.golden.bitlet.number_format import NumberFormat

STEALING = BitletConfig(formats=("int8",), window=64, lanes=8)
CSD4 = dataclasses.replace(STEALING, digits="csd4")
SCHEMES: dict[str, BitletConfig] = {
    "barrier": dataclasses.replace(STEALING, steal=False, lookahead=0),
    "lookahead": dataclasses.replace(STEALING, steal=False),
    "stealing": STEALING,
    "csd4": CSD4,
    "skipping": dataclasses.replace(CSD4, skip_zeros=True),
    "barrier_n16": dataclasses.replace(STEALING, window=16, steal=False, lookahead=0),
    "lookahead_n16": dataclasses.replace(STEALING, window=16, steal=False),
    "int16": BitletConfig(formats=("int16",), lanes=16),
    "fp16": BitletConfig(formats=("fp16",), lanes=12),
    "bf16": BitletConfig(formats=("bf16",), lanes=12),
    "fp32": BitletConfig(formats=("fp32",), lanes=24),
    "fp32_24": BitletConfig(formats=("fp32",), lanes=24, width=24),
    "large": PRESETS["large"],
}
"""By the names that rows have. Those of int8 have 64 weights in a window where no other number is told; each has what
the one before it has: windows one by one, lookahead, stealing, signed digits, zero activations left out."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Adders:
    """Cycles per weight that other ways take with as many adders as a processing element has lanes.

    Parameters
    ----------
    parallel : float
        Multipliers with an adder for every bit of a magnitude, or of an integer.
    serial : float
        An adder for each weight, which takes a bit of its magnitude per cycle.
    booth : float
        The same with digits of radix 4.
    """

    parallel: float
    serial: float
    booth: float


def adders(form: NumberFormat, lanes: int) -> Adders:
    """What other ways take.

    Parameters
    ----------
    form : NumberFormat
        Of the weights.
    lanes : int

    Examples
    --------
    >>> from racelet.golden.bitlet.number_format import number_format
    >>> adders(number_format("int8"), 8)
    Adders(parallel=1.0, serial=0.875, booth=0.5)
    >>> adders(number_format("fp16"), 12).parallel
    0.9166666666666666
    """
    bits = form.magnitude_width
    # A digit of radix 4 stands for two bits, and the uppermost one is that of the sign.
    signed = bits + form.is_float
    return Adders(
        parallel=bits / lanes,
        serial=(bits if form.is_float else form.fraction_width) / lanes,
        booth=-(-signed // 2) / lanes,
    )
