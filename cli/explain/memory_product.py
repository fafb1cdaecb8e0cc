"""A dot product on a column of in-memory computing: currents, thresholds and what an ADC makes of them, as data."""

import dataclasses
from typing import Any

import numpy as np
from numpy.typing import NDArray

from racelet.golden.adc.calibrator import Calibration
from racelet.golden.adc.config import GAIN_ONE, AdcConfig


@dataclasses.dataclass(frozen=True, kw_only=True)
class Look:
    """A comparator that is looked at.

    Parameters
    ----------
    code : int
        That is tried: the ADC's code is at least this one if the current is not below the threshold.
    dac : int
        DAC code of its threshold.
    threshold, seen : float
        In MAC values: the threshold, and the current with noise.
    said : bool
        Whether the current is not below the threshold.
    """

    code: int
    dac: int
    threshold: float
    seen: float
    said: bool


@dataclasses.dataclass(frozen=True, kw_only=True)
class Conversion:
    """A conversion of a slice. Currents are in MAC values.

    Parameters
    ----------
    input_bit, weight_bit : int
        Powers of two.
    rows : int64, shape (rows,)
        Which are on.
    cells : int64, shape (rows, 2)
        Bits in both columns.
    flows : float64, shape (rows, 2)
        Currents of cells: of rows that are off 0.
    current : float
        Both columns' difference, with the ADC's offset.
    mac : int
        The MAC value that it stands for.
    looks : tuple of Look
        In order; of a flash, from the lowest threshold up.
    code, wanted : int
        Found, and that of the level next to the MAC value; from 0.
    """

    input_bit: int
    weight_bit: int
    rows: NDArray[np.int64]
    cells: NDArray[np.int64]
    flows: NDArray[np.float64]
    current: float
    mac: int
    looks: tuple[Look, ...]
    code: int
    wanted: int

    @property
    def worth(self) -> int:
        """By what its level is multiplied."""
        return 1 << self.input_bit + self.weight_bit


@dataclasses.dataclass(frozen=True, kw_only=True)
class DotProduct:
    """All conversions of a dot product.

    Parameters
    ----------
    activations, weights : tuple of int
    config : AdcConfig
        Of one output.
    alpha : float
        Distance of levels, in MAC values.
    offsets : tuple of float
        What the ADC of each slice adds, in MAC values.
    tables : int64, shape (weight_bits, thresholds)
        DAC codes of each ADC.
    places : float64, shape (weight_bits, thresholds)
        The same in MAC values.
    calibrations : tuple of Calibration
        Of each ADC; none if they were not calibrated.
    conversions : tuple of Conversion
        In order of time.
    """

    activations: tuple[int, ...]
    weights: tuple[int, ...]
    config: AdcConfig
    alpha: float
    offsets: tuple[float, ...]
    tables: NDArray[np.int64]
    places: NDArray[np.float64]
    calibrations: tuple[Calibration, ...]
    conversions: tuple[Conversion, ...]

    @property
    def found(self) -> int:
        """Sum of levels by their worth."""
        return sum(each.worth * self.level(each.code) for each in self.conversions)

    @property
    def wanted(self) -> int:
        """The same without a misread."""
        return sum(each.worth * self.level(each.wanted) for each in self.conversions)

    @property
    def exact(self) -> int:
        """The dot product."""
        return sum(a * w for a, w in zip(self.activations, self.weights, strict=True))

    @property
    def misreads(self) -> int:
        """Conversions whose code is another one."""
        return sum(each.code != each.wanted for each in self.conversions)

    def level(self, code: int) -> int:
        """Number of a code's level."""
        return code + self.config.lowest


def told(found: DotProduct) -> dict[str, Any]:
    """The conversions, for machines."""
    config = found.config
    return {
        "block": "adc",
        "activations": found.activations,
        "weights": found.weights,
        "kind": config.kind,
        "vote": config.vote,
        "bits": config.bits,
        "lowest": config.lowest,
        "alpha": found.alpha,
        "offsets": found.offsets,
        "tables": found.tables,
        "thresholds": found.places,
        "calibrations": [{"offset": each.offset, "gain": each.gain / GAIN_ONE} for each in found.calibrations],
        "conversions": [
            {
                "input_bit": each.input_bit,
                "weight_bit": each.weight_bit,
                "worth": each.worth,
                "rows": each.rows,
                "cells": each.cells,
                "currents": each.flows,
                "current": each.current,
                "mac": each.mac,
                "looks": each.looks,
                "code": each.code,
                "level": found.level(each.code),
                "misread": each.code != each.wanted,
            }
            for each in found.conversions
        ],
        "found": found.found * found.alpha,
        "exact": found.exact,
        "misreads": found.misreads,
    }
