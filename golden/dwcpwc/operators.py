"""Bit-exact convolutions and matrix products of int8 networks, equal to LiteRT's reference kernels."""
# Ref: TensorFlow Lite kernels/internal/reference/integer_ops (conv.h, depthwise_conv.h, fully_connected.h);
# semantics confirmed against LiteRT 2.3 BUILTIN_REF by the tests.

from typing import Literal

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import ArrayLike, NDArray

from racelet.golden.dwcpwc.padding import Padding, pad
from racelet.golden.dwcpwc.requantize import quantize_multiplier, requantize, requantize_real

_FLOAT32_EXACT = 1 << 24
"""Integers up to here are exact in float32, whose matrix product is the fastest numpy has."""


def activation_range(activation: Literal["NONE", "RELU", "RELU6"], scale: float, zero_point: int) -> tuple[int, int]:
    """Range of the codes of a fused activation.

    Parameters
    ----------
    activation : {"NONE", "RELU", "RELU6"}
        Fused activation.
    scale : float
        Real value of one output step, a float32.
    zero_point : int
        Code of real zero.

    Returns
    -------
    low, high : int
        Codes are clamped to these.

    Examples
    --------
    >>> activation_range("RELU6", 0.05, -128), activation_range("RELU", 0.05, -3)
    ((-128, -8), (-3, 127))
    """
    low = -128 if activation == "NONE" else max(-128, zero_point)
    if activation != "RELU6":
        return low, 127
    # LiteRT divides in float32 and rounds half up.
    return low, int(min(127, zero_point + np.floor(np.float64(np.float32(6) / np.float32(scale)) + 0.5)))


def conv2d(
    inputs: NDArray[np.int8],
    weights: NDArray[np.int8],
    bias: NDArray[np.int32],
    mult: ArrayLike,
    shift: ArrayLike,
    *,
    stride: tuple[int, int] = (1, 1),
    padding: Padding = "VALID",
    input_zero_point: int = 0,
    output_zero_point: int = 0,
    low: int = -128,
    high: int = 127,
) -> NDArray[np.int8]:
    """Regular convolution.

    Parameters
    ----------
    inputs : int8, shape (..., h, w, c)
        Activations; leading axes are a batch.
    weights : int8, shape (out, kh, kw, c)
        Kernels.
    bias : int32, shape (out,)
        Bias in units of ``input_scale * weight_scale[out]``.
    mult, shift : int64, shape (out,) or ()
        Requantisation, from :func:`~racelet.golden.dwcpwc.requantize.quantize_multiplier`.
    stride : (int, int)
        Rows, columns.
    padding : {"SAME", "VALID"}
        Padded taps read ``input_zero_point``.
    input_zero_point, output_zero_point : int
        Codes of real zero.
    low, high : int
        Range of the output codes, from :func:`activation_range`.

    Returns
    -------
    int8, shape (..., oh, ow, out)
        Codes.

    Examples
    --------
    >>> x = np.array([[[10], [20]]], np.int8)
    >>> w = np.array([[[[1], [2]]]], np.int8)
    >>> conv2d(x, w, np.array([6], np.int32), *quantize_multiplier(0.5), padding="SAME").ravel().tolist()
    [28, 13]
    """
    kernel = (weights.shape[1], weights.shape[2])
    padded, (rows, columns) = pad(inputs, kernel, stride, padding, input_zero_point)
    flat = weights.reshape(weights.shape[0], -1)
    windows = sliding_window_view(padded, kernel, axis=(-3, -2))[..., :: stride[0], :: stride[1], :, :, :]
    taps = np.moveaxis(windows, -3, -1).reshape(*inputs.shape[:-3], rows, columns, flat.shape[1])
    acc = _dot(taps, flat, bias, input_zero_point)
    return requantize(acc, mult, shift, output_zero_point, low, high)


