"""Padding schemes of sliding windows."""
# Ref: TensorFlow Lite kernels/padding.h (ComputeOutSize, ComputePaddingHeightWidth).

from typing import Literal

import numpy as np
from numpy.typing import NDArray

Padding = Literal["SAME", "VALID"]


def same_padding(size: int, kernel: int, stride: int) -> tuple[int, int, int]:
    """Output size and padding of one axis under SAME.

    Parameters
    ----------
    size, kernel, stride : int
        Input size, window size and step along the axis.

    Returns
    -------
    out, before, after : int
        Output size; padded taps before the first and after the last input. The odd one is after.

    Examples
    --------
    >>> same_padding(49, 10, 2), same_padding(8, 3, 2)
    ((25, 4, 5), (4, 0, 1))
    """
    out = -(-size // stride)
    total = max((out - 1) * stride + kernel - size, 0)
    return out, total // 2, total - total // 2


def window_padding(size: int, kernel: int, stride: int, padding: Padding) -> tuple[int, int, int]:
    """Output size and padding of one axis under either scheme.

    Parameters
    ----------
    size, kernel, stride : int
        Input size, window size and step along the axis.
    padding : {"SAME", "VALID"}
        Padding scheme.

    Returns
    -------
    out, before, after : int
        As :func:`same_padding`; VALID pads nothing, and its ``out`` is 0 where the window does not fit.

    Examples
    --------
    >>> window_padding(8, 3, 2, "VALID")
    (3, 0, 0)
    """
    if padding == "SAME":
        return same_padding(size, kernel, stride)
    return max(-(-(size - kernel + 1) // stride), 0), 0, 0


def pad(
    inputs: NDArray[np.int8], kernel: tuple[int, int], stride: tuple[int, int], padding: Padding, value: int
) -> tuple[NDArray[np.int8], tuple[int, int]]:
    """Put the padded taps around activations.

    Parameters
    ----------
    inputs : int8, shape (..., h, w, c)
        Activations; leading axes are a batch.
    kernel, stride : (int, int)
        Window and step, rows and columns.
    padding : {"SAME", "VALID"}
        Padding scheme.
    value : int
        Code that padded taps read: the input's zero point.

    Returns
    -------
    padded : int8, shape (..., top + h + bottom, left + w + right, c)
        Activations in their frame.
    size : (int, int)
        Rows and columns of the output.

    Examples
    --------
    >>> padded, size = pad(np.ones((2, 1, 1), np.int8), (3, 1), (2, 1), "SAME", 7)
    >>> padded.ravel().tolist(), size
    ([1, 1, 7], (1, 1))
    """
    rows, top, bottom = window_padding(inputs.shape[-3], kernel[0], stride[0], padding)
    columns, left, right = window_padding(inputs.shape[-2], kernel[1], stride[1], padding)
    return frame(inputs, ((top, bottom), (left, right)), value), (rows, columns)


def frame(inputs: NDArray[np.int8], pads: tuple[tuple[int, int], tuple[int, int]], value: int) -> NDArray[np.int8]:
    """Put rows and columns of one code around activations, as the operator PAD does.

    Parameters
    ----------
    inputs : int8, shape (..., h, w, c)
        Activations; leading axes are a batch.
    pads : ((int, int), (int, int))
        Rows above and below, columns left and right.
    value : int
        Code that they hold: PAD's output zero point.

    Returns
    -------
    int8, shape (..., top + h + bottom, left + w + right, c)
        Activations in their frame.

    Examples
    --------
    >>> frame(np.ones((1, 1, 1), np.int8), ((0, 1), (2, 0)), 7)[..., 0].tolist()
    [[7, 7, 1], [7, 7, 7]]
    """
    widths = [(0, 0)] * (inputs.ndim - 3) + [*pads, (0, 0)]
    return np.pad(inputs, widths, constant_values=value)
