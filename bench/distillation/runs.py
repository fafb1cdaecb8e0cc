"""Random streams on the schemes that are compared, and what follows from their rows."""

import dataclasses
from collections.abc import Mapping, Sequence

from racelet.bench.distillation.area import throughput
from racelet.bench.distillation.measured import measured, scheduled
from racelet.bench.distillation.schemes import SCHEMES
from racelet.bench.distillation.streams import COUNT, stream
from racelet.bench.row import Progress, Row
from racelet.sim.bitlet.element import ElementSimulator

Values = Mapping[str, float | None]
INT8 = ("barrier", "lookahead", "stealing", "csd4")
RUNS: Mapping[str, Sequence[str]] = {
    "int8_uniform": (*INT8, "skipping"),
    "int8_gaussian": (*INT8, "barrier_n16", "lookahead_n16"),
    "int8_laplace": INT8,
    "int8_sparse": ("stealing", "csd4", "skipping"),
    "int16_gaussian": ("int16",),
    "fp16": ("fp16",),
    "bf16": ("bf16",),
    "fp32": ("fp32", "fp32_24"),
}
"""Schemes on which each stream runs."""
LOADS = (
    ("int8_gaussian", "stealing"),
    ("int8_sparse", "skipping"),
    ("int16_gaussian", "int16"),
    ("fp16", "fp16"),
    ("bf16", "bf16"),
    ("fp32", "fp32"),
)
LOADED = (8, 16, 32)
"""Streams and schemes of which other loads are looked at, and these."""
BOUNDS: Mapping[tuple[str, str], tuple[float, int]] = {
    ("int8_gaussian", "barrier_n16"): (0.546, 7),
    ("int8_gaussian", "lookahead_n16"): (0.454, 7),
    ("int8_gaussian", "barrier"): (0.485, 7),
    ("int8_gaussian", "lookahead"): (0.441, 7),
    ("int8_gaussian", "stealing"): (0.359, 7),
    ("int8_gaussian", "csd4"): (0.301, 4),
    ("int8_sparse", "skipping"): (0.151, 4),
}
"""This project's specification: cycles per weight, times lanes, in eighths; and columns for which that is."""


def stream_rows(progress: Progress, runs: Mapping[str, Sequence[str]] = RUNS, count: int = COUNT) -> list[Row]:
    """Rows of random streams, on the RTL.

    Parameters
    ----------
    progress : Progress
    runs : mapping of str to sequence of str
        Schemes of every stream.
    count : int
        Dot products of each.

    Returns
    -------
    list of Row
        ``<stream>_<scheme>_`` and what: ``cycles_per_weight``, ``mac_per_cycle``, ``ideal`` and ``densest`` in cycles
        per weight, ``over_ideal_percent``.
    """
    rows: list[Row] = []
    used = [name for name in SCHEMES if any(name in schemes for schemes in runs.values())]
    for number, scheme in enumerate(used):
        progress(number, len(used), scheme)
        simulator = ElementSimulator(SCHEMES[scheme])
        for name, schemes in runs.items():
            if scheme not in schemes:
                continue
            each, case = measured(simulator, stream(name, count)), f"{name}_{scheme}"
            rows += [
                Row(f"{case}_cycles_per_weight", each.per_weight, "cycles"),
                Row(f"{case}_mac_per_cycle", each.macs, "MAC/cycle"),
                Row(f"{case}_ideal", each.ideal / each.weights, "cycles"),
                Row(f"{case}_densest", each.densest / each.weights, "cycles"),
                Row(f"{case}_over_ideal_percent", each.over_ideal, "%"),
            ]
    progress(len(used), len(used), "done")
    return rows


def load_rows(progress: Progress, loads: Sequence[tuple[str, str]] = LOADS, count: int = 12) -> list[Row]:
    """What it is worth to load a window in fewer cycles, by the schedule.

    Parameters
    ----------
    progress : Progress
    loads : sequence of (str, str)
        Streams and schemes.
    count : int
        Dot products of each.

    Returns
    -------
    list of Row
        ``<stream>_<scheme>_load_<numbers per cycle>_mac_per_cycle`` and ``..._over_lanes_percent``.
    """
    rows = []
    for number, (name, scheme) in enumerate(loads):
        progress(number, len(loads), f"loads of {scheme}")
        for load in LOADED:
            each = scheduled(dataclasses.replace(SCHEMES[scheme], load=load), stream(name, count))
            case = f"{name}_{scheme}_load_{load}"
            rows.append(Row(f"{case}_mac_per_cycle", each.macs, "MAC/cycle"))
            rows.append(Row(f"{case}_over_lanes_percent", each.over_ideal, "%"))
    return rows


def bounds(values: Values) -> list[tuple[str, str, float, float]]:
    """Stream, scheme, and cycles per weight: the bound's, of as many lanes as it has columns, and the measured."""
    found = []
    for (name, scheme), (bound, columns) in BOUNDS.items():
        per = values.get(f"{name}_{scheme}_cycles_per_weight")
        if per is not None:
            # Of four columns, there are two windows side by side on eight lanes.
            windows = SCHEMES[scheme].lanes // columns
            found.append((name, scheme, bound * 8 / columns / windows, per))
    return found


def placed(values: Values) -> list[tuple[str, str]]:
    """Streams and schemes of which both cycles and frequency are known."""
    return [
        (name, scheme)
        for name, schemes in RUNS.items()
        for scheme in schemes
        if None not in (values.get(f"{scheme}_mhz"), values.get(f"{name}_{scheme}_mac_per_cycle"))
    ]


def delivered(values: Values, name: str, scheme: str) -> float:
    """Millions of products per second and 1000 LUTs, of a stream on a scheme that was placed."""
    macs, lut4, mhz = (values[key] for key in (f"{name}_{scheme}_mac_per_cycle", f"{scheme}_lut4", f"{scheme}_mhz"))
    assert macs is not None
    assert lut4 is not None
    assert mhz is not None
    return throughput(macs, int(lut4), mhz)


def best(values: Values, name: str) -> float:
    """Products per cycle of a stream, on the best scheme."""
    return max(value for scheme in RUNS[name] for value in ending(values, f"{name}_{scheme}_mac_per_cycle"))


def ending(values: Values, end: str) -> list[float]:
    """Values of all rows whose names end so.

    Examples
    --------
    >>> ending({"a_cycles": 2.0, "b_cycles": None, "a_macs": 3.0}, "_cycles")
    [2.0]
    """
    return [value for name, value in values.items() if name.endswith(end) and value is not None]


def ratio(values: Values, below: str, above: str) -> float | None:
    """One row over another.

    Examples
    --------
    >>> ratio({"cycles": 2.0, "weights": 3.0}, "cycles", "weights")
    1.5
    """
    divisor, value = values.get(below), values.get(above)
    return None if divisor is None or value is None else value / divisor
