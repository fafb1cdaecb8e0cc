"""Codes that each channel of a network can have, over all inputs: interval arithmetic on the integer operators."""
# Ref: Moore, Interval Analysis, Prentice-Hall 1966, chapter 3: the bounds are exact where every variable occurs once.

import dataclasses
import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from racelet.golden.dwcpwc.operators import activation_range
from racelet.golden.dwcpwc.requantize import quantize_multiplier, requantize, requantize_real
from racelet.nn.evaluate import constants, effective_scales, evaluate_operator
from racelet.nn.graph import Graph, Operator
from racelet.nn.windows import channel_taps, window_sums

_INT32 = -(1 << 31), (1 << 31) - 1


@dataclasses.dataclass(frozen=True, kw_only=True)
class CodeIntervals:
    """Least and greatest code of each channel of a tensor, at any position, for any input.

    Parameters
    ----------
    low, high : int64, shape (channels,)
        Codes in -128..127. Channels are the tensor's last axis.

    Examples
    --------
    >>> CodeIntervals(low=np.array([-128, 5]), high=np.array([127, 5])).constant.tolist()
    [False, True]
    """

    low: NDArray[np.int64]
    high: NDArray[np.int64]

    @property
    def constant(self) -> NDArray[np.bool_]:
        """Channels with one code only, bool, shape (channels,)."""
        return self.low == self.high


def code_intervals(graph: Graph) -> dict[int, CodeIntervals]:
    """Bound the codes of every activation.

    Parameters
    ----------
    graph : Graph
        A valid network. FULLY_CONNECTED rounds once, as in LiteRT 2.

    Returns
    -------
    dict of int to CodeIntervals
        By tensor index. Of kinds without a rule the codes can be anything.

    Examples
    --------
    >>> from racelet.nn.graph import Tensor
    >>> scale = np.array([0.5])
    >>> x = Tensor(name="x", shape=(1, 1), scales=scale)
    >>> w = Tensor(name="w", shape=(2, 1), scales=scale, data=np.array([[1], [0]], np.int8))
    >>> b = Tensor(name="b", shape=(2,), scales=scale, data=np.array([0, 40], np.int32))
    >>> y = Tensor(name="y", shape=(1, 2), scales=scale)
    >>> dense = Operator(index=0, kind="FULLY_CONNECTED", inputs=(0, 1, 2), outputs=(3,), activation="RELU")
    >>> found = code_intervals(Graph(tensors=(x, w, b, y), operators=(dense,), input=0, output=3))[3]
    >>> found.low.tolist(), found.high.tolist()
    ([0, 20], [64, 20])
    """
    found = {graph.input: _anything(graph, graph.input)}
    for op in graph.operators:
        rule = _RULES.get(op.kind)
        output = op.outputs[0]
        found[output] = _anything(graph, output) if rule is None else rule(graph, op, found)
    return found


def _anything(graph: Graph, tensor: int) -> CodeIntervals:
    channels = graph.tensors[tensor].shape[-1]
    return CodeIntervals(low=np.full(channels, -128), high=np.full(channels, 127))


def _range(graph: Graph, op: Operator) -> tuple[int, int]:
    target = graph.tensors[op.outputs[0]]
    return activation_range(op.activation, float(target.scales[0]), target.zero_point)


def _weighted(graph: Graph, op: Operator, found: dict[int, CodeIntervals]) -> CodeIntervals:
    """Sums from the least and greatest products; the codes are monotone in the sums.

    A padded tap reads the zero point, so less the zero point its product is 0: the sum lacks that tap.
    """
    source, taps = found[op.inputs[0]], channel_taps(graph, op)
    zero_point = graph.tensors[op.inputs[0]].zero_point
    ends = [(codes - zero_point) for codes in (source.low, source.high)]
    if op.kind == "DEPTHWISE_CONV_2D":
        ends = [np.repeat(end, op.depth_multiplier)[:, np.newaxis] for end in ends]
    first, second = (taps * end[..., np.newaxis, np.newaxis] for end in ends)
    bias = constants(graph, op)[1].astype(np.int64)[:, np.newaxis]
    low = bias + window_sums(graph, op, np.minimum(first, second).sum(1))
    high = bias + window_sums(graph, op, np.maximum(first, second).sum(1))
    low, high = _codes(graph, op, *_wrapped(low, high))
    return CodeIntervals(low=low.min(1).astype(np.int64), high=high.max(1).astype(np.int64))


