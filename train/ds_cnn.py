"""A small depthwise-separable network for 8x8 images, as PyTorch trains it."""
# Ref: Y. Zhang et al., Hello Edge: Keyword Spotting on Microcontrollers, 2017, section 4.4 (DS-CNN). arXiv:1711.07128

import dataclasses
from typing import Any

import numpy as np
from numpy.typing import NDArray

from racelet.golden.dwcpwc.padding import same_padding
from racelet.train.digits_data import CLASSES
from racelet.train.float_network import FloatLayer, FloatNetwork

STEM_CHANNELS = 16
BLOCKS = ((16, 1), (32, 2), (32, 1))
"""Output channels and stride of every depthwise-separable block."""

_KERNEL = 3
_MOMENTUM = 0.1
_EPSILON = 1e-3


@dataclasses.dataclass(frozen=True, kw_only=True)
class _Convolution:
    """A convolution, its batch normalisation and its place; the weights as (taps, out) or (in, out)."""

    name: str
    stride: int
    weights: Any
    gamma: Any
    beta: Any
    mean: Any
    variance: Any


class DsCnn:
    """The network in training: 3x3 convolution, depthwise-separable blocks, mean, one dense layer.

    Channels are last, and every 3x3 convolution is a sum of nine shifted images times weights: plain operations, whose
    bits depend on the processor less than those of convolution libraries. ReLU after every convolution.

    Parameters
    ----------
    torch : module
        PyTorch, which is no dependency of the package.
    generator : torch.Generator
        Draws the first weights.
    """

    def __init__(self, torch: Any, generator: Any) -> None:
        self._torch = torch
        self._generator = generator
        self._layers = [self._convolution("conv", _KERNEL**2, STEM_CHANNELS, 1)]
        channels = STEM_CHANNELS
        for number, (out, stride) in enumerate(BLOCKS, 1):
            self._layers.append(self._convolution(f"depthwise_{number}", _KERNEL**2, channels, stride))
            self._layers.append(self._convolution(f"pointwise_{number}", channels, out, 1))
            channels = out
        self._dense = self._normal((channels, CLASSES), 1 / channels)
        self._dense_bias = torch.zeros(CLASSES).requires_grad_()

    def _normal(self, shape: tuple[int, int], variance: float) -> Any:
        return (self._torch.randn(shape, generator=self._generator) * variance**0.5).requires_grad_()

    def _convolution(self, name: str, fan_in: int, channels: int, stride: int) -> _Convolution:
        torch = self._torch
        return _Convolution(
            name=name,
            stride=stride,
            weights=self._normal((fan_in, channels), 2 / fan_in),
            gamma=torch.ones(channels).requires_grad_(),
            beta=torch.zeros(channels).requires_grad_(),
            mean=torch.zeros(channels),
            variance=torch.ones(channels),
        )

    def parameters(self) -> tuple[list[Any], list[Any]]:
        """Tensors to train.

        Returns
        -------
        decayed, plain : list of float32 torch.Tensor
            Weights; biases and the parameters of batch normalisation.
        """
        plain = [tensor for layer in self._layers for tensor in (layer.gamma, layer.beta)]
        return [*(layer.weights for layer in self._layers), self._dense], [*plain, self._dense_bias]

    def __call__(self, x: Any) -> Any:
        """Run a batch, normalised by its own statistics, which are remembered for :meth:`fold`.

        Parameters
        ----------
        x : float32 torch.Tensor, shape (n, 8, 8, 1)
            Images of 0..1.

        Returns
        -------
        float32 torch.Tensor, shape (n, 10)
            Logits.
        """
        functional = self._torch.nn.functional
        for layer in self._layers:
            if layer.name.startswith("pointwise"):
                x = x @ layer.weights
            elif layer.name.startswith("depthwise"):
                x = sum(tap * weights for tap, weights in zip(self._taps(x, layer.stride), layer.weights, strict=True))
            else:
                x = self._torch.cat(self._taps(x, layer.stride), -1) @ layer.weights
            flat = x.reshape(-1, x.shape[-1])
            statistics = (layer.mean, layer.variance, layer.gamma, layer.beta)
            x = functional.relu(functional.batch_norm(flat, *statistics, True, _MOMENTUM, _EPSILON)).reshape(x.shape)
        return x.mean((1, 2)) @ self._dense + self._dense_bias

    def _taps(self, x: Any, stride: int) -> list[Any]:
        """The nine shifted images whose weighted sum is a 3x3 convolution under SAME."""
        out, before, after = same_padding(x.shape[1], _KERNEL, stride)
        padded = self._torch.nn.functional.pad(x, (0, 0, before, after, before, after))
        stop = (out - 1) * stride + 1
        starts = range(_KERNEL)
        return [padded[:, row : row + stop : stride, left : left + stop : stride] for row in starts for left in starts]

    def fold(self) -> FloatNetwork:
        """Put batch normalisation into the weights and biases.

        Returns
        -------
        FloatNetwork
            The network as it is now, on the statistics remembered.
        """
        classifier = FloatLayer(
            name="logits", kind="FULLY_CONNECTED", weights=_real(self._dense).T, bias=_real(self._dense_bias)
        )
        return FloatNetwork(convolutions=tuple(_fold(layer) for layer in self._layers), classifier=classifier)


def _real(tensor: Any) -> NDArray[np.float64]:
    return tensor.detach().numpy().astype(np.float64)


def _fold(layer: _Convolution) -> FloatLayer:
    factor = _real(layer.gamma) / np.sqrt(_real(layer.variance) + _EPSILON)
    weights, bias = _real(layer.weights) * factor, _real(layer.beta) - _real(layer.mean) * factor
    if layer.name.startswith("pointwise"):
        return FloatLayer(name=layer.name, kind="CONV_2D", weights=weights.T[:, np.newaxis, np.newaxis], bias=bias)
    if layer.name.startswith("depthwise"):
        kernel = weights.reshape(1, _KERNEL, _KERNEL, -1)
        return FloatLayer(name=layer.name, kind="DEPTHWISE_CONV_2D", weights=kernel, bias=bias, stride=layer.stride)
    kernel = weights.T.reshape(-1, _KERNEL, _KERNEL, 1)
    return FloatLayer(name=layer.name, kind="CONV_2D", weights=kernel, bias=bias, stride=layer.stride)
