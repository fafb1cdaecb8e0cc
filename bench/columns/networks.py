"""The trained digits network on a column path: accuracy under noise of shift registers and of numpy, and on cells."""

import dataclasses
import functools
import statistics
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from racelet.bench.row import Progress, Row
from racelet.bench.skyrmions.networks import labelled_digits
from racelet.golden.adc.cell_sampling import sample_cells
from racelet.golden.adc.column_calibration import calibrate_columns
from racelet.golden.adc.column_path import ColumnPath
from racelet.golden.adc.config import AdcConfig
from racelet.golden.adc.logistic_noise import noise_scale
from racelet.golden.adc.macro_config import IDEAL, MacroConfig
from racelet.train.adc.column_network import Readout, path_config, read_out, sigma_scale
from racelet.train.adc.deployed import Deployed, load_deployed
from racelet.train.adc.images import input_codes
from racelet.train.adc.results import kept_file
from racelet.train.digits_data import grey_levels

KINDS: Mapping[str, Mapping[str, Any]] = {
    "flash": {"kind": "flash"},
    "sar": {"kind": "sar"},
    "sar_vote": {"kind": "sar", "vote": True},
}
"""ADCs, by what they are called."""
SIGMAS = (0.0, 0.5, 1.0, 1.5, 2.0, 3.0)
"""Standard deviations of the noise, in MAC units."""
TRAINED = 1.0
"""That of the network's training, for which more seeds are drawn."""
CELLS = MacroConfig(low_spread=0.1, offset_spread=0.5, gain_spread=0.03)
"""As in the calibration study."""


class Way(NamedTuple):
    """A macro, and how it is read."""

    macro: MacroConfig
    calibrated: bool = False
    vote: bool = False


WAYS = {
    "ideal": Way(IDEAL),
    "base": Way(CELLS),
    "calibrated": Way(CELLS, calibrated=True),
    "calibrated_vote": Way(CELLS, calibrated=True, vote=True),
}


@dataclasses.dataclass(frozen=True, kw_only=True)
class Draws:
    """How much is drawn.

    Parameters
    ----------
    inputs : int or None
        Test images, the first ones; None: all.
    trained, others : int
        Seeds of the noise that the network was trained for, and of any other.
    macros : int
        Seeds of cells.
    """

    inputs: int | None = None
    trained: int = 40
    others: int = 5
    macros: int = 10


class Digits(NamedTuple):
    """The network with its test images."""

    network: Deployed
    inputs: NDArray[np.int64]
    labels: NDArray[np.int64]


def kept_digits(count: int | None = None) -> Digits:
    """The network that ships, which reads slices, and images as it takes them, shape (n, 1, 8, 8)."""
    shipped = labelled_digits()
    network = load_deployed(kept_file("digits", "slices").with_suffix(".npz"))
    inputs = input_codes("digits", grey_levels(shipped.inputs[:count])[:, np.newaxis])
    return Digits(network, inputs, shipped.labels[:count])


def noisy_readout(
    digits: Digits, config: AdcConfig, sigma: float, seed: int, *, progress: Progress | None = None
) -> Readout:
    """The network on cells that do not vary, with noise from the shift registers."""
    cells = sample_cells(config, IDEAL, 1)
    path = ColumnPath(config, cells, scale=sigma_scale(sigma, cells, config), seed=seed)
    return read_out(digits.network, digits.inputs, path, progress=progress)


def network_rows(progress: Progress, draws: Draws = Draws()) -> list[Row]:
    """Measure.

    Parameters
    ----------
    progress : Progress
    draws : Draws

    Returns
    -------
    list of Row
        ``network_<kind>_sigma<s>_percent`` and ``..._deviation_points`` over seeds; the same of ``numpy``, which has
        one sample of noise for each sum. ``<kind>_accuracy_gap_points``: how far both are apart at the noise of the
        training, and ``hardware_in_loop_accuracy_gap_points``, the largest of these. ``network_<kind>_layer<n>_...``:
        of one inference, and its misread conversions at that noise; ``network_<kind>_...`` of all layers.
        ``network_cells_<way>_...``: on cells, with the noise of sense amplifiers.
    """
    digits = kept_digits(draws.inputs)
    rows = [
        Row("network_inputs", len(digits.inputs), "images"),
        Row("network_seeds", draws.trained, "seeds"),
        Row("network_macros", draws.macros, "macros"),
    ]
    found = _noise_rows(progress, digits, draws)
    values = {row.name: row.value or 0.0 for row in found}
    at = f"sigma{TRAINED:g}_percent"
    gaps = {kind: abs(values[f"network_{kind}_{at}"] - values[f"network_numpy_{at}"]) for kind in KINDS}
    rows += [*found, *(Row(f"{kind}_accuracy_gap_points", gap, "points") for kind, gap in gaps.items())]
    rows.append(Row("hardware_in_loop_accuracy_gap_points", max(gaps.values()), "points"))
    for kind, changes in KINDS.items():
        rows += _layer_rows(kind, noisy_readout(digits, path_config(digits.network, **changes), TRAINED, 1), digits)
    return [*rows, *_cell_rows(progress, digits, draws)]


