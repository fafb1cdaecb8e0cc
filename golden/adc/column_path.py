"""Column path: from activations and weights through macro, ADCs and slices to sums."""

import dataclasses
from collections.abc import Iterator, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from racelet.golden.adc import imc_macro, slice_accumulator
from racelet.golden.adc.cells import Cells
from racelet.golden.adc.config import AdcConfig
from racelet.golden.adc.conversion import conversion_interval, convert, raw_convert, step_interval
from racelet.golden.adc.error import Error
from racelet.golden.adc.imc_macro import cell_bits, currents, group_currents, mac_values, pattern_bits, row_bits
from racelet.golden.adc.logistic_noise import LogisticNoise, scaled, seeds
from racelet.golden.adc.slice_accumulator import accumulate, is_negative
from racelet.golden.adc.thresholds import dac_codes, integer_thresholds, quantize_integers


def latency(cells: Cells, config: AdcConfig) -> int:
    """Cycles from a beat to the sums with it, if nothing waits.

    The macro; the steps before the last one; its conversion; its slices, one after the other.

    Parameters
    ----------
    cells : Cells
    config : AdcConfig

    Examples
    --------
    >>> from racelet.golden.adc.cell_sampling import sample_cells
    >>> from racelet.golden.adc.macro_config import IDEAL
    >>> latency(sample_cells(AdcConfig(), IDEAL, 1), AdcConfig())
    19
    """
    before = imc_macro.latency(cells, config) + (config.steps - 1) * step_interval(config)
    slices = config.weight_bits - 1 + slice_accumulator.LATENCY
    return before + conversion_interval(config) + slices


class Beat(Protocol):
    """What the path is given: a beat of a dot-product engine, such as :class:`racelet.golden.dwcpwc.DotBeat`."""

    @property
    def activations(self) -> NDArray[np.int8]:
        """Of all rows, of ``input_bits``; shape (input_lanes,)."""
        ...

    @property
    def weights(self) -> NDArray[np.int8]:
        """Of ``weight_bits``; shape (output_lanes, input_lanes)."""
        ...

    @property
    def slot(self) -> int:
        """Sums to add to."""
        ...

    @property
    def first(self) -> int:
        """1: begin them anew."""
        ...

    @property
    def last(self) -> int:
        """1: give them out."""
        ...


@dataclasses.dataclass(kw_only=True)
class Counters:
    """What a path has done.

    Parameters
    ----------
    conversions : int
        Of all ADCs.
    misreads : int
        Of these, codes that are not the level next to the MAC value.
    """

    conversions: int = 0
    misreads: int = 0


