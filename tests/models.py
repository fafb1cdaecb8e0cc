"""Random int8 networks whose codes are spread over the whole range."""

import dataclasses
import math

import numpy as np
from numpy.typing import NDArray

from racelet.golden.dwcpwc.padding import window_padding
from racelet.nn.evaluate import evaluate
from racelet.nn.graph import Activation, Graph, Operator, Padding, Tensor

SPREAD = 40.0
"""Standard deviation that a weighted operator's output codes have, before they are clamped."""

SAMPLES = 4
"""Inputs on which the spread of a tensor is measured while a network grows."""


class NetworkBuilder:
    """A chain of operators with random weights, one method per kind.

    Output scales are chosen from the measured spread of the input, so that few codes saturate.

    Parameters
    ----------
    seed : int
        Same seed and same calls: same network.
    shape : tuple of int
        Shape of the input, without the batch.
    zero_point : int or None
        Of the input; random if None.

    Examples
    --------
    >>> builder = NetworkBuilder(seed=1, shape=(6, 6, 2))
    >>> builder.conv(4, kernel=(3, 3), stride=(2, 2), activation="RELU")
    >>> builder.depthwise(multiplier=2)
    >>> graph = builder.graph()
    >>> [graph.tensors[op.outputs[0]].shape for op in graph.operators]
    [(1, 3, 3, 4), (1, 3, 3, 8)]
    """

    def __init__(self, seed: int, shape: tuple[int, ...], zero_point: int | None = None) -> None:
        self.rng = np.random.default_rng(seed)
        self._tensors: list[Tensor] = []
        self._operators: list[Operator] = []
        self._last = self._add(
            Tensor(
                name="input",
                shape=(1, *shape),
                scales=self._scale(),
                zero_point=self._zero_point("NONE") if zero_point is None else zero_point,
            )
        )
        self._codes = random_inputs(self.graph(), SAMPLES, seed)

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the newest activation, without the batch."""
        return self._tensors[self._last].shape[1:]

    def graph(self) -> Graph:
        """The network so far."""
        return Graph(tensors=tuple(self._tensors), operators=tuple(self._operators), input=0, output=self._last)

    def conv(
        self,
        channels: int,
        kernel: tuple[int, int] = (1, 1),
        stride: tuple[int, int] = (1, 1),
        padding: Padding = "SAME",
        activation: Activation = "NONE",
        zero_point: int | None = None,
        dead: float = 0.0,
    ) -> None:
        """Append CONV_2D; a fraction ``dead`` of its channels has a scale so small that ``mult`` is 0."""
        weights = self._weights((channels, *kernel, self.shape[2]))
        options = {"stride": stride, "padding": padding, "kernel": kernel, "activation": activation}
        output = (*self._window(kernel, stride, padding), channels)
        self._weighted("CONV_2D", weights, 0, output, zero_point, dead, True, options)

    def depthwise(
        self,
        kernel: tuple[int, int] = (3, 3),
        stride: tuple[int, int] = (1, 1),
        padding: Padding = "SAME",
        activation: Activation = "NONE",
        multiplier: int = 1,
        zero_point: int | None = None,
        dead: float = 0.0,
        bias: bool = True,
    ) -> None:
        """Append DEPTHWISE_CONV_2D."""
        channels = self.shape[2] * multiplier
        weights = self._weights((1, *kernel, channels))
        options = {"stride": stride, "padding": padding, "kernel": kernel, "activation": activation}
        options["depth_multiplier"] = multiplier
        output = (*self._window(kernel, stride, padding), channels)
        self._weighted("DEPTHWISE_CONV_2D", weights, 3, output, zero_point, dead, bias, options)

    def fully_connected(
        self,
        channels: int,
        activation: Activation = "NONE",
        zero_point: int | None = None,
        per_channel: bool = False,
        bias: bool = True,
    ) -> None:
        """Append FULLY_CONNECTED, by default with one weight scale, as converters make it."""
        weights = self._weights((channels, math.prod(self.shape)))
        options = {"activation": activation}
        axis = 0 if per_channel else None
        self._weighted("FULLY_CONNECTED", weights, axis, (channels,), zero_point, 0.0, bias, options)

    def average_pool(
        self,
        kernel: tuple[int, int],
        stride: tuple[int, int] | None = None,
        padding: Padding = "VALID",
        activation: Activation = "NONE",
    ) -> None:
        """Append AVERAGE_POOL_2D; windows touch by default."""
        step = stride or kernel
        output = (*self._window(kernel, step, padding), self.shape[2])
        options = {"kernel": kernel, "stride": step, "padding": padding, "activation": activation}
        self._append("AVERAGE_POOL_2D", (), self._like_last("pool", output), options)

    def reshape(self, shape: tuple[int, ...]) -> None:
        """Append RESHAPE."""
        target = np.array((1, *shape), np.int32)
        operand = self._add(Tensor(name="shape", shape=target.shape, scales=np.empty(0), data=target))
        self._append("RESHAPE", (operand,), self._like_last("reshape", shape), {})

    def softmax(self, beta: float = 1.0) -> None:
        """Append SOFTMAX."""
        output = Tensor(name="softmax", shape=(1, *self.shape), scales=np.array([1 / 256]), zero_point=-128)
        self._append("SOFTMAX", (), output, {"beta": beta})

    def _add(self, tensor: Tensor) -> int:
        self._tensors.append(tensor)
        return len(self._tensors) - 1

    def _scale(self) -> NDArray[np.float64]:
        return np.exp(self.rng.uniform(np.log(0.01), np.log(0.2), 1)).astype(np.float32).astype(np.float64)

    def _zero_point(self, activation: Activation) -> int:
        if activation != "NONE" and self.rng.random() < 0.5:
            return -128
        return int(self.rng.choice([-128, 127, 0, *self.rng.integers(-100, 100, 5)]))

    def _weights(self, shape: tuple[int, ...]) -> NDArray[np.int8]:
        return self.rng.integers(-127, 128, shape).astype(np.int8)

    def _window(self, kernel: tuple[int, int], stride: tuple[int, int], padding: Padding) -> tuple[int, int]:
        rows, columns = (window_padding(self.shape[axis], kernel[axis], stride[axis], padding)[0] for axis in (0, 1))
        return rows, columns

    def _like_last(self, name: str, shape: tuple[int, ...]) -> Tensor:
        return dataclasses.replace(self._tensors[self._last], name=name, shape=(1, *shape))

    def _weighted(
        self,
        kind: str,
        weights: NDArray[np.int8],
        axis: int | None,
        shape: tuple[int, ...],
        zero_point: int | None,
        dead: float,
        bias: bool,
        options: dict,
    ) -> None:
        source = self._tensors[self._last]
        if zero_point is None:
            zero_point = self._zero_point(options["activation"])
        others = tuple(other for other in range(weights.ndim) if other != axis)
        norms = np.sqrt(np.square(weights.astype(np.float64)).sum(axis=others, keepdims=True)).ravel()
        if axis is None:
            norms = norms / np.sqrt(len(weights))
        spread = norms * max(float((self._codes.astype(np.float64) - source.zero_point).std()), 1.0)
        output = self._scale()
        effective = SPREAD / np.maximum(spread, 1.0) * np.exp(self.rng.normal(0, 0.3, norms.size))
        effective[self.rng.random(norms.size) < dead] *= 1e-12
        scales = (effective * output / source.scales).astype(np.float32).astype(np.float64)
        operands = [self._add(Tensor(name="weights", shape=weights.shape, scales=scales, data=weights))]
        if bias:
            channels = shape[-1]
            values = self.rng.normal(0, 0.5, channels) * spread
            # A dead channel's bias may use all 32 bits.
            values = np.where(np.broadcast_to(effective < 1e-9, (channels,)), values * 1e4, values)
            data = np.clip(np.round(values), -(2**31), 2**31 - 1).astype(np.int32)
            operands.append(self._add(Tensor(name="bias", shape=(channels,), scales=source.scales * scales, data=data)))
        target = Tensor(name=kind.lower(), shape=(1, *shape), scales=output, zero_point=zero_point)
        self._append(kind, tuple(operands), target, options)

    def _append(self, kind: str, operands: tuple[int, ...], target: Tensor, options: dict) -> None:
        output = self._add(target)
        op = Operator(
            index=len(self._operators), kind=kind, inputs=(self._last, *operands), outputs=(output,), **options
        )
        step = Graph(tensors=tuple(self._tensors), operators=(op,), input=self._last, output=output)
        self._codes = evaluate(step, self._codes)[output]
        self._operators.append(op)
        self._last = output


def random_inputs(graph: Graph, count: int, seed: int) -> NDArray[np.int8]:
    """Inputs for a graph: uniform codes, and the two extremes among them.

    Parameters
    ----------
    graph : Graph
    count : int
        Inputs to make.
    seed : int
        Same seed: same inputs.

    Returns
    -------
    int8, shape (count, ...)
        The graph's input shape, with the batch in place of its leading 1.

    Examples
    --------
    >>> graph = NetworkBuilder(seed=1, shape=(6, 6, 2)).graph()
    >>> random_inputs(graph, 3, seed=0).shape
    (3, 6, 6, 2)
    """
    shape = graph.tensors[graph.input].shape[1:]
    rng = np.random.default_rng((seed, 1))
    codes = rng.integers(-128, 128, (count, *shape)).astype(np.int8)
    extremes = rng.random(codes.shape)
    return np.where(extremes < 0.05, np.int8(-128), np.where(extremes > 0.95, np.int8(127), codes))


def random_network(
    seed: int,
    *,
    blocks: int = 3,
    max_size: int = 12,
    max_channels: int = 20,
    max_kernel: int = 5,
    strides: tuple[int, ...] = (1, 2),
    depth_multipliers: tuple[int, ...] = (1,),
    separable: bool = False,
    classifier: bool = True,
) -> Graph:
    """A chain of convolutions, depthwise-separable pairs and poolings, with a classifier at its end.

    Parameters
    ----------
    seed : int
        Same arguments: same network.
    blocks : int
        Blocks between input and classifier: each a CONV_2D, a DEPTHWISE_CONV_2D followed by a 1x1 CONV_2D,
        a DEPTHWISE_CONV_2D alone, or an AVERAGE_POOL_2D.
    max_size, max_channels, max_kernel : int
        Bounds of rows and columns, of channels, and of a window's rows and columns.
    strides : tuple of int
        Strides to draw from, the same for rows and columns.
    depth_multipliers : tuple of int
        Depth multipliers to draw from.
    separable : bool
        Only depthwise + 1x1 pairs with 3x3 kernels after a first CONV_2D, as in a DS-CNN.
    classifier : bool
        End with AVERAGE_POOL_2D over all rows and columns, RESHAPE, FULLY_CONNECTED and SOFTMAX.

    Returns
    -------
    Graph

    Examples
    --------
    >>> graph = random_network(4, blocks=2, separable=True)
    >>> [op.kind for op in graph.operators][:4]
    ['CONV_2D', 'DEPTHWISE_CONV_2D', 'CONV_2D', 'DEPTHWISE_CONV_2D']
    """
    rng = np.random.default_rng((seed, 2))

    def draw(high: int, low: int = 1) -> int:
        return int(rng.integers(low, high, endpoint=True))

    def activation() -> Activation:
        return ("NONE", "RELU", "RELU6")[draw(2, 0)]

    def window(kernel: tuple[int, int] | None = None) -> dict:
        kernel = kernel or (draw(max_kernel), draw(max_kernel))
        stride = int(rng.choice(strides))
        fits = kernel[0] <= builder.shape[0] and kernel[1] <= builder.shape[1]
        padding: Padding = "VALID" if fits and rng.random() < 0.3 else "SAME"
        return {"kernel": kernel, "stride": (stride, stride), "padding": padding, "activation": activation()}

    def depthwise(kernel: tuple[int, int] | None = None) -> None:
        multiplier = int(rng.choice([m for m in depth_multipliers if m * builder.shape[2] <= max_channels] or [1]))
        builder.depthwise(**window(kernel), multiplier=multiplier, dead=0.1)

    builder = NetworkBuilder(seed, (draw(max_size, 3), draw(max_size, 3), draw(min(4, max_channels))))
    if separable:
        builder.conv(draw(max_channels), **window())
    for _ in range(blocks):
        block = 1 if separable else draw(3, 0)
        if block == 0:
            builder.conv(draw(max_channels), **window(), dead=0.1)
        elif block == 1:
            depthwise((3, 3) if separable else None)
            builder.conv(draw(max_channels), activation=activation(), dead=0.1)
        elif block == 2:
            depthwise()
        else:
            builder.average_pool(**window())
    if classifier:
        builder.average_pool((builder.shape[0], builder.shape[1]))
        builder.reshape((builder.shape[2],))
        builder.fully_connected(draw(12, 2))
        builder.softmax()
    return builder.graph()
