"""Bit-exact addition of two int8 tensors, equal to LiteRT's reference kernel."""
# Ref: TensorFlow Lite kernels/add.cc (Prepare) and kernels/internal/reference/integer_ops/add.h (AddElementwise);
# semantics confirmed against LiteRT 2.3 BUILTIN_REF by the tests.

import dataclasses

import numpy as np
from numpy.typing import NDArray

from racelet.golden.dwcpwc.requantize import quantize_multiplier, scale_twice

LEFT_SHIFT = 20
"""Bits by which both inputs are moved up before they are scaled."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class AdditionParameters:
    """Integers of one addition, from :func:`addition_parameters`.

    Parameters
    ----------
    input_mults : (int, int)
        Multipliers of the two inputs, each 0 or in 2**30..2**31 - 1.
    input_shifts : (int, int)
        Their shifts, in -31..0. The input with the larger scale has exactly one half: multiplier 2**30, shift 0.
    output_mult, output_shift : int
        Multiplier and shift of the sum, in the same ranges.

    Examples
    --------
    >>> AdditionParameters(
    ...     input_mults=(1 << 30, 1 << 30), input_shifts=(0, -1), output_mult=1 << 30, output_shift=-18
    ... ).input_shifts
    (0, -1)
    """

    input_mults: tuple[int, int]
    input_shifts: tuple[int, int]
    output_mult: int
    output_shift: int


def addition_parameters(input_scales: tuple[float, float], output_scale: float) -> AdditionParameters:
    """Quantise the three factors of an addition.

    The inputs are scaled to twice the larger of their scales, so that the sum cannot overflow, and the sum from there
    to the output's scale.

    Parameters
    ----------
    input_scales : (float, float)
        Real values of one step of the two inputs. Above zero.
    output_scale : float
        Real value of one output step. Above zero.

    Returns
    -------
    AdditionParameters

    Raises
    ------
    ValueError
        If the larger input scale is 2**19 output scales or more, where LiteRT stops the process.

    Examples
    --------
    >>> addition_parameters((0.5, 0.25), 0.5)
    AdditionParameters(input_mults=(1073741824, 1073741824), input_shifts=(0, -1),
                       output_mult=1073741824, output_shift=-18)
    """
    common = 2 * max(input_scales)
    mults, shifts = quantize_multiplier([scale / common for scale in input_scales])
    output_mult, output_shift = (int(part) for part in quantize_multiplier(common / ((1 << LEFT_SHIFT) * output_scale)))
    if output_shift > 0:
        raise ValueError(
            f"the larger input scale must be below 2**{LEFT_SHIFT - 1} output scales, "
            f"not {max(input_scales)} to {output_scale}"
        )
    first, second = (int(mult) for mult in mults)
    first_shift, second_shift = (int(shift) for shift in shifts)
    return AdditionParameters(
        input_mults=(first, second),
        input_shifts=(first_shift, second_shift),
        output_mult=output_mult,
        output_shift=output_shift,
    )


def add(
    first: NDArray[np.int8],
    second: NDArray[np.int8],
    parameters: AdditionParameters,
    *,
    input_zero_points: tuple[int, int] = (0, 0),
    output_zero_point: int = 0,
    low: int = -128,
    high: int = 127,
) -> NDArray[np.int8]:
    """Sum of two tensors.

    Parameters
    ----------
    first, second : int8, any one shape
        Activations.
    parameters : AdditionParameters
        From :func:`addition_parameters`.
    input_zero_points : (int, int)
        Codes of real zero of the inputs.
    output_zero_point : int
        Code of real zero of the output.
    low, high : int
        Range of the output codes, from :func:`~racelet.golden.dwcpwc.operators.activation_range`.

    Returns
    -------
    int8, shape of the inputs
        Codes.

    Examples
    --------
    >>> add(np.array([4, -3], np.int8), np.array([2, 2], np.int8), addition_parameters((0.5, 0.25), 0.5)).tolist()
    [5, -2]
    """
    scaled = [
        scale_twice((codes.astype(np.int64) - zero_point) << LEFT_SHIFT, mult, shift)
        for codes, zero_point, mult, shift in zip(
            (first, second), input_zero_points, parameters.input_mults, parameters.input_shifts, strict=True
        )
    ]
    codes = scale_twice(scaled[0] + scaled[1], parameters.output_mult, parameters.output_shift) + output_zero_point
    return np.clip(codes, low, high).astype(np.int8)
