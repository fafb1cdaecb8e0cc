"""Layer graph to a .tflite file."""
# Ref: TensorFlow Lite schema version 3, tensorflow/lite/schema/schema.fbs.

from collections.abc import Callable, Sequence

import flatbuffers
import numpy as np
import tflite
from numpy.typing import NDArray

from racelet.nn.graph import Graph, Operator, Tensor

_VERSIONS = {
    "CONV_2D": 3,
    "DEPTHWISE_CONV_2D": 3,
    "ADD": 2,
    "AVERAGE_POOL_2D": 2,
    "MAX_POOL_2D": 2,
    "MEAN": 2,
    "FULLY_CONNECTED": 4,
    "RESHAPE": 1,
    "PAD": 2,
    "SOFTMAX": 2,
}
"""First operator version of the schema that has int8 tensors."""

_FULLY_CONNECTED_PER_CHANNEL = 12
_SCHEMA = 3
_BUFFER_ALIGNMENT = 16
_TYPES = {"int8": tflite.TensorType.INT8, "int32": tflite.TensorType.INT32, "int64": tflite.TensorType.INT64}
_PADDING = {"SAME": tflite.Padding.SAME, "VALID": tflite.Padding.VALID}
_ACTIVATION = {
    "NONE": tflite.ActivationFunctionType.NONE,
    "RELU": tflite.ActivationFunctionType.RELU,
    "RELU6": tflite.ActivationFunctionType.RELU6,
}


def write_tflite(graph: Graph, description: str = "racelet") -> bytes:
    """Serialise a graph as a TFLite flatbuffer.

    Tensor and operator indices are kept, so that ``read_tflite`` of the bytes gives the graph back. Scales are
    rounded to float32, which is what the format has.

    Parameters
    ----------
    graph : Graph
        Quantised network. Weight scales count along the output channels.
    description : str
        Free text stored in the file.

    Returns
    -------
    bytes
        The whole file; the same bytes for the same graph.

    Raises
    ------
    ValueError
        If an operator's kind cannot be written, or a constant is neither int8, int32 nor int64.

    Examples
    --------
    >>> scale = np.array([0.5])
    >>> x = Tensor(name="x", shape=(1, 4), scales=scale, zero_point=3)
    >>> y = Tensor(name="y", shape=(1, 2, 2, 1), scales=scale, zero_point=3)
    >>> reshape = Operator(index=0, kind="RESHAPE", inputs=(0,), outputs=(1,))
    >>> data = write_tflite(Graph(tensors=(x, y), operators=(reshape,), input=0, output=1))
    >>> data[4:8]
    b'TFL3'
    """
    builder = flatbuffers.Builder(1 << 16)
    buffers, buffer_of = _buffers(builder, graph.tensors)
    tensors = [_tensor(builder, graph, index, buffer_of[index]) for index in range(len(graph.tensors))]
    kinds = sorted({(op.kind, _version(op, graph)) for op in graph.operators})
    operators = [_operator(builder, graph, op, kinds.index((op.kind, _version(op, graph)))) for op in graph.operators]
    codes = [_code(builder, kind, version) for kind, version in kinds]
    subgraph = _subgraph(builder, graph, tensors, operators)

    text = builder.CreateString(description)
    codes_offset = _offsets(builder, tflite.ModelStartOperatorCodesVector, codes)
    subgraphs_offset = _offsets(builder, tflite.ModelStartSubgraphsVector, [subgraph])
    buffers_offset = _offsets(builder, tflite.ModelStartBuffersVector, buffers)
    tflite.ModelStart(builder)
    tflite.ModelAddVersion(builder, _SCHEMA)
    tflite.ModelAddOperatorCodes(builder, codes_offset)
    tflite.ModelAddSubgraphs(builder, subgraphs_offset)
    tflite.ModelAddDescription(builder, text)
    tflite.ModelAddBuffers(builder, buffers_offset)
    builder.Finish(tflite.ModelEnd(builder), b"TFL3")
    return bytes(builder.Output())


def _offsets(builder: flatbuffers.Builder, start: Callable[..., object], offsets: Sequence[int]) -> int:
    start(builder, len(offsets))
    for offset in reversed(offsets):
        builder.PrependUOffsetTRelative(offset)
    return builder.EndVector()


def _ints(builder: flatbuffers.Builder, values: Sequence[int]) -> int:
    return builder.CreateNumpyVector(np.asarray(values, np.int32))


