"""Networks whose weights are real: parameters as fp32, and what comes of them in real numbers."""

import csv
import dataclasses
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from racelet.bench.distillation.layers import MODELS, WEIGHTED
from racelet.golden.dwcpwc.padding import window_padding
from racelet.nn.graph import Graph, Operator
from racelet.nn.models import digits
from racelet.nn.tflite import read_tflite

Parameters = Mapping[int, NDArray[np.float32]]
"""Weights and biases of a graph, by the number of their tensor."""

_RANGES = {"NONE": (-np.inf, np.inf), "RELU": (0.0, np.inf), "RELU6": (0.0, 6.0)}


@dataclasses.dataclass(frozen=True, kw_only=True)
class Network:
    """A network with inputs whose classes are known.

    Parameters
    ----------
    name : str
    graph : Graph
    inputs : int8, shape (n, ...)
    labels : int64, shape (n,)
    """

    name: str
    graph: Graph
    inputs: NDArray[np.int8]
    labels: NDArray[np.int64]


def files() -> dict[str, Path]:
    """Where the networks are; some may not be there."""
    return {"digits": digits().model, **MODELS}


def labelled_digits() -> Network:
    """The shipped network with its test images."""
    there = digits()
    with there.labels.open(encoding="utf-8") as rows:
        labels = np.array([int(row["label"]) for row in csv.DictReader(rows)])
    return Network(name="digits", graph=read_tflite(there.model), inputs=np.load(there.inputs), labels=labels)


def labelled_kws(model: Path) -> Network:
    """Keyword spotting with the inputs beside it; the number in a file's name is its class."""
    graph = read_tflite(model)
    found = sorted((model.parent / "inputs").glob("*.dat"))
    inputs = np.stack([np.fromfile(file, np.int8) for file in found])
    labels = np.array([int(file.stem.rpartition("_")[2]) for file in found])
    return Network(name="kws", graph=graph, inputs=inputs, labels=labels)


def parameters(graph: Graph) -> dict[int, NDArray[np.float32]]:
    """Real values of all weights and biases, rounded to fp32.

    Parameters
    ----------
    graph : Graph

    Returns
    -------
    dict of int to float32 array
    """
    found: dict[int, NDArray[np.float32]] = {}
    for operator in graph.operators:
        if operator.kind not in WEIGHTED:
            continue
        for index in operator.inputs[1:]:
            tensor = graph.tensors[index]
            assert tensor.data is not None
            # Scales are of output channels: the last axis of a depthwise kernel, the first of everything else.
            last = tensor.data.ndim == 4 and operator.kind == "DEPTHWISE_CONV_2D"
            scales = tensor.scales if last else tensor.scales.reshape(-1, *[1] * (tensor.data.ndim - 1))
            found[index] = (tensor.data * scales).astype(np.float32)
    return found


def weights(graph: Graph) -> NDArray[np.float32]:
    """All weights of a network, without its biases, one after the other."""
    real = parameters(graph)
    return np.concatenate([real[each.inputs[1]].reshape(-1) for each in graph.operators if each.kind in WEIGHTED])


def logits(graph: Graph, inputs: NDArray[np.int8], real: Parameters) -> NDArray[np.float64]:
    """What goes into the softmax, in real numbers all through: no activation is quantised.

    Parameters
    ----------
    graph : Graph
        Convolutions, an average pool, a linear layer, one after the other.
    inputs : int8, shape (n, ...)
        Codes of the input.
    real : mapping of int to float32 array
        Parameters.

    Returns
    -------
    float64, shape (n, classes)

    Raises
    ------
    ValueError
        If there is an operator of another kind.
    """
    source = graph.tensors[graph.input]
    x = (inputs.reshape(-1, *source.shape[1:]).astype(np.float64) - source.zero_point) * source.scales[0]
    for operator in graph.operators:
        if operator.kind == "SOFTMAX":
            break
        x = _applied(operator, x, graph, real)
    return x


def _applied(operator: Operator, x: NDArray[np.float64], graph: Graph, real: Parameters) -> NDArray[np.float64]:
    if operator.kind == "RESHAPE":
        return x.reshape(len(x), *graph.tensors[operator.outputs[0]].shape[1:])
    if operator.kind == "AVERAGE_POOL_2D" and operator.padding == "VALID":
        return np.mean(list(_taps(operator, x)), axis=0)
    if operator.kind not in WEIGHTED:
        raise ValueError(f"operator {operator.index} ({operator.kind}) has no model in real numbers")
    kernel = real[operator.inputs[1]].astype(np.float64)
    bias = real[operator.inputs[2]].astype(np.float64)
    if operator.kind == "FULLY_CONNECTED":
        total = x.reshape(len(x), -1) @ kernel.T
    elif operator.kind == "CONV_2D":
        taps = kernel.reshape(len(kernel), -1, kernel.shape[3])
        total = sum(tap @ taps[:, number].T for number, tap in enumerate(_taps(operator, x)))
    else:
        wide = np.repeat(x, operator.depth_multiplier, axis=3)
        taps = kernel.reshape(-1, kernel.shape[3])
        total = sum(tap * taps[number] for number, tap in enumerate(_taps(operator, wide)))
    return np.clip(total + bias, *_RANGES[operator.activation])


def _taps(operator: Operator, x: NDArray[np.float64]) -> Iterator[NDArray[np.float64]]:
    """What each place of the window sees, in the order of a kernel."""
    (high, wide), (down, along) = operator.kernel, operator.stride
    rows, top, bottom = window_padding(x.shape[1], high, down, operator.padding)
    columns, left, right = window_padding(x.shape[2], wide, along, operator.padding)
    padded = np.pad(x, ((0, 0), (top, bottom), (left, right), (0, 0)))
    for row in range(high):
        for column in range(wide):
            yield padded[:, row::down, column::along][:, :rows, :columns]
