"""Errors of single conversions under noise: of an ADC that looks once, and of those that look for every bit."""

import numpy as np

from racelet.bench.columns.networks import KINDS, Digits
from racelet.bench.row import Row, Table
from racelet.golden.adc.cell_sampling import sample_cells
from racelet.golden.adc.column_path import ColumnPath
from racelet.golden.adc.imc_macro import cell_bits, mac_values, row_bits
from racelet.golden.adc.macro_config import IDEAL
from racelet.train.adc.column_network import path_config, sigma_scale

SIGMAS = (0.5, 1.0, 2.0, 3.0)
BEATS = 400
SEED = 1


def look_rows(digits: Digits, beats: int = BEATS) -> list[Row]:
    """Measure.

    Parameters
    ----------
    digits : Digits
        Whose shape of a path is taken.
    beats : int
        Of random activations, with the same random weights.

    Returns
    -------
    list of Row
        ``looks_<kind>_sigma<s>_rms_levels`` and ``..._misread_percent``, on cells that do not vary.
    """
    rng = np.random.default_rng(SEED)
    rows: list[Row] = []
    for sigma in SIGMAS:
        for kind, changes in KINDS.items():
            config = path_config(digits.network, **changes)
            cells = sample_cells(config, IDEAL, SEED)
            path = ColumnPath(config, cells, scale=sigma_scale(sigma, cells, config), seed=SEED)
            activations = rng.integers(0, 1 << config.input_bits, (beats, config.input_lanes))
            weights = rng.integers(config.weights[0], config.weights[-1] + 1, (config.output_lanes, config.input_lanes))
            codes = path.codes(activations, weights).reshape(-1, config.adcs) - config.zero
            errors = codes - mac_values(row_bits(activations, config), cell_bits(weights, config), config)
            start = f"looks_{kind}_sigma{sigma:g}"
            rows += [
                Row(f"{start}_rms_levels", float(np.sqrt(np.mean(errors**2.0))), "levels"),
                Row(f"{start}_misread_percent", 100 * float(np.mean(errors != 0)), "%"),
            ]
    return rows


def look_table(values: dict[str, float | None]) -> Table:
    """Errors by noise and kind of ADC."""
    what = {"rms_levels": "RMS, levels", "misread_percent": "misread, %"}
    lines = [
        (f"{sigma:g}", *(values[f"looks_{kind}_sigma{sigma:g}_{each}"] for kind in KINDS for each in what))
        for sigma in SIGMAS
    ]
    columns = [f"{kind.replace('_', ', ')}: {words}" for kind in KINDS for words in what.values()]
    return Table(("sigma, MAC units", *columns), lines, "looks")
