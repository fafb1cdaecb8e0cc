"""Shape of the readout of a macro's columns: ADCs, sums of their codes, what calibrates and requantises them."""

import dataclasses
import functools
from collections.abc import Mapping
from typing import Literal, get_args

from racelet.golden.adc.cell_sampling import sample_cells
from racelet.golden.adc.cells import IR_SHIFT, Cells
from racelet.golden.adc.checks import choice, flag, whole
from racelet.golden.adc.error import Error
from racelet.golden.adc.macro_config import IDEAL, VARIED
from racelet.golden.adc.noise_table import NOISE_ROM, NOISE_SHIFT, STEPS, STRIDE, TAPS

__all__ = [
    "GAIN_BITS",
    "GAIN_ONE",
    "IR_SHIFT",
    "NOISE_ROM",
    "NOISE_SHIFT",
    "PRESETS",
    "STEPS",
    "STRIDE",
    "TAPS",
    "VOTES",
    "AdcConfig",
    "Cells",
    "Error",
    "Kind",
    "Requantize",
]

Kind = Literal["sar", "flash"]
Requantize = Literal["thresholds", "multiplier"]
GAIN_ONE = 128
"""A gain of 1 in Q1.7."""
GAIN_BITS = 8
VOTES = 3
"""Comparisons for the last bit, of which two must agree."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class AdcConfig:
    """Shape of a macro's columns and of everything behind them.

    A macro has ``input_lanes`` rows of cells. Each of its ``output_lanes`` outputs has ``weight_bits`` slices, one for
    each bit of a weight, and each slice two columns, whose currents are subtracted from one another before an ADC of
    its own reads the difference. ``word_lines`` rows are switched on at a time, by one bit of each activation.

    Parameters
    ----------
    bits : int
        Of a code. 2..8: an ADC of 4 to 256 levels.
    signed : bool
        A slice's two columns hold its bit of magnitudes, one of positive weights, the other of negative ones; codes are
        -2 ** (bits - 1) and up. Else the first column holds the bit in two's complement, the other one nothing, so that
        it has the current of cells that are off; codes are 0 and up.
    kind : {"sar", "flash"}
        One comparator that searches, or one for every threshold.
    vote : bool
        Of a "sar": the last bit is compared three times, and two must agree.
    majority : bool
        Of a "flash": before ones are counted, each comparator's bit is that of the majority of it and its neighbours.
    settle : int
        Of a "sar": cycles that the DAC has for a new code before the comparator is looked at. 0..63.
    dac_bits : int
        Of a DAC code. ``bits``..12.
    dac_shift : int
        A DAC code is worth 2 ** dac_shift units of current. 0..``current_bits``.
    current_bits : int
        The mean current of a cell that is on is 2 ** current_bits units. 2..10.
    adcs_per_table : int
        ADCs that have a table of thresholds in common, and are calibrated together: a power of two that divides
        ``output_lanes * weight_bits``.
    group_tables : bool
        Each group of rows has tables of its own, as other cells have another gain. Else all have the same ones.
    input_lanes : int
        N: rows, and activations that come together. 1..64.
    word_lines : int
        V: rows that are on at a time. Divides ``input_lanes``.
    output_lanes : int
        M: sums that are made at a time. 1..64.
    input_bits : int
        Of an activation. 1..8, 2..8 with a sign.
    signed_inputs : bool
        Activations are in two's complement.
    weight_bits : int
        Of a weight in two's complement: slices. 2..8.
    accumulator_bits : int
        Of a sum in two's complement. 8..32.
    slots : int
        Sums that are made by turns, for each output. 1..256.
    requantize : {"thresholds", "multiplier"}
        How sums become activations: compared with thresholds of their channel, or multiplied, added to and shifted.
    output_bits : int
        Of such an activation. 1..8.
    multiplier_bits : int
        Of the factor of "multiplier" in two's complement. 2..16.
    channel_rows : int
        Rows of ``output_lanes`` channels whose parameters the requantizer keeps. 1..64.
    calibration_reads : int
        c: 2 ** c raw reads are averaged. 0..8.
    offset_bits : int
        Of an offset in two's complement, in DAC codes. 2..``dac_bits``.
    gain_low, gain_high : int
        Gains that are believed, in 1/128. 1..255.
    noise : bool
        Logistic noise is added to what comparators see.
    cells_seed : int
        Of the cells of the macro's digital twin, 1..2 ** 32 - 1: they vary as those of ``VARIED``. 0: none does.

    Raises
    ------
    TypeError
        If a field is of the wrong kind.
    ValueError
        If a field is outside its range, or two of them exclude each other.

    Examples
    --------
    >>> config = AdcConfig()
    >>> config.levels, config.lowest, config.dac_zero, config.exact
    (32, -16, 128, True)
    """

    bits: int = 5
    signed: bool = True
    kind: Kind = "sar"
    vote: bool = False
    majority: bool = False
    settle: int = 0
    dac_bits: int = 8
    dac_shift: int = 3
    current_bits: int = 6
    adcs_per_table: int = 1
    group_tables: bool = False
    input_lanes: int = 8
    word_lines: int = 8
    output_lanes: int = 8
    input_bits: int = 2
    signed_inputs: bool = False
    weight_bits: int = 2
    accumulator_bits: int = 24
    slots: int = 16
    requantize: Requantize = "thresholds"
    output_bits: int = 2
    multiplier_bits: int = 8
    channel_rows: int = 4
    calibration_reads: int = 4
    offset_bits: int = 6
    gain_low: int = 64
    gain_high: int = 192
    noise: bool = True
    cells_seed: int = 0

    def __post_init__(self) -> None:
        for name in ("signed", "vote", "majority", "signed_inputs", "group_tables", "noise"):
            flag(self, name)
        choice(self, "kind", get_args(Kind))
        choice(self, "requantize", get_args(Requantize))
        self._check_converter()
        self._check_macro()
        whole(self, "accumulator_bits", 8, 32)
        whole(self, "slots", 1, 256)
        whole(self, "output_bits", 1, 8)
        whole(self, "multiplier_bits", 2, 16)
        whole(self, "channel_rows", 1, 64)
        whole(self, "calibration_reads", 0, 8)
        whole(self, "offset_bits", 2, self.dac_bits, f"dac_bits={self.dac_bits}")
        whole(self, "gain_low", 1, 255)
        whole(self, "gain_high", self.gain_low, 255, f"gain_low={self.gain_low}")
        whole(self, "cells_seed", 0, (1 << 32) - 1)

    def _check_converter(self) -> None:
        whole(self, "bits", 2, 8)
        whole(self, "dac_bits", self.bits, 12, f"bits={self.bits}: every threshold needs a code")
        whole(self, "current_bits", 2, 10)
        whole(self, "dac_shift", 0, self.current_bits, f"current_bits={self.current_bits}")
        whole(self, "settle", 0, 63)
        if self.current_bits - self.dac_shift >= self.dac_bits:
            raise ValueError(
                f"AdcConfig.dac_shift must be above {self.current_bits - self.dac_bits} (a cell's current of "
                f"2 ** current_bits={self.current_bits} must be below 2 ** dac_bits={self.dac_bits} codes), "
                f"not {self.dac_shift}"
            )
        only = {"vote": "sar", "majority": "flash", "settle": "sar"}
        for name, kind in only.items():
            if getattr(self, name) and self.kind != kind:
                what = "false" if isinstance(getattr(self, name), bool) else "0"
                given = str(getattr(self, name)).lower()
                raise ValueError(f'AdcConfig.{name} must be {what} (kind is "{self.kind}"), not {given}')

    def _check_macro(self) -> None:
        for name in ("input_lanes", "output_lanes"):
            whole(self, name, 1, 64)
        whole(self, "word_lines", 1, self.input_lanes, f"input_lanes={self.input_lanes}")
        if self.input_lanes % self.word_lines:
            raise ValueError(
                f"AdcConfig.word_lines must divide input_lanes={self.input_lanes} (rows are switched on in groups), "
                f"not {self.word_lines}"
            )
        whole(self, "input_bits", 1 + self.signed_inputs, 8, "a sign is a bit" if self.signed_inputs else "")
        whole(self, "weight_bits", 2, 8)
        whole(self, "adcs_per_table", 1, self.adcs, f"there are {self.adcs} ADCs")
        if self.adcs_per_table & (self.adcs_per_table - 1) or self.adcs % self.adcs_per_table:
            raise ValueError(
                f"AdcConfig.adcs_per_table must be a power of two that divides {self.adcs} (output_lanes="
                f"{self.output_lanes} times weight_bits={self.weight_bits}), not {self.adcs_per_table}"
            )

    @property
    def levels(self) -> int:
        """Codes that there are."""
        return 1 << self.bits

    @property
    def thresholds(self) -> int:
        """Thresholds between them, and comparators of a flash."""
        return self.levels - 1

    @property
    def zero(self) -> int:
        """The code, counted from 0, of no current."""
        return self.levels // 2 if self.signed else 0

    @property
    def lowest(self) -> int:
        """The first level."""
        return -self.zero

    @property
    def dac_zero(self) -> int:
        """D_0: the DAC code of no current: in the middle, or one part in ``levels`` above the end, for offsets."""
        return 1 << self.dac_bits - (1 if self.signed else self.bits)

    @property
    def dac_codes(self) -> int:
        """DAC codes that there are."""
        return 1 << self.dac_bits

    @property
    def adcs(self) -> int:
        """ADCs: one for every slice of every output."""
        return self.output_lanes * self.weight_bits

    @property
    def tables(self) -> int:
        """Tables of thresholds, of each group of rows that has its own."""
        return self.adcs // self.adcs_per_table

    @property
    def table_groups(self) -> int:
        """Groups of rows that have tables of their own."""
        return self.groups if self.group_tables else 1

    @property
    def groups(self) -> int:
        """Groups of rows."""
        return self.input_lanes // self.word_lines

    @property
    def steps(self) -> int:
        """Conversions that every ADC makes for the activations that come together."""
        return self.groups * self.input_bits

    @property
    def exact(self) -> bool:
        """Whether there is a level for every sum of a slice, so that nothing is lost where nothing is noisy."""
        return self.word_lines <= self.levels - 1 - self.zero

    @property
    def samples(self) -> int:
        """Samples of noise that a conversion takes: one for each time that a comparator looks at a current."""
        if self.kind == "flash":
            return 1
        return self.bits + (VOTES - 1 if self.vote else 0)

    @property
    def scale_bits(self) -> int:
        """Of a scale of the noise: enough for a standard deviation of 28 mean currents of a cell that is on."""
        return self.current_bits + NOISE_SHIFT

    @property
    def threshold_bits(self) -> int:
        """Of a requantiser's threshold: a sum with its sign changed has one bit more."""
        return self.accumulator_bits + 1

    @property
    def output_thresholds(self) -> int:
        """Thresholds of a channel of the requantiser."""
        return (1 << self.output_bits) - 1

    @functools.cached_property
    def offsets(self) -> range:
        """Offsets that are believed."""
        half = 1 << self.offset_bits - 1
        return range(-half, half)

    @functools.cached_property
    def cells(self) -> Cells:
        """Cells of the macro's digital twin."""
        return sample_cells(self, VARIED if self.cells_seed else IDEAL, self.cells_seed)

    @property
    def beat_bytes(self) -> int:
        """Bytes of activations and weights that come together, as :mod:`racelet.golden.adc.packets` has them."""
        return 2 + self.activation_bytes + self.output_lanes * self.row_bytes

    @property
    def activation_bytes(self) -> int:
        """Bytes of the activations in them."""
        return -(-self.input_lanes * self.input_bits // 8)

    @property
    def row_bytes(self) -> int:
        """Bytes of the weights of an output in them."""
        return -(-self.input_lanes * self.weight_bits // 8)

    @property
    def sum_bytes(self) -> int:
        """Bytes of a sum: 1, 2 or 4, whichever hold it."""
        return 1 if self.accumulator_bits <= 8 else 2 if self.accumulator_bits <= 16 else 4

    @property
    def activations(self) -> range:
        """Activations that there are."""
        low = -(1 << self.input_bits - 1) if self.signed_inputs else 0
        return range(low, low + (1 << self.input_bits))

    @property
    def weights(self) -> range:
        """Weights that there are."""
        half = 1 << self.weight_bits - 1
        return range(-half, half)


PRESETS: Mapping[str, AdcConfig] = {
    "tiny": AdcConfig(
        bits=3,
        kind="flash",
        majority=True,
        dac_bits=6,
        dac_shift=3,
        input_lanes=4,
        word_lines=2,
        output_lanes=2,
        adcs_per_table=2,
        accumulator_bits=12,
        slots=4,
        channel_rows=2,
        calibration_reads=2,
        offset_bits=4,
    ),
    "small": AdcConfig(),
    "large": AdcConfig(
        vote=True,
        settle=1,
        dac_bits=9,
        dac_shift=2,
        input_lanes=32,
        word_lines=8,
        output_lanes=16,
        input_bits=8,
        signed_inputs=True,
        weight_bits=8,
        adcs_per_table=8,
        group_tables=True,
        accumulator_bits=32,
        slots=64,
        output_bits=8,
        requantize="multiplier",
        multiplier_bits=16,
        channel_rows=16,
        calibration_reads=6,
        offset_bits=7,
    ),
}
"""Named shapes."""
