"""A network in training whose sums are read by converters."""

import functools
from typing import Any

import numpy as np
from numpy.typing import NDArray

from racelet.golden.adc.quantizer import logistic_scale
from racelet.train.adc.deployed import Deployed, DeployedLayer, requantize_table, slice_worths
from racelet.train.adc.functions import (
    bit_planes,
    concrete,
    logistic,
    round_through,
    sample_spread,
    straight_through,
)
from racelet.train.adc.recipe import ACTIVATIONS, BITS, WEIGHTS, Layer, Recipe

_MOMENTUM = 0.1
_EPSILON = 1e-5
_FIRST_GAMMA = 1.6
"""Steps of an activation per standard deviation: what a half-normal distribution needs with two bits."""
_RANGE = 3.0
"""Standard deviations of sums that the levels cover at first."""


class MacroNetwork:
    """Layers of 2-bit weights and 2-bit activations; each group of channels is summed in the macro and converted.

    Weights are kept in units of their step, and sums in MAC units: batch normalisation takes all scales up.

    Parameters
    ----------
    torch : module
    recipe : Recipe
    device : torch.device
    generator : torch.Generator
        On the device; draws weights and noise.
    """

    def __init__(self, torch: Any, recipe: Recipe, device: Any, generator: Any) -> None:
        self._torch, self._recipe, self._generator = torch, recipe, generator
        self.scale = torch.tensor(logistic_scale(recipe.sigma), device=device)
        self._zero = torch.tensor(0.0, device=device)
        self.state: dict[str, Any] = {}
        for index, layer in enumerate(recipe.layers):
            full = functools.partial(torch.full, (layer.outputs,), device=device)
            shape = (layer.outputs, layer.inputs, layer.kernel, layer.kernel)
            first = torch.randn(shape, generator=generator, device=device)
            last = index == len(recipe.layers) - 1
            self.state |= {
                f"{index}.weights": first.clamp_(WEIGHTS[0] - 0.5, WEIGHTS[1] + 0.5),
                f"{index}.alpha": torch.tensor(1.0, device=device),
                f"{index}.gamma": torch.tensor(1.0, device=device) if last else full(_FIRST_GAMMA),
                f"{index}.offset": full(0.0),
            }
            if not last:
                self.state |= {f"{index}.mean": full(0.0), f"{index}.variance": full(1.0)}
        for name, value in self.state.items():
            value.requires_grad_(not name.endswith(("mean", "variance")))

    def parameters(self) -> tuple[list[Any], list[Any]]:
        """What is trained: steps of converters, and all else."""
        alphas = [f"{index}.alpha" for index, layer in enumerate(self._recipe.layers) if not layer.digital]
        rest = ("weights", "gamma", "offset")
        return [self.state[name] for name in alphas], [v for n, v in self.state.items() if n.endswith(rest)]

    def constrain(self) -> None:
        """Keep weights where their gradients reach them, and steps at a MAC unit or more: sums are integers."""
        with self._torch.no_grad():
            for name, value in self.state.items():
                if name.endswith("weights"):
                    value.clamp_(WEIGHTS[0] - 0.5, WEIGHTS[1] + 0.5)
                elif name.endswith("alpha"):
                    value.clamp_(min=1.0)

    def calibrate(self, inputs: Any) -> None:
        """Set the first steps, and the size of the results, to what sums of some inputs need."""
        torch = self._torch
        with torch.no_grad():
            for index, layer in enumerate(self._recipe.layers):
                sums = self._sums(index, layer, inputs)
                spread = (sums.var() + (0 if self._recipe.method == "ste" else self._recipe.sigma**2)).sqrt()
                self.state[f"{index}.alpha"].fill_(max(float(_RANGE * spread / -self._recipe.lowest), 1.0))
                if index == len(self._recipe.layers) - 1:
                    self.state[f"{index}.gamma"].fill_(float(2 / self._total(layer, sums).std()))
                    return
                inputs = self._activations(index, layer, self._total(layer, sums))

    def forward(self, inputs: Any, temperature: float | None) -> Any:
        """Results of the classes, with what the method does to the sums of every group.

        Parameters
        ----------
        inputs : torch.Tensor, shape (n, channels, rows, columns)
            Integers.
        temperature : float or None
            Of samples; None: they are not taken yet, and what they are for goes straight through without noise.
        """
        for index, layer in enumerate(self._recipe.layers):
            sums = self._sums(index, layer, inputs)
            read = sums if layer.digital else self._read(sums, self.state[f"{index}.alpha"], temperature)
            total = self._total(layer, read)
            if index == len(self._recipe.layers) - 1:
                return (total * self.state[f"{index}.gamma"]).flatten(1) + self.state[f"{index}.offset"]
            inputs = self._activations(index, layer, total)
        raise AssertionError("a network has layers")

    def _read(self, sums: Any, alpha: Any, temperature: float | None) -> Any:
        recipe = self._recipe
        codes = (recipe.lowest, recipe.lowest + recipe.levels - 1)
        if recipe.method == "noise":
            noise = logistic(self._torch, sums, self._generator).mul_(self.scale)
            return straight_through(sums, alpha, 0.0, codes, noise)
        if recipe.method == "ste" or temperature is None:
            return straight_through(sums, alpha, 0.0, codes)
        scale = self.scale / sample_spread(temperature) if recipe.widen else self.scale
        parameters = (sums, alpha, self._zero, scale, codes, temperature)
        return concrete(self._torch, *parameters, generator=self._generator, hard=recipe.method == "concrete-st")

    def _sliced(self, layer: Layer) -> bool:
        return self._recipe.readout == "slices" and not layer.digital

    def _sums(self, index: int, layer: Layer, inputs: Any) -> Any:
        """What converters read: shape (n, conversions, outputs, rows, columns), in the order of the deployed layer."""
        torch, functional = self._torch, self._torch.nn.functional
        weights = round_through(self.state[f"{index}.weights"], *WEIGHTS)
        groups, each = layer.groups(self._recipe.rows), layer.group_channels(self._recipe.rows)
        if inputs.shape[1] != layer.inputs:
            inputs = inputs.reshape(len(inputs), layer.inputs, 1, 1)
        missing = groups * each - layer.inputs
        if missing:
            inputs = functional.pad(inputs, (0, 0, 0, 0, 0, missing))
            weights = functional.pad(weights, (0, 0, 0, 0, 0, missing))
        if self._sliced(layer):
            # Bits of activations are more images, those of weights more outputs.
            inputs, weights = torch.cat(bit_planes(inputs, BITS)), torch.cat(bit_planes(weights, BITS))
        outputs = len(weights)
        apart = weights.reshape(outputs, groups, each, layer.kernel, layer.kernel).transpose(0, 1).flatten(0, 1)
        sums = functional.conv2d(inputs, apart, padding=layer.padding, groups=groups)
        places = sums.shape[2:]
        if not self._sliced(layer):
            return sums.reshape(len(sums), groups, outputs, *places)
        split = sums.reshape(BITS, -1, groups, BITS, layer.outputs, *places).permute(1, 2, 0, 3, 4, 5, 6)
        return split.flatten(1, 3)

    def _total(self, layer: Layer, read: Any) -> Any:
        """Sum of what was read, bits by their worth."""
        if not self._sliced(layer):
            return read.sum(1)
        worth = slice_worths(layer.groups(self._recipe.rows))
        return (read * self._torch.tensor(worth, dtype=read.dtype, device=read.device)[:, None, None, None]).sum(1)

    def _activations(self, index: int, layer: Layer, total: Any) -> Any:
        functional, state = self._torch.nn.functional, self.state
        names = ("mean", "variance", "gamma", "offset")
        normal = functional.batch_norm(total, *(state[f"{index}.{name}"] for name in names), True, _MOMENTUM, _EPSILON)
        if layer.pool:
            normal = functional.max_pool2d(normal, 2)
        return round_through(normal, 0, ACTIVATIONS)

    def deploy(self) -> Deployed:
        """The network in integers, as the hardware computes it."""
        found = []
        for index, layer in enumerate(self._recipe.layers):
            latent, gamma, offset = (self._numpy(f"{index}.{name}") for name in ("weights", "gamma", "offset"))
            alpha = 1.0 if layer.digital else float(self._numpy(f"{index}.alpha"))
            if index < len(self._recipe.layers) - 1:
                mean, variance = self._numpy(f"{index}.mean"), self._numpy(f"{index}.variance")
                slope = gamma / np.sqrt(variance + _EPSILON)
                scale, shift = slope * alpha, offset - slope * mean
                sign, table = requantize_table(scale, shift)
                bias = np.zeros(layer.outputs, np.int64)
            else:
                scale, shift = np.full(layer.outputs, float(gamma) * alpha), offset
                sign, table = np.ones(layer.outputs, np.int64), np.zeros((layer.outputs, 0), np.int64)
                if scale[0] < 0:
                    sign = -sign
                bias = np.floor(shift / np.abs(scale) + 0.5).astype(np.int64)
            found.append(
                DeployedLayer(
                    weights=np.floor(latent + 0.5).clip(*WEIGHTS).astype(np.int8),
                    alpha=alpha,
                    lowest=self._recipe.lowest,
                    levels=0 if layer.digital else self._recipe.levels,
                    group_channels=layer.group_channels(self._recipe.rows),
                    slices=self._sliced(layer),
                    padding=layer.padding,
                    pool=layer.pool,
                    sign=sign,
                    requantize=table,
                    bias=bias,
                    scale=scale,
                    shift=shift,
                )
            )
        return Deployed(layers=tuple(found))

    def _numpy(self, name: str) -> NDArray[np.float64]:
        return self.state[name].detach().cpu().numpy().astype(np.float64)
