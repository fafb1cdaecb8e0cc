"""Bit distillation: cycles of dot products on the RTL, against other ways and its own bounds, with area and clock."""

from collections.abc import Sequence

from racelet.bench.distillation.area import PARALLEL, REFERENCE, area_rows
from racelet.bench.distillation.engines import engine_rows, equal_area
from racelet.bench.distillation.layers import layer_rows
from racelet.bench.distillation.runs import best, bounds, delivered, ending, load_rows, placed, stream_rows
from racelet.bench.distillation.tables import all_tables
from racelet.bench.distillation.truncation import truncation_rows
from racelet.bench.row import Progress, Row, Table

DESCRIPTION = "dot products by bit distillation on the RTL: cycles, bounds, area, clock, errors, real networks"


def run(progress: Progress) -> list[Row]:
    """Measure.

    Parameters
    ----------
    progress : Progress

    Returns
    -------
    list of Row
        Those of :func:`racelet.bench.distillation.runs.stream_rows`, of real networks, of errors, of area, and what
        follows from them.

    Raises
    ------
    BenchFailure
        If a result differs from the golden model's, or its cycle from the schedule's.
    """
    rows = [*stream_rows(progress), *load_rows(progress), *layer_rows(progress)]
    rows += [*truncation_rows(), *engine_rows(progress), *area_rows(progress)]
    return [*rows, *summary_rows(rows)]


def summary_rows(rows: Sequence[Row]) -> list[Row]:
    """What is asked of the block, out of all rows.

    Parameters
    ----------
    rows : sequence of Row

    Returns
    -------
    list of Row
        ``int8_gaussian_n64_mac_per_cycle``: best scheme, no activation is zero. ``int8_sparse_best_mac_per_cycle``.
        ``fp32_mac_per_cycle``: exact. ``schedule_over_bound_percent``: the worst stream against the bound that the
        specification has for it; in ``integers_over_ideal_percent`` and ``floats_over_ideal_percent`` against the lanes
        alone. ``throughput_per_lut_mhz``, in millions of products per second and 1000 LUTs, and ``..._vs_reference``:
        int8 uniform, best scheme. ``kws_cycles_bitlet_over_parallel_equal_lut``: of an inference, on accelerators that
        take as many LUTs each.
    """
    values = {row.name: row.value for row in rows}
    dense = max((delivered(values, *case) for case in placed(values) if case[0] == "int8_uniform"), default=None)
    shares = [None if dense is None else dense / known.throughput for known in (REFERENCE, PARALLEL)]
    ideal = {
        kind: ending({name: value for name, value in values.items() if name.startswith(kind)}, "_over_ideal_percent")
        for kind in ("int", "fp", "bf")
    }
    over = [per / bound - 1 for _, _, bound, per in bounds(values)]
    return [
        Row("int8_gaussian_n64_mac_per_cycle", best(values, "int8_gaussian"), "MAC/cycle"),
        Row("int8_sparse_best_mac_per_cycle", best(values, "int8_sparse"), "MAC/cycle"),
        Row("fp32_mac_per_cycle", values["fp32_fp32_mac_per_cycle"], "MAC/cycle"),
        Row("schedule_over_bound_percent", 100 * max(over), "%"),
        Row("integers_over_ideal_percent", max(ideal["int"]), "%"),
        Row("floats_over_ideal_percent", max(ideal["fp"] + ideal["bf"]), "%"),
        Row("throughput_per_lut_mhz", dense, "MAC/us/kLUT"),
        Row("throughput_per_lut_mhz_vs_reference", shares[0], "x"),
        Row("throughput_per_lut_mhz_vs_parallel", shares[1], "x"),
        Row("kws_cycles_bitlet_over_parallel_equal_lut", equal_area(values, "bitlet"), "x"),
    ]


def tables(rows: Sequence[Row]) -> list[Table]:
    """Rows put together.

    Parameters
    ----------
    rows : sequence of Row
        As :func:`run` gives them.

    Returns
    -------
    list of Table
        Those of the docs page, by their titles.
    """
    return all_tables(rows, [row.name for row in summary_rows(rows)])
