"""Layers: what the accelerator runs at once, made of one or two operators of the graph."""

import dataclasses

from racelet.golden.dwcpwc.padding import window_padding
from racelet.golden.dwcpwc.shape import LayerShape, ShapeKind
from racelet.nn.errors import ModelError
from racelet.nn.graph import Graph, Operator

Plane = tuple[int, int, int]
"""Height, width, channels of a stored tensor."""

MAX_SIDE = 4095
"""Rows or columns of a stored tensor that a layer descriptor can tell."""
MAX_KERNEL = 255
"""Rows or columns of a window that a layer descriptor can tell."""
MAX_STRIDE = 2


@dataclasses.dataclass(frozen=True, kw_only=True)
class Layer:
    """One layer of the accelerator.

    Parameters
    ----------
    operators : tuple of Operator
        A depthwise operator, a pointwise or other one, or both.
    source, output : int
        Indices of the tensors that are read and written, as they are stored: a RESHAPE only renames a tensor.
    shape : LayerShape
        Work of the layer.
    pad_top, pad_left : int
        Rows and columns of padding before the input.
    """

    operators: tuple[Operator, ...]
    source: int
    output: int
    shape: LayerShape
    pad_top: int = 0
    pad_left: int = 0

    @property
    def window(self) -> Operator:
        """The operator whose window walks over the input."""
        return self.operators[0]

    @property
    def name(self) -> str:
        """Kinds of the operators, such as ``DEPTHWISE_CONV_2D + CONV_2D``."""
        return " + ".join(op.kind for op in self.operators)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Network:
    """Layers in order, with the tensors that they read and write.

    Parameters
    ----------
    graph : Graph
    layers : tuple of Layer
    planes : dict of int to (height, width, channels)
        Shape in which each stored tensor lies in the activation buffer.
    input, output : int
        Tensors that are loaded and given out; the latter is the last one before a SOFTMAX.
    """

    graph: Graph
    layers: tuple[Layer, ...]
    planes: dict[int, Plane]
    input: int
    output: int

    @property
    def shapes(self) -> list[LayerShape]:
        """Work of each layer."""
        return [layer.shape for layer in self.layers]


def build_network(graph: Graph) -> Network:
    """Fuse depthwise with pointwise operators and drop what only the host does.

    Parameters
    ----------
    graph : Graph
        As :func:`racelet.nn.tflite.read_tflite` gives it.

    Returns
    -------
    Network

    Raises
    ------
    ModelError
        If the accelerator cannot run an operator; the sentence names it, its index and what is supported.
    """
    stored: dict[int, int] = {graph.input: graph.input}
    planes = {graph.input: _input_plane(graph)}
    layers: list[Layer] = []
    operators = list(graph.operators)
    if operators and operators[-1].kind == "SOFTMAX":
        operators.pop()
    uses = [index for op in operators for index in op.inputs[:1]] + [graph.output]
    position = 0
    while position < len(operators):
        op = operators[position]
        position += 1
        if op.kind == "SOFTMAX":
            raise _refused(op, "SOFTMAX is supported as the last operator, on the host")
        if op.kind == "RESHAPE":
            stored[op.outputs[0]] = stored[op.inputs[0]]
            continue
        fused = (op,)
        if op.kind == "DEPTHWISE_CONV_2D" and position < len(operators):
            following = operators[position]
            if (
                _is_pointwise(graph, following)
                and following.inputs[0] == op.outputs[0]
                and uses.count(op.outputs[0]) == 1
            ):
                fused = (op, following)
                position += 1
        layer, plane = _layer(graph, fused, stored[op.inputs[0]], planes[stored[op.inputs[0]]])
        layers.append(layer)
        stored[layer.output] = layer.output
        planes[layer.output] = plane
    if not layers:
        raise ModelError("the network has no operator that the accelerator runs")
    last = operators[-1].outputs[0]
    return Network(graph=graph, layers=tuple(layers), planes=planes, input=graph.input, output=stored[last])


