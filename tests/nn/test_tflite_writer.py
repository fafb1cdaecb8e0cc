"""The files are inspected with LiteRT's own schema classes."""

import dataclasses
from typing import Any

import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema

from racelet.nn.graph import Operator
from racelet.nn.tflite_writer import write_tflite
from tests.models import NetworkBuilder, random_network


def test_the_same_graph_gives_the_same_bytes() -> None:
    assert write_tflite(random_network(3)) == write_tflite(random_network(3))


def test_scales_count_along_the_output_channels() -> None:
    builder = NetworkBuilder(1, (4, 4, 2))
    builder.conv(3)
    builder.depthwise()
    builder.reshape((48,))
    builder.fully_connected(5, per_channel=True)
    model: Any = schema.ModelT.InitFromPackedBuf(write_tflite(builder.graph()), 0)
    tensors, operators = model.subgraphs[0].tensors, model.subgraphs[0].operators
    weights = [tensors[op.inputs[1]] for op in (operators[0], operators[1], operators[3])]
    assert [tensor.quantization.quantizedDimension for tensor in weights] == [0, 3, 0]
    assert [len(tensor.quantization.scale) for tensor in weights] == [3, 3, 5]


def test_constants_are_aligned_for_vector_units() -> None:
    graph = random_network(4)
    data = write_tflite(graph)
    for tensor in graph.tensors:
        if tensor.data is not None and tensor.data.nbytes >= 16:
            assert data.index(tensor.data.tobytes()) % 16 == 0


def test_the_description_is_stored() -> None:
    model = schema.ModelT.InitFromPackedBuf(write_tflite(random_network(1), description="digits"), 0)
    assert (model.version, model.description) == (3, b"digits")


def test_a_kind_that_cannot_be_written_is_named() -> None:
    graph = random_network(1)
    graph = dataclasses.replace(graph, operators=(Operator(index=0, kind="LSTM", inputs=(0,), outputs=(1,)),))
    with pytest.raises(ValueError, match=r"^operator 0 must be one of CONV_2D, .*SOFTMAX, not LSTM$"):
        write_tflite(graph)


def test_a_constant_of_another_type_is_named() -> None:
    graph = random_network(1)
    wrong = dataclasses.replace(graph.tensors[1], name="w", data=np.zeros(3, np.int16))
    graph = dataclasses.replace(graph, tensors=(graph.tensors[0], wrong, *graph.tensors[2:]))
    with pytest.raises(ValueError, match=r"^tensor 1 \(w\) must be one of int8, int32, int64, not int16$"):
        write_tflite(graph)
