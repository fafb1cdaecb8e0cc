"""From the result of a run to what its report shows: nothing that depends on the machine, the day or the folder."""

import dataclasses
import hashlib
import os
import shlex
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from racelet.golden.dwcpwc.config import PRESETS

OF_THE_MACHINE = ("seconds", "simulated_cycles_per_second")
"""Keys of a result that differ from run to run."""
DESTINATIONS = ("report", "json_file", "outputs", "waves")
"""Parameters of ``racelet run`` that say where to write, and change nothing else."""


def report_data(result: Mapping[str, Any], model: Path, command: str) -> dict[str, Any]:
    """What the report shows, all numbers that are derived from the result among it.

    Parameters
    ----------
    result : mapping
        As ``racelet run --json`` writes it.
    model : Path
        The .tflite file.
    command : str
        As :func:`command_line` gives it.

    Returns
    -------
    dict
        The result without what the machine decides, and ``command``, ``versions``, ``model_sha256``, ``changed``
        (fields that differ from the preset, with the preset's values), ``predicted`` (the cycles are the formula's, as
        no input has been run), ``shown_cycles``, ``ratio`` and ``utilisation``. These three also by layer, with
        ``moved``: its bytes across the edge, with the network's input and output.
    """
    data = {key: value for key, value in result.items() if key not in OF_THE_MACHINE}
    data["model"] = base_name(str(result["model"]))
    cycles = result["cycles"]
    predicted = cycles["per_inference"] is None
    shown = cycles["predicted"] if predicted else cycles["per_inference"]
    layers = []
    for layer in result["layers"]:
        taken = layer["predicted_cycles" if predicted else "cycles"]
        layers.append(
            {
                **layer,
                "shown_cycles": taken,
                "ratio": _over(taken, layer["ideal_cycles"]),
                "utilisation": _over(layer["macs"], taken * result["peak_macs"]),
                "moved": layer["external_bytes"],
            }
        )
    # The network's ends cross the edge too; every other activation stays in the buffer.
    layers[0]["moved"] += result["edge_bytes"]["input"]
    layers[-1]["moved"] += result["edge_bytes"]["output"]
    return {
        **data,
        "layers": layers,
        "command": command,
        "versions": versions(simulated="simulator" in result),
        "model_sha256": hashlib.sha256(model.read_bytes()).hexdigest(),
        "changed": _changed(result["preset"], result["config"]),
        "predicted": predicted,
        "shown_cycles": shown,
        "ratio": _over(shown, result["ideal_cycles"]),
        "utilisation": _over(result["macs"], shown * result["peak_macs"]),
    }


def versions(*, simulated: bool) -> dict[str, str]:
    """Versions of what the numbers depend on; Verilator's only where it was used.

    Parameters
    ----------
    simulated : bool

    Returns
    -------
    dict of str to str
    """
    found = {name: version(name) for name in ("racelet", "amaranth", "ai-edge-litert", "numpy")}
    if simulated:
        from racelet.sim import verilator

        found["verilator"] = verilator.find().version
    return found


def command_line(context: click.Context) -> str:
    """The command as it was given, but for the folders of files and for where to write.

    Parameters
    ----------
    context : click.Context
        Of the verb.

    Returns
    -------
    str
    """
    words = ["racelet", str(context.info_name)]
    for parameter in context.command.params:
        name = str(parameter.name)
        value = context.params.get(name)
        given = context.get_parameter_source(name) is ParameterSource.COMMANDLINE
        if not given or value is None or name in DESTINATIONS:
            continue
        if isinstance(parameter, click.Argument):
            words.insert(2, base_name(str(value)))
        elif isinstance(value, bool):
            words.append((parameter.opts if value else parameter.secondary_opts)[0])
        else:
            for one in value if isinstance(value, tuple) else [value]:
                words += [parameter.opts[0], base_name(str(one))]
    return shlex.join([*words, "--report", "DIR"])


def base_name(text: str) -> str:
    """The last part of a path, of whatever can be written as UTF-8.

    Examples
    --------
    >>> [base_name(text) for text in ("data/kws/model.tflite", "digits", "samples/")]
    ['model.tflite', 'digits', 'samples']
    """
    if os.sep in text:
        text = Path(text).name or "."
    return text.encode("utf-8", "backslashreplace").decode()


def _changed(preset: str | None, config: Mapping[str, Any]) -> dict[str, Any]:
    if preset is None:
        return {}
    named = dataclasses.asdict(PRESETS[preset])
    return {field: named[field] for field, value in config.items() if named[field] != value}


def _over(number: int, by: int) -> float | None:
    return number / by if by else None