class ColumnPath:
    """A macro and its readout.

    Parameters
    ----------
    config : AdcConfig
    cells : Cells
    tables : int64, shape (table_groups, tables, thresholds), or None
        DAC codes; None: the nominal ones, for all.
    alpha : float
        Distance of levels, in MAC values.
    centred : bool
        Where nominal thresholds are: see :func:`racelet.golden.adc.thresholds.dac_codes`.
    scale : int
        Of the noise, in 1/128; without effect where ``config.noise`` is false.
    seed : int
        Of the noise. Generator n is that of ADC n.

    Attributes
    ----------
    nominal : int64, shape (thresholds,)
        DAC codes of an ADC without offset and gain.
    tables : int64, shape (table_groups, tables, thresholds)
    noise : LogisticNoise
    errors : Error
        Since it was made.
    counters : Counters

    Examples
    --------
    >>> from racelet.golden.adc.cell_sampling import sample_cells
    >>> from racelet.golden.adc.macro_config import IDEAL
    >>> config = AdcConfig(input_lanes=2, word_lines=2, output_lanes=1, noise=False)
    >>> path = ColumnPath(config, sample_cells(config, IDEAL, 1))
    >>> path.products([[3, 1], [2, 2]], [[1, -2]]).tolist(), path.counters
    ([[1], [-2]], Counters(conversions=8, misreads=0))
    """

    def __init__(
        self,
        config: AdcConfig,
        cells: Cells,
        tables: ArrayLike | None = None,
        *,
        alpha: float = 1.0,
        centred: bool = False,
        scale: int = 0,
        seed: int = 1,
    ) -> None:
        self.config = config
        self.cells = cells
        self.errors = Error.NONE
        self.counters = Counters()
        self.set_levels(alpha, centred=centred)
        if tables is not None:
            self.tables = np.asarray(tables, np.int64)
        self.scale = scale if config.noise else 0
        self.noise = LogisticNoise(seeds(seed, config.adcs))
        self._sums = np.zeros((config.slots, config.output_lanes), np.int64)

    def set_levels(self, alpha: float, *, centred: bool = False) -> None:
        """Give all ADCs the nominal table of other levels, as a host does before another layer.

        Parameters
        ----------
        alpha, centred
            As of the class.
        """
        config = self.config
        self.nominal, _ = dac_codes(alpha, 0.0, self.cells.unit, config, centred=centred)
        self.tables = np.tile(self.nominal, (config.table_groups, config.tables, 1))
        self._levels = integer_thresholds(alpha, 0.0, config)

    def codes(self, activations: ArrayLike, weights: ArrayLike) -> NDArray[np.int64]:
        """Codes of all ADCs, step by step.

        Parameters
        ----------
        activations : int64, shape (beats, input_lanes)
        weights : int64, shape (output_lanes, input_lanes)
            The same for all beats.

        Returns
        -------
        int64, shape (beats, groups, input_bits, output_lanes, weight_bits)
            In order of time, as :func:`racelet.golden.adc.imc_macro.row_bits` has them.
        """
        config = self.config
        rows, bits = row_bits(activations, config), cell_bits(weights, config)
        given = currents(rows, bits, self.cells, config)
        noise = scaled(self.noise.samples(len(given) * config.samples), self.scale) if config.noise else None
        groups = np.tile(np.repeat(np.arange(config.groups), config.input_bits), len(rows))
        found = convert(given, self.tables, noise, config, groups)
        wanted = quantize_integers(mac_values(rows, bits, config), self._levels)
        self.errors |= found.errors
        self.counters.conversions += found.codes.size
        self.counters.misreads += int(np.count_nonzero(found.codes != wanted))
        return found.codes.reshape(*rows.shape[:3], config.output_lanes, config.weight_bits)

    def raw_reads(self, rows: NDArray[np.int64], groups: ArrayLike) -> NDArray[np.int64]:
        """DAC codes of all currents, with the pattern of a calibration in the cells.

        Parameters
        ----------
        rows : int64, shape (count, word_lines)
            Which rows of a group are on.
        groups : int64, shape (count,)

        Returns
        -------
        int64, shape (count, adcs)
            In order of time.
        """
        config = self.config
        given = group_currents(rows, groups, pattern_bits(config), self.cells, config)
        noise = scaled(self.noise.samples(len(given) * config.dac_bits), self.scale) if config.noise else None
        return raw_convert(given, noise, config)

    def products(
        self, activations: ArrayLike, weights: ArrayLike, sums: NDArray[np.int64] | None = None
    ) -> NDArray[np.int64]:
        """Sums with single beats, each in a slot of its own.

        Parameters
        ----------
        activations, weights
            As of :meth:`codes`.
        sums : int64, shape (beats, output_lanes), or None
            From before; None: each is begun anew.

        Returns
        -------
        int64, shape (beats, output_lanes)
        """
        codes = self.codes(activations, weights)
        return self._added(np.zeros((len(codes), self.config.output_lanes), np.int64) if sums is None else sums, codes)

    def dot_products(self, beats: Sequence[Beat]) -> NDArray[np.int32]:
        """Sums of a run of beats, as :func:`racelet.golden.dwcpwc.dot_engine.dot_products` has them.

        Parameters
        ----------
        beats : sequence of Beat

        Returns
        -------
        int32, shape (sums, output_lanes)
            One row for each ``last`` beat, in order. Where all of a macro's sums have a level, nothing varies and none
            overflows, they are exact.
        """
        sums: list[NDArray[np.int64]] = []
        for run in _runs(beats):
            codes = self.codes(np.stack([beat.activations for beat in run]), run[0].weights)
            slots = [beat.slot for beat in run]
            begun = np.array([not beat.first for beat in run])
            self._sums[slots] = self._added(np.where(begun[:, np.newaxis], self._sums[slots], 0), codes)
            sums += [self._sums[beat.slot].copy() for beat in run if beat.last]
        return np.array(sums, np.int64).reshape(-1, self.config.output_lanes).astype(np.int32)

    def _added(self, sums: NDArray[np.int64], codes: NDArray[np.int64]) -> NDArray[np.int64]:
        """Sums with slices: in order of time, and those of a step from the lowest bit of weights up."""
        config = self.config
        for group in range(config.groups):
            for number in range(config.input_bits):
                input_bit = config.input_bits - 1 - number
                for weight_bit in range(config.weight_bits):
                    negative = is_negative(input_bit, weight_bit, config)
                    each = codes[:, group, number, :, weight_bit]
                    sums, beyond = accumulate(sums, each, input_bit + weight_bit, negative, config)
                    if beyond.any():
                        self.errors |= Error.OVERFLOW
        return sums


def _runs(beats: Sequence[Beat]) -> Iterator[list[Beat]]:
    """Beats one after the other that have the very same weights, and slots of their own: they can be read at once."""
    run: list[Beat] = []
    slots: set[int] = set()
    for beat in beats:
        if run and (beat.weights is not run[0].weights or beat.slot in slots):
            yield run
            run, slots = [], set()
        run.append(beat)
        slots.add(beat.slot)
    if run:
        yield run
