"""``racelet run`` of a network of ``racelet train adc``: on a column path, its hardware beside its golden model."""

import dataclasses
import functools
import io
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click
import numpy as np
from numpy.typing import NDArray

from racelet.cli.config import ConfigError, changed
from racelet.cli.output import print_table, progress_bar, write_json, write_whole

SHIPPED = "digits-adc"
"""Name of the network that ships: trained on digits, noise of one MAC value injected, its converters read slices."""
_SHAPES = {"digits": (1, 8, 8), "cifar10": (3, 32, 32)}
"""Of an input, by the data set that a network was trained on."""
COLUMNS = {"model", "inputs", "labels", "count", "settings", "simulator", "outputs", "waves", "json_file"}
"""Parameters that apply to networks on a column path too."""
ONLY_COLUMNS = {"noise", "seed", "macro", "calibrate"}
"""And those that apply to no others."""
_LAYER = ("macs", "beats", "conversions", "misreads", "cycles", "parallel_cycles")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Request:
    """What was asked for; as the options of ``racelet run`` are called."""

    inputs: Path | None
    labels: str | None
    count: int | None
    settings: Sequence[str]
    noise: float
    seed: int
    macro: Sequence[str]
    calibrate: bool
    simulator: str
    outputs: Path | None
    waves: Path | None
    json_file: str | None


def is_network(model: str) -> bool:
    """Whether a model runs on a column path.

    Examples
    --------
    >>> [is_network(model) for model in ("digits", "digits-adc", "out/network.npz", "model.tflite")]
    [False, True, True, False]
    """
    return model == SHIPPED or Path(model).suffix == ".npz"


def refuse_others(context: click.Context, is_column: bool) -> None:
    """Refuse options of ``racelet run`` that do not apply.

    Parameters
    ----------
    context : click.Context
    is_column : bool
        Whether the network runs on a column path.

    Raises
    ------
    ConfigError
        If one was given.
    """
    for parameter in context.command.params:
        name = parameter.name or ""
        if context.get_parameter_source(name) in (None, click.core.ParameterSource.DEFAULT):
            continue
        option = parameter.opts[0]
        if is_column and name not in COLUMNS | ONLY_COLUMNS:
            raise ConfigError(f"{option} does not apply to a network on a column path")
        if not is_column and name in ONLY_COLUMNS:
            raise ConfigError(
                f"{option} needs a network on a column path: a file of `racelet train adc`, or digits-adc"
            )
    wrong = "cocotb" if is_column else "golden"
    if context.params["simulator"] == wrong:
        what = "batch or golden for a network on a column path" if is_column else "batch or cocotb for the accelerator"
        raise ConfigError(f"--simulator must be {what}, not {wrong}")


def run(model: str, request: Request) -> int:
    """Run a network and tell what came of it.

    Returns
    -------
    int
        1 if the hardware differs from golden, or if nothing varies and a result is not that of numpy's network all the
        same.

    Raises
    ------
    ConfigError
        If anything in the request is wrong.
    OSError
        If a file cannot be read or written.
    """
    from racelet.golden.adc.cell_sampling import sample_cells
    from racelet.golden.adc.macro_config import IDEAL
    from racelet.sim.errors import BenchFailure
    from racelet.train.adc.column_network import check_network, path_config, read_out
    from racelet.train.adc.deployed import load_deployed
    from racelet.train.adc.results import kept_file

    macro = changed(IDEAL, request.macro, "--macro")
    if macro.sense_noise:
        raise ConfigError("--macro sense_noise must be 0: the noise of comparators is --noise")
    if not 0 <= request.noise <= 64:
        raise ConfigError(f"--noise must be in 0..64, not {request.noise}")
    if request.waves is not None and (request.simulator != "batch" or request.waves.suffix != ".vcd"):
        raise ConfigError(f"--waves must be a file name ending in .vcd, with --simulator batch, not {request.waves}")
    network = load_deployed(kept_file("digits", "slices").with_suffix(".npz") if model == SHIPPED else Path(model))
    config = changed(path_config(network), request.settings)
    if request.noise and not config.noise:
        raise ConfigError("--noise needs a path with noise, and --set noise=false has none")
    cells = sample_cells(config, macro, request.seed)
    check_network(network, cells, config)
    data, truth = _data(str(network.recipe.get("dataset")), request)
    with progress_bar("layers") as progress:
        progress(0, len(network.layers), "building the simulator")
        path, prepare = _path(config, cells, request)
        try:
            found = read_out(network, data, path, prepare=prepare, progress=progress)
        except BenchFailure as error:
            click.echo(f"racelet: {error}", err=True)
            return 1
    numpy = network.run(data, request.noise, np.random.default_rng(request.seed))
    is_steady = not request.noise and macro == IDEAL
    result: dict[str, Any] = {
        "model": model,
        "simulator": request.simulator,
        "inputs": len(data),
        "noise": request.noise,
        "seed": request.seed,
        "macro": macro,
        "calibrated": request.calibrate,
        "config": config,
        "layers": [
            {"index": number, **{name: getattr(layer, name) for name in _LAYER}}
            for number, layer in enumerate(found.layers)
        ],
        **{name: found.total(name) for name in _LAYER},
        "equal_to_numpy": bool(np.array_equal(found.results, numpy)) if is_steady else None,
        "accuracy": None if truth is None else found.accuracy(truth),
        "accuracy_numpy": None if truth is None else float(np.mean(numpy.argmax(axis=1) == truth)),
        "errors": [error.name for error in found.errors],
    }
    if request.outputs is not None:
        buffer = io.BytesIO()
        np.save(buffer, found.results)
        write_whole(request.outputs, buffer.getvalue())
    if request.json_file is not None:
        write_json(result, request.json_file)
    if request.json_file != "-":
        _print(result)
    return 1 if result["equal_to_numpy"] is False else 0


