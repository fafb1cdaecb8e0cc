"""``racelet bench``: measurements, made again."""

import importlib
import pkgutil
from types import ModuleType

import click

import racelet.bench
from racelet.bench.row import Row
from racelet.cli.config import ConfigError
from racelet.cli.output import check_writable, json_option, print_table, progress_bar, write_json

EPILOG = """\b
Examples:
  racelet bench                             what can be measured
  racelet bench simulators
  racelet bench simulators --json rows.json
"""


@click.command(epilog=EPILOG)
@click.argument("name", required=False)
@json_option
def command(name: str | None, json_file: str | None) -> None:
    """Measure NAME and print its rows; without NAME, list what can be measured."""
    check_writable(json_file)
    if name is None:
        listed = {known: load(known).DESCRIPTION for known in names()}
        if json_file is not None:
            write_json({"benches": [{"name": known, "description": line} for known, line in listed.items()]}, json_file)
        if json_file != "-":
            print_table(["bench", "measures"], list(listed.items()))
        return
    module = load(name)
    with progress_bar(name) as progress:
        rows: list[Row] = module.run(progress)
    if json_file is not None:
        write_json({"bench": name, "rows": rows}, json_file)
    if json_file != "-":
        print_table(["row", "value", "unit"], [(row.name, row.value, row.unit) for row in rows])


def names() -> list[str]:
    """Names of all benches: the modules of ``racelet.bench`` that have ``DESCRIPTION`` and ``run``."""
    found = sorted(module.name for module in pkgutil.iter_modules(racelet.bench.__path__))
    modules = {name: importlib.import_module(f"racelet.bench.{name}") for name in found}
    return [name for name, module in modules.items() if hasattr(module, "DESCRIPTION") and hasattr(module, "run")]


def load(name: str) -> ModuleType:
    """Module of a bench.

    Raises
    ------
    ConfigError
        If there is no bench of that name.
    """
    known = names()
    if name not in known:
        raise ConfigError(f"NAME must be one of {', '.join(known) or '(there are none)'}, not {name}")
    return importlib.import_module(f"racelet.bench.{name}")
