"""Files are taken apart and broken with LiteRT's own schema classes, which the reader does not use."""

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import flatbuffers
import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema
from numpy.typing import NDArray

from racelet.nn.errors import ModelError
from racelet.nn.evaluate import evaluate
from racelet.nn.graph import Graph
from racelet.nn.tflite import parse_tflite, read_tflite
from racelet.nn.tflite_writer import write_tflite
from racelet.nn.validate import validate
from tests.models import NetworkBuilder, random_inputs, random_network

CONV, DEPTHWISE, POOL, RESHAPE, DENSE, SOFTMAX = range(6)
KINDS = ("CONV_2D", "DEPTHWISE_CONV_2D", "AVERAGE_POOL_2D", "RESHAPE", "FULLY_CONNECTED", "SOFTMAX")
SUPPORTED = (
    "CONV_2D, DEPTHWISE_CONV_2D, ADD, AVERAGE_POOL_2D, MAX_POOL_2D, MEAN, FULLY_CONNECTED, RESHAPE, PAD, SOFTMAX"
)


def network() -> Graph:
    """One operator of every kind, in the order above."""
    builder = NetworkBuilder(1, (8, 6, 3))
    builder.conv(5, kernel=(3, 3), stride=(2, 2), activation="RELU6")
    builder.depthwise(multiplier=2)
    builder.average_pool((4, 3))
    builder.reshape((10,))
    builder.fully_connected(4)
    builder.softmax()
    return builder.graph()


PADDED, SHORTCUT, MAIN, ADD, MAX, SPREAD, MEAN = range(7)


def branched() -> Graph:
    """A residual block among the operators that are not in a chain network, in the order above."""
    builder = NetworkBuilder(2, (6, 5, 3))
    builder.pad((1, 0), (2, 1))
    start = builder.mark()
    builder.conv(4)
    shortcut = builder.mark()
    builder.resume(start)
    builder.conv(4, kernel=(3, 3), activation="RELU")
    builder.add(shortcut, "RELU6")
    builder.max_pool((2, 2), padding="SAME", activation="RELU")
    builder.depthwise(multiplier=8)
    builder.mean(keep_dims=True)
    return builder.graph()


def unpacked(make: Callable[[], Graph] = network) -> Any:
    return schema.ModelT.InitFromPackedBuf(write_tflite(make()), 0)


def packed(model: Any) -> bytes:
    builder = flatbuffers.Builder(0)
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def tensor_of(model: Any, op: int, operand: int = 0) -> Any:
    """An operand of an operator; -1 is its output."""
    operator = model.subgraphs[0].operators[op]
    index = operator.outputs[0] if operand < 0 else operator.inputs[operand]
    return model.subgraphs[0].tensors[index]


def assert_same_graph(a: Graph, b: Graph) -> None:
    assert (a.operators, a.input, a.output, len(a.tensors)) == (b.operators, b.input, b.output, len(b.tensors))
    for ours, theirs in zip(a.tensors, b.tensors, strict=True):
        assert (ours.name, ours.shape, ours.zero_point) == (theirs.name, theirs.shape, theirs.zero_point)
        np.testing.assert_array_equal(ours.scales.astype(np.float32), theirs.scales)
        assert (ours.data is None) == (theirs.data is None)
        if ours.data is not None and theirs.data is not None:
            assert ours.data.dtype == theirs.data.dtype
            np.testing.assert_array_equal(ours.data, theirs.data)


@pytest.mark.parametrize("extended", [False, True])
@pytest.mark.parametrize("seed", range(20))
def test_a_written_graph_is_read_back(seed: int, extended: bool, tmp_path: Path) -> None:
    graph = random_network(seed, depth_multipliers=(1, 2), extended=extended)
    path = tmp_path / "net.tflite"
    path.write_bytes(write_tflite(graph))
    assert_same_graph(graph, read_tflite(path))


@pytest.mark.parametrize("make", [network, branched])
def test_a_file_packed_by_others_is_read_alike(make: Callable[[], Graph]) -> None:
    assert_same_graph(make(), parse_tflite(packed(unpacked(make))))


