"""Rows of the bench put together for people."""

from collections.abc import Sequence

from racelet.bench.distillation.area import PARALLEL, REFERENCE
from racelet.bench.distillation.engines import COMPARED, equal_area
from racelet.bench.distillation.layers import DIGIT_COLUMNS, MODELS, SHOWN
from racelet.bench.distillation.runs import LOADED, LOADS, RUNS, Values, bounds, delivered, placed, ratio
from racelet.bench.distillation.schemes import SCHEMES, adders
from racelet.bench.distillation.streams import STREAMS
from racelet.bench.distillation.truncation import WIDTHS
from racelet.bench.row import Row, Table
from racelet.golden.bitlet.number_format import number_format


def all_tables(rows: Sequence[Row], summary: Sequence[str]) -> list[Table]:
    """Rows put together.

    Parameters
    ----------
    rows : sequence of Row
        All of them.
    summary : sequence of str
        Names of rows that are told first, as they are.

    Returns
    -------
    list of Table
    """
    values = {row.name: row.value for row in rows}
    missing = [row for row in rows if row.value is None and row.name in MODELS]
    once = [row for row in rows if row.name in summary] + missing
    found = [
        Table(("row", "value", "unit"), [(row.name, row.value, row.unit) for row in once], "summary"),
        _stream_table(values),
        Table(
            ("stream", "scheme", "bound", "cycles/weight", "over, %"),
            [(*case, bound, per, 100 * (per / bound - 1)) for *case, bound, per in bounds(values)],
            "bounds",
        ),
        _load_table(values),
        _area_table(values),
        _throughput_table(values),
        engine_table(values),
        _error_table(values),
    ]
    for name in MODELS:
        if f"{name}_all_weights" in values:
            found += [_layer_table(name, rows, values), zeros_table(name, values)]
    return found


def _stream_table(values: Values) -> Table:
    lines = []
    for name, schemes in RUNS.items():
        form = number_format(STREAMS[name][0])
        for scheme in schemes:
            case, other = f"{name}_{scheme}", adders(form, SCHEMES[scheme].lanes)
            told = [values[f"{case}_{what}"] for what in ("mac_per_cycle", "cycles_per_weight", "ideal", "densest")]
            others = (other.parallel, other.serial, other.booth)
            lines.append((name, scheme, *told, *others, values[f"{case}_over_ideal_percent"]))
    columns = ("MAC/cycle", "cycles/weight", "ideal", "densest column", "bit-parallel", "bit-serial", "Booth-4 serial")
    return Table(("stream", "scheme", *columns, "over ideal, %"), lines, "streams")


def _load_table(values: Values) -> Table:
    lines = []
    for name, scheme in LOADS:
        case = f"{name}_{scheme}_load"
        macs, over = (
            [values[f"{case}_{load}_{what}"] for load in LOADED] for what in ("mac_per_cycle", "over_lanes_percent")
        )
        lines.append((name, scheme, *macs, *over))
    columns = [f"{what}, load {load}" for what in ("MAC/cycle", "over ideal, %") for load in LOADED]
    return Table(("stream", "scheme", *columns), lines, "loads")


def _area_table(values: Values) -> Table:
    lines = [
        (scheme, *(values[f"{scheme}_{what}"] for what in ("lut4", "ff", "seeds", "mhz")))
        for scheme in SCHEMES
        if f"{scheme}_lut4" in values
    ]
    known = [(each.title, each.lut4, None, None, each.mhz) for each in (REFERENCE, PARALLEL)]
    return Table(("scheme", "LUT4", "flip-flops", "seeds", "MHz"), [*lines, *known], "area")


def _throughput_table(values: Values) -> Table:
    lines: list[tuple[object, ...]] = []
    for name, scheme in placed(values):
        macs, mhz = (values[f"{key}"] for key in (f"{name}_{scheme}_mac_per_cycle", f"{scheme}_mhz"))
        found = delivered(values, name, scheme)
        assert macs is not None
        assert mhz is not None
        lines.append((name, scheme, macs, macs * mhz, found, found / REFERENCE.throughput))
    for each in (REFERENCE, PARALLEL):
        told = (each.macs, each.macs * each.mhz, each.throughput, each.throughput / REFERENCE.throughput)
        lines.append(("int8_uniform", each.title, *told))
    columns = ("MAC/cycle", "million MAC/s", "per 1000 LUT4", "x earlier element")
    return Table(("stream", "scheme", *columns), lines, "throughput")


def engine_table(values: Values) -> Table:
    """Kinds of dot-product engine that are logic, from the rows that tell of them."""
    lines: list[tuple[object, ...]] = []
    for engine in COMPARED:
        told = [values[f"engine_{engine}_{what}"] for what in ("cycles", "lut4", "whole_lut4")]
        lines.append((engine, *told, equal_area(values, engine, ""), equal_area(values, engine)))
    columns = ("cycles", "LUT4 of the engine", "LUT4 of the accelerator", "x, equal engines", "x, equal accelerators")
    return Table(("engine", *columns), lines, "engines")


def _error_table(values: Values) -> Table:
    what = ("median_error", "worst_error", "as_exact")
    lines = [
        (form, str(width), *(values[f"{form}_width_{width}_{each}"] for each in what))
        for form, widths in WIDTHS.items()
        for width in widths
    ]
    return Table(("format", "width", "median error", "worst error", "equal to exact, %"), lines, "errors")


def _layer_table(name: str, rows: Sequence[Row], values: Values) -> Table:
    kinds = {row.name: row.unit for row in rows}
    lines: list[tuple[object, ...]] = []
    for row in rows:
        if not row.name.startswith(f"{name}_layer_") or not row.name.endswith("_weights"):
            continue
        prefix = row.name.removesuffix("_weights")
        shares = [ratio(values, f"{prefix}_{scheme}_cycles", row.name) for scheme in SHOWN]
        number = int(prefix.rpartition("_")[2])
        lines.append((number, kinds[row.name], row.value, values[f"{prefix}_products"], *shares))
    every = f"{name}_all"
    shares = [ratio(values, f"{every}_{scheme}_cycles", f"{every}_weights") for scheme in SHOWN]
    lines.append(("all", "", values[f"{every}_weights"], None, *shares))
    columns = [f"{scheme}, MAC/cycle" for scheme in SHOWN]
    return Table(("operator", "kind", "weights", "per dot product", *columns), lines, f"layers of {name}")


def zeros_table(name: str, values: Values) -> Table:
    """Share of zeros at every significance of a network's weights, from the rows that tell them."""
    most = max(DIGIT_COLUMNS.values())
    lines = []
    for digits, columns in DIGIT_COLUMNS.items():
        shares = [values[f"{name}_{digits}_zeros_{k}"] for k in range(columns)]
        lines.append((digits, *shares, *[None] * (most - columns), values[f"{name}_{digits}_digits"]))
    return Table(("zeros, %", *map(str, range(most)), "digits/weight"), lines, f"zeros of {name}")
