"""Mutations of .tflite files: of their bytes, and of what their tables say."""

import contextlib
import struct
from collections.abc import Callable, Sequence
from typing import Any

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema

INTEGERS = (*range(-2, 8), 9, 16, 31, 64, 127, 128, 255, 256, 1023, 1025, 4095, 4096, 65535, 65536, 1 << 20, 1 << 24)
INTEGERS += (*(-value for value in (127, 128, 129, 255, 256)), (1 << 31) - 1, -(1 << 31))
SCALES = (0.0, -0.0, -1.0, 1.0, 0.5, 1 / 256, 6.0, 1e-3, 1e-6, 1e-12, 1e-20, 1e-38, 1e-45, 1e6, 1e12, 1e20, 3e38)
SCALES += (float("nan"), float("inf"), float("-inf"))
LARGEST_BUFFER = 1 << 16
"""Bytes of a constant that a mutation makes."""

Model = Any
"""A ``ModelT`` of the schema."""
Step = Callable[[Model, np.random.Generator], None]


def mutate(data: bytes, others: Sequence[bytes], rng: np.random.Generator) -> bytes:
    """Change a file: its tables if they can be read, else, and sometimes anyway, its bytes.

    Parameters
    ----------
    data : bytes
    others : sequence of bytes
        Files to take parts from.
    rng : numpy.random.Generator
        Decides everything.

    Returns
    -------
    bytes
    """
    changed = data
    if rng.random() < 0.75:
        with contextlib.suppress(Exception):
            model = unpacked(data)
            for _ in range(int(rng.choice([1, 1, 1, 2, 3, 6]))):
                # A step may find nothing to change: no operator, no options, no name.
                with contextlib.suppress(AttributeError, IndexError, TypeError, ValueError):
                    _one(STEPS, rng)(model, rng)
            changed = packed(model)
    if changed == data or rng.random() < 0.1:
        changed = _damaged(changed, others, rng)
    return changed


def unpacked(data: bytes) -> Model:
    """Tables of a file as objects."""
    return schema.ModelT.InitFromPackedBuf(data, 0)


def packed(model: Model) -> bytes:
    """A file of objects."""
    builder = flatbuffers.Builder(0)
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def _damaged(data: bytes, others: Sequence[bytes], rng: np.random.Generator) -> bytes:
    copy = bytearray(data)
    kind = rng.integers(6)
    if len(copy) < 16 or kind == 0:
        return bytes(copy[: rng.integers(len(copy) + 1)])
    start = int(rng.integers(len(copy) - 8))
    if kind == 1:
        for _ in range(int(rng.integers(1, 9))):
            copy[int(rng.integers(len(copy)))] ^= 1 << int(rng.integers(8))
    elif kind == 2:
        near = min(start + int(rng.integers(64)), len(copy) - 8) & ~3
        struct.pack_into("<i", copy, near, _integer(rng))
    elif kind == 3:
        struct.pack_into("<h", copy, start & ~1, int(rng.integers(-64, 65)))
    elif kind == 4:
        other = _one(others, rng)
        length = int(rng.integers(1, 256))
        copy[start : start + length] = other[start : start + length]
    else:
        length = int(rng.integers(1, 256))
        copy[start : start + int(rng.integers(2)) * length] = copy[start : start + length]
    return bytes(copy)


def _integer(rng: np.random.Generator) -> int:
    return int(_one(INTEGERS, rng))


def _one(items: Sequence[Any], rng: np.random.Generator) -> Any:
    return items[int(rng.integers(len(items)))]


def _graph(model: Model) -> Any:
    return model.subgraphs[0]


def _tensor(model: Model, rng: np.random.Generator) -> Any:
    return _one(_graph(model).tensors, rng)


def _operator(model: Model, rng: np.random.Generator) -> Any:
    return _one(_graph(model).operators, rng)


def _size(model: Model, rng: np.random.Generator) -> None:
    tensor = _tensor(model, rng)
    shape = list(tensor.shape)
    shape[int(rng.integers(len(shape)))] = _integer(rng)
    tensor.shape = shape


def _rank(model: Model, rng: np.random.Generator) -> None:
    tensor = _tensor(model, rng)
    shape = list(tensor.shape)
    position = int(rng.integers(len(shape) + 1))
    tensor.shape = _one(
        [[*shape[:position], 1, *shape[position:]], shape[1:], shape[:-1], shape[::-1], [], None, [1] * 9], rng
    )


def _image(model: Model, rng: np.random.Generator) -> None:
    """Another size of the input; repairing makes the others follow."""
    tensor = _graph(model).tensors[_graph(model).inputs[0]]
    shape = list(tensor.shape)
    shape[int(rng.integers(1, len(shape)))] = int(_one([1, 2, 3, 4, 7, 16, 33, 255, 4095, 4096], rng))
    tensor.shape = shape


def _type(model: Model, rng: np.random.Generator) -> None:
    _tensor(model, rng).type = int(rng.integers(-1, 20))


def _buffer(model: Model, rng: np.random.Generator) -> None:
    _tensor(model, rng).buffer = int(_one([0, 1, *rng.integers(0, len(model.buffers) + 2, 4), 1 << 30], rng))


def _data(model: Model, rng: np.random.Generator) -> None:
    buffer = _one(model.buffers, rng)
    data = np.asarray(buffer.data, np.uint8)
    random = rng.integers(0, 256, data.size, np.uint8)
    extreme = np.full(data.size, _one([0, 1, 127, 128, 255], rng), np.uint8)
    buffer.data = _one([None, data[:-1], np.append(data, data), random, random, extreme, extreme], rng)