def test_options_of_every_kind_are_read() -> None:
    operators = parse_tflite(write_tflite(branched())).operators
    kinds = ["PAD", "CONV_2D", "CONV_2D", "ADD", "MAX_POOL_2D", "DEPTHWISE_CONV_2D", "MEAN"]
    assert [op.kind for op in operators] == kinds
    assert operators[PADDED].pads == ((1, 0), (2, 1))
    assert operators[ADD].activations == (operators[MAIN].outputs[0], operators[SHORTCUT].outputs[0])
    assert operators[ADD].activation == "RELU6"
    maximum = operators[MAX]
    assert (maximum.kernel, maximum.stride, maximum.padding, maximum.activation) == ((2, 2), (2, 2), "SAME", "RELU")
    assert operators[SPREAD].depth_multiplier == 8
    assert operators[MEAN].keep_dims


def test_keyword_spotting_has_its_known_layers(kws_model: Path) -> None:
    graph = read_tflite(kws_model)
    pairs = ["DEPTHWISE_CONV_2D", "CONV_2D"] * 4
    tail = ["AVERAGE_POOL_2D", "RESHAPE", "FULLY_CONNECTED", "SOFTMAX"]
    assert [op.kind for op in graph.operators] == ["CONV_2D", *pairs, *tail]
    assert (graph.tensors[graph.input].shape, graph.tensors[graph.input].zero_point) == ((1, 49, 10, 1), 83)
    first = graph.operators[0]
    assert (first.kernel, first.stride, first.padding, first.activation) == ((10, 4), (2, 2), "SAME", "RELU")


def test_an_absent_bias_is_zero() -> None:
    model = unpacked()
    model.subgraphs[0].operators[DENSE].inputs = model.subgraphs[0].operators[DENSE].inputs[:2]
    short = parse_tflite(packed(model))
    model = unpacked()
    dense = model.subgraphs[0].operators[DENSE]
    dense.inputs = [*dense.inputs[:2], -1]
    absent = parse_tflite(packed(model))
    model = unpacked()
    model.buffers[tensor_of(model, DENSE, 2).buffer].data = np.zeros(16, np.uint8)
    zero = parse_tflite(packed(model))
    inputs = random_inputs(zero, 4, 1)
    expected = evaluate(zero, inputs)[zero.output]
    for graph in (short, absent):
        np.testing.assert_array_equal(evaluate(graph, inputs)[graph.output], expected)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"none\.tflite: cannot be read \(No such file or directory\)$"):
        read_tflite(tmp_path / "none.tflite")
    with pytest.raises(ModelError, match=r"cannot be read \(Is a directory\)$"):
        read_tflite(tmp_path)


@pytest.mark.parametrize("data", [b"", b"\0\0", b"hello world, this is no model", bytes(1000)])
def test_another_file_is_named(data: bytes) -> None:
    with pytest.raises(ModelError, match=r"^net: not a \.tflite file \(no TFL3 identifier at byte 4\)$"):
        parse_tflite(data, "net")


Break = Callable[[Any], None]


def option(op: int, **fields: Any) -> Break:
    def apply(model: Any) -> None:
        for name, value in fields.items():
            assert hasattr(model.subgraphs[0].operators[op].builtinOptions, name)
            setattr(model.subgraphs[0].operators[op].builtinOptions, name, value)

    return apply


def tensor(op: int, operand: int, **fields: Any) -> Break:
    def apply(model: Any) -> None:
        for name, value in fields.items():
            assert hasattr(tensor_of(model, op, operand), name)
            setattr(tensor_of(model, op, operand), name, value)

    return apply


def quantization(op: int, operand: int, **fields: Any) -> Break:
    def apply(model: Any) -> None:
        for name, value in fields.items():
            assert hasattr(tensor_of(model, op, operand).quantization, name)
            setattr(tensor_of(model, op, operand).quantization, name, value)

    return apply


