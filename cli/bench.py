"""``racelet bench``: measurements, made again."""

import importlib
import pkgutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import ModuleType

import click

import racelet.bench
from racelet.bench.row import Row, Table
from racelet.cli.config import ConfigError
from racelet.cli.output import (
    check_writable,
    json_option,
    markdown,
    print_table,
    progress_bar,
    write_json,
    write_whole,
)
from racelet.cli.report.columns import column_pictures
from racelet.cli.report.fusion import fusion_picture
from racelet.cli.report.losses import losses_picture
from racelet.cli.report.racetrack import racetrack_pictures
from racelet.cli.report.read_margin import read_margin_picture
from racelet.cli.report.sparsity import sparsity_pictures
from racelet.cli.report.track_faults import faults_picture
from racelet.sim.errors import BenchFailure
from racelet.synth.records import rewritten

EPILOG = """\b
Examples:
  racelet bench                             what can be measured
  racelet bench simulators
  racelet bench simulators --json rows.json
  racelet bench fusion --picture fusion.svg
  racelet bench srmp --picture read-margin.svg
  racelet bench training --picture losses.svg
  racelet bench adc --page docs/adc.md --picture docs/img/adc.svg
  racelet bench bitlet --page docs/bitlet.md --picture docs/img/bitlet-sparsity.svg
  racelet bench racetrack --page docs/racetrack.md --picture docs/img/racetrack.svg
  racelet bench racetrack-faults --page docs/racetrack-faults.md --picture docs/img/racetrack-faults.svg
"""

PICTURES: dict[str, Callable[[Sequence[Row]], str | Mapping[str, str]]] = {
    "adc": column_pictures,
    "bitlet": sparsity_pictures,
    "fusion": fusion_picture,
    "racetrack": racetrack_pictures,
    "racetrack-faults": faults_picture,
    "srmp": read_margin_picture,
    "training": losses_picture,
}
"""Benches that can be drawn; one that gives several pictures says what is added to the file's name for each."""


@click.command(epilog=EPILOG)
@click.argument("name", required=False)
@click.option(
    "--picture", type=click.Path(path_type=Path), metavar="F.svg", help=f"Draw the rows ({', '.join(PICTURES)} only)."
)
@click.option(
    "--page",
    type=click.Path(path_type=Path),
    metavar="F.md",
    help="Write the tables into a page, between its marks: <!-- title --> and <!-- end -->.",
)
@json_option
def command(name: str | None, picture: Path | None, page: Path | None, json_file: str | None) -> int:
    """Measure NAME and print its rows; without NAME, list what can be measured. Exits with 1 if something differs."""
    check_writable(json_file)
    if picture is not None:
        if name not in PICTURES:
            raise ConfigError(f"--picture needs a NAME among {', '.join(PICTURES)}, not {name or 'none'}")
        if picture.suffix != ".svg" or not picture.resolve().parent.is_dir():
            raise ConfigError(f"--picture must be a file name ending in .svg in a folder that is there, not {picture}")
    if page is not None and (name is None or not page.is_file()):
        raise ConfigError(f"--page needs a NAME and a file that is there, not {page}")
    if name is None:
        listed = {known: load(known).DESCRIPTION for known in names()}
        if json_file is not None:
            write_json({"benches": [{"name": known, "description": line} for known, line in listed.items()]}, json_file)
        if json_file != "-":
            print_table(["bench", "measures"], list(listed.items()))
        return 0
    module = load(name)
    try:
        with progress_bar(name) as progress:
            rows: list[Row] = module.run(progress)
    except BenchFailure as error:
        click.echo(f"racelet: {error}", err=True)
        return 1
    if json_file is not None:
        write_json({"bench": name, "rows": rows}, json_file)
    if picture is not None:
        drawn = PICTURES[name](rows)
        for end, content in ({"": drawn} if isinstance(drawn, str) else drawn).items():
            write_whole(picture.with_stem(picture.stem + end), content.encode())
    if page is not None:
        write_whole(page, _rewritten(page, _tables(module, rows)).encode())
    if json_file != "-":
        for number, table in enumerate(_tables(module, rows)):
            if number:
                click.echo("")
            print_table(table.columns, table.lines, table.title or None)
    return 0


def _tables(module: ModuleType, rows: list[Row]) -> list[Table]:
    """What a bench prints: its own tables, or all rows as they are."""
    if hasattr(module, "tables"):
        return module.tables(rows)
    return [Table(columns=("row", "value", "unit"), lines=[(row.name, row.value, row.unit) for row in rows])]


def _rewritten(page: Path, tables: Sequence[Table]) -> str:
    """A page with these tables in their places."""
    text = page.read_text(encoding="utf-8")
    try:
        for table in tables:
            if table.title:
                text = rewritten(text, table.title, markdown(table.columns, table.lines))
    except ValueError as error:
        raise ConfigError(f"--page {page}: {error}") from error
    return text


def names() -> list[str]:
    """Names of all benches: the modules of ``racelet.bench`` that have ``DESCRIPTION`` and ``run``, with hyphens."""
    found = sorted(module.name for module in pkgutil.iter_modules(racelet.bench.__path__))
    modules = {name.replace("_", "-"): importlib.import_module(f"racelet.bench.{name}") for name in found}
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
    return importlib.import_module(f"racelet.bench.{name.replace('-', '_')}")
