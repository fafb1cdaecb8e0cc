"""A trained network on a column path: beats of its layers, what is misread of them, and how long they take."""

import dataclasses
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from racelet.golden.adc import requantizer
from racelet.golden.adc.cells import Cells
from racelet.golden.adc.column_path import Beat, Counters
from racelet.golden.adc.config import AdcConfig
from racelet.golden.adc.error import Error
from racelet.golden.adc.logistic_noise import noise_scale
from racelet.golden.adc.product_beats import (
    ProductBeats,
    beat_count,
    parallel_cycles,
    path_cycles,
    product,
    product_beats,
)
from racelet.golden.adc.thresholds import dac_codes
from racelet.train.adc.deployed import Deployed, DeployedLayer
from racelet.train.adc.recipe import BITS


class Path(Protocol):
    """A column path: :class:`racelet.golden.adc.column_path.ColumnPath`, or hardware behind the same names."""

    @property
    def config(self) -> AdcConfig:
        """Shape."""
        ...

    @property
    def cells(self) -> Cells:
        """Of its macro."""
        ...

    @property
    def counters(self) -> Counters:
        """Since it was made."""
        ...

    @property
    def errors(self) -> Error:
        """Since it was made."""
        ...

    def set_levels(self, alpha: float, *, centred: bool = False) -> None:
        """Give all ADCs the nominal table of these levels."""
        ...

    def dot_products(self, beats: Sequence[Beat], /) -> NDArray[np.int32]:
        """Sums of beats."""
        ...


@dataclasses.dataclass(frozen=True, kw_only=True)
class LayerReadout:
    """What came of a layer.

    Parameters
    ----------
    macs : int
        Products, without those of lanes that are left over.
    beats, conversions, misreads : int
        0 of a layer that is not converted. Of all ADCs, those of outputs that are left over too.
    cycles, parallel_cycles : int
        From the first beat to the last result, on the path and with the parallel dot-product engine in its place.
    sums : int64, shape (n * rows * columns, outputs)
        Of codes.
    """

    macs: int
    beats: int = 0
    conversions: int = 0
    misreads: int = 0
    cycles: int = 0
    parallel_cycles: int = 0
    sums: NDArray[np.int64]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Readout:
    """What came of a network.

    Parameters
    ----------
    results : int64, shape (n, classes)
        As :meth:`racelet.train.adc.deployed.Deployed.run` gives them.
    layers : tuple of LayerReadout
    errors : Error
    """

    results: NDArray[np.int64]
    layers: tuple[LayerReadout, ...]
    errors: Error

    def total(self, name: str) -> int:
        """Sum over layers of one of their numbers."""
        return sum(getattr(layer, name) for layer in self.layers)

    def accuracy(self, labels: NDArray[np.int64]) -> float:
        """Share of inputs whose class is right, 0..1."""
        return float(np.mean(self.results.argmax(axis=1) == labels))

    def difference(self, expected: "Readout") -> str | None:
        """The first sum or number that is not that of another readout, in words; None if all are the same."""
        for number, (layer, other) in enumerate(zip(self.layers, expected.layers, strict=True)):
            wrong = np.argwhere(layer.sums != other.sums)
            if len(wrong):
                place, output = wrong[0].tolist()
                found, should = layer.sums[place, output], other.sums[place, output]
                return f"layer {number}, place {place}, output {output}: the sum is {found}, and should be {should}"
            for name in ("beats", "conversions", "misreads", "cycles"):
                found, should = getattr(layer, name), getattr(other, name)
                if found != should:
                    return f"layer {number}: {found} {name}, and there should be {should}"
        if self.errors != expected.errors:
            return f"errors are {self.errors!r}, and should be {expected.errors!r}"
        return None


def path_config(network: Deployed, **changes: Any) -> AdcConfig:
    """A column path that a network fits on.

    Parameters
    ----------
    network : Deployed
    **changes
        Fields that are otherwise.

    Raises
    ------
    ValueError
        If a converter reads anything but slices, or a group has more rows than a path can have, or a field is outside
        its range.

    Examples
    --------
    >>> from racelet.train.adc.deployed import load_deployed
    >>> from racelet.train.adc.results import kept_file
    >>> config = path_config(load_deployed(kept_file("digits", "slices").with_suffix(".npz")), kind="flash")
    >>> config.word_lines, config.bits, config.lowest, config.kind
    (32, 5, -16, 'flash')
    """
    converted = [layer for layer in network.layers if layer.levels]
    if not converted or not all(layer.slices for layer in converted):
        raise ValueError("a column path reads slices: train the network with --readout slices")
    rows = max(_rows(layer) for layer in converted)
    levels = max(layer.levels for layer in converted)
    wanted = {
        "bits": (levels - 1).bit_length(),
        "signed": converted[0].lowest < 0,
        "dac_bits": 12,
        "dac_shift": 1,
        "input_lanes": rows,
        "word_lines": rows,
        "output_lanes": 4,
        "input_bits": BITS,
        "weight_bits": BITS,
        "offset_bits": 9,
        "slots": 128,
        "output_bits": BITS,
    }
    return AdcConfig(**{**wanted, **changes})


def check_network(network: Deployed, cells: Cells, config: AdcConfig) -> None:
    """Refuse a network that does not fit on a path.

    Parameters
    ----------
    network : Deployed
    cells : Cells
    config : AdcConfig

    Raises
    ------
    ValueError
        If a layer does not fit.
    """
    if (config.input_bits, config.weight_bits, config.signed_inputs) != (BITS, BITS, False):
        raise ValueError(f"input_bits and weight_bits must be {BITS} for a network of so many bits, without a sign")
    for number, layer in enumerate(network.layers):
        if layer.levels:
            _check_layer(f"layer {number}", layer, cells, config)


