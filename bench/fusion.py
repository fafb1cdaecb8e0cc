"""What fusion saves: cycles and bytes across the edge, of small networks on the RTL, of large ones by the formula."""

import dataclasses
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from racelet.bench.costs import Costs, costs
from racelet.bench.measure import measure
from racelet.bench.row import Progress, Row, Table
from racelet.bench.shapes import published, published_network
from racelet.golden.dwcpwc.config import PRESETS, DwcPwcConfig
from racelet.nn.compile import compile_network
from racelet.nn.fold import fold
from racelet.nn.graph import Graph
from racelet.nn.models import digits
from racelet.nn.tflite import read_tflite
from racelet.sim.dwcpwc.accelerator import AcceleratorSimulator

DESCRIPTION = "cycles and bytes fused and unfused: small networks on the RTL, ImageNet networks by the formula"

DATA = Path(__file__).resolve().parents[1] / "../shared/data"
"""Public models and inputs, which lie beside the repository and are no part of it."""
MODES = ("unfused", "fused")
MEASURED = ("large", "small")
"""Presets that are simulated."""
ROOMY = dataclasses.replace(
    PRESETS["large"],
    activation_bytes=9 << 17,
    weight_bytes=1 << 20,
    tile_bytes=1 << 16,
    channels=8192,
    depthwise_channels=8192,
)
"""Lanes of ``large`` with the memories of a chip for such networks."""
ENLARGED = ("activation_bytes", "weight_bytes", "tile_bytes", "channels", "depthwise_channels")
COMPARED = ("resnet50", "mobilenetv2")
SLOWER = (4, 1)
"""Bytes per cycle to and from the memory outside with which these two are compared once more; ``large`` has 16."""
DIGITS_INPUTS = 12
CYCLES = {
    "cycles": "cycles",
    "computing": "computing_cycles",
    "moving": "moving_cycles",
    "waiting": "waiting_cycles",
    "MAC/cycle": "macs_per_cycle",
}
CYCLE_GAINS = {"gain": "gain", "computing gain": "computing_gain"}
BYTES = {
    "bytes": "bytes",
    "program": "program_bytes",
    "input + output": "input_output_bytes",
    "loaded + stored": "loaded_stored_bytes",
}
BYTE_GAINS = {"gain": "bytes_gain"}
"""Columns of the tables, and the rows in them."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Model:
    """A network with real inputs.

    Parameters
    ----------
    name : str
    file : Path
        The .tflite file.
    inputs : callable
        Gives them: int8, shape (n, ...).
    """

    name: str
    file: Path
    inputs: Callable[[], NDArray[np.int8]]


def models() -> list[Model]:
    """The networks that are simulated; some may not be there."""
    found = [Model(name="digits", file=digits().model, inputs=lambda: np.load(digits().inputs)[:DIGITS_INPUTS])]
    for name, file in (("kws", "kws_ref_model.tflite"), ("vww", "vww_96_int8.tflite")):
        folder = DATA / name
        found.append(Model(name=name, file=folder / file, inputs=lambda folder=folder: _raw_files(folder / "inputs")))
    return found


def run(progress: Progress) -> list[Row]:
    """Measure.

    Parameters
    ----------
    progress : Progress

    Returns
    -------
    list of Row
        For every network and configuration the rows of :class:`racelet.bench.costs.Costs` in both modes, and gains:
        unfused over fused. Then the ratios of ResNet-50 over MobileNetV2.
    """
    return [*measured_rows(progress), *formula_rows(progress)]


def measured_rows(progress: Progress, presets: Sequence[str] = MEASURED) -> list[Row]:
    """Rows of the networks that are simulated, every output byte and every cycle compared.

    Parameters
    ----------
    progress : Progress
    presets : sequence of str

    Returns
    -------
    list of Row
        A network whose file is not there has one row without a value.

    Raises
    ------
    BenchFailure
        If something differs.
    """
    rows: list[Row] = []
    total = len(presets) * len(models())
    done = 0
    for preset in presets:
        simulator = None
        for model in models():
            progress(done, total, f"{model.name} on {preset}")
            done += 1
            if not model.file.exists():
                rows.append(Row(f"{model.name}_{preset}", None, f"skipped: ../shared/data/{model.name} is not here"))
                continue
            simulator = simulator or AcceleratorSimulator(PRESETS[preset])
            rows += _measured(model, preset, simulator)
    return rows


def formula_rows(progress: Progress) -> list[Row]:
    """Rows of the networks that only the formula is asked about.

    Parameters
    ----------
    progress : Progress

    Returns
    -------
    list of Row
    """
    names = published()
    steps = len(names) + len(SLOWER)
    rows = [Row(f"roomy_{name}", getattr(ROOMY, name), name.split("_")[-1]) for name in ENLARGED]
    found: dict[str, dict[str, Costs]] = {}
    for number, name in enumerate(names):
        progress(number, steps, name)
        found[name] = _by_mode(published_network(name).graph, ROOMY)
        rows += _gains(f"{name}_roomy", found[name])
    large, mobile = (found[name]["fused"].macs for name in COMPARED)
    rows.append(Row("operations_ratio_resnet50_over_mobilenetv2", large / mobile, "x"))
    rows += _ratios(found, "computing_ratio", "computing") + _ratios(found, "latency_ratio", "cycles")
    for number, bandwidth in enumerate(SLOWER, len(names)):
        progress(number, steps, f"bandwidth {bandwidth}")
        config = dataclasses.replace(ROOMY, bandwidth=bandwidth)
        slower = {name: _by_mode(published_network(name).graph, config) for name in COMPARED}
        rows += _ratios(slower, f"latency_ratio_bandwidth_{bandwidth}", "cycles")
    progress(steps, steps, "done")
    return rows


def tables(rows: Sequence[Row]) -> list[Table]:
    """Rows put together: cycles and bytes of every network, configuration and mode, and what is told once.

    Parameters
    ----------
    rows : sequence of Row
        As :func:`run` gives them.

    Returns
    -------
    list of Table
    """
    values = {row.name: row.value for row in rows}
    once = [row for row in rows if "_ratio_" in row.name or row.name.startswith("roomy_") or row.value is None]
    return [
        *(_table(values, columns, gains) for columns, gains in ((CYCLES, CYCLE_GAINS), (BYTES, BYTE_GAINS))),
        Table(columns=("row", "value", "unit"), lines=[(row.name, row.value, row.unit) for row in once]),
    ]


def cases(names: Mapping[str, object]) -> Iterator[tuple[str, str, str]]:
    """Network, configuration and mode of all lines, from the names of rows.

    Examples
    --------
    >>> list(cases({"kws_large_fused_cycles": 1, "kws_large_unfused_cycles": 2, "kws_large_gain": 2}))
    [('kws', 'large', 'fused'), ('kws', 'large', 'unfused')]
    """
    for name in names:
        parts = name.split("_")
        if len(parts) == 4 and parts[3] == "cycles":
            yield parts[0], parts[1], parts[2]


def _table(values: Mapping[str, float | None], columns: Mapping[str, str], gains: Mapping[str, str]) -> Table:
    lines = []
    for network, config, mode in cases(values):
        case = f"{network}_{config}"
        told = [values[f"{case}_{mode}_{name}"] for name in columns.values()]
        told += [values[f"{case}_{name}"] if mode == "fused" else 1.0 for name in gains.values()]
        lines.append((network, config, mode, *told))
    return Table(columns=("network", "config", "mode", *columns, *gains), lines=lines)


def _measured(model: Model, preset: str, simulator: AcceleratorSimulator) -> list[Row]:
    """Rows of one network, after its inputs have run in both modes."""
    config: DwcPwcConfig = PRESETS[preset]
    folded, inputs = fold(read_tflite(model.file)), model.inputs()
    found = {}
    for mode in MODES:
        compiled = compile_network(folded.graph, config, unfused=mode == "unfused")
        measure(compiled, folded, model.file, inputs, simulator)
        found[mode] = costs(compiled)
    return [
        *_gains(f"{model.name}_{preset}", found),
        Row(f"{model.name}_{preset}_compared_inputs", len(inputs), "inputs, every byte as LiteRT, every cycle as told"),
    ]


def _by_mode(graph: Graph, config: DwcPwcConfig) -> dict[str, Costs]:
    return {mode: costs(compile_network(graph, config, unfused=mode == "unfused")) for mode in MODES}


def _ratios(found: Mapping[str, Mapping[str, Costs]], name: str, what: str) -> list[Row]:
    """ResNet-50 over MobileNetV2 in both modes."""
    large, mobile = (found[name] for name in COMPARED)
    return [Row(f"{name}_{mode}", getattr(large[mode], what) / getattr(mobile[mode], what), "x") for mode in MODES]


def _gains(case: str, found: Mapping[str, Costs]) -> list[Row]:
    fused, unfused = found["fused"], found["unfused"]
    rows = [row for mode in MODES for row in found[mode].rows(f"{case}_{mode}")]
    return [
        *rows,
        Row(f"{case}_gain", unfused.cycles / fused.cycles, "x"),
        Row(f"{case}_computing_gain", unfused.computing / fused.computing, "x"),
        Row(f"{case}_bytes_gain", unfused.bytes / fused.bytes, "x"),
        Row(f"{case}_macs", fused.macs, "MAC"),
    ]


def _raw_files(folder: Path) -> NDArray[np.int8]:
    """Inputs of a folder, by name."""
    return np.stack([np.fromfile(file, np.int8) for file in sorted(folder.glob("*.*"))])