def _buffers(builder: flatbuffers.Builder, tensors: Sequence[Tensor]) -> tuple[list[int], list[int]]:
    """Offsets of the file's buffers, and the buffer of every tensor; buffer 0 is the empty one of activations."""
    tflite.BufferStart(builder)
    buffers = [tflite.BufferEnd(builder)]
    buffer_of = []
    for tensor in tensors:
        if tensor.data is None:
            buffer_of.append(0)
            continue
        payload = _bytes(builder, np.ascontiguousarray(tensor.data))
        tflite.BufferStart(builder)
        tflite.BufferAddData(builder, payload)
        buffer_of.append(len(buffers))
        buffers.append(tflite.BufferEnd(builder))
    return buffers, buffer_of


def _bytes(builder: flatbuffers.Builder, data: NDArray[np.integer]) -> int:
    raw = data.astype(data.dtype.newbyteorder("<")).tobytes()
    builder.StartVector(1, len(raw), _BUFFER_ALIGNMENT)
    builder.head = builder.Head() - len(raw)
    builder.Bytes[builder.Head() : builder.Head() + len(raw)] = raw
    return builder.EndVector()


def _channel_dimension(graph: Graph, index: int) -> int:
    """Dimension that a tensor's scales count along."""
    kernels = {op.inputs[1] for op in graph.operators if op.kind == "DEPTHWISE_CONV_2D"}
    return 3 if index in kernels else 0


def _tensor(builder: flatbuffers.Builder, graph: Graph, index: int, buffer: int) -> int:
    tensor = graph.tensors[index]
    dtype = "int8" if tensor.data is None else tensor.data.dtype.name
    if dtype not in _TYPES:
        raise ValueError(f"tensor {index} ({tensor.name}) must be one of {', '.join(_TYPES)}, not {dtype}")
    name = builder.CreateString(tensor.name)
    shape = _ints(builder, tensor.shape)
    quantization = None
    if tensor.scales.size:
        scales = builder.CreateNumpyVector(np.asarray(tensor.scales, np.float32))
        zeros = builder.CreateNumpyVector(np.full(tensor.scales.size, tensor.zero_point, np.int64))
        tflite.QuantizationParametersStart(builder)
        tflite.QuantizationParametersAddScale(builder, scales)
        tflite.QuantizationParametersAddZeroPoint(builder, zeros)
        if tensor.scales.size > 1:
            tflite.QuantizationParametersAddQuantizedDimension(builder, _channel_dimension(graph, index))
        quantization = tflite.QuantizationParametersEnd(builder)
    tflite.TensorStart(builder)
    tflite.TensorAddShape(builder, shape)
    tflite.TensorAddType(builder, _TYPES[dtype])
    tflite.TensorAddBuffer(builder, buffer)
    tflite.TensorAddName(builder, name)
    if quantization is not None:
        tflite.TensorAddQuantization(builder, quantization)
    return tflite.TensorEnd(builder)


def _version(op: Operator, graph: Graph) -> int:
    if op.kind not in _VERSIONS:
        raise ValueError(f"operator {op.index} must be one of {', '.join(_VERSIONS)}, not {op.kind}")
    if op.kind == "FULLY_CONNECTED" and graph.tensors[op.inputs[1]].scales.size > 1:
        return _FULLY_CONNECTED_PER_CHANNEL
    return _VERSIONS[op.kind]


def _code(builder: flatbuffers.Builder, kind: str, version: int) -> int:
    code = getattr(tflite.BuiltinOperator, kind)
    tflite.OperatorCodeStart(builder)
    tflite.OperatorCodeAddDeprecatedBuiltinCode(builder, code)
    tflite.OperatorCodeAddVersion(builder, version)
    tflite.OperatorCodeAddBuiltinCode(builder, code)
    return tflite.OperatorCodeEnd(builder)


def _operator(builder: flatbuffers.Builder, graph: Graph, op: Operator, code: int) -> int:
    inputs, outputs = _ints(builder, op.inputs), _ints(builder, op.outputs)
    kind, options = _options(builder, graph, op)
    tflite.OperatorStart(builder)
    tflite.OperatorAddOpcodeIndex(builder, code)
    tflite.OperatorAddInputs(builder, inputs)
    tflite.OperatorAddOutputs(builder, outputs)
    tflite.OperatorAddBuiltinOptionsType(builder, kind)
    tflite.OperatorAddBuiltinOptions(builder, options)
    return tflite.OperatorEnd(builder)


