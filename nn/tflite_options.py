"""Options of a .tflite file's operators."""
# Ref: TensorFlow Lite schema version 3, tensorflow/lite/schema/schema.fbs, union BuiltinOptions.

from typing import Any

import tflite

from racelet.nn.errors import ModelError
from racelet.nn.graph import Activation, Padding, Tensor

_ACTIVATION_NAMES = {value: name for name, value in vars(tflite.ActivationFunctionType).items() if name.isupper()}
_ACTIVATIONS: dict[int, Activation] = {
    tflite.ActivationFunctionType.NONE: "NONE",
    tflite.ActivationFunctionType.RELU: "RELU",
    tflite.ActivationFunctionType.RELU6: "RELU6",
}
_PADDINGS: dict[int, Padding] = {tflite.Padding.SAME: "SAME", tflite.Padding.VALID: "VALID"}
_TABLES: dict[str, type] = {
    "CONV_2D": tflite.Conv2DOptions,
    "DEPTHWISE_CONV_2D": tflite.DepthwiseConv2DOptions,
    "ADD": tflite.AddOptions,
    "AVERAGE_POOL_2D": tflite.Pool2DOptions,
    "MAX_POOL_2D": tflite.Pool2DOptions,
    "MEAN": tflite.ReducerOptions,
    "FULLY_CONNECTED": tflite.FullyConnectedOptions,
    "SOFTMAX": tflite.SoftmaxOptions,
}
"""Kinds whose options matter: the output's shape says all there is to RESHAPE, the paddings to PAD."""


def read_options(operator: tflite.Operator, kind: str, index: int, tensors: tuple[Tensor, ...]) -> dict[str, Any]:
    """Read what an operator's options table says.

    Parameters
    ----------
    operator : tflite.Operator
        Operator of a file.
    kind : str
        Its name in the schema.
    index : int
        Its position in the file.
    tensors : tuple of Tensor
        Tensors of the file; the weights' shape gives a convolution's kernel, the paddings those of PAD.

    Returns
    -------
    dict
        Keyword arguments of :class:`~racelet.nn.graph.Operator`; empty for a kind without options.

    Raises
    ------
    ModelError
        If the table is missing or asks for what is not supported.

    Examples
    --------
    >>> read_options(tflite.Operator(), "RESHAPE", 0, ())
    {}
    """
    where = f"operator {index} ({kind})"
    if kind == "PAD":
        return _pads(operator, tensors)
    if kind not in _TABLES:
        return {}
    table = _TABLES[kind]
    position: Any = operator.BuiltinOptions()
    if position is None or operator.BuiltinOptionsType() != getattr(tflite.BuiltinOptions, table.__name__):
        raise ModelError(f"{where} has no {table.__name__}")
    options = table()
    options.Init(position.Bytes, position.Pos)
    if kind == "SOFTMAX":
        return {"beta": float(options.Beta())}
    if kind == "MEAN":
        return {"keep_dims": bool(options.KeepDims())}
    fields: dict[str, Any] = {"activation": _activation(options, where)}
    if kind == "ADD":
        return fields
    if kind == "FULLY_CONNECTED":
        _default_weights(options, where)
        return fields
    fields |= {"stride": (options.StrideH(), options.StrideW()), "padding": _padding(options, where)}
    if kind in {"AVERAGE_POOL_2D", "MAX_POOL_2D"}:
        return fields | {"kernel": (options.FilterHeight(), options.FilterWidth())}
    _no_dilation(options, where)
    if kind == "DEPTHWISE_CONV_2D":
        fields["depth_multiplier"] = options.DepthMultiplier()
    weights = tensors[operator.Inputs(1)].shape if operator.InputsLength() > 1 else ()
    if len(weights) != 4:
        raise ModelError(f"{where}: weights must have four dimensions, not shape {weights}")
    return fields | {"kernel": weights[1:3]}


def _pads(operator: tflite.Operator, tensors: tuple[Tensor, ...]) -> dict[str, Any]:
    """Rows and columns that PAD adds; nothing where its constant is not as it must be, which validate says."""
    data = tensors[operator.Inputs(1)].data if operator.InputsLength() > 1 else None
    if data is None or data.shape != (4, 2):
        return {}
    (top, bottom), (left, right) = data[1:3].tolist()
    return {"pads": ((top, bottom), (left, right))}


def _activation(options: Any, where: str) -> Activation:
    number = options.FusedActivationFunction()
    if number not in _ACTIVATIONS:
        given = _ACTIVATION_NAMES.get(number, f"code {number}")
        raise ModelError(f"{where}: activation must be one of {', '.join(_ACTIVATIONS.values())}, not {given}")
    return _ACTIVATIONS[number]


def _padding(options: Any, where: str) -> Padding:
    if options.Padding() not in _PADDINGS:
        raise ModelError(f"{where}: padding must be SAME or VALID, not code {options.Padding()}")
    return _PADDINGS[options.Padding()]


def _no_dilation(options: Any, where: str) -> None:
    dilation = (options.DilationHFactor(), options.DilationWFactor())
    if dilation != (1, 1):
        raise ModelError(f"{where}: dilation must be 1x1, not {dilation[0]}x{dilation[1]}")


def _default_weights(options: Any, where: str) -> None:
    if options.WeightsFormat() != tflite.FullyConnectedOptionsWeightsFormat.DEFAULT:
        raise ModelError(f"{where}: weights must be in the DEFAULT format, not code {options.WeightsFormat()}")