def _check_layer(where: str, layer: DeployedLayer, cells: Cells, config: AdcConfig) -> None:
    if not layer.slices:
        raise ValueError(f"{where} must be read by slices (train the network with --readout slices)")
    if (layer.levels, layer.lowest) != (config.levels, config.lowest):
        raise ValueError(
            f"{where} has {layer.levels} levels from {layer.lowest} on, and the path {config.levels} from "
            f"{config.lowest} on"
        )
    if _rows(layer) > config.word_lines:
        raise ValueError(f"word_lines must be at least {_rows(layer)} (rows of a group of {where}), not fewer")
    if layer.groups % config.groups:
        raise ValueError(
            f"{where} has {layer.groups} groups of rows, and a beat {config.groups}: input_lanes={config.input_lanes} "
            f"must have as many as divide them (word_lines={config.word_lines})"
        )
    if dac_codes(layer.alpha, 0.0, cells.unit, config, centred=True)[1]:
        raise ValueError(
            f"{where} has levels {layer.alpha:g} MAC units apart, whose thresholds are beyond the DAC's range "
            f"(dac_bits={config.dac_bits}, dac_shift={config.dac_shift})"
        )


def sigma_scale(sigma: float, cells: Cells, config: AdcConfig) -> int:
    """Scale of the noise of a path.

    Parameters
    ----------
    sigma : float
        Standard deviation, in MAC units, as networks are trained for it.
    cells : Cells
        The current of a MAC unit is that of a cell of low resistance less that of one of high resistance.
    config : AdcConfig

    Returns
    -------
    int
        In 1/128.
    """
    return noise_scale(sigma * cells.unit / (1 << config.current_bits), config)


def layer_beats(layer: DeployedLayer, inputs: NDArray[np.int64], config: AdcConfig) -> Iterator[ProductBeats]:
    """Beats of a layer, in the order that a path is given them.

    Parameters
    ----------
    layer : DeployedLayer
        Converted.
    inputs : int64, shape (n, channels, rows, columns)
    config : AdcConfig

    Yields
    ------
    ProductBeats
        Rows are places of images, columns outputs.
    """
    yield from product_beats(*_operands(layer, inputs, config), config)


def read_out(
    network: Deployed,
    inputs: NDArray[np.int64],
    path: Path,
    *,
    prepare: Callable[[], object] | None = None,
    progress: Callable[[int, int], object] | None = None,
) -> Readout:
    """Run a network.

    Before a layer the path is given thresholds of the layer's step, centred: see
    :func:`racelet.golden.adc.thresholds.dac_codes`. Sums of codes become activations by the requantizer's thresholds.

    Parameters
    ----------
    network : Deployed
    inputs : int64, shape (n, channels, rows, columns)
    path : Path
    prepare : callable, optional
        Called before each layer that is converted, with its tables in the path: a calibration.
    progress : callable, optional
        Told how many layers are done, and of how many.

    Returns
    -------
    Readout
        Without noise, and with cells that do not vary, the results are those of ``network.run``.

    Raises
    ------
    ValueError
        If a layer does not fit on the path.
    """
    check_network(network, path.cells, path.config)
    values, found = inputs, []
    for number, layer in enumerate(network.layers):
        if layer.levels:
            path.set_levels(layer.alpha, centred=True)
            if prepare is not None:
                prepare()
            found.append(_converted(layer, values, path))
        else:
            exact = np.moveaxis(layer.total(layer.sums(values)), 1, -1).reshape(-1, len(layer.weights))
            found.append(LayerReadout(macs=exact.size * layer.weights[0].size, sums=exact))
        values = layer.results(layer.planes(found[-1].sums, values))
        if progress is not None:
            progress(number + 1, len(network.layers))
    return Readout(results=values.reshape(len(inputs), -1), layers=tuple(found), errors=path.errors)


def _converted(layer: DeployedLayer, inputs: NDArray[np.int64], path: Path) -> LayerReadout:
    before = dataclasses.replace(path.counters)
    config = path.config
    activations, weights = _operands(layer, inputs, config)
    sums = product(path, activations, weights, config)
    beats = beat_count(len(activations), len(weights), activations.shape[1], config)
    after = requantizer.latency(config) if layer.requantize.shape[1] else 0
    return LayerReadout(
        macs=sums.size * layer.weights[0].size,
        beats=beats,
        conversions=path.counters.conversions - before.conversions,
        misreads=path.counters.misreads - before.misreads,
        cycles=path_cycles(beats, path.cells, config) + after,
        parallel_cycles=parallel_cycles(beats, config) + after,
        sums=sums,
    )


def _rows(layer: DeployedLayer) -> int:
    """Word lines of a group."""
    return layer.group_channels * layer.weights[0, 0].size


def _operands(
    layer: DeployedLayer, inputs: NDArray[np.int64], config: AdcConfig
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Both matrices of a layer, each group with as many lanes as there are word lines."""
    lanes = config.word_lines
    left = [_widened(patches, lanes) for patches in layer.operands(inputs)]
    right = [_widened(layer.weights[:, part].reshape(len(layer.weights), -1), lanes) for part in layer.parts]
    return np.concatenate(left, axis=1), np.concatenate(right, axis=1)


def _widened(matrix: NDArray[Any], lanes: int) -> NDArray[np.int64]:
    return np.pad(matrix, ((0, 0), (0, lanes - matrix.shape[1]))).astype(np.int64)