def subgraph(**fields: Any) -> Break:
    def apply(model: Any) -> None:
        for name, value in fields.items():
            assert hasattr(model.subgraphs[0], name)
            setattr(model.subgraphs[0], name, value)

    return apply


def operands(op: int, **fields: Any) -> Break:
    def apply(model: Any) -> None:
        for name, value in fields.items():
            assert hasattr(model.subgraphs[0].operators[op], name)
            setattr(model.subgraphs[0].operators[op], name, value)

    return apply


def code(op: int, number: int, custom: bytes | None = None) -> Break:
    def apply(model: Any) -> None:
        operator_code = model.operatorCodes[model.subgraphs[0].operators[op].opcodeIndex]
        operator_code.builtinCode = number
        operator_code.deprecatedBuiltinCode = min(number, 127)
        operator_code.customCode = custom

    return apply


def two_subgraphs(model: Any) -> None:
    model.subgraphs = model.subgraphs * 2


def short_weights(model: Any) -> None:
    buffer = model.buffers[tensor_of(model, CONV, 1).buffer]
    buffer.data = buffer.data[:-1]


INT8_ONLY = "a network quantised to INT8 throughout is supported"
SYMMETRIC = "symmetric weights (zero point 0) are supported"
HUGE = (1, 1 << 30, 1 << 30, 1 << 30)
BROKEN: list[tuple[Break, str]] = [
    (two_subgraphs, "a model of one subgraph is supported, not 2"),
    (subgraph(inputs=[0, 0]), "a network of one input is supported, not 2"),
    (subgraph(outputs=[]), "a network of one output is supported, not 0"),
    (subgraph(operators=[]), "the network has no operators"),
    (subgraph(outputs=[1]), "output (tensor 1) must be made by an operator"),
    (code(CONV, 25), "operator 0 (SOFTMAX) has no SoftmaxOptions"),
    (code(DEPTHWISE, 18), f"operator 1 (MUL) is not supported; supported are {SUPPORTED}"),
    (code(DEPTHWISE, 32, b"Mine"), f"operator 1 (CUSTOM Mine) is not supported; supported are {SUPPORTED}"),
    (code(DEPTHWISE, 9999), f"operator 1 (code 9999) is not supported; supported are {SUPPORTED}"),
    (option(CONV, dilationHFactor=2), "operator 0 (CONV_2D): dilation must be 1x1, not 2x1"),
    (option(DEPTHWISE, dilationWFactor=3), "operator 1 (DEPTHWISE_CONV_2D): dilation must be 1x1, not 1x3"),
    (
        option(CONV, fusedActivationFunction=4),
        "operator 0 (CONV_2D): activation must be one of NONE, RELU, RELU6, not TANH",
    ),
    (
        option(POOL, fusedActivationFunction=77),
        "operator 2 (AVERAGE_POOL_2D): activation must be one of NONE, RELU, RELU6, not code 77",
    ),
    (option(CONV, padding=5), "operator 0 (CONV_2D): padding must be SAME or VALID, not code 5"),
    (option(CONV, strideW=0), "operator 0 (CONV_2D): stride must be at least 1, not 2x0"),
    (option(CONV, strideW=1), "operator 0 (CONV_2D): output must have shape (1, 4, 6, 5), not (1, 4, 3, 5)"),
    (option(POOL, filterHeight=0), "operator 2 (AVERAGE_POOL_2D): window must be in 1..1024, not 0x3"),
    (option(POOL, filterWidth=2**31 - 1), "operator 2 (AVERAGE_POOL_2D): window must be in 1..1024, not 4x2147483647"),
    (option(DEPTHWISE, depthMultiplier=3), "operator 1 (DEPTHWISE_CONV_2D): depth multiplier must be 10/5, not 3"),
    (
        option(DENSE, weightsFormat=1),
        "operator 4 (FULLY_CONNECTED): weights must be in the DEFAULT format, not code 1",
    ),
    (option(SOFTMAX, beta=-1.0), "operator 5 (SOFTMAX): beta must be above zero, not -1.0"),
    (tensor(CONV, 0, type=0), f"operator 0 (CONV_2D): tensor 0 is FLOAT32; {INT8_ONLY}"),
    (tensor(CONV, 1, type=9, buffer=0), "operator 0 (CONV_2D): weights (tensor 1) must be an INT8 constant"),
    (tensor(CONV, 1, type=17), f"operator 0 (CONV_2D): tensor 1 is INT4; {INT8_ONLY}"),
    (tensor(CONV, 1, type=99), f"operator 0 (CONV_2D): tensor 1 is type 99; {INT8_ONLY}"),
    (tensor(CONV, -1, type=2), f"operator 0 (CONV_2D): tensor 3 is an activation of INT32; {INT8_ONLY}"),
    (
        tensor(CONV, 1, shape=HUGE),
        f"operator 0 (CONV_2D): tensor 1 of shape {HUGE} must have a buffer of {1 << 90} bytes, not 135",
    ),
    (tensor(CONV, 1, shape=[1] * 9), "operator 0 (CONV_2D): tensor 1 must have at most 8 dimensions, not 9"),
    (short_weights, "operator 0 (CONV_2D): tensor 1 of shape (5, 3, 3, 3) must have a buffer of 135 bytes, not 134"),
    (tensor(CONV, 1, shape=[135]), "operator 0 (CONV_2D): weights must have four dimensions, not shape (135,)"),
    (
        tensor(CONV, 1, shape=[15, 3, 3, 1]),
        "operator 0 (CONV_2D): weights must have shape (15, 3, 3, 3), not (15, 3, 3, 1)",
    ),
    (tensor(CONV, 2, shape=[1, 5]), "operator 0 (CONV_2D): bias must be an INT32 constant of shape (5,), not (1, 5)"),
    (tensor(CONV, 0, shape=[2, 8, 6, 3]), "input (tensor 0) must have batch size 1, not 2"),
    (tensor(CONV, 0, shape=[1, 24, 6]), "operator 0 (CONV_2D): input must have four dimensions, not shape (1, 24, 6)"),
    (
        tensor(CONV, 0, shape=[1, 1 << 20, 1 << 20, 3]),
        "input (tensor 0) must have 1..16777216 elements, not shape (1, 1048576, 1048576, 3)",
    ),
    (tensor(CONV, 0, shape=[1, -1, 6, 3]), "input (tensor 0) must have 1..16777216 elements, not shape (1, -1, 6, 3)"),
    (
        tensor(RESHAPE, -1, shape=[1, 11]),
        "operator 3 (RESHAPE): output shape must keep the input's 10 elements, not (1, 11)",
    ),
    (tensor(DENSE, -1, shape=[1, 5]), "operator 4 (FULLY_CONNECTED): output must have shape (1, 4), not (1, 5)"),
    (tensor(DENSE, 1, shape=[5, 8]), "operator 4 (FULLY_CONNECTED): weights must have shape (5, 10), not (5, 8)"),
    (
        tensor(SOFTMAX, -1, shape=[1, 2, 2]),
        "operator 5 (SOFTMAX): output must have the input's shape (1, 4), not (1, 2, 2)",
    ),
    (
        quantization(CONV, 1, zeroPoint=[0, 0, 1, 0, 0]),
        f"operator 0 (CONV_2D): tensor 1 has channels with different zero points; {SYMMETRIC}",
    ),
    (
        quantization(CONV, 1, zeroPoint=[2] * 5),
        "operator 0 (CONV_2D): weights must be symmetric (zero point 0), not zero point 2",
    ),
    (quantization(CONV, 1, scale=[1.0, 2.0]), "operator 0 (CONV_2D): weights must have 1 or 5 scales, not 2"),
    (
        quantization(CONV, 1, scale=[1.0, 2.0, 3.0, -1.0, 1.0]),
        "operator 0 (CONV_2D): weights (tensor 1) must have finite scales above zero",
    ),
    (
        quantization(CONV, -1, scale=[float("nan")]),
        "operator 0 (CONV_2D): output (tensor 3) must have finite scales above zero",
    ),
    (
        quantization(CONV, 0, scale=None),
        "input (tensor 0) must have one scale, not 0; a network quantised to INT8 is supported",
    ),
    (quantization(CONV, 0, zeroPoint=[128]), "input (tensor 0) must have a zero point in -128..127, not 128"),
    (
        quantization(POOL, -1, zeroPoint=[3]),
        "operator 2 (AVERAGE_POOL_2D): output must have the input's scale and zero point",
    ),
    (
        quantization(SOFTMAX, -1, zeroPoint=[0]),
        "operator 5 (SOFTMAX): output must have scale 1/256 and zero point -128, not 0.00390625 and 0",
    ),
    (operands(CONV, inputs=[0]), "operator 0 (CONV_2D): weights must have four dimensions, not shape ()"),
    (operands(CONV, inputs=[0, 1, 2, 2]), "operator 0 (CONV_2D) must have at most 3 inputs and outputs"),
    (operands(SOFTMAX, outputs=[-1]), "operator 5 (SOFTMAX): only a bias may be left out"),
    (operands(DENSE, inputs=[8, -1]), "operator 4 (FULLY_CONNECTED): only a bias may be left out"),
    (
        operands(POOL, inputs=[6, 6]),
        "operator 2 (AVERAGE_POOL_2D) must have 1..1 inputs and 1 output, not 2 inputs and 1 outputs",
    ),
    (operands(POOL, inputs=[9]), "operator 2 (AVERAGE_POOL_2D): input (tensor 9) must be made by an earlier operator"),
    (operands(POOL, outputs=[3]), "operator 2 (AVERAGE_POOL_2D): output (tensor 3) must be made by no other operator"),
    (operands(POOL, outputs=[1]), "operator 2 (AVERAGE_POOL_2D): output (tensor 1) must be made by no other operator"),
    (operands(CONV, inputs=[0, 1, 999]), "damaged or cut short (ValueError: tensor 999 of 14)"),
    (operands(CONV, opcodeIndex=99), "damaged or cut short (ValueError: operator code 99 of 6)"),
    (tensor(CONV, 1, buffer=999), "damaged or cut short (ValueError: buffer 999 of 8)"),
]