def _options(builder: flatbuffers.Builder, graph: Graph, op: Operator) -> tuple[int, int]:
    """Type and offset of an operator's options table."""
    kinds = tflite.BuiltinOptions
    activation = _ACTIVATION[op.activation]
    if op.kind == "CONV_2D":
        tflite.Conv2DOptionsStart(builder)
        tflite.Conv2DOptionsAddPadding(builder, _PADDING[op.padding])
        tflite.Conv2DOptionsAddStrideH(builder, op.stride[0])
        tflite.Conv2DOptionsAddStrideW(builder, op.stride[1])
        tflite.Conv2DOptionsAddFusedActivationFunction(builder, activation)
        return kinds.Conv2DOptions, tflite.Conv2DOptionsEnd(builder)
    if op.kind == "DEPTHWISE_CONV_2D":
        tflite.DepthwiseConv2DOptionsStart(builder)
        tflite.DepthwiseConv2DOptionsAddPadding(builder, _PADDING[op.padding])
        tflite.DepthwiseConv2DOptionsAddStrideH(builder, op.stride[0])
        tflite.DepthwiseConv2DOptionsAddStrideW(builder, op.stride[1])
        tflite.DepthwiseConv2DOptionsAddDepthMultiplier(builder, op.depth_multiplier)
        tflite.DepthwiseConv2DOptionsAddFusedActivationFunction(builder, activation)
        return kinds.DepthwiseConv2DOptions, tflite.DepthwiseConv2DOptionsEnd(builder)
    if op.kind in {"AVERAGE_POOL_2D", "MAX_POOL_2D"}:
        tflite.Pool2DOptionsStart(builder)
        tflite.Pool2DOptionsAddPadding(builder, _PADDING[op.padding])
        tflite.Pool2DOptionsAddStrideH(builder, op.stride[0])
        tflite.Pool2DOptionsAddStrideW(builder, op.stride[1])
        tflite.Pool2DOptionsAddFilterHeight(builder, op.kernel[0])
        tflite.Pool2DOptionsAddFilterWidth(builder, op.kernel[1])
        tflite.Pool2DOptionsAddFusedActivationFunction(builder, activation)
        return kinds.Pool2DOptions, tflite.Pool2DOptionsEnd(builder)
    if op.kind == "ADD":
        tflite.AddOptionsStart(builder)
        tflite.AddOptionsAddFusedActivationFunction(builder, activation)
        return kinds.AddOptions, tflite.AddOptionsEnd(builder)
    if op.kind == "MEAN":
        tflite.ReducerOptionsStart(builder)
        tflite.ReducerOptionsAddKeepDims(builder, op.keep_dims)
        return kinds.ReducerOptions, tflite.ReducerOptionsEnd(builder)
    if op.kind == "PAD":
        tflite.PadOptionsStart(builder)
        return kinds.PadOptions, tflite.PadOptionsEnd(builder)
    if op.kind == "FULLY_CONNECTED":
        tflite.FullyConnectedOptionsStart(builder)
        tflite.FullyConnectedOptionsAddFusedActivationFunction(builder, activation)
        return kinds.FullyConnectedOptions, tflite.FullyConnectedOptionsEnd(builder)
    if op.kind == "SOFTMAX":
        tflite.SoftmaxOptionsStart(builder)
        tflite.SoftmaxOptionsAddBeta(builder, op.beta)
        return kinds.SoftmaxOptions, tflite.SoftmaxOptionsEnd(builder)
    shape = _ints(builder, graph.tensors[op.outputs[0]].shape)
    tflite.ReshapeOptionsStart(builder)
    tflite.ReshapeOptionsAddNewShape(builder, shape)
    return kinds.ReshapeOptions, tflite.ReshapeOptionsEnd(builder)


def _subgraph(builder: flatbuffers.Builder, graph: Graph, tensors: Sequence[int], operators: Sequence[int]) -> int:
    name = builder.CreateString("main")
    inputs, outputs = _ints(builder, [graph.input]), _ints(builder, [graph.output])
    tensors_offset = _offsets(builder, tflite.SubGraphStartTensorsVector, tensors)
    operators_offset = _offsets(builder, tflite.SubGraphStartOperatorsVector, operators)
    tflite.SubGraphStart(builder)
    tflite.SubGraphAddTensors(builder, tensors_offset)
    tflite.SubGraphAddInputs(builder, inputs)
    tflite.SubGraphAddOutputs(builder, outputs)
    tflite.SubGraphAddOperators(builder, operators_offset)
    tflite.SubGraphAddName(builder, name)
    return tflite.SubGraphEnd(builder)