def depthwise_conv2d(
    inputs: NDArray[np.int8],
    weights: NDArray[np.int8],
    bias: NDArray[np.int32],
    mult: ArrayLike,
    shift: ArrayLike,
    *,
    stride: tuple[int, int] = (1, 1),
    padding: Padding = "VALID",
    input_zero_point: int = 0,
    output_zero_point: int = 0,
    low: int = -128,
    high: int = 127,
) -> NDArray[np.int8]:
    """Depthwise convolution; output channel ``i`` reads input channel ``i // depth_multiplier``.

    Parameters
    ----------
    inputs : int8, shape (..., h, w, c)
        Activations; leading axes are a batch.
    weights : int8, shape (kh, kw, c * depth_multiplier)
        Kernels. A leading axis of one, as in the file, is allowed.
    bias : int32, shape (c * depth_multiplier,)
        Bias in units of ``input_scale * weight_scale[channel]``.
    mult, shift : int64, shape (c * depth_multiplier,) or ()
        Requantisation, from :func:`~racelet.golden.dwcpwc.requantize.quantize_multiplier`.
    stride, padding, input_zero_point, output_zero_point, low, high
        As :func:`conv2d`.

    Returns
    -------
    int8, shape (..., oh, ow, c * depth_multiplier)
        Codes.

    Examples
    --------
    >>> x = np.array([[[10, 1], [20, 2]]], np.int8)
    >>> w = np.array([[[1, 3], [2, 4]]], np.int8)
    >>> depthwise_conv2d(x, w, np.zeros(2, np.int32), *quantize_multiplier(0.5)).ravel().tolist()
    [25, 6]
    """
    kernel_rows, kernel_columns, outputs = weights.shape[-3:]
    kernel = (kernel_rows, kernel_columns)
    kernels = weights.reshape(*kernel, outputs).astype(np.int32)
    padded, (rows, columns) = pad(inputs, kernel, stride, padding, input_zero_point)
    channels = np.repeat(padded, outputs // inputs.shape[-1], axis=-1).astype(np.int32)
    acc = _folded_bias(bias, kernels.sum(axis=(0, 1)), input_zero_point)
    for i in range(kernel_rows):
        for j in range(kernel_columns):
            last = (i + (rows - 1) * stride[0] + 1, j + (columns - 1) * stride[1] + 1)
            tap = channels[..., i : last[0] : stride[0], j : last[1] : stride[1], :]
            acc = acc + tap * kernels[i, j]
    return requantize(acc, mult, shift, output_zero_point, low, high)


def fully_connected(
    inputs: NDArray[np.int8],
    weights: NDArray[np.int8],
    bias: NDArray[np.int32],
    eff: ArrayLike,
    *,
    input_zero_point: int = 0,
    output_zero_point: int = 0,
    low: int = -128,
    high: int = 127,
    roundings: Literal[1, 2] = 1,
) -> NDArray[np.int8]:
    """Matrix-vector product.

    Parameters
    ----------
    inputs : int8, shape (..., c)
        Activations; leading axes are a batch.
    weights : int8, shape (out, c)
        Weights.
    bias : int32, shape (out,)
        Bias in units of ``input_scale * weight_scale``.
    eff : float64, shape (out,) or ()
        Effective scales ``input_scale * weight_scale / output_scale``.
    input_zero_point, output_zero_point, low, high
        As :func:`conv2d`.
    roundings : {1, 2}
        1 as LiteRT 2 does, in double; 2 as TFLM and TFLite before, like a convolution.

    Returns
    -------
    int8, shape (..., out)
        Codes.

    Examples
    --------
    >>> fully_connected(np.array([1, 2], np.int8), np.array([[3, 4]], np.int8), np.array([2], np.int32), 0.5).tolist()
    [7]
    """
    acc = _dot(inputs, weights, bias, input_zero_point)
    if roundings == 2:
        return requantize(acc, *quantize_multiplier(eff), output_zero_point, low, high)
    return requantize_real(acc, eff, output_zero_point, low, high)


def _folded_bias(bias: NDArray[np.int32], sums: NDArray[np.integer], zero_point: int) -> NDArray[np.int32]:
    """Bias less the zero point's part, so that the products are plain 8x8 ones. Wraps to int32, like the sum."""
    return (bias.astype(np.int64) - zero_point * sums.astype(np.int64)).astype(np.int32)


def _dot(
    inputs: NDArray[np.int8], weights: NDArray[np.int8], bias: NDArray[np.int32], zero_point: int
) -> NDArray[np.int32]:
    """int32 sums of inputs (..., c) by weights (out, c); float products, of a width in which every sum is exact."""
    largest = 128 * int(np.abs(weights.astype(np.int32)).sum(axis=1).max())
    width = np.float32 if largest < _FLOAT32_EXACT else np.float64
    products = inputs.astype(width) @ weights.T.astype(width)
    return products.astype(np.int64).astype(np.int32) + _folded_bias(
        bias, weights.sum(axis=1, dtype=np.int64), zero_point
    )
