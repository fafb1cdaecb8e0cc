"""A dot product in memory, made on the golden models of cells, calibrator and converters."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from racelet.cli.explain.memory_product import Conversion, DotProduct, Look
from racelet.golden.adc.cell_sampling import sample_cells
from racelet.golden.adc.column_calibration import calibrate_columns
from racelet.golden.adc.column_path import ColumnPath
from racelet.golden.adc.config import VOTES, AdcConfig, Kind
from racelet.golden.adc.flash_encoder import encode
from racelet.golden.adc.imc_macro import cell_bits, currents, mac_values, row_bits
from racelet.golden.adc.logistic_noise import noise_scale, scaled
from racelet.golden.adc.macro_config import MacroConfig
from racelet.golden.adc.sar_sequencer import search
from racelet.golden.adc.thresholds import dac_codes, integer_thresholds, quantize_integers

MOST_CONVERSIONS = 16


def converted(
    activations: Sequence[int],
    weights: Sequence[int],
    macro: MacroConfig,
    *,
    bits: int,
    kind: Kind = "sar",
    vote: bool = False,
    alpha: float = 1.0,
    calibrate: bool = False,
    seed: int = 1,
) -> DotProduct:
    """Make a dot product.

    Parameters
    ----------
    activations : sequence of int
        Not negative.
    weights : sequence of int
        As many.
    macro : MacroConfig
    bits : int
        Of a code.
    kind : {"sar", "flash"}
    vote : bool
    alpha : float
        Distance of levels, in MAC values.
    calibrate : bool
        Whether ADCs are calibrated first.
    seed : int
        Of cells and of noise.

    Raises
    ------
    ValueError
        If a number is out of range, or there would be too many conversions.
    """
    config = _config(activations, weights, bits, kind, vote)
    cells = sample_cells(config, macro, seed)
    if dac_codes(alpha, 0.0, cells.unit, config, centred=True)[1]:
        raise ValueError(f"levels of {bits} bits, {alpha:g} MAC values apart, are beyond the range of the DAC")
    scale = noise_scale(macro.sense_noise, config)
    path = ColumnPath(config, cells, alpha=alpha, centred=True, scale=scale, seed=seed)
    calibrations = tuple(calibrate_columns(path)) if calibrate else ()
    rows, held = row_bits([activations], config), cell_bits([weights], config)
    given = currents(rows, held, cells, config)
    noise = scaled(path.noise.samples(len(given) * config.samples), path.scale)
    noise = noise.reshape(len(given), config.samples, config.adcs)
    wanted = quantize_integers(mac_values(rows, held, config), integer_thresholds(alpha, 0.0, config))
    chosen = np.where(held, cells.low, cells.high) / cells.unit
    places = (path.tables[0] - config.dac_zero) * (1 << config.dac_shift) / cells.unit
    found = []
    for step in range(config.input_bits):
        for adc in range(config.adcs):
            looks = _looks(int(given[step, adc]), noise[step, :, adc], path.tables[0, adc], cells.unit, config)
            found.append(
                Conversion(
                    input_bit=config.input_bits - 1 - step,
                    weight_bit=adc,
                    rows=rows[0, 0, step],
                    cells=held[:, adc],
                    flows=chosen[:, adc] * rows[0, 0, step][:, np.newaxis],
                    current=float(given[step, adc]) / cells.unit,
                    mac=int(mac_values(rows, held, config)[step, adc]),
                    looks=looks,
                    code=_code(looks, config),
                    wanted=int(wanted[step, adc]),
                )
            )
    return DotProduct(
        activations=tuple(activations),
        weights=tuple(weights),
        config=config,
        alpha=alpha,
        offsets=tuple((cells.offsets / cells.unit).tolist()),
        tables=path.tables[0],
        places=places,
        calibrations=calibrations,
        conversions=tuple(found),
    )


def _config(activations: Sequence[int], weights: Sequence[int], bits: int, kind: Kind, vote: bool) -> AdcConfig:
    """The path that these numbers fit on."""
    if min(activations) < 0:
        raise ValueError(f"activations must not be negative, as {min(activations)} is")
    input_bits = max(max(activations).bit_length(), 1)
    weight_bits = max(max((w if w >= 0 else -w - 1).bit_length() for w in weights) + 1, 2)
    if input_bits * weight_bits > MOST_CONVERSIONS:
        raise ValueError(
            f"there must be at most {MOST_CONVERSIONS} conversions, not {input_bits * weight_bits} (bits of an "
            f"activation, {input_bits}, by those of a weight, {weight_bits})"
        )
    return AdcConfig(
        bits=bits,
        kind=kind,
        vote=vote,
        dac_bits=12,
        dac_shift=1,
        offset_bits=9,
        input_lanes=len(activations),
        word_lines=len(activations),
        output_lanes=1,
        input_bits=input_bits,
        weight_bits=weight_bits,
    )


def _looks(
    current: int, noise: NDArray[np.int64], table: NDArray[np.int64], unit: int, config: AdcConfig
) -> tuple[Look, ...]:
    """What comparators say: those of a flash, or the one that searches."""

    def place(dac: int) -> int:
        return (dac - config.dac_zero) << config.dac_shift

    codes, dacs = range(1, config.levels), table.tolist()
    if config.kind == "flash":
        seen = [current + int(noise[0])] * config.thresholds
    else:
        samples = iter(noise.tolist())
        seen = []

        def compare(dac: int) -> int:
            seen.append(current + next(samples))
            return int(seen[-1] >= place(dac))

        path = search(dacs, compare, config).path
        dacs = [dac for dac, _ in path]
        codes = _tried([said for _, said in path], config)
    return tuple(
        Look(code=code, dac=dac, threshold=place(dac) / unit, seen=each / unit, said=each >= place(dac))
        for code, dac, each in zip(codes, dacs, seen, strict=True)
    )


def _tried(said: Sequence[int], config: AdcConfig) -> list[int]:
    """Codes that a search tries; that of the last bit three times where there is a vote."""
    code, tried = 0, []
    for bit, answer in zip(reversed(range(config.bits)), said, strict=False):
        tried.append(code | 1 << bit)
        code |= answer << bit
    return tried + tried[-1:] * (len(said) - len(tried))


def _code(looks: Sequence[Look], config: AdcConfig) -> int:
    if config.kind == "flash":
        return int(encode([each.said for each in looks], config).codes)
    votes = VOTES if config.vote else 1
    last = 2 * sum(each.said for each in looks[-votes:]) > votes
    return looks[-1].code if last else looks[-1].code - 1