def _codes(
    graph: Graph, op: Operator, low: NDArray[np.int64], high: NDArray[np.int64]
) -> tuple[NDArray[np.int8], NDArray[np.int8]]:
    """Codes of the least and greatest int32 sums (channels, windows)."""
    eff = effective_scales(graph, op)[:, np.newaxis]
    clamp = (graph.tensors[op.outputs[0]].zero_point, *_range(graph, op))
    if op.kind == "FULLY_CONNECTED":
        return requantize_real(low, eff, *clamp), requantize_real(high, eff, *clamp)
    mult, shift = quantize_multiplier(eff)
    left = np.maximum(shift, 0)
    low, high = _wrapped(low << np.minimum(left, 31), high << np.minimum(left, 31))
    # No scale that makes sense is this large.
    low, high = np.where(left > 31, _INT32[0], low), np.where(left > 31, _INT32[1], high)
    right = np.minimum(shift, 0)
    return requantize(low, mult, right, *clamp), requantize(high, mult, right, *clamp)


def _wrapped(low: NDArray[np.int64], high: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Bounds of sums that wrap at 32 bits.

    Between two wraps, wrapping moves all sums of the interval by the same amount; around a wrap they can be anything.
    """
    turn, last = (low - _INT32[0]) >> 32, (high - _INT32[0]) >> 32
    offset = turn << 32
    return np.where(turn == last, low - offset, _INT32[0]), np.where(turn == last, high - offset, _INT32[1])


def _pool(graph: Graph, op: Operator, found: dict[int, CodeIntervals]) -> CodeIntervals:
    """A rounded mean, like a maximum, lies between the least and the greatest code of its window."""
    source = found[op.inputs[0]]
    return CodeIntervals(low=np.clip(source.low, *_range(graph, op)), high=np.clip(source.high, *_range(graph, op)))


def _pad(graph: Graph, op: Operator, found: dict[int, CodeIntervals]) -> CodeIntervals:
    source, target = graph.tensors[op.inputs[0]], graph.tensors[op.outputs[0]]
    if source.shape[-1] != target.shape[-1]:
        return _anything(graph, op.outputs[0])
    low, high = found[op.inputs[0]].low, found[op.inputs[0]].high
    return CodeIntervals(low=np.minimum(low, target.zero_point), high=np.maximum(high, target.zero_point))


def _monotone(graph: Graph, op: Operator, found: dict[int, CodeIntervals]) -> CodeIntervals:
    """Run the operator on the least and on the greatest codes: no output falls when an input rises."""
    inputs = [index for index in op.inputs if index in found]
    if op.kind == "ADD" and len(inputs) != len(op.inputs):
        return _anything(graph, op.outputs[0])
    ends = [[getattr(found[index], end) for index in inputs] for end in ("low", "high")]
    if op.kind == "ADD":
        # Element by element: one pixel stands for all.
        low, high = (evaluate_operator(graph, op, [codes.astype(np.int8) for codes in end]) for end in ends)
    else:
        low, high = (
            evaluate_operator(graph, op, [_spread(graph, *pair) for pair in zip(inputs, end, strict=True)])
            for end in ends
        )
    channels = low.shape[-1]
    least, most = low.reshape(-1, channels).min(0), high.reshape(-1, channels).max(0)
    return CodeIntervals(low=least.astype(np.int64), high=most.astype(np.int64))


def _mean(graph: Graph, op: Operator, found: dict[int, CodeIntervals]) -> CodeIntervals:
    source, target = graph.tensors[op.inputs[0]], graph.tensors[op.outputs[0]]
    # A mean is an int32 sum, scaled; where it could wrap, it is not monotone.
    if math.prod(source.shape) > 1 << 22 or source.scales[0] >= target.scales[0] * (1 << 16):
        return _anything(graph, op.outputs[0])
    return _monotone(graph, op, found)


def _spread(graph: Graph, tensor: int, codes: NDArray[np.int64]) -> NDArray[np.int8]:
    return np.broadcast_to(codes.astype(np.int8), graph.tensors[tensor].shape)


_RULES: dict[str, Callable[[Graph, Operator, dict[int, CodeIntervals]], CodeIntervals]] = {
    "CONV_2D": _weighted,
    "DEPTHWISE_CONV_2D": _weighted,
    "FULLY_CONNECTED": _weighted,
    "AVERAGE_POOL_2D": _pool,
    "MAX_POOL_2D": _pool,
    "PAD": _pad,
    "ADD": _monotone,
    "MEAN": _mean,
    "RESHAPE": _monotone,
}
