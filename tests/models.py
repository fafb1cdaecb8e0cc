"""Random int8 networks whose codes are spread over the whole range."""

import dataclasses
import math

import numpy as np
from numpy.typing import NDArray

from racelet.golden.dwcpwc.padding import window_padding
from racelet.nn.evaluate import constants, effective_scales, evaluate_operator
from racelet.nn.graph import Activation, Graph, Operator, Padding, Tensor

SPREAD = 40.0
"""Standard deviation that a weighted operator's output codes have, before they are clamped."""

SAMPLES = 4
"""Inputs on which the spread of a tensor is measured while a network grows."""

Pads = tuple[tuple[int, int], tuple[int, int]]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Mark:
    """An activation to come back to.

    Parameters
    ----------
    tensor : int
        Its index.
    codes : int8, shape (SAMPLES, ...)
        Its codes.
    """

    tensor: int
    codes: NDArray[np.int8]


class NetworkBuilder:
    """A graph of operators with random weights, one method per kind.

    Every method appends to the newest activation; :meth:`mark`, :meth:`resume` and :meth:`add` make branches. Output
    scales are chosen from the measured spread of the input, so that few codes saturate.

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
    >>> before = builder.mark()
    >>> builder.conv(8)
    >>> builder.add(before)
    >>> builder.graph().operators[-1].kind
    'ADD'
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

    def mark(self) -> Mark:
        """The newest activation, for :meth:`resume` and :meth:`add`."""
        return Mark(tensor=self._last, codes=self._codes)

    def resume(self, mark: Mark) -> None:
        """Go on from an older activation."""
        self._last, self._codes = mark.tensor, mark.codes

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

    def max_pool(
        self,
        kernel: tuple[int, int],
        stride: tuple[int, int] | None = None,
        padding: Padding = "VALID",
        activation: Activation = "NONE",
    ) -> None:
        """Append MAX_POOL_2D; windows touch by default."""
        step = stride or kernel
        output = (*self._window(kernel, step, padding), self.shape[2])
        options = {"kernel": kernel, "stride": step, "padding": padding, "activation": activation}
        self._append("MAX_POOL_2D", (), self._like_last("max", output), options)

    def add(
        self,
        mark: Mark,
        activation: Activation = "NONE",
        zero_point: int | None = None,
        scale: float | None = None,
        swapped: bool = False,
    ) -> None:
        """Append ADD of the newest activation and a marked one; the marked one first if ``swapped``."""
        last = self.mark()
        first, second = (mark, last) if swapped else (last, mark)
        real = self._real(first) + self._real(second)
        output = self._spread_scale(real) if scale is None else np.array([scale])
        zero = self._zero_point(activation) if zero_point is None else zero_point
        self._last, self._codes = first.tensor, first.codes
        target = Tensor(name="add", shape=(1, *self.shape), scales=output, zero_point=zero)
        self._append("ADD", (second.tensor,), target, {"activation": activation}, second.codes)

    def mean(
        self,
        keep_dims: bool = False,
        axes: tuple[int, int] = (1, 2),
        zero_point: int | None = None,
        scale: float | None = None,
    ) -> None:
        """Append MEAN over rows and columns."""
        real = self._real(self.mark()).mean(axis=(1, 2))
        data = np.array(axes, np.int32)
        operand = self._add(Tensor(name="axes", shape=data.shape, scales=np.empty(0), data=data))
        output = Tensor(
            name="mean",
            shape=(1, *((1, 1) if keep_dims else ()), self.shape[2]),
            scales=self._spread_scale(real) if scale is None else np.array([scale]),
            zero_point=self._zero_point("NONE") if zero_point is None else zero_point,
        )
        self._append("MEAN", (operand,), output, {"keep_dims": keep_dims})

    def pad(self, rows: tuple[int, int], columns: tuple[int, int]) -> None:
        """Append PAD of rows above and below and columns left and right."""
        data = np.array([(0, 0), rows, columns, (0, 0)], np.int32)
        operand = self._add(Tensor(name="paddings", shape=data.shape, scales=np.empty(0), data=data))
        height, width, channels = self.shape
        output = self._like_last("pad", (height + sum(rows), width + sum(columns), channels))
        self._append("PAD", (operand,), output, {"pads": (rows, columns)})

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

    def _real(self, mark: Mark) -> NDArray[np.float64]:
        tensor = self._tensors[mark.tensor]
        return (mark.codes.astype(np.float64) - tensor.zero_point) * tensor.scales

    def _spread_scale(self, real: NDArray[np.float64]) -> NDArray[np.float64]:
        """A scale in which real values have about the spread of a weighted operator's codes."""
        scale = max(float(real.std()), 1e-3) / SPREAD * np.exp(self.rng.normal(0, 0.3, 1))
        return scale.astype(np.float32).astype(np.float64)

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

    def _append(
        self, kind: str, operands: tuple[int, ...], target: Tensor, options: dict, *others: NDArray[np.int8]
    ) -> None:
        output = self._add(target)
        op = Operator(
            index=len(self._operators), kind=kind, inputs=(self._last, *operands), outputs=(output,), **options
        )
        self._operators.append(op)
        self._codes = evaluate_operator(self.graph(), op, [self._codes, *others])
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


