"""A trained network in integers, as the hardware computes it: its file, and inference with noise in numpy.

The file is an ``.npz``. It has ``version`` (1), ``layers`` (how many), ``recipe`` (JSON, as the network was trained),
and for layer N, counted from 0, all fields of :class:`DeployedLayer` as ``N_name``, and ``N_thresholds``, the integers
from which on a whole sum has each code but the first.
"""

import dataclasses
import io
import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from racelet.golden.adc.config import AdcConfig
from racelet.golden.adc.quantizer import Quantizer, logistic_scale, quantize
from racelet.golden.adc.requantizer import Folded, by_thresholds, fold
from racelet.train.adc.recipe import BITS

VERSION = 1
REQUANTIZER = AdcConfig(output_bits=BITS)
"""Whose thresholds sums of codes are compared with: three, for activations of two bits."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class DeployedLayer:
    """A layer of sums of integers, converters, and a requantizer.

    Parameters
    ----------
    weights : int8, shape (outputs, inputs, rows, columns)
        -2..1. A layer without places has one row and column.
    alpha : float
        Step of the converters, in MAC units.
    lowest, levels : int
        First code of the converters and their number of levels; 0 levels where sums are exact and not converted.
    group_channels : int
        Input channels whose products are summed before they are converted; the last group may have fewer.
    slices : bool
        Whether each bit of activations and of weights' magnitudes is summed and converted apart, and codes are added
        as :func:`slice_worths` says; the sign of a weight is that of its bits.
    padding : int
        Zeros around the image.
    pool : bool
        Whether the largest of each 2x2 activations is taken.
    sign : int64, shape (outputs,)
        1 or -1, by which the sum of codes is multiplied.
    requantize : int64, shape (outputs, 3)
        Rising; the activation is the number of these that the signed sum of codes is not below. The last layer has
        none, shape (outputs, 0): its results are the signed sums plus ``bias``.
    bias : int64, shape (outputs,)
        Of the last layer, in codes.
    scale, shift : float64, shape (outputs,)
        From which these came: the activation is ``scale * sum + shift``, rounded half up and clipped to 0..3.
    """

    weights: NDArray[np.int8]
    alpha: float
    lowest: int
    levels: int
    group_channels: int
    slices: bool
    padding: int
    pool: bool
    sign: NDArray[np.int64]
    requantize: NDArray[np.int64]
    bias: NDArray[np.int64]
    scale: NDArray[np.float64]
    shift: NDArray[np.float64]

    @property
    def quantizer(self) -> Quantizer:
        """Of the converters, if there are any."""
        return Quantizer(alpha=self.alpha, levels=self.levels, lowest=self.lowest)

    @property
    def thresholds(self) -> NDArray[np.int64]:
        """Of the converters: from which whole sum on each code but the first is given."""
        return self.quantizer.integer_thresholds if self.levels else np.zeros(0, np.int64)

    @property
    def parts(self) -> list[slice]:
        """Input channels of each group."""
        channels, each = self.weights.shape[1], self.group_channels
        return [slice(first, min(first + each, channels)) for first in range(0, channels, each)]

    @property
    def groups(self) -> int:
        """Groups of input channels."""
        return len(self.parts)

    @property
    def worths(self) -> NDArray[np.int64]:
        """By what the code of each conversion is multiplied before it is added."""
        return slice_worths(self.groups) if self.slices else np.ones(self.groups, np.int64)

    def sums(self, inputs: NDArray[np.int64]) -> NDArray[np.float32]:
        """Exact sums of all conversions, shape (n, conversions, outputs, rows, columns).

        Groups come one after the other; of slices, those of the lowest bit of activations first, and of each of these
        that of the lowest bit of weights first.
        """
        weights = self.weights.astype(np.int64)
        if not self.slices:
            return self._group_sums(inputs, weights)
        found = [
            self._group_sums(inputs >> i & 1, np.sign(weights) * (np.abs(weights) >> j & 1))
            for i in range(BITS)
            for j in range(BITS)
        ]
        # As groups, bits.
        return np.stack(found, axis=2).reshape(len(inputs), -1, *found[0].shape[2:])

    def operands(self, inputs: NDArray[np.int64]) -> list[NDArray[np.float32]]:
        """Of each group of channels what kernels are multiplied with, place by place of every image.

        Parameters
        ----------
        inputs : int64, shape (n, channels, rows, columns)
            Or as many numbers in another shape, where the layer has no places.

        Returns
        -------
        list of float32, shape (n * rows * columns, inputs)
            Whole numbers, of channels and then of a kernel's places; those of places beyond the image are zero.
        """
        shaped, kernel, pad = self._shaped(inputs), self.weights.shape[2], self.padding
        padded = np.pad(shaped.astype(np.float32), ((0, 0), (0, 0), (pad, pad), (pad, pad)))
        places = sliding_window_view(padded, (kernel, kernel), (2, 3))
        count = len(inputs) * places.shape[2] * places.shape[3]
        return [places[:, part].transpose(0, 2, 3, 1, 4, 5).reshape(count, -1) for part in self.parts]

    def planes(self, products: NDArray[Any], inputs: NDArray[np.int64]) -> NDArray[Any]:
        """Images of what came of :meth:`operands`.

        Parameters
        ----------
        products : shape (n * rows * columns, outputs)
        inputs : int64
            As they were.

        Returns
        -------
        shape (n, outputs, rows, columns)
        """
        less = self.weights.shape[2] - 1 - 2 * self.padding
        rows, columns = (side - less for side in self._shaped(inputs).shape[2:])
        return products.reshape(len(inputs), rows, columns, -1).transpose(0, 3, 1, 2)

    def _shaped(self, inputs: NDArray[np.int64]) -> NDArray[np.int64]:
        channels = self.weights.shape[1]
        return inputs if inputs.shape[1] == channels else inputs.reshape(len(inputs), channels, 1, 1)

    def _group_sums(self, inputs: NDArray[np.int64], kernels: NDArray[np.int64]) -> NDArray[np.float32]:
        # Sums of small integers are exact in float32.
        found = [
            self.planes(patches @ kernels[:, part].reshape(len(kernels), -1).astype(np.float32).T, inputs)
            for part, patches in zip(self.parts, self.operands(inputs), strict=True)
        ]
        return np.stack(found, axis=1)

    def codes(self, sums: NDArray[np.float32]) -> NDArray[np.int64]:
        """What converters give for sums, noise included; the sums themselves where there are none.

        Noise is no whole number, and so thresholds are not rounded here: with whole ones it would not have mean zero.
        """
        return quantize(sums.astype(np.float64), self.quantizer) if self.levels else sums.astype(np.int64)

    def total(self, sums: NDArray[np.float32]) -> NDArray[np.int64]:
        """Sums of codes by their worth, shape (n, outputs, rows, columns), of :meth:`sums` with or without noise."""
        return (self.codes(sums) * self.worths[:, np.newaxis, np.newaxis, np.newaxis]).sum(axis=1)

    @property
    def folded(self) -> Folded:
        """What the requantizer is given."""
        return Folded(thresholds=self.requantize, negative=self.sign < 0)

    def results(self, total: NDArray[np.int64]) -> NDArray[np.int64]:
        """Activations of sums of codes, or results of the last layer."""
        if not self.requantize.shape[1]:
            return total * self.sign[:, np.newaxis, np.newaxis] + self.bias[:, np.newaxis, np.newaxis]
        found = np.moveaxis(by_thresholds(np.moveaxis(total, 1, -1), self.folded), -1, 1)
        if self.pool:
            count, channels, rows, columns = found.shape
            found = found.reshape(count, channels, rows // 2, 2, columns // 2, 2).max(axis=(3, 5))
        return found


@dataclasses.dataclass(frozen=True, kw_only=True)
class Deployed:
    """A whole network.

    Parameters
    ----------
    layers : tuple of DeployedLayer
    recipe : mapping
        How it was trained.
    """

    layers: tuple[DeployedLayer, ...]
    recipe: Mapping[str, Any] = dataclasses.field(default_factory=dict)

    def run(self, inputs: NDArray[np.int64], sigma: float, rng: np.random.Generator) -> NDArray[np.int64]:
        """Results of the classes, with logistic noise added to every sum that is converted.

        Parameters
        ----------
        inputs : int64, shape (n, channels, rows, columns)
        sigma : float
            Standard deviation of the noise, in MAC units; 0 for none.
        rng : numpy.random.Generator

        Returns
        -------
        int64, shape (n, classes)
            The largest counts, of equal ones the first.
        """
        values = inputs
        for layer in self.layers:
            sums = layer.sums(values)
            if sigma and layer.levels:
                sums += rng.logistic(scale=logistic_scale(sigma), size=sums.shape)
            values = layer.results(layer.total(sums))
        return values.reshape(len(inputs), -1)

    def accuracy(
        self, inputs: NDArray[np.int64], labels: NDArray[np.int64], sigma: float, seed: int, batch: int = 100
    ) -> float:
        """Share of images that the network gets right under noise, 0..1."""
        rng = np.random.default_rng(seed)
        right = 0
        for first in range(0, len(inputs), batch):
            part = slice(first, first + batch)
            right += int((self.run(inputs[part], sigma, rng).argmax(axis=1) == labels[part]).sum())
        return right / len(inputs)

    def content(self) -> bytes:
        """The file."""
        arrays: dict[str, Any] = {"version": VERSION, "layers": len(self.layers), "recipe": json.dumps(self.recipe)}
        for index, layer in enumerate(self.layers):
            arrays |= {f"{index}_{name}": value for name, value in vars(layer).items()}
            arrays[f"{index}_thresholds"] = layer.thresholds
        file = io.BytesIO()
        np.savez_compressed(file, **arrays)
        return file.getvalue()


def load_deployed(path: Path) -> Deployed:
    """Read a network.

    Parameters
    ----------
    path : Path

    Raises
    ------
    ValueError
        If the file is none, or of another version.
    OSError
        If it cannot be read.
    """
    try:
        with np.load(path, allow_pickle=False) as arrays:
            if int(arrays["version"]) != VERSION:
                raise ValueError(f"version must be {VERSION}, not {int(arrays['version'])}")
            layers = []
            for index in range(int(arrays["layers"])):
                names = [field.name for field in dataclasses.fields(DeployedLayer)]
                fields = {name: arrays[f"{index}_{name}"] for name in names}
                layers.append(DeployedLayer(**{k: v.item() if v.ndim == 0 else v for k, v in fields.items()}))
            return Deployed(layers=tuple(layers), recipe=json.loads(str(arrays["recipe"])))
    except (ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile) as error:
        raise ValueError(f"{path} is no network of `racelet train adc`: {error}") from error


def slice_worths(groups: int) -> NDArray[np.int64]:
    """Worth of every conversion of slices, ``2 ** (i + j)`` of bit i of activations and bit j of weights.

    Parameters
    ----------
    groups : int

    Returns
    -------
    int64, shape (groups * BITS * BITS,)
    """
    bits = np.arange(BITS)
    return np.tile((1 << (bits[:, np.newaxis] + bits)).ravel(), groups)


def requantize_table(
    scale: NDArray[np.float64], shift: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Fold ``clip(floor(scale * sum + shift + 1/2), 0, 3)`` into comparisons of integers.

    Parameters
    ----------
    scale, shift : float64, shape (channels,)

    Returns
    -------
    sign, table : int64, shapes (channels,) and (channels, 3)
        The activation is the number of the channel's thresholds that ``sign * sum`` is not below.
    """
    folded = fold(scale, shift, 1.0, REQUANTIZER)
    return np.where(folded.negative, -1, 1), folded.thresholds
