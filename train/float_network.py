"""A trained convolutional classifier in real numbers, batch normalisation folded."""

import dataclasses
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from racelet.golden.dwcpwc.padding import same_padding

LayerKind = Literal["CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED"]


@dataclasses.dataclass(frozen=True, kw_only=True)
class FloatLayer:
    """One layer with weights; convolutions are padded SAME and end in ReLU, FULLY_CONNECTED in nothing.

    Parameters
    ----------
    name : str
        Name of the layer's tensors in the file.
    kind : {"CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED"}
        Name in the TFLite schema.
    weights : float64
        CONV_2D (out, kh, kw, in); DEPTHWISE_CONV_2D (1, kh, kw, out); FULLY_CONNECTED (out, in).
    bias : float64, shape (out,)
        Added to the sums.
    stride : int
        Rows and columns. 1 or 2.
    """

    name: str
    kind: LayerKind
    weights: NDArray[np.float64]
    bias: NDArray[np.float64]
    stride: int = 1

    @property
    def kernel(self) -> tuple[int, int]:
        """Rows and columns of the window; (1, 1) for FULLY_CONNECTED."""
        return (1, 1) if self.weights.ndim == 2 else (self.weights.shape[1], self.weights.shape[2])


@dataclasses.dataclass(frozen=True, kw_only=True)
class FloatNetwork:
    """Convolutions, the mean over the image, one FULLY_CONNECTED layer.

    Parameters
    ----------
    convolutions : tuple of FloatLayer
        CONV_2D and DEPTHWISE_CONV_2D layers, from the input on.
    classifier : FloatLayer
        The FULLY_CONNECTED layer.
    """

    convolutions: tuple[FloatLayer, ...]
    classifier: FloatLayer


def forward(network: FloatNetwork, images: NDArray[np.float64]) -> list[NDArray[np.float64]]:
    """Run a batch and keep the output of every layer.

    Parameters
    ----------
    network : FloatNetwork
    images : float64, shape (n, rows, columns, channels)
        Real values of the input.

    Returns
    -------
    list of float64 arrays
        One per convolution, shape (n, rows, columns, out), and last the classifier's, shape (n, out), before softmax.

    Examples
    --------
    >>> conv = FloatLayer(name="c", kind="CONV_2D", weights=np.full((1, 1, 1, 1), 2.0), bias=np.array([-3.0]))
    >>> dense = FloatLayer(name="d", kind="FULLY_CONNECTED", weights=np.array([[1.0], [-1.0]]), bias=np.zeros(2))
    >>> outputs = forward(FloatNetwork(convolutions=(conv,), classifier=dense), np.array([[[[1.0], [2.0]]]]))
    >>> [output.ravel().tolist() for output in outputs]
    [[0.0, 1.0], [0.5, -0.5]]
    """
    outputs: list[NDArray[np.float64]] = []
    x = images
    for layer in network.convolutions:
        x = np.maximum(_convolve(layer, x) + layer.bias, 0.0)
        outputs.append(x)
    dense = network.classifier
    return [*outputs, x.mean(axis=(1, 2)) @ dense.weights.T + dense.bias]


def _convolve(layer: FloatLayer, x: NDArray[np.float64]) -> NDArray[np.float64]:
    kh, kw = layer.kernel
    rows, top, bottom = same_padding(x.shape[1], kh, layer.stride)
    columns, left, right = same_padding(x.shape[2], kw, layer.stride)
    padded = np.pad(x, ((0, 0), (top, bottom), (left, right), (0, 0)))
    total = np.zeros((len(x), rows, columns, len(layer.bias)))
    for row in range(kh):
        for column in range(kw):
            tap = padded[:, row :: layer.stride, column :: layer.stride][:, :rows, :columns]
            weights = layer.weights[:, row, column]
            total += tap * weights if layer.kind == "DEPTHWISE_CONV_2D" else tap @ weights.T
    return total
