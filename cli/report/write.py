"""Writing a report: a folder that is tried before the work starts, and files that come all at once or not at all."""

import contextlib
import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from racelet.cli.config import ConfigError
from racelet.cli.report.page import page

PAGE, DATA = "index.html", "result.json"
ROOM = 1 << 16
"""Bytes that must be free before the work starts: those of a report of some tens of layers."""


def check_folder(folder: Path) -> None:
    """Refuse a folder that a report cannot be written to, before the work starts. Leaves nothing behind.

    Raises
    ------
    ConfigError
        If it is a file, or has a folder where a file of the report goes.
    OSError
        If it cannot be made or written to, with ``folder`` as the file name.
    """
    if folder.exists() and not folder.is_dir():
        raise ConfigError(f"--report must be a folder, and {folder} is a file")
    for name in (PAGE, DATA):
        if (folder / name).is_dir():
            raise ConfigError(f"--report {folder}: {folder / name} is a folder, where a file would go")
    write_together(folder, {})


def write_report(data: Mapping[str, Any], folder: Path) -> Path:
    """Write the page and its data; both or neither.

    Parameters
    ----------
    data : mapping
        As :func:`racelet.cli.report.data.report_data` gives it.
    folder : Path
        Made if it is not there. An older report in it is replaced.

    Returns
    -------
    Path
        The page.

    Raises
    ------
    OSError
        If it cannot be written; an older report is as it was.
    """
    text = json.dumps(data, indent=2, allow_nan=False) + "\n"
    write_together(folder, {PAGE: page(data).encode(), DATA: text.encode()})
    return folder / PAGE


def write_together(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write several files of one folder: all complete ones get their names, or none does.

    Parameters
    ----------
    folder : Path
        Made with its parents if it is not there; what was made for nothing is removed.
    files : mapping of str to bytes
        Contents by name. With none, only whether ``ROOM`` bytes could be written is tried.

    Raises
    ------
    OSError
        With ``folder`` as the file name.
    """
    made: list[Path] = []
    try:
        for part in (*reversed(folder.parents), folder):
            if not part.exists():
                part.mkdir()
                made.append(part)
        with tempfile.TemporaryDirectory(dir=folder, prefix=".report.") as staging:
            for name, content in (files or {"trial": bytes(ROOM)}).items():
                (Path(staging) / name).write_bytes(content)
            for name in files:
                (Path(staging) / name).replace(folder / name)
                made.clear()
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(folder)) from error
    finally:
        for part in reversed(made):
            with contextlib.suppress(OSError):
                part.rmdir()
