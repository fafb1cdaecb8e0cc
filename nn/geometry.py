"""Geometry of layers: windows, strides and padding, and what of it the accelerator can do."""

import dataclasses
import math

from racelet.golden.dwcpwc.padding import window_padding
from racelet.golden.dwcpwc.shape import LayerShape, ShapeKind
from racelet.nn.errors import ModelError
from racelet.nn.graph import Graph, Operator

Plane = tuple[int, int, int]
"""Height, width, channels of a stored tensor."""
Pads = tuple[tuple[int, int], tuple[int, int]]
"""Rows above and below, columns left and right."""

MAX_SIDE = 4095
"""Rows or columns of a stored tensor that a layer descriptor can tell."""
MAX_CHANNELS = 65504
"""Channels of a stored tensor that a layer descriptor can tell: it has 16 bits for them rounded up to 32 lanes."""
MAX_KERNEL = 255
"""Rows or columns of a window, or of padding, that a layer descriptor can tell."""
MAX_STRIDE = 3
MAX_OUTPUTS = 4096
"""Outputs of a FULLY_CONNECTED: each takes a search for a multiplier that rounds as LiteRT does, of about 1.5 ms."""

_KINDS: dict[str, ShapeKind] = {
    "CONV_2D": "convolution",
    "FULLY_CONNECTED": "fully_connected",
    "DEPTHWISE_CONV_2D": "depthwise",
    "AVERAGE_POOL_2D": "average_pool",
    "MEAN": "average_pool",
    "MAX_POOL_2D": "max_pool",
    "PAD": "pad",
    "ADD": "add",
}
"""Kinds of operators that make layers."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Padded:
    """A stored tensor with a frame of zero points around it, which is not stored.

    Parameters
    ----------
    tensor : int
        Index.
    pads : ((int, int), (int, int))
        Rows above and below, columns left and right.
    """

    tensor: int
    pads: Pads = ((0, 0), (0, 0))


def plane(shape: tuple[int, ...]) -> Plane:
    """Height, width and channels of a tensor.

    Parameters
    ----------
    shape : tuple of int
        With the batch.

    Returns
    -------
    (int, int, int)
        What does not have four dimensions is one pixel.

    Examples
    --------
    >>> plane((1, 3, 4, 5)), plane((1, 60))
    ((3, 4, 5), (1, 1, 60))
    """
    return (shape[1], shape[2], shape[3]) if len(shape) == 4 else (1, 1, math.prod(shape[1:]))


def refused(op: Operator, why: str) -> ModelError:
    """The error of an operator that the accelerator does not run.

    Examples
    --------
    >>> str(refused(Operator(index=3, kind="ADD", inputs=(), outputs=()), "that is too much"))
    'operator 3 (ADD): that is too much'
    """
    return ModelError(f"operator {op.index} ({op.kind}): {why}")


def layer_geometry(
    graph: Graph, operators: tuple[Operator, ...], sources: list[Plane], pads: Pads
) -> tuple[LayerShape, int, int]:
    """Shape of a layer.

    Parameters
    ----------
    graph : Graph
    operators : tuple of Operator
        Of the layer.
    sources : list of (int, int, int)
        Shapes of the stored tensors that it reads.
    pads : ((int, int), (int, int))
        Frame around the first of them.

    Returns
    -------
    shape : LayerShape
    pad_top, pad_left : int
        Padding before the input, the frame counted.

    Raises
    ------
    ModelError
        If the accelerator cannot do it.
    """
    op, last = operators[0], operators[-1]
    height, width, channels = sources[0]
    if op.kind == "FULLY_CONNECTED":
        # A flattened image is met in the order in which it lies: the kernel is as large as the image.
        if graph.tensors[op.inputs[1]].shape[1] != height * width * channels:
            shape = graph.tensors[op.inputs[0]].shape
            raise refused(op, f"one row of {height * width * channels} activations is supported, not {shape}")
        outputs = graph.tensors[op.inputs[1]].shape[0]
        if outputs > MAX_OUTPUTS:
            raise refused(op, f"up to {MAX_OUTPUTS} outputs are supported, not {outputs}")
        kernel, stride, out, before = (height, width), (1, 1), (1, 1), (0, 0)
    else:
        _check_stored(graph, op, sources, pads)
        kernel, stride, out, before = _window(graph, op, sources[0], pads)
    if max(kernel) > MAX_KERNEL:
        raise refused(op, f"windows of up to {MAX_KERNEL}x{MAX_KERNEL} are supported, not {kernel[0]}x{kernel[1]}")
    if max(before) > MAX_KERNEL:
        raise refused(op, f"up to {MAX_KERNEL} rows and columns of padding are supported, not {before[0]}x{before[1]}")
    if max(stride) > MAX_STRIDE:
        raise refused(op, f"strides 1..{MAX_STRIDE} are supported, not {op.stride}")
    if max(height, width, *out) > MAX_SIDE:
        raise refused(op, f"up to {MAX_SIDE} rows and columns are supported, not {height}x{width}")
    out_channels = plane(graph.tensors[last.outputs[0]].shape)[2]
    if max(channels, out_channels) > MAX_CHANNELS:
        raise refused(op, f"up to {MAX_CHANNELS} channels are supported, not {max(channels, out_channels)}")
    shape = LayerShape(
        kind="fused" if len(operators) == 2 else _KINDS[op.kind],
        height=height,
        width=width,
        channels=channels,
        out_height=out[0],
        out_width=out[1],
        out_channels=out_channels,
        kernel_rows=kernel[0],
        kernel_columns=kernel[1],
        stride=stride[0],
        column_stride=stride[1],
    )
    return shape, before[0], before[1]


def _check_stored(graph: Graph, op: Operator, sources: list[Plane], pads: Pads) -> None:
    """The inputs lie as the operator wants them."""
    (top, bottom), (left, right) = pads
    for found in sources:
        wanted = plane(graph.tensors[op.inputs[0]].shape)
        if (found[0] + top + bottom, found[1] + left + right, found[2]) != wanted:
            shape = graph.tensors[op.inputs[0]].shape[1:]
            raise refused(op, f"its input, stored as {found}, cannot be reshaped to {shape} on the chip")


def _window(
    graph: Graph, op: Operator, source: Plane, pads: Pads
) -> tuple[tuple[int, int], tuple[int, int], tuple[int, int], tuple[int, int]]:
    """Kernel, stride, positions and padding before the input, of rows and columns."""
    height, width, _ = source
    if op.kind == "MEAN":
        return (height, width), (1, 1), (1, 1), (0, 0)
    if op.kind == "ADD":
        return (1, 1), (1, 1), (height, width), (0, 0)
    if op.kind == "PAD":
        (top, bottom), (left, right) = op.pads
        return (1, 1), (1, 1), (top + height + bottom, left + width + right), (top, left)
    has_weights = op.kind in {"CONV_2D", "DEPTHWISE_CONV_2D"}
    kernel = graph.tensors[op.inputs[1]].shape[1:3] if has_weights else op.kernel
    axes = [
        window_padding(before + size + after, kernel[axis], op.stride[axis], op.padding)
        for axis, (size, (before, after)) in enumerate(zip((height, width), pads, strict=True))
    ]
    out = axes[0][0], axes[1][0]
    # The stride of an axis with one position does not matter.
    stride = tuple(1 if positions == 1 else step for positions, step in zip(out, op.stride, strict=True))
    return (kernel[0], kernel[1]), (stride[0], stride[1]), out, (axes[0][1] + pads[0][0], axes[1][1] + pads[1][0])