def _buffers(model: Model, rng: np.random.Generator) -> None:
    model.buffers = _one([model.buffers[:-1], model.buffers[::-1], [], None, [*model.buffers, model.buffers[0]]], rng)


def _scale(model: Model, rng: np.random.Generator) -> None:
    _tensor(model, rng).quantization.scale = [float(_one(SCALES, rng))]


def _stretch(model: Model, rng: np.random.Generator) -> None:
    """Scales by a factor: a network that stays valid, with odd multipliers."""
    quantization = _tensor(model, rng).quantization
    factor = 2.0 ** int(rng.integers(-40, 41))
    with np.errstate(all="ignore"):
        quantization.scale = (np.asarray(quantization.scale, np.float64) * factor).astype(np.float32)


def _scales(model: Model, rng: np.random.Generator) -> None:
    quantization = _tensor(model, rng).quantization
    scale = [float(value) for value in quantization.scale]
    quantization.scale = _one([None, [], scale[:-1], scale * 2, [*scale[:-1], float(_one(SCALES, rng))]], rng)


def _zero_point(model: Model, rng: np.random.Generator) -> None:
    quantization = _tensor(model, rng).quantization
    quantization.zeroPoint = _one(
        [[_integer(rng)], [int(rng.integers(-128, 128))], [1 << 62], None, [0, 1], [0] * 5], rng
    )


def _quantization(model: Model, rng: np.random.Generator) -> None:
    tensor = _tensor(model, rng)
    tensor.quantization = _one([None, _tensor(model, rng).quantization], rng)


def _operands(model: Model, rng: np.random.Generator) -> None:
    operator = _operator(model, rng)
    name = _one(["inputs", "outputs"], rng)
    values = [int(value) for value in getattr(operator, name)]
    index = int(_one([-1, -2, 1 << 30, *rng.integers(0, len(_graph(model).tensors) + 1, 6)], rng))
    position = int(rng.integers(len(values)))
    changed = [*values[:position], index, *values[position + 1 :]]
    setattr(
        operator, name, _one([changed, changed, changed, values[:-1], [*values, index], values[::-1], [], None], rng)
    )


def _order(model: Model, rng: np.random.Generator) -> None:
    operators = _graph(model).operators
    first, second = (int(rng.integers(len(operators))) for _ in range(2))
    kind = rng.integers(4)
    if kind == 0:
        operators[first], operators[second] = operators[second], operators[first]
    elif kind == 1:
        operators.insert(second, operators[first])
    elif kind == 2:
        del operators[first]
    else:
        del operators[first + 1 :]
        _graph(model).outputs = [int(operators[-1].outputs[0])]


def _ends(model: Model, rng: np.random.Generator) -> None:
    graph = _graph(model)
    index = int(rng.integers(-2, len(graph.tensors) + 1))
    setattr(graph, _one(["inputs", "outputs"], rng), _one([[index], [index], [], None, [index, index]], rng))


def _code(model: Model, rng: np.random.Generator) -> None:
    kind = rng.integers(3)
    if kind == 0:
        _operator(model, rng).opcodeIndex = int(rng.integers(0, len(model.operatorCodes) + 1))
    elif kind == 1:
        code = _one(model.operatorCodes, rng)
        code.builtinCode = code.deprecatedBuiltinCode = int(_one([0, 1, 3, 4, 9, 17, 22, 25, 32, 34, 40, 127], rng))
    else:
        operator, other = _operator(model, rng), _operator(model, rng)
        operator.builtinOptions, operator.builtinOptionsType = other.builtinOptions, other.builtinOptionsType


def _option(model: Model, rng: np.random.Generator) -> None:
    operator = _operator(model, rng)
    if rng.random() < 0.1:
        operator.builtinOptions = None
        return
    options = operator.builtinOptions
    name = _one(sorted(vars(options)), rng)
    value = getattr(options, name)
    number = float(_one(SCALES, rng)) if isinstance(value, float) else _integer(rng)
    small = name in ("padding", "fusedActivationFunction", "weightsFormat", "keepDims", "quantizedBiasType")
    setattr(options, name, int(rng.integers(0, 5)) if small else number)


def _more(model: Model, rng: np.random.Generator) -> None:
    """What is in the schema and seldom in a file."""
    graph, tensor = _graph(model), _tensor(model, rng)
    kind = rng.integers(7)
    if kind == 0:
        model.subgraphs = _one([[graph, graph], [], None], rng)
    elif kind == 1:
        tensor.sparsity = schema.SparsityParametersT()
    elif kind == 2:
        tensor.isVariable = True
    elif kind == 3:
        tensor.name = _one([None, b"\xff\xfe", b"a\nb\x1b[2J" * 9], rng)
    elif kind == 4:
        model.operatorCodes = _one([None, [], model.operatorCodes[:-1]], rng)
    elif kind == 5:
        model.version = _integer(rng)
    else:
        tensor.shapeSignature = [_integer(rng)] * 4


STEPS: tuple[Step, ...] = (
    _size,
    _rank,
    _image,
    _image,
    _type,
    _buffer,
    _data,
    _data,
    _buffers,
    _scale,
    _scale,
    _stretch,
)
STEPS += (_stretch, _stretch, _scales, _zero_point, _zero_point, _quantization, _operands, _operands, _order, _order)
STEPS += (_ends, _code, _option, _option, _option, _more)
"""What mutations of tables are drawn from."""
