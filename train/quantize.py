"""Post-training quantisation of a float network to int8, as TFLite specifies it."""
# Ref: TensorFlow Lite 8-bit quantization specification, https://ai.google.dev/edge/litert/models/quantization_spec
# Ref: B. Jacob et al., Quantization and Training of Neural Networks for Efficient Integer-Arithmetic-Only Inference,
# CVPR 2018, sections 2.1-2.4. doi:10.1109/CVPR.2018.00286

import dataclasses

import numpy as np
from numpy.typing import NDArray

from racelet.nn.graph import Graph, Operator, Tensor
from racelet.train.float_network import FloatLayer, FloatNetwork, forward

_STEPS = 255
_WEIGHT_MAX = 127
_BIAS_MAX = 1 << 30
"""Largest bias code, which leaves the sums as much room again."""

_DEAD_CHANNEL = 2.0**-20
"""Least scale of a channel relative to its layer's largest: a channel without weights still needs one."""

_SOFTMAX_SCALE = 1 / 256


def activation_codes(values: NDArray[np.float64]) -> tuple[float, int]:
    """Scale and zero point with which int8 spans the values and zero, which is exact.

    Parameters
    ----------
    values : float64
        Real values of one activation, of any shape.

    Returns
    -------
    scale : float
        Real value of one step, a float32 number.
    zero_point : int
        Byte that stands for zero, -128..127.

    Examples
    --------
    >>> activation_codes(np.array([-1.0, 254.0]))
    (1.0, -127)
    """
    low, high = min(0.0, float(values.min())), max(0.0, float(values.max()))
    scale = float(np.float32((high - low) / _STEPS)) if high > low else 1.0
    return scale, int(np.clip(round(-128 - low / scale), -128, 127))


def weight_codes(
    layer: FloatLayer, input_scale: float
) -> tuple[NDArray[np.int8], NDArray[np.int32], NDArray[np.float64]]:
    """Symmetric int8 weights, per output channel (per tensor for FULLY_CONNECTED), and their int32 bias.

    Parameters
    ----------
    layer : FloatLayer
    input_scale : float
        Real value of one step of the layer's input.

    Returns
    -------
    weights : int8, shape of ``layer.weights``
        -127..127.
    bias : int32, shape (out,)
        In units of ``input_scale * scales``.
    scales : float64, shape (out,) or (1,)
        Real value of one step of the weights, float32 numbers.

    Examples
    --------
    >>> layer = FloatLayer(name="d", kind="FULLY_CONNECTED", weights=np.array([[-254.0, 2.0]]), bias=np.array([3.0]))
    >>> [values.tolist() for values in weight_codes(layer, 0.5)]
    [[[-127, 1]], [3], [2.0]]
    """
    channel_axis = 3 if layer.kind == "DEPTHWISE_CONV_2D" else 0
    others = tuple(axis for axis in range(layer.weights.ndim) if axis != channel_axis)
    needed = np.maximum(
        np.abs(layer.weights).max(axis=others) / _WEIGHT_MAX, np.abs(layer.bias) / input_scale / _BIAS_MAX
    )
    if layer.kind == "FULLY_CONNECTED":
        needed = needed.max(keepdims=True)
    needed = np.maximum(needed, needed.max() * _DEAD_CHANNEL)
    scales = needed.astype(np.float32).astype(np.float64)
    along = scales.reshape([-1 if axis == channel_axis else 1 for axis in range(layer.weights.ndim)])
    weights = np.clip(np.rint(layer.weights / along), -_WEIGHT_MAX, _WEIGHT_MAX).astype(np.int8)
    return weights, np.rint(layer.bias / (input_scale * scales)).astype(np.int32), scales


def quantize(network: FloatNetwork, images: NDArray[np.float64], input_scale: float, input_zero_point: int) -> Graph:
    """Quantise a network, its activations' ranges measured on images.

    Parameters
    ----------
    network : FloatNetwork
    images : float64, shape (n, rows, columns, channels)
        Real values of the calibration images.
    input_scale : float
        Real value of one step of the input.
    input_zero_point : int
        Byte that stands for zero at the input.

    Returns
    -------
    Graph
        The convolutions, AVERAGE_POOL_2D over the whole image, RESHAPE, FULLY_CONNECTED and SOFTMAX.

    Raises
    ------
    ValueError
        If a layer's sums would have to be multiplied by 1 or more to give output codes.

    Examples
    --------
    >>> conv = FloatLayer(name="c", kind="CONV_2D", weights=np.full((1, 1, 1, 1), 2.0), bias=np.array([0.5]))
    >>> dense = FloatLayer(name="d", kind="FULLY_CONNECTED", weights=np.array([[1.0], [-1.0]]), bias=np.zeros(2))
    >>> network = FloatNetwork(convolutions=(conv,), classifier=dense)
    >>> graph = quantize(network, np.ones((1, 4, 4, 1)), 1 / 255, -128)
    >>> [op.kind for op in graph.operators]
    ['CONV_2D', 'AVERAGE_POOL_2D', 'RESHAPE', 'FULLY_CONNECTED', 'SOFTMAX']
    """
    builder = _GraphBuilder("input", (1, *images.shape[1:]), float(np.float32(input_scale)), input_zero_point)
    *features, logits = forward(network, images)
    for layer, values in zip(network.convolutions, features, strict=True):
        builder.add_layer(layer, values)
    builder.add_mean("mean")
    builder.add_flatten("flatten")
    builder.add_layer(network.classifier, logits)
    builder.add_softmax("probabilities")
    return builder.graph()


