"""``--picture``: where a picture goes."""

from collections.abc import Callable
from pathlib import Path

import click

from racelet.cli.config import ConfigError


def picture_option(command: Callable[..., int | None]) -> Callable[..., int | None]:
    """Add ``--picture F`` to a click command, as ``target``."""
    return click.option(
        "--picture",
        "target",
        type=click.Path(path_type=Path),
        metavar="F",
        help="Draw it; .svg, or .html with the text.",
    )(command)


def check_picture(target: Path | None) -> None:
    """Refuse a picture of another kind, or in a folder that is not there, before the work starts.

    Raises
    ------
    ConfigError
        If it is one.
    """
    if target is not None and (target.suffix not in {".svg", ".html"} or not target.resolve().parent.is_dir()):
        raise ConfigError(
            f"--picture must be a file name ending in .svg or .html in a folder that is there, not {target}"
        )