def constant(op: int, operand: int, values: Any, dtype: type = np.int32) -> Break:
    """Other values, and their shape, in place of a constant."""

    def apply(model: Any) -> None:
        target = tensor_of(model, op, operand)
        data = np.array(values, dtype)
        target.shape = list(data.shape)
        model.buffers[target.buffer].data = np.frombuffer(data.tobytes(), np.uint8)

    return apply


def all_of(*breaks: Break) -> Break:
    def apply(model: Any) -> None:
        for step in breaks:
            step(model)

    return apply


BIG = 2**31 - 1
NOWHERE = [(0, 0), (0, 0), (0, 0), (0, 0)]
PADDINGS_SHAPE = "operator 0 (PAD): paddings (tensor 1) must be an INT32 constant of shape (4, 2), not"
AXES_SHAPE = "operator 6 (MEAN): axes (tensor 14) must be an INT32 constant of shape (2,), not"
BROKEN_BRANCHES: list[tuple[Break, str]] = [
    (code(PADDED, 60), f"operator 0 (PADV2) is not supported; supported are {SUPPORTED}"),
    (
        constant(PADDED, 1, [(0, 1), (0, 0), (0, 0), (0, 0)]),
        "operator 0 (PAD): paddings of rows and columns are supported, not (0, 1) of batch, (0, 0) of channels",
    ),
    (
        constant(PADDED, 1, [(0, 0), (0, 0), (0, 0), (2, 0)]),
        "operator 0 (PAD): paddings of rows and columns are supported, not (0, 0) of batch, (2, 0) of channels",
    ),
    (
        constant(PADDED, 1, [(0, 0), (-1, 2), (2, 1), (0, 0)]),
        "operator 0 (PAD): paddings must be at least 0, not (-1, 2) of rows, (2, 1) of columns",
    ),
    (
        constant(PADDED, 1, [(0, 0), (BIG, BIG), (BIG, BIG), (0, 0)]),
        f"operator 0 (PAD): output must have shape (1, {6 + 2 * BIG}, {5 + 2 * BIG}, 3), not (1, 7, 8, 3)",
    ),
    (constant(PADDED, 1, NOWHERE), "operator 0 (PAD): output must have shape (1, 6, 5, 3), not (1, 7, 8, 3)"),
    (constant(PADDED, 1, NOWHERE[:3]), f"{PADDINGS_SHAPE} (3, 2)"),
    (all_of(constant(PADDED, 1, NOWHERE, np.int64), tensor(PADDED, 1, type=4)), f"{PADDINGS_SHAPE} (4, 2)"),
    (tensor(PADDED, 1, type=9, buffer=0), f"{PADDINGS_SHAPE} (4, 2)"),
    (
        all_of(constant(PADDED, 1, [(0, 0), (BIG, 0), (BIG, 0), (0, 0)]), tensor(PADDED, -1, shape=[1, BIG, BIG, 3])),
        f"operator 0 (PAD): output (tensor 2) must have 1..16777216 elements, not shape (1, {BIG}, {BIG}, 3)",
    ),
    (operands(PADDED, inputs=[0]), "operator 0 (PAD) must have 2..2 inputs and 1 output, not 1 inputs and 1 outputs"),
    (operands(PADDED, inputs=[0, -1]), "operator 0 (PAD): only a bias may be left out"),
    (tensor(PADDED, 0, shape=[1, 30, 3]), "operator 0 (PAD): input must have four dimensions, not shape (1, 30, 3)"),
    (
        quantization(PADDED, -1, zeroPoint=[5]),
        "operator 0 (PAD): output must have the input's scale and zero point",
    ),
    (code(ADD, 1), "operator 3 (AVERAGE_POOL_2D) has no Pool2DOptions"),
    (
        operands(ADD, inputs=[8]),
        "operator 3 (ADD) must have 2..2 inputs and 1 output, not 1 inputs and 1 outputs",
    ),
    (operands(ADD, inputs=[8, 3]), "operator 3 (ADD): input (tensor 3) must be an activation, not a constant"),
    (operands(ADD, inputs=[3, 8]), "operator 3 (ADD): input (tensor 3) must be an activation, not a constant"),
    (operands(ADD, inputs=[8, 10]), "operator 3 (ADD): input (tensor 10) must be made by an earlier operator"),
    (operands(ADD, inputs=[8, -1]), "operator 3 (ADD): only a bias may be left out"),
    (
        operands(ADD, inputs=[8, 2]),
        "operator 3 (ADD): both inputs must have one shape, not (1, 7, 8, 4) and (1, 7, 8, 3)",
    ),
    (
        tensor(ADD, -1, shape=[1, 7, 32]),
        "operator 3 (ADD): output must have the inputs' shape (1, 7, 8, 4), not (1, 7, 32)",
    ),
    (
        option(ADD, fusedActivationFunction=2),
        "operator 3 (ADD): activation must be one of NONE, RELU, RELU6, not RELU_N1_TO_1",
    ),
    (
        all_of(quantization(ADD, 0, scale=[2.0**19]), quantization(ADD, -1, scale=[1.0])),
        "operator 3 (ADD): the larger input scale must be below 2**19 output scales, not 524288.0 to 1.0",
    ),
    (option(MAX, filterHeight=1025), "operator 4 (MAX_POOL_2D): window must be in 1..1024, not 1025x2"),
    (option(MAX, strideH=0), "operator 4 (MAX_POOL_2D): stride must be at least 1, not 0x2"),
    (option(MAX, strideH=1), "operator 4 (MAX_POOL_2D): output must have shape (1, 7, 4, 4), not (1, 4, 4, 4)"),
    (
        quantization(MAX, -1, zeroPoint=[-9]),
        "operator 4 (MAX_POOL_2D): output must have the input's scale and zero point",
    ),
    (
        option(SPREAD, depthMultiplier=4),
        "operator 5 (DEPTHWISE_CONV_2D): depth multiplier must be 32/4, not 4",
    ),
    (constant(MEAN, 1, [1, 3]), "operator 6 (MEAN): axes must be rows and columns, (1, 2), not (1, 3)"),
    (constant(MEAN, 1, [1, -3]), "operator 6 (MEAN): axes must be rows and columns, (1, 2), not (1, -3)"),
    (constant(MEAN, 1, [-7, BIG]), f"operator 6 (MEAN): axes must be rows and columns, (1, 2), not (-7, {BIG})"),
    (constant(MEAN, 1, [1]), f"{AXES_SHAPE} (1,)"),
    (constant(MEAN, 1, 2), f"{AXES_SHAPE} ()"),
    (tensor(MEAN, 1, type=9, buffer=0), f"{AXES_SHAPE} (2,)"),
    (operands(MEAN, inputs=[13, 12]), f"{AXES_SHAPE.replace('14', '12')} (32,)"),
    (option(MEAN, keepDims=False), "operator 6 (MEAN): output must have shape (1, 32), not (1, 1, 1, 32)"),
    (tensor(MEAN, -1, shape=[1, 32]), "operator 6 (MEAN): output must have shape (1, 1, 1, 32), not (1, 32)"),
]


