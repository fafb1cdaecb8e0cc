"""Columns of in-memory computing behind the dot-product engine "imc": a macro whose ADCs lose nothing."""

import functools

from racelet.golden.adc import column_path
from racelet.golden.adc.cell_sampling import sample_cells
from racelet.golden.adc.cells import Cells
from racelet.golden.adc.config import AdcConfig
from racelet.golden.adc.macro_config import IDEAL
from racelet.golden.adc.thresholds import dac_codes

BITS = 8
"""Of an activation, and of a weight."""
PARTIAL_CYCLES = 2
"""Cycles from a beat's sums to those of its slot with them: the partial sums and their queue."""


@functools.cache
def columns(input_lanes: int, output_lanes: int) -> AdcConfig:
    """Shape of columns for int8 activations and weights, of which all rows are on at a time.

    There is a level for every sum of a slice, from one negative one for every row to a positive one for every row, and
    a bit of every sum of a beat: the largest one is of the least activations and weights, 2 ** 14 for every row.

    Parameters
    ----------
    input_lanes, output_lanes : int
        Of the engine.

    Examples
    --------
    >>> shape = columns(8, 4)
    >>> shape.bits, shape.accumulator_bits, shape.exact
    (5, 19, True)
    """
    bits = input_lanes.bit_length() + 1
    return AdcConfig(
        bits=bits,
        dac_bits=bits + 1,
        dac_shift=3,
        current_bits=4,
        adcs_per_table=output_lanes * BITS,
        input_lanes=input_lanes,
        word_lines=input_lanes,
        output_lanes=output_lanes,
        input_bits=BITS,
        signed_inputs=True,
        weight_bits=BITS,
        accumulator_bits=2 * BITS + input_lanes.bit_length() - 1,
        slots=1,
        calibration_reads=0,
        offset_bits=2,
        noise=False,
    )


@functools.cache
def cells(input_lanes: int, output_lanes: int) -> Cells:
    """Cells of such a macro, in which nothing varies.

    Examples
    --------
    >>> found = cells(8, 4)
    >>> found.low.shape, found.low[0, 0].tolist(), found.high[0, 0].tolist(), found.unit
    ((8, 32, 2), [16, 16], [1, 1], 15)
    """
    return sample_cells(columns(input_lanes, output_lanes), IDEAL, 0)


def table(input_lanes: int, output_lanes: int) -> tuple[int, ...]:
    """DAC codes of the thresholds of all its ADCs.

    Examples
    --------
    >>> table(4, 4)
    (2, 4, 6, 8, 9, 11, 13, 15, 17, 19, 21, 23, 24, 26, 28)
    """
    shape = columns(input_lanes, output_lanes)
    return tuple(dac_codes(1.0, 0.0, cells(input_lanes, output_lanes).unit, shape)[0].tolist())


def latency(input_lanes: int, output_lanes: int) -> int:
    """Cycles from a beat to the sums of its slot: its register, the columns, the partial sums and their queue.

    Examples
    --------
    >>> [latency(lanes, 4) for lanes in (4, 8, 16, 32)]
    [76, 78, 80, 82]
    """
    shape = columns(input_lanes, output_lanes)
    return 1 + column_path.latency(cells(input_lanes, output_lanes), shape) + PARTIAL_CYCLES