def with_idle_channels(graph: Graph, seed: int, share: float = 0.4) -> Graph:
    """Make channels of a network constant, at either end of the codes or anywhere, and others unused.

    Parameters
    ----------
    graph : Graph
        Its convolutions and matrices are changed, all but the last.
    seed : int
        Same arguments: same network.
    share : float
        Part of the output channels of each operator that become constant, and half of it the part of its input
        channels whose weights become zero.

    Returns
    -------
    Graph

    Examples
    --------
    >>> graph = random_network(4, blocks=2, separable=True)
    >>> idle = with_idle_channels(graph, 4)
    >>> np.all(graph.tensors[1].data == idle.tensors[1].data)
    np.False_
    """
    rng = np.random.default_rng((seed, 4))
    tensors = list(graph.tensors)
    weighted = [op for op in graph.operators if len(op.inputs) == 3]
    for op in weighted[:-1]:
        eff = effective_scales(graph, op)
        weights, bias = (constant.copy() for constant in constants(graph, op))
        rows = weights.reshape(-1, eff.size).T if op.kind == "DEPTHWISE_CONV_2D" else weights.reshape(eff.size, -1)
        zeroed = np.zeros(rows.shape, np.bool_)
        channels = graph.tensors[op.inputs[0]].shape[-1]
        if op.kind != "DEPTHWISE_CONV_2D":
            zeroed.reshape(eff.size, -1, channels)[..., rng.random(channels) < share / 2] = True
        loud = 128 * 255 * np.abs(rows).sum(1, dtype=np.int64)
        for channel in np.flatnonzero(rng.random(eff.size) < share):
            code = rng.integers(-140, 140) / max(eff[channel], 1e-7)
            loudness = rng.integers(-1, 2)
            if loudness == 0:
                zeroed[channel] = True
            else:
                code = loudness * (300 / max(eff[channel], 1e-7) + loud[channel])
            bias[channel] = int(np.clip(code, -(2**31), 2**31 - 1))
        rows = np.where(zeroed, 0, rows).astype(np.int8)
        data = rows.T.reshape(weights.shape) if op.kind == "DEPTHWISE_CONV_2D" else rows.reshape(weights.shape)
        tensors[op.inputs[1]] = dataclasses.replace(tensors[op.inputs[1]], data=data)
        tensors[op.inputs[2]] = dataclasses.replace(tensors[op.inputs[2]], data=bias)
    return dataclasses.replace(graph, tensors=tuple(tensors))


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
    extended: bool = False,
) -> Graph:
    """A chain of convolutions, depthwise-separable pairs and poolings, with a classifier at its end.

    Extended, it has residual and inverted residual blocks, maximum pooling, means and pads as well.

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
        End with AVERAGE_POOL_2D over all rows and columns, RESHAPE, FULLY_CONNECTED and SOFTMAX. Extended, a MEAN
        may stand for the first two.
    extended : bool
        Draw from every kind of block: those above, a residual block, an inverted residual block, MAX_POOL_2D, PAD
        before a VALID window, and one channel that DEPTHWISE_CONV_2D with a depth multiplier of 8 begins with. Old
        seeds without it keep their networks.

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

    def residual() -> None:
        """Two convolutions and a shortcut, which is a convolution where the shapes differ."""
        start, stride = builder.mark(), int(rng.choice(strides))
        channels = builder.shape[2] if rng.random() < 0.5 else draw(max_channels)
        kernel = (draw(min(3, max_kernel)), draw(min(3, max_kernel)))
        builder.conv(channels, kernel, (stride, stride), activation="RELU")
        builder.conv(channels, kernel, dead=0.1)
        if stride == 1 and channels == start.codes.shape[3]:
            builder.add(start, activation(), swapped=rng.random() < 0.5)
            return
        main = builder.mark()
        builder.resume(start)
        builder.conv(channels, stride=(stride, stride))
        builder.add(main, activation(), swapped=rng.random() < 0.5)

    def inverted_residual() -> None:
        """1x1 to more channels, depthwise, 1x1 to as many as before, added to the beginning."""
        start, channels = builder.mark(), builder.shape[2]
        builder.conv(min(channels * draw(6, 2), max_channels), activation="RELU6")
        builder.depthwise((min(3, max_kernel), min(3, max_kernel)), activation="RELU6", dead=0.1)
        builder.conv(channels)
        builder.add(start, swapped=rng.random() < 0.5)

    def padded() -> None:
        """PAD as PyTorch's converters make it, before a VALID window; or of any width."""
        kernel = (draw(max_kernel), draw(max_kernel))
        rows, columns = ((size // 2, size // 2) for size in kernel)
        if rng.random() < 0.3:
            rows, columns = (draw(3, 0), draw(3, 0)), (draw(3, 0), draw(3, 0))
        builder.pad(rows, columns)
        if kernel[0] <= builder.shape[0] and kernel[1] <= builder.shape[1]:
            stride = int(rng.choice(strides))
            builder.conv(draw(max_channels), kernel, (stride, stride), "VALID", activation())

    def widened() -> None:
        """A depth multiplier of 8 on one channel, as in the first layer of a keyword spotter."""
        if builder.shape[2] != 1:
            builder.conv(1)
        builder.depthwise(**window(), multiplier=min(8, max_channels))

    builder = NetworkBuilder(seed, (draw(max_size, 3), draw(max_size, 3), draw(min(4, max_channels))))
    if separable:
        builder.conv(draw(max_channels), **window())
    for _ in range(blocks):
        block = 1 if separable and not extended else draw(8 if extended else 3, 0)
        if block == 0:
            builder.conv(draw(max_channels), **window(), dead=0.1)
        elif block == 1:
            depthwise((3, 3) if separable else None)
            builder.conv(draw(max_channels), activation=activation(), dead=0.1)
        elif block == 2:
            depthwise()
        elif block == 3:
            builder.average_pool(**window())
        elif block == 4:
            builder.max_pool(**window())
        else:
            (residual, inverted_residual, padded, widened)[block - 5]()
    if classifier:
        if extended and rng.random() < 0.5:
            builder.mean(keep_dims=(kept := bool(rng.random() < 0.5)), axes=((1, 2), (2, 1), (-2, -3))[draw(2, 0)])
            if kept:
                builder.reshape((builder.shape[2],))
        else:
            builder.average_pool((builder.shape[0], builder.shape[1]))
            builder.reshape((builder.shape[2],))
        builder.fully_connected(draw(12, 2))
        builder.softmax()
    return builder.graph()