class _GraphBuilder:
    """A chain of operators, each on the output of the one before."""

    def __init__(self, name: str, shape: tuple[int, ...], scale: float, zero_point: int) -> None:
        self._tensors = [Tensor(name=name, shape=shape, scales=np.array([scale]), zero_point=zero_point)]
        self._operators: list[Operator] = []
        self._last = 0

    def add_constant(self, name: str, data: NDArray[np.integer], scales: NDArray[np.float64]) -> int:
        """Append a constant and say where it is."""
        self._tensors.append(Tensor(name=name, shape=data.shape, scales=scales, data=data))
        return len(self._tensors) - 1

    def add_layer(self, layer: FloatLayer, values: NDArray[np.float64]) -> None:
        """Append a layer with weights, given its real outputs on the calibration images."""
        input_scale = float(self._tensors[self._last].scales[0])
        scale, zero_point = activation_codes(values)
        weights, bias, scales = weight_codes(layer, input_scale)
        largest = float((input_scale * scales / scale).max())
        if largest >= 1:
            raise ValueError(
                f"{layer.name}: input_scale * weight_scale / output_scale must be below 1 (output codes are coarser "
                f"than sums), not {largest:.3g}"
            )
        bias_scales = (input_scale * scales).astype(np.float32).astype(np.float64)
        operands = (
            self.add_constant(f"{layer.name}/weights", weights, scales),
            self.add_constant(f"{layer.name}/bias", bias, bias_scales),
        )
        output = Tensor(name=layer.name, shape=(1, *values.shape[1:]), scales=np.array([scale]), zero_point=zero_point)
        if layer.kind == "FULLY_CONNECTED":
            self._add(Operator(index=0, kind=layer.kind, inputs=operands, outputs=()), output)
            return
        operator = Operator(
            index=0,
            kind=layer.kind,
            inputs=operands,
            outputs=(),
            stride=(layer.stride, layer.stride),
            padding="SAME",
            kernel=layer.kernel,
            activation="RELU",
        )
        self._add(operator, output)

    def add_mean(self, name: str) -> None:
        """Append the mean over the whole image, with the codes of its input."""
        x = self._tensors[self._last]
        _, rows, columns, channels = x.shape
        window = (rows, columns)
        operator = Operator(index=0, kind="AVERAGE_POOL_2D", inputs=(), outputs=(), stride=window, kernel=window)
        self._add(operator, dataclasses.replace(x, name=name, shape=(1, 1, 1, channels)))

    def add_flatten(self, name: str) -> None:
        """Append the reshape to one row, for any batch."""
        x = self._tensors[self._last]
        length = int(np.prod(x.shape))
        shape = self.add_constant(f"{name}/shape", np.array([-1, length], np.int32), np.empty(0))
        operator = Operator(index=0, kind="RESHAPE", inputs=(shape,), outputs=())
        self._add(operator, dataclasses.replace(x, name=name, shape=(1, length)))

    def add_softmax(self, name: str) -> None:
        """Append the softmax, whose codes TFLite prescribes."""
        shape = self._tensors[self._last].shape
        output = Tensor(name=name, shape=shape, scales=np.array([_SOFTMAX_SCALE]), zero_point=-128)
        self._add(Operator(index=0, kind="SOFTMAX", inputs=(), outputs=()), output)

    def _add(self, operator: Operator, output: Tensor) -> None:
        """Append an operator whose inputs so far are its constants, and what it gives."""
        inputs = (self._last, *operator.inputs)
        self._tensors.append(output)
        self._last = len(self._tensors) - 1
        index = len(self._operators)
        self._operators.append(dataclasses.replace(operator, index=index, inputs=inputs, outputs=(self._last,)))

    def graph(self) -> Graph:
        """Everything appended so far."""
        return Graph(tensors=tuple(self._tensors), operators=tuple(self._operators), input=0, output=self._last)
