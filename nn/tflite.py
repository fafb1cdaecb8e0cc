"""An int8 .tflite file to a layer graph."""
# Ref: TensorFlow Lite schema version 3, tensorflow/lite/schema/schema.fbs.

import math
import struct
from pathlib import Path
from typing import Any

import numpy as np
import tflite
from numpy.typing import NDArray

from racelet.nn.errors import ModelError
from racelet.nn.graph import Graph, Operator, Tensor
from racelet.nn.tflite_options import read_options
from racelet.nn.validate import KINDS, validate

_CORRUPT = (struct.error, ArithmeticError, AttributeError, LookupError, MemoryError, TypeError, ValueError)
"""What reading through wrong offsets raises."""

_DTYPES = {
    tflite.TensorType.INT8: np.dtype(np.int8),
    tflite.TensorType.INT32: np.dtype("<i4"),
    tflite.TensorType.INT64: np.dtype("<i8"),
}
MAX_FILE = 1 << 28
"""Bytes of a file: far more than a network for any configuration takes."""
MAX_OPERATORS = 1 << 10
"""Operators of a network: more than any configuration has descriptors for, with those among them that take none."""
_MAX_NAME = 60
_MAX_OPERANDS = 3
_MAX_DIMENSIONS = 8
_ABSENT = -1
_TYPE_NAMES = {value: name for name, value in vars(tflite.TensorType).items() if name.isupper()}


def read_tflite(path: str | Path) -> Graph:
    """Read an int8 network.

    Parameters
    ----------
    path : str or Path
        A .tflite file.

    Returns
    -------
    Graph
        Tensors and operators at their indices in the file; every shape, scale and constant checked.

    Raises
    ------
    ModelError
        If the file cannot be read, is damaged, or holds anything but a supported int8 network of batch 1.

    Examples
    --------
    >>> read_tflite("missing.tflite")
    Traceback (most recent call last):
    ...
    racelet.nn.errors.ModelError: missing.tflite: cannot be read (No such file or directory)
    """
    try:
        file = Path(path)
        if file.exists() and not (file.is_file() or file.is_dir()):
            raise ModelError(f"{path}: must be a file, not a pipe or a device: it is read more than once")
        with file.open("rb") as stream:
            data = stream.read(MAX_FILE + 1)
    except (OSError, ValueError) as error:
        if isinstance(error, ModelError):
            raise
        reason = getattr(error, "strerror", None) or error
        raise ModelError(f"{path}: cannot be read ({reason})") from error
    if len(data) > MAX_FILE:
        raise ModelError(f"{path}: must be at most {MAX_FILE} bytes, and is {file.stat().st_size}")
    return parse_tflite(data, str(path))


def parse_tflite(data: bytes, name: str = "model") -> Graph:
    """Read an int8 network from the content of a file.

    Parameters
    ----------
    data : bytes
        Content of a .tflite file.
    name : str
        What messages call it.

    Returns
    -------
    Graph
        As :func:`read_tflite`.

    Raises
    ------
    ModelError
        As :func:`read_tflite`.

    Examples
    --------
    >>> parse_tflite(b"PK...", "net.zip")
    Traceback (most recent call last):
    ...
    racelet.nn.errors.ModelError: net.zip: not a .tflite file (no TFL3 identifier at byte 4)
    """
    if data[4:8] != b"TFL3":
        raise ModelError(f"{name}: not a .tflite file (no TFL3 identifier at byte 4)")
    try:
        graph = _graph(data)
    except ModelError as error:
        raise ModelError(f"{name}: {error}") from error
    except _CORRUPT as error:
        raise ModelError(f"{name}: damaged or cut short ({type(error).__name__}: {error})") from error
    try:
        validate(graph)
    except ModelError as error:
        raise ModelError(f"{name}: {error}") from error
    return graph


def _graph(data: bytes) -> Graph:
    model = tflite.Model.GetRootAs(data, 0)
    if model.SubgraphsLength() != 1:
        raise ModelError(f"a model of one subgraph is supported, not {model.SubgraphsLength()}")
    subgraph = _entry(model.Subgraphs(0))
    ends = _ints(subgraph.InputsAsNumpy()), _ints(subgraph.OutputsAsNumpy())
    for what, indices in zip(("input", "output"), ends, strict=True):
        if len(indices) != 1:
            raise ModelError(f"a network of one {what} is supported, not {len(indices)}")
    if subgraph.OperatorsLength() > MAX_OPERATORS:
        raise ModelError(f"a network of up to {MAX_OPERATORS} operators is supported, not {subgraph.OperatorsLength()}")
    operators = [_entry(subgraph.Operators(index)) for index in range(subgraph.OperatorsLength())]
    kinds = [_kind(model, operator, index) for index, operator in enumerate(operators)]
    user: dict[int, str] = {}
    for index, (operator, kind) in enumerate(zip(operators, kinds, strict=True)):
        if max(operator.InputsLength(), operator.OutputsLength()) > _MAX_OPERANDS:
            raise ModelError(f"operator {index} ({kind}) must have at most {_MAX_OPERANDS} inputs and outputs")
        for tensor in (*_ints(operator.InputsAsNumpy()), *_ints(operator.OutputsAsNumpy())):
            if tensor != _ABSENT:
                user.setdefault(tensor, f"operator {index} ({kind})")
    tensors = tuple(_tensor(model, subgraph, index, user.get(index)) for index in range(subgraph.TensorsLength()))
    beyond = [index for index in (*user, *ends[0], *ends[1]) if not 0 <= index < len(tensors)]
    if beyond:
        raise ValueError(f"tensor {beyond[0]} of {len(tensors)}")
    return Graph(
        tensors=tensors,
        operators=tuple(
            Operator(
                index=index,
                kind=kind,
                inputs=_ints(operator.InputsAsNumpy()),
                outputs=_ints(operator.OutputsAsNumpy()),
                **read_options(operator, kind, index, tensors),
            )
            for index, (operator, kind) in enumerate(zip(operators, kinds, strict=True))
        ),
        input=ends[0][0],
        output=ends[1][0],
    )