@pytest.mark.parametrize(
    ("break_model", "sentence"), BROKEN_BRANCHES, ids=[sentence[:60] for _, sentence in BROKEN_BRANCHES]
)
def test_a_broken_model_with_branches_is_named(break_model: Break, sentence: str) -> None:
    model = unpacked(branched)
    break_model(model)
    with pytest.raises(ModelError) as caught:
        parse_tflite(packed(model), "net.tflite")
    assert str(caught.value) == f"net.tflite: {sentence}"


def test_pads_that_are_not_the_constant_s_are_named() -> None:
    graph = branched()
    wrong = dataclasses.replace(graph.operators[PADDED], pads=((0, 1), (2, 1)))
    with pytest.raises(ModelError) as caught:
        validate(dataclasses.replace(graph, operators=(wrong, *graph.operators[1:])))
    given = "((1, 0), (2, 1)), not ((0, 1), (2, 1))"
    assert str(caught.value) == f"operator 0 (PAD): pads must be those of tensor 1, {given}"


@pytest.mark.parametrize(("break_model", "sentence"), BROKEN, ids=[sentence[:60] for _, sentence in BROKEN])
def test_a_broken_model_is_named(break_model: Break, sentence: str) -> None:
    model = unpacked()
    break_model(model)
    with pytest.raises(ModelError) as caught:
        parse_tflite(packed(model), "net.tflite")
    assert str(caught.value) == f"net.tflite: {sentence}"


def damaged(data: bytes, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Some bytes of the file replaced, most often near each other, or its end cut off."""
    copy = np.frombuffer(data, np.uint8).copy()
    if rng.random() < 0.2:
        return copy[: rng.integers(8, len(copy))]
    start = int(rng.integers(8, len(copy)))
    for _ in range(int(rng.integers(1, 5))):
        position = min(start + int(rng.integers(0, 16)), len(copy) - 1)
        copy[position] = rng.choice([0, 255, 127, 128, int(rng.integers(0, 256))])
    return copy


@pytest.mark.parametrize("make", [network, branched])
@pytest.mark.parametrize("seed", range(8))
def test_damage_gives_a_graph_or_a_sentence(seed: int, make: Callable[[], Graph]) -> None:
    """Never another exception, and never a graph that cannot be evaluated."""
    data = write_tflite(make())
    rng = np.random.default_rng(seed)
    sentences = []
    for _ in range(400):
        try:
            graph = parse_tflite(damaged(data, rng).tobytes(), "net")
        except ModelError as error:
            sentences.append(str(error))
        else:
            evaluate(graph, random_inputs(graph, 1, 0))
    assert len(sentences) > 50
    assert all(sentence.startswith("net: ") and "\n" not in sentence for sentence in sentences)