def _path(config: Any, cells: Any, request: Request) -> tuple[Any, Callable[[], object] | None]:
    """The path, and what is done before each layer."""
    from racelet.golden.adc.column_calibration import calibrate_columns
    from racelet.golden.adc.column_path import ColumnPath
    from racelet.train.adc.column_network import sigma_scale

    scale = sigma_scale(request.noise, cells, config)
    if request.simulator == "golden":
        path = ColumnPath(config, cells, scale=scale, seed=request.seed)
        return path, functools.partial(calibrate_columns, path) if request.calibrate else None
    from racelet.sim.adc.path_simulator import PathSimulator

    path = PathSimulator(config, cells, scale=scale, seed=request.seed, waves=request.waves)
    return path, path.calibrate if request.calibrate else None


def _data(dataset: str, request: Request) -> tuple[NDArray[np.int64], NDArray[np.int64] | None]:
    """Activations of the first layer, and classes."""
    from racelet.bench.columns.networks import kept_digits
    from racelet.cli.inputs import read_inputs, read_labels

    if request.inputs is None:
        if dataset != "digits" or request.labels is not None:
            raise ConfigError("--labels needs --inputs" if request.labels else "--inputs is needed: no images ship")
        shipped = kept_digits(request.count)
        return shipped.inputs, shipped.labels
    if dataset not in _SHAPES:
        raise ConfigError(f"the network was trained on {dataset}, whose images are of no known shape")
    given = read_inputs(request.inputs, _SHAPES[dataset], request.count)
    truth = None if request.labels is None else read_labels(request.labels, given)
    return given.data.astype(np.int64), truth


def _print(result: dict[str, Any]) -> None:
    count = result["inputs"]
    rows = [
        (str(number), *(_share(layer, name, count) for name in (*_LAYER[:3], "misread", *_LAYER[4:])))
        for number, layer in [*enumerate(result["layers"]), ("all", result)]
    ]
    columns = ["layer", "MACs", "beats", "conversions", "misread, %", "cycles", "cycles of parallel"]
    print_table(columns, rows, "of an inference")
    ratio = result["cycles"] / result["parallel_cycles"]
    lines = {
        "inputs": f"{count}" + (", on the golden model alone" if result["simulator"] == "golden" else ""),
        "equal to golden": None if result["simulator"] == "golden" else "every sum and every cycle",
        "equal to numpy": {None: None, True: "every result", False: "NO"}[result["equal_to_numpy"]],
        "accuracy": _percent(result["accuracy"]),
        "accuracy in numpy": _percent(result["accuracy_numpy"]),
        "cycles per inference": f"{result['cycles'] / count:,.1f}, {ratio:.2f} x those of parallel",
        "errors": ", ".join(result["errors"]).lower() or None,
    }
    click.echo("")
    width = max(len(name) for name in lines)
    for name, text in lines.items():
        if text is not None:
            click.echo(f"{name:<{width}}  {text}")


def _share(layer: dict[str, Any], name: str, count: int) -> float:
    if name == "misread":
        return 100 * layer["misreads"] / layer["conversions"] if layer["conversions"] else 0.0
    value = layer[name]
    return value // count if value % count == 0 else value / count


def _percent(share: float | None) -> str | None:
    return None if share is None else f"{100 * share:.2f} %"
