"""From ``--preset``, ``--config`` and ``--set`` to a config object, or a sentence that says what is wrong."""

import dataclasses
import difflib
import tomllib
import typing
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Literal

import click

from racelet.cli.blocks import BLOCKS, Block


class ConfigError(ValueError):
    """A request that cannot be met; the message names the field, what is allowed and what was given."""


def block_named(name: str) -> Block:
    """The block of that name.

    Examples
    --------
    >>> block_named("dwcpwc").default
    'small'
    >>> block_named("dwcpw")
    Traceback (most recent call last):
    racelet.cli.config.ConfigError: BLOCK must be one of dwcpwc, not dwcpw (did you mean dwcpwc?)
    """
    return BLOCKS[_known("BLOCK", name, BLOCKS)]


def load(block: Block, preset: str | None = None, file: Path | None = None, settings: Iterable[str] = ()) -> Any:
    """Make the config of a block.

    Parameters
    ----------
    block : Block
        Its default preset is where nothing else is given.
    preset : str or None
        Name of a preset. Not together with ``file``.
    file : Path or None
        TOML file of ``field = value`` lines; fields left out come from the preset it names in ``preset``, else from the
        default preset.
    settings : iterable of str
        ``field=value``, on top.

    Returns
    -------
    config
        Object of the block's config class.

    Raises
    ------
    ConfigError
        If anything in the request is wrong.

    Examples
    --------
    >>> load(block_named("dwcpwc"), "tiny", settings=["layers=0x10"]).layers
    16
    """
    if preset is not None and file is not None:
        raise ConfigError("--preset and --config exclude each other: name the preset in the file (preset = ...)")
    values = {} if file is None else _read(file)
    named = preset or values.pop("preset", block.default)
    presets = block.presets()
    base = presets[_known(f"the preset of {block.name}", str(named), presets)]
    kinds = field_types(type(base))
    for name, value in values.items():
        _known(f"{file}: a field of {block.config_class}", name, kinds)
        if isinstance(value, int) and not isinstance(value, bool) and kinds[name] is float:
            values[name] = float(value)
    for setting in settings:
        name, equals, text = setting.partition("=")
        if not equals:
            raise ConfigError(f"--set must be field=value, not {setting}")
        name = _known(f"--set: a field of {block.config_class}", name.strip(), kinds)
        values[name] = _parse(f"--set {name}", text.strip(), kinds[name])
    try:
        return dataclasses.replace(base, **values)
    except (TypeError, ValueError) as error:
        raise ConfigError(str(error)) from error


def field_types(config_type: type[Any]) -> dict[str, Any]:
    """Type of every field of a config class.

    Examples
    --------
    >>> field_types(BLOCKS["dwcpwc"].config_type())["layers"]
    <class 'int'>
    """
    hints = typing.get_type_hints(config_type)
    return {field.name: hints[field.name] for field in dataclasses.fields(config_type) if field.init}


def config_options(command: Callable[..., int | None]) -> Callable[..., int | None]:
    """Add ``--preset``, ``--config`` and ``--set`` to a click command, as ``preset``, ``config`` and ``settings``."""
    options = (
        click.option("--preset", metavar="P", help="Named config (see `racelet list`)."),
        click.option("--config", type=click.Path(path_type=Path), metavar="F.toml", help="Config from a TOML file."),
        click.option("--set", "settings", multiple=True, metavar="K=V", help="Change one field; may be repeated."),
    )
    for option in reversed(options):
        command = option(command)
    return command


def _read(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except UnicodeDecodeError as error:
        raise ConfigError(f"{file} must be text in UTF-8; byte {error.start} is not") from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{file} is no TOML: {error}") from error


def _known(what: str, name: str, options: Mapping[str, object]) -> str:
    if name in options:
        return name
    close = difflib.get_close_matches(name, options, n=1)
    hint = f" (did you mean {close[0]}?)" if close else ""
    raise ConfigError(f"{what} must be one of {', '.join(options)}, not {name or 'empty'}{hint}")


def _parse(what: str, text: str, kind: Any) -> Any:
    if typing.get_origin(kind) is Literal:
        return {str(option): option for option in typing.get_args(kind)}.get(text, text)
    if kind is str:
        return text
    if kind is bool:
        if text.lower() not in ("true", "false"):
            raise ConfigError(f"{what} must be true or false, not {text}")
        return text.lower() == "true"
    try:
        if kind is int:
            return int(text, 0)
        if kind is float:
            return float(text)
        return tomllib.loads(f"value = {text}")["value"]
    except (ValueError, tomllib.TOMLDecodeError) as error:
        name = {int: "a whole number", float: "a number"}.get(kind, "a TOML value")
        raise ConfigError(f"{what} must be {name}, not {text or 'empty'}") from error
