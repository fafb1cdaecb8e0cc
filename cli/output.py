"""What a verb prints and writes: JSON for machines, tables and a progress bar for people."""

import contextlib
import dataclasses
import json
import os
import sys
import tempfile
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from racelet.bench.row import Progress
from racelet.cli.config import ConfigError


def json_option(command: Callable[..., int | None]) -> Callable[..., int | None]:
    """Add ``--json FILE`` to a click command, as ``json_file``."""
    return click.option(
        "--json", "json_file", metavar="FILE", help="Also write the result as JSON; - for standard output alone."
    )(command)


def write_json(value: object, json_file: str) -> None:
    """Write a result as JSON: whole or not at all.

    Parameters
    ----------
    value : object
        Of mappings, sequences, dataclasses, paths, numbers and NumPy numbers and arrays.
    json_file : str
        Path, or ``-`` for standard output. A file gets the same name only when it is complete.

    Raises
    ------
    OSError
        If the file cannot be written; an older file of the name is as it was.
    """
    text = json.dumps(value, indent=2, default=_plain, allow_nan=False) + "\n"
    if json_file == "-":
        sys.stdout.write(text)
        sys.stdout.flush()
    else:
        write_whole(Path(json_file), text.encode())


def write_whole(path: Path, content: bytes) -> None:
    """Write a file whole or not at all, through a temporary one beside it.

    Raises
    ------
    OSError
        If it cannot be written, with ``path`` as its file name.
    """
    if path.exists() and not path.is_file():
        if path.is_dir():
            raise ConfigError(f"{path} is a folder; name a file in it")
        path.write_bytes(content)  # A device or a pipe is written to, never replaced.
        return
    target = path.resolve()
    temporary = None
    try:
        mode = target.stat().st_mode & 0o777 if target.exists() else 0o666 & ~_umask()
        with tempfile.NamedTemporaryFile(dir=target.parent, prefix=f".{path.name}.", delete=False) as file:
            temporary = Path(file.name)
            file.write(content)
        temporary.chmod(mode)
        temporary.replace(target)
    except BaseException as error:
        if temporary is not None:
            temporary.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise OSError(error.errno, error.strerror, str(path)) from error
        raise


def check_writable(json_file: str | None) -> None:
    """Refuse a destination in a folder that is not there before the work starts, not after.

    Raises
    ------
    ConfigError
        If its folder does not exist.
    """
    if json_file not in (None, "-") and not Path(json_file).resolve().parent.is_dir():
        raise ConfigError(f"--json {json_file}: its folder does not exist")


def print_table(columns: Sequence[str], rows: Iterable[Sequence[object]], title: str | None = None) -> None:
    """Print a table: boxed by rules on a terminal, aligned columns of whole words in a pipe.

    Parameters
    ----------
    columns : sequence of str
        Headings. Columns of numbers align right.
    rows : iterable of sequences
        One value per column.
    title : str or None
        Printed above.
    """
    rows = list(rows)
    cells = [[format_value(value) for value in row] for row in rows]
    right = [bool(rows) and all(_is_number(row[k]) for row in rows) for k in range(len(columns))]
    if not sys.stdout.isatty():
        lines = [list(columns), *cells]
        widths = [max(len(line[k]) for line in lines) for k in range(len(columns))]
        for line in lines:
            padded = (f"{c:>{w}}" if r else f"{c:<{w}}" for c, w, r in zip(line, widths, right, strict=True))
            click.echo("  ".join(padded).rstrip())
        return
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(title=title, title_justify="left", box=SIMPLE_HEAD)
    for name, is_right in zip(columns, right, strict=True):
        table.add_column(name, justify="right" if is_right else "left", overflow="fold")
    for line in cells:
        table.add_row(*(Text(cell) for cell in line))
    Console().print(table)


def markdown(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """The same table for a page.

    Examples
    --------
    >>> print(markdown(["row", "value"], [("cycles", 37384)]), end="")
    | row | value |
    |---|---:|
    | cycles | 37,384 |
    """
    rows = list(rows)
    right = [bool(rows) and all(row[k] is None or _is_number(row[k]) for row in rows) for k in range(len(columns))]
    lines = [list(columns), *([format_value(value) for value in row] for row in rows)]
    head, *body = ["| " + " | ".join(line) + " |" for line in lines]
    rule = "|" + "|".join("---:" if each else "---" for each in right) + "|"
    return "\n".join([head, rule, *body]) + "\n"


def format_value(value: object) -> str:
    """Text of a table's cell: thousands separated, four digits of a fraction.

    Examples
    --------
    >>> [format_value(value) for value in (37384, 1.04166, 12345.678, None, "kws")]
    ['37,384', '1.042', '12,346', '', 'kws']
    """
    if value is None:
        return ""
    if isinstance(value, bool) or not _is_number(value):
        return str(value)
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"
    return f"{value:,}"


@contextlib.contextmanager
def progress_bar(label: str) -> Generator[Progress]:
    """A function to report progress to: a bar on standard error where that is a terminal, nothing where it is not."""
    if not sys.stderr.isatty():
        yield _report_nothing
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(label, total=None)

        def report(done: int, total: int, label: str = label) -> None:
            bar.update(task, completed=done, total=total, description=label)

        yield report


def _report_nothing(done: int, total: int, label: str = "") -> None:
    del done, total, label


def _is_number(value: object) -> bool:
    return not isinstance(value, str | bytes | bool) and hasattr(value, "__float__") and hasattr(value, "__round__")


def _plain(value: object) -> object:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return dataclasses.asdict(value)
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    if isinstance(value, Mapping):
        return dict(value)
    to_list: Any = getattr(value, "tolist", None)
    if to_list is not None:
        return to_list()
    raise TypeError(f"{type(value).__name__} cannot be written as JSON")


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
