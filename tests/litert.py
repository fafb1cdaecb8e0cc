"""Comparison of a graph with LiteRT, tensor by tensor."""

import numpy as np
from numpy.typing import NDArray

from racelet.nn.evaluate import evaluate
from racelet.nn.graph import Graph
from racelet.nn.reference import LiteRtReference
from racelet.nn.tflite import parse_tflite
from racelet.nn.tflite_writer import write_tflite


def assert_equals_litert(model: Graph | bytes, inputs: NDArray[np.int8]) -> None:
    """Compare every byte of every activation of every input."""
    data = write_tflite(model) if isinstance(model, Graph) else model
    graph = parse_tflite(data)
    ours = evaluate(graph, inputs)
    reference = LiteRtReference(data)
    makers = {op.outputs[0]: op for op in graph.operators}
    for position, values in enumerate(inputs):
        theirs = reference.run(values)
        assert theirs.keys() == ours.keys()
        for index in theirs:
            np.testing.assert_array_equal(
                ours[index][position : position + 1], theirs[index], f"input {position}, output of {makers.get(index)}"
            )
