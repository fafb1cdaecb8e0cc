"""Layers: what the accelerator runs at once, made of one or two operators of the graph."""

import dataclasses

from racelet.golden.dwcpwc.shape import LayerShape
from racelet.nn.errors import ModelError
from racelet.nn.geometry import Padded, Plane, layer_geometry, plane, refused
from racelet.nn.graph import Graph, Operator
from racelet.nn.rewrite import expand_depth_multipliers


@dataclasses.dataclass(frozen=True, kw_only=True)
class Layer:
    """One layer of the accelerator.

    Parameters
    ----------
    operators : tuple of Operator
        A depthwise operator, a pointwise or other one, or both.
    sources : tuple of int
        Indices of the tensors that are read, as they are stored: a RESHAPE only renames a tensor, and a PAD before a
        convolution is part of it. Two of an ADD, that with the larger scale first.
    output : int
        Index of the tensor that is written.
    shape : LayerShape
        Work of the layer.
    pad_top, pad_left : int
        Rows and columns of padding before the input.
    addends : tuple of int
        Of an ADD: the tensors of the graph that ``sources`` stand for.
    """

    operators: tuple[Operator, ...]
    sources: tuple[int, ...]
    output: int
    shape: LayerShape
    pad_top: int = 0
    pad_left: int = 0
    addends: tuple[int, ...] = ()

    @property
    def source(self) -> int:
        """The tensor over which the layer's window walks."""
        return self.sources[0]

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
        With what was rewritten for the accelerator.
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


def build_network(graph: Graph, *, fuse: bool = True) -> Network:
    """Fuse depthwise with pointwise operators and paddings with convolutions; drop what only the host does.

    Parameters
    ----------
    graph : Graph
        As :func:`racelet.nn.tflite.read_tflite` gives it.
    fuse : bool
        Run a depthwise convolution and the pointwise one behind it as one layer.

    Returns
    -------
    Network

    Raises
    ------
    ModelError
        If the accelerator cannot run an operator; the sentence names it, its index and what is supported.
    """
    return _Builder(expand_depth_multipliers(graph), fuse=fuse).network()


class _Builder:
    def __init__(self, graph: Graph, *, fuse: bool) -> None:
        self.graph, self.fuse = graph, fuse
        self.operators = list(graph.operators)
        if self.operators and self.operators[-1].kind == "SOFTMAX":
            self.operators.pop()
        self.users: dict[int, list[Operator]] = {}
        for op in self.operators:
            for index in op.activations:
                self.users.setdefault(index, []).append(op)
        self.last = self.operators[-1].outputs[0] if self.operators else graph.input
        self.stored = {graph.input: graph.input}
        self.planes = {graph.input: self._input_plane()}
        # Outputs of operators that are run together with their user.
        self.padded: dict[int, Padded] = {}
        self.depthwise: dict[int, Operator] = {}

    def network(self) -> Network:
        layers = [layer for op in self.operators for layer in self._layers(op)]
        if not layers:
            raise ModelError("the network has no operator that the accelerator runs")
        return Network(
            graph=self.graph,
            layers=tuple(layers),
            planes=self.planes,
            input=self.graph.input,
            output=self.stored[self.last],
        )

    def _layers(self, op: Operator) -> list[Layer]:
        """The layer that ends with an operator, if one does."""
        source, output = op.inputs[0], op.outputs[0]
        if op.kind == "SOFTMAX":
            raise refused(op, "SOFTMAX is supported as the last operator, on the host")
        if op.kind == "RESHAPE":
            self.stored[output] = self.stored[source]
        elif op.kind == "PAD" and self._only_convolved(output):
            self.padded[output] = Padded(tensor=self.stored[source], pads=op.pads)
        elif op.kind == "DEPTHWISE_CONV_2D" and self.fuse and self._pointwise_user(output):
            self.depthwise[output] = op
        else:
            first = self.depthwise.get(source)
            return [self._layer((op,) if first is None else (first, op))]
        return []

    def _layer(self, operators: tuple[Operator, ...]) -> Layer:
        window, last = operators[0], operators[-1]
        inputs = sorted(window.activations, key=lambda index: -self.graph.tensors[index].scales[0])
        found = [self.padded.get(index) or Padded(tensor=self.stored[index]) for index in inputs]
        planes = [self.planes[each.tensor] for each in found]
        shape, pad_top, pad_left = layer_geometry(self.graph, operators, planes, found[0].pads)
        output = last.outputs[0]
        self.stored[output] = output
        self.planes[output] = (shape.out_height, shape.out_width, shape.out_channels)
        return Layer(
            operators=operators,
            sources=tuple(each.tensor for each in found),
            output=output,
            pad_top=pad_top,
            pad_left=pad_left,
            shape=shape,
            addends=tuple(inputs) if window.kind == "ADD" else (),
        )

    def _input_plane(self) -> Plane:
        """Shape of the input as its first user sees it: an input that is reshaped at once is stored reshaped."""
        shape = self.graph.tensors[self.graph.input].shape
        for op in self.operators:
            if op.kind != "RESHAPE":
                break
            shape = self.graph.tensors[op.outputs[0]].shape
        return plane(shape)

    def _only_convolved(self, index: int) -> bool:
        """Every user of a padded tensor is a convolution, which reads the zero point around its input anyway."""
        convolutions = {"CONV_2D", "DEPTHWISE_CONV_2D"}
        users = self.users.get(index, [])
        return bool(users) and index != self.last and all(user.kind in convolutions for user in users)

    def _pointwise_user(self, index: int) -> bool:
        """The only user is a convolution of single pixels."""
        users = self.users.get(index, [])
        if len(users) != 1 or index == self.last or users[0].kind != "CONV_2D":
            return False
        return self.graph.tensors[users[0].inputs[1]].shape[1:3] == (1, 1) and users[0].stride == (1, 1)