def _entry(table: Any) -> Any:
    """A table that must be there."""
    if table is None:
        raise ValueError("a table is missing")
    return table


def _ints(values: Any) -> tuple[int, ...]:
    """A vector of the file, which the tflite package gives as the number 0 where it is absent."""
    return tuple(int(value) for value in values) if isinstance(values, np.ndarray) else ()


def _kind(model: Any, operator: Any, index: int) -> str:
    if not 0 <= operator.OpcodeIndex() < model.OperatorCodesLength():
        raise ValueError(f"operator code {operator.OpcodeIndex()} of {model.OperatorCodesLength()}")
    code = _entry(model.OperatorCodes(operator.OpcodeIndex()))
    number = code.BuiltinCode()
    kind = tflite.BUILTIN_OPCODE2NAME.get(number, f"code {number}")
    if number == tflite.BuiltinOperator.CUSTOM and code.CustomCode():
        kind = f"CUSTOM {_shown(code.CustomCode())}"
    if kind not in KINDS:
        raise ModelError(f"operator {index} ({kind}) is not supported; supported are {', '.join(KINDS)}")
    return kind


def _shown(name: bytes) -> str:
    """A name from a file, of one line, for a message."""
    text = name[:_MAX_NAME].decode(errors="replace")
    return "".join(letter if letter.isprintable() else "?" for letter in text)


def _tensor(model: Any, subgraph: Any, index: int, user: str | None) -> Tensor:
    tensor = _entry(subgraph.Tensors(index))
    name = (tensor.Name() or b"").decode(errors="replace")
    shape = _ints(tensor.ShapeAsNumpy())
    if user is None:
        return Tensor(name=name, shape=shape, scales=np.empty(0))
    where = f"{user}: tensor {index}"
    if len(shape) > _MAX_DIMENSIONS:
        raise ModelError(f"{where} must have at most {_MAX_DIMENSIONS} dimensions, not {len(shape)}")
    if tensor.Type() not in _DTYPES:
        kind = _TYPE_NAMES.get(tensor.Type(), f"type {tensor.Type()}")
        raise ModelError(f"{where} is {kind}; a network quantised to INT8 throughout is supported")
    if tensor.Sparsity() is not None:
        raise ModelError(f"{where} is sparse; dense constants are supported")
    scales, zero_point = _quantization(tensor.Quantization(), where)
    data = _constant(model, tensor, shape, where)
    if data is None and tensor.Type() != tflite.TensorType.INT8:
        kind = _TYPE_NAMES[tensor.Type()]
        raise ModelError(f"{where} is an activation of {kind}; a network quantised to INT8 throughout is supported")
    return Tensor(name=name, shape=shape, scales=scales, zero_point=zero_point, data=data)


def _quantization(quantization: Any, where: str) -> tuple[NDArray[np.float64], int]:
    if quantization is None or not isinstance(quantization.ScaleAsNumpy(), np.ndarray):
        return np.empty(0), 0
    with np.errstate(invalid="ignore"):  # A damaged scale can be a signalling NaN; validate refuses it.
        scales = quantization.ScaleAsNumpy().astype(np.float64)
    zero_points = set(_ints(quantization.ZeroPointAsNumpy())) or {0}
    if len(zero_points) > 1:
        raise ModelError(
            f"{where} has channels with different zero points; symmetric weights (zero point 0) are supported"
        )
    return scales, zero_points.pop()


def _constant(model: Any, tensor: Any, shape: tuple[int, ...], where: str) -> NDArray[np.integer] | None:
    if not 0 <= tensor.Buffer() < model.BuffersLength():
        raise ValueError(f"buffer {tensor.Buffer()} of {model.BuffersLength()}")
    raw = _entry(model.Buffers(tensor.Buffer())).DataAsNumpy()
    if not isinstance(raw, np.ndarray) or raw.size == 0:
        return None
    dtype = _DTYPES[tensor.Type()]
    expected = math.prod(shape) * dtype.itemsize
    if min(shape, default=1) < 1 or raw.size != expected:
        raise ModelError(f"{where} of shape {shape} must have a buffer of {expected} bytes, not {raw.size}")
    return raw.view(dtype).astype(dtype.newbyteorder("=")).reshape(shape)