def _input_plane(graph: Graph) -> Plane:
    """Shape of the input as its first user sees it: an input that is reshaped at once is stored reshaped."""
    shape = graph.tensors[graph.input].shape
    for op in graph.operators:
        if op.kind != "RESHAPE":
            break
        shape = graph.tensors[op.outputs[0]].shape
    return _plane(shape)


def _plane(shape: tuple[int, ...]) -> Plane:
    if len(shape) == 4:
        return shape[1], shape[2], shape[3]
    elements = 1
    for size in shape[1:]:
        elements *= size
    return 1, 1, elements


def _is_pointwise(graph: Graph, op: Operator) -> bool:
    return op.kind == "CONV_2D" and graph.tensors[op.inputs[1]].shape[1:3] == (1, 1) and op.stride == (1, 1)


def _layer(graph: Graph, operators: tuple[Operator, ...], source: int, plane: Plane) -> tuple[Layer, Plane]:
    op, last = operators[0], operators[-1]
    height, width, channels = plane
    shape = graph.tensors[op.inputs[0]].shape
    out_channels = _plane(graph.tensors[last.outputs[0]].shape)[2]
    rows, columns = stride = 1, 1
    pad_top = pad_left = 0
    if op.kind == "FULLY_CONNECTED":
        # A flattened image is met in the order in which it lies: the kernel is as large as the image.
        kernel, out_height, out_width = (height, width), 1, 1
        if graph.tensors[op.inputs[1]].shape[1] != height * width * channels:
            raise _refused(op, f"one row of {height * width * channels} activations is supported, not {shape}")
    else:
        if _plane(shape) != plane:
            raise _refused(op, f"its input, stored as {plane}, cannot be reshaped to {shape[1:]} on the chip")
        kernel = graph.tensors[op.inputs[1]].shape[1:3] if op.kind != "AVERAGE_POOL_2D" else op.kernel
        out_height, pad_top, _ = window_padding(height, kernel[0], op.stride[0], op.padding)
        out_width, pad_left, _ = window_padding(width, kernel[1], op.stride[1], op.padding)
        # The stride of an axis with one position does not matter.
        stride = tuple(1 if out == 1 else step for out, step in zip((out_height, out_width), op.stride, strict=True))
    rows, columns = kernel[0], kernel[1]
    if max(rows, columns) > MAX_KERNEL:
        raise _refused(op, f"windows of up to {MAX_KERNEL}x{MAX_KERNEL} are supported, not {rows}x{columns}")
    if max(stride) > MAX_STRIDE:
        raise _refused(op, f"strides 1..{MAX_STRIDE} are supported, not {op.stride}")
    if max(height, width, out_height, out_width) > MAX_SIDE:
        raise _refused(op, f"up to {MAX_SIDE} rows and columns are supported, not {height}x{width}")
    if op.kind == "DEPTHWISE_CONV_2D" and op.depth_multiplier != 1:
        raise _refused(op, f"depth multiplier 1 is supported, not {op.depth_multiplier}")
    kinds: dict[str, ShapeKind] = {
        "CONV_2D": "convolution",
        "FULLY_CONNECTED": "fully_connected",
        "DEPTHWISE_CONV_2D": "depthwise",
        "AVERAGE_POOL_2D": "average_pool",
    }
    layer = Layer(
        operators=operators,
        source=source,
        output=last.outputs[0],
        pad_top=pad_top,
        pad_left=pad_left,
        shape=LayerShape(
            kind="fused" if len(operators) == 2 else kinds[op.kind],
            height=height,
            width=width,
            channels=channels,
            out_height=out_height,
            out_width=out_width,
            out_channels=out_channels,
            kernel_rows=rows,
            kernel_columns=columns,
            stride=stride[0],
        ),
    )
    return layer, (out_height, out_width, out_channels)


def _refused(op: Operator, why: str) -> ModelError:
    return ModelError(f"operator {op.index} ({op.kind}): {why}")
