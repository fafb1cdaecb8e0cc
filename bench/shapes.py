"""Published networks as graphs: shapes from a table, weights all zero, for what depends on shapes alone."""

import dataclasses
import tomllib
from pathlib import Path
from typing import Any

import numpy as np

from racelet.golden.dwcpwc.padding import same_padding
from racelet.nn.graph import Activation, Graph, Operator, Tensor

FOLDER = Path(__file__).parent / "networks"
ACTIVATION_SCALE = np.array([1 / 16])
WEIGHT_SCALE = np.array([1 / 256])
"""With the same scale for all activations, input times weights over output is below one, as the requantisers need."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class PublishedNetwork:
    """A network of which the shapes are known.

    Parameters
    ----------
    name : str
        Of its file.
    title : str
        For people.
    graph : Graph
        Weights and biases are zero, and every tensor has the same scale.
    """

    name: str
    title: str
    graph: Graph


def published() -> list[str]:
    """Names of all networks."""
    return sorted(path.stem for path in FOLDER.glob("*.toml"))


def published_network(name: str) -> PublishedNetwork:
    """Read a network's table of shapes.

    Convolutions and poolings are padded as TensorFlow does under SAME, which gives the published sizes.

    Parameters
    ----------
    name : str
        One of :func:`published`.

    Returns
    -------
    PublishedNetwork

    Raises
    ------
    FileNotFoundError
        If there is none of that name.

    Examples
    --------
    >>> graph = published_network("mobilenetv1").graph
    >>> graph.tensors[graph.output].shape
    (1, 1000)
    """
    table = tomllib.loads((FOLDER / f"{name}.toml").read_text(encoding="utf-8"))
    return PublishedNetwork(name=name, title=table["title"], graph=network_graph(table))


def network_graph(table: dict[str, Any]) -> Graph:
    """Graph of a table of shapes.

    Parameters
    ----------
    table : dict
        ``input``: height, width, channels; ``activation``: "RELU" or "RELU6"; ``layers``: one dict for each line, of
        ``kind`` and what it needs. ``channels`` are those of the output, ``kernel`` and ``stride`` sides of a window
        (1 by default); a line with ``repeat`` stands for as many, of which the first has the stride. Kinds: "conv",
        "max_pool", "mean", "dense"; "separable", a 3x3 depthwise and a pointwise convolution; "inverted", these two
        behind a pointwise one to ``expansion`` times the channels, without a last activation, and around them an
        addition where shapes agree; "residual", 1x1 and 3x3 convolutions to ``inner`` channels and a 1x1 one, and
        around them an addition, with a 1x1 convolution on that way where shapes differ.

    Returns
    -------
    Graph

    Raises
    ------
    ValueError
        If a kind is not known.

    Examples
    --------
    >>> layers = [{"kind": "inverted", "channels": 4, "expansion": 2}, {"kind": "mean"}]
    >>> graph = network_graph({"input": [6, 6, 4], "activation": "RELU6", "layers": layers})
    >>> [op.kind for op in graph.operators]
    ['CONV_2D', 'DEPTHWISE_CONV_2D', 'CONV_2D', 'ADD', 'MEAN']
    """
    builder = _Builder(tuple(table["input"]), table["activation"])
    for line in table["layers"]:
        options = {key: value for key, value in line.items() if key not in ("kind", "repeat", "stride")}
        if line["kind"] not in _KINDS:
            raise ValueError(f"kind must be one of {', '.join(_KINDS)}, not {line['kind']}")
        for number in range(line.get("repeat", 1)):
            stride = {"stride": line["stride"]} if number == 0 and "stride" in line else {}
            getattr(builder, line["kind"])(**options, **stride)
    return builder.graph()


_KINDS = ("conv", "max_pool", "mean", "dense", "separable", "inverted", "residual")


class _Builder:
    def __init__(self, shape: tuple[int, ...], activation: Activation) -> None:
        self.activation: Activation = activation
        self.tensors: list[Tensor] = []
        self.operators: list[Operator] = []
        self.last = self._tensor("input", shape)

    def graph(self) -> Graph:
        return Graph(tensors=tuple(self.tensors), operators=tuple(self.operators), input=0, output=self.last)

    def conv(self, channels: int, kernel: int = 1, stride: int = 1, *, linear: bool = False) -> None:
        weights = (channels, kernel, kernel, self._shape[2])
        self._weighted("CONV_2D", weights, channels, kernel, stride, linear=linear)

    def depthwise(self, kernel: int = 3, stride: int = 1) -> None:
        channels = self._shape[2]
        self._weighted("DEPTHWISE_CONV_2D", (1, kernel, kernel, channels), channels, kernel, stride)

    def separable(self, channels: int, stride: int = 1) -> None:
        self.depthwise(stride=stride)
        self.conv(channels)

    def inverted(self, channels: int, expansion: int, stride: int = 1) -> None:
        before, inputs = self.last, self._shape[2]
        if expansion > 1:
            self.conv(expansion * inputs)
        self.depthwise(stride=stride)
        self.conv(channels, linear=True)
        if stride == 1 and inputs == channels:
            self._add(before, "NONE")

    def residual(self, channels: int, inner: int, stride: int = 1) -> None:
        before, inputs = self.last, self._shape[2]
        self.conv(inner, stride=stride)
        self.conv(inner, kernel=3)
        self.conv(channels, linear=True)
        if stride > 1 or inputs != channels:
            end, self.last = self.last, before
            self.conv(channels, stride=stride, linear=True)
            before, self.last = self.last, end
        self._add(before, self.activation)

    def max_pool(self, kernel: int, stride: int) -> None:
        shape = (*self._window(kernel, stride), self._shape[2])
        self._append("MAX_POOL_2D", (), shape, kernel=(kernel, kernel), stride=(stride, stride), padding="SAME")

    def mean(self) -> None:
        axes = self._constant("axes", np.array([1, 2], np.int32))
        self._append("MEAN", (axes,), (self._shape[2],))

    def dense(self, channels: int) -> None:
        weights = self._constant("weights", np.zeros((channels, self._shape[0]), np.int8))
        self._append("FULLY_CONNECTED", (weights, -1), (channels,))

    @property
    def _shape(self) -> tuple[int, ...]:
        return self.tensors[self.last].shape[1:]

    def _window(self, kernel: int, stride: int) -> tuple[int, int]:
        height, width = (same_padding(size, kernel, stride)[0] for size in self._shape[:2])
        return height, width

    def _weighted(
        self, kind: str, weights: tuple[int, ...], channels: int, kernel: int, stride: int, *, linear: bool = False
    ) -> None:
        self._append(
            kind,
            (self._constant("weights", np.zeros(weights, np.int8)), -1),
            (*self._window(kernel, stride), channels),
            kernel=(kernel, kernel),
            stride=(stride, stride),
            padding="SAME",
            activation="NONE" if linear else self.activation,
        )

    def _add(self, other: int, activation: Activation) -> None:
        self._append("ADD", (other,), self._shape, activation=activation)

    def _append(self, kind: str, operands: tuple[int, ...], shape: tuple[int, ...], **options: Any) -> None:
        inputs = (self.last, *operands)
        self.last = self._tensor(kind.lower(), shape)
        self.operators.append(
            Operator(index=len(self.operators), kind=kind, inputs=inputs, outputs=(self.last,), **options)
        )

    def _tensor(self, name: str, shape: tuple[int, ...]) -> int:
        self.tensors.append(Tensor(name=name, shape=(1, *shape), scales=ACTIVATION_SCALE, zero_point=-128))
        return len(self.tensors) - 1

    def _constant(self, name: str, data: np.ndarray) -> int:
        scales = WEIGHT_SCALE if data.dtype == np.int8 else np.empty(0)
        self.tensors.append(Tensor(name=name, shape=data.shape, scales=scales, data=data))
        return len(self.tensors) - 1