def _noise_rows(progress: Progress, digits: Digits, draws: Draws) -> list[Row]:
    rows: list[Row] = []
    names = ("numpy", *KINDS)
    total = len(SIGMAS) * len(names)
    for number, (sigma, name) in enumerate((sigma, name) for sigma in SIGMAS for name in names):
        progress(number, total, f"{name.replace('_', ' ')}, sigma {sigma:g}")
        seeds = range(1, 1 + (draws.trained if sigma == TRAINED else draws.others if sigma else 1))
        if name == "numpy":
            shares = [digits.network.accuracy(digits.inputs, digits.labels, sigma, seed) for seed in seeds]
        else:
            config = path_config(digits.network, **KINDS[name])
            shares = [noisy_readout(digits, config, sigma, seed).accuracy(digits.labels) for seed in seeds]
        rows += _accuracy_rows(f"network_{name}_sigma{sigma:g}", shares)
    progress(total, total)
    return rows


def _accuracy_rows(name: str, shares: Sequence[float]) -> list[Row]:
    deviation = 100 * statistics.stdev(shares) if len(shares) > 1 else 0.0
    return [
        Row(f"{name}_percent", 100 * statistics.fmean(shares), "%"),
        Row(f"{name}_deviation_points", deviation, "points"),
    ]


def _layer_rows(kind: str, found: Readout, digits: Digits) -> list[Row]:
    """What one inference takes; of many that follow one another, without what is left over of the first one."""
    rows, count = [], len(digits.inputs)
    for number, layer in enumerate(found.layers):
        start = f"network_{kind}_layer{number}"
        rows += [
            Row(f"{start}_macs", layer.macs // count, "MACs"),
            Row(f"{start}_beats", layer.beats // count, "beats"),
            Row(f"{start}_conversions", layer.conversions // count, "conversions"),
            Row(f"{start}_misread_percent", 100 * layer.misreads / layer.conversions, "%"),
            Row(f"{start}_cycles", layer.cycles / count, "cycles"),
            Row(f"{start}_parallel_cycles", layer.parallel_cycles / count, "cycles"),
        ]
    start, cycles, parallel = f"network_{kind}", found.total("cycles"), found.total("parallel_cycles")
    return [
        *rows,
        Row(f"{start}_conversions", found.total("conversions") // count, "conversions"),
        Row(f"{start}_misread_percent", 100 * found.total("misreads") / found.total("conversions"), "%"),
        Row(f"{start}_cycles", cycles / count, "cycles"),
        Row(f"{start}_parallel_cycles", parallel / count, "cycles"),
        Row(f"{start}_cycles_over_parallel", cycles / parallel, "x"),
    ]


def _cell_rows(progress: Progress, digits: Digits, draws: Draws) -> list[Row]:
    rows: list[Row] = []
    for number, (name, way) in enumerate(WAYS.items()):
        progress(number, len(WAYS), f"network on cells, {name.replace('_', ' ')}")
        found = [_read_cells(digits, way, seed) for seed in range(1, draws.macros + 1)]
        rows += _accuracy_rows(f"network_cells_{name}", [each.accuracy(digits.labels) for each in found])
        misreads = sum(each.total("misreads") for each in found) / sum(each.total("conversions") for each in found)
        rows.append(Row(f"network_cells_{name}_misread_percent", 100 * misreads, "%"))
    progress(len(WAYS), len(WAYS))
    return rows


def _read_cells(digits: Digits, way: Way, seed: int) -> Readout:
    config = path_config(digits.network, kind="sar", vote=way.vote)
    scale = noise_scale(way.macro.sense_noise, config)
    path = ColumnPath(config, sample_cells(config, way.macro, seed), scale=scale, seed=seed)
    prepare = functools.partial(calibrate_columns, path) if way.calibrated else None
    return read_out(digits.network, digits.inputs, path, prepare=prepare)
