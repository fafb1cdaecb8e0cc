"""From ``--preset``, ``--config`` and ``--set`` to a config object, or a sentence that says what is wrong."""

import dataclasses
import difflib
import functools
import re
import tomllib
import types
import typing
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Literal, TypeVar

import click

from racelet.cli.blocks import BLOCKS, Block
from racelet.golden.lib.config import ShellConfig

SHELL = "shell"
"""Table of a TOML file, and prefix of a setting, for what is around the block."""

_T = TypeVar("_T")

_PAIR = re.compile(r"[A-Za-z_]\w*\s*=")
"""How a setting begins."""
_COMMA = re.compile(rf",(?=\s*{_PAIR.pattern})")
"""A comma that a setting follows, and not the next entry of a value in brackets."""
MAX_FILE = 1 << 20
"""Bytes of a config file: what is longer is something else, perhaps without an end."""


class ConfigError(ValueError):
    """A request that cannot be met; the message names the field, what is allowed and what was given."""


def block_named(name: str) -> Block:
    """The block of that name.

    Examples
    --------
    >>> block_named("dwcpwc").default
    'small'
    >>> block_named("dwcp")
    Traceback (most recent call last):
    racelet.cli.config.ConfigError: BLOCK must be one of dwcpwc, bitlet, racetrack, adc, not dwcp (did you mean dwcpwc?)
    """
    return BLOCKS[known_name("BLOCK", name, BLOCKS)]


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
        ``field=value``, or several with commas between, on top.

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
    values.pop(SHELL, None)
    named = preset or values.pop("preset", block.default)
    presets = block.presets()
    base = presets[known_name(f"the preset of {block.name}", str(named), presets)]
    return _changed(base, values, settings, str(file))


def changed(base: _T, settings: Iterable[str], option: str = "--set") -> _T:
    """A config with other fields.

    Parameters
    ----------
    base : config
    settings : iterable of str
        ``field=value``, or several with commas between.
    option : str
        Which they were given with.

    Raises
    ------
    ConfigError
        If anything in the request is wrong.

    Examples
    --------
    >>> changed(ShellConfig(), ["start_queue=2"]).start_queue
    2
    """
    return _changed(base, {}, settings, "", option)


def load_shell(file: Path | None = None, settings: Iterable[str] = ()) -> ShellConfig:
    """Make the config of a block's AXI shell.

    Parameters
    ----------
    file : Path or None
        TOML file; its table ``shell`` counts.
    settings : iterable of str
        ``field=value``, on top.

    Raises
    ------
    ConfigError
        If anything in the request is wrong.

    Examples
    --------
    >>> load_shell(settings=["start_queue=2"]).start_queue
    2
    """
    values = {} if file is None else _read(file).get(SHELL, {})
    if not isinstance(values, dict):
        raise ConfigError(f"{file}: {SHELL} must be a table, not {values!r}")
    return _changed(ShellConfig(), values, settings, str(file))


def split_settings(settings: Iterable[str]) -> tuple[list[str], list[str]]:
    """Settings of the block, and those of its shell, without their ``shell.``.

    Examples
    --------
    >>> split_settings(["layers=9", "shell.start_queue=2"])
    (['layers=9'], ['start_queue=2'])
    """
    prefix = f"{SHELL}."
    given = list(settings)
    shell = [setting.removeprefix(prefix) for setting in given if setting.startswith(prefix)]
    return [setting for setting in given if not setting.startswith(prefix)], shell


def _changed(base: Any, values: dict[str, Any], settings: Iterable[str], file: str, option: str = "--set") -> Any:
    """A config with the values of a file and, on top, those of settings."""
    config_class = type(base).__name__
    kinds = field_types(type(base))
    for name, value in values.items():
        known_name(f"{file}: a field of {config_class}", name, kinds)
        if isinstance(value, int) and not isinstance(value, bool) and kinds[name] is float:
            values[name] = float(value)
    for setting in (pair for given in settings for pair in _COMMA.split(given)):
        name, equals, text = setting.partition("=")
        if not equals:
            raise ConfigError(f"{option} must be field=value, not {brief(setting)}")
        name = known_name(f"{option}: a field of {config_class}", name.strip(), kinds)
        values[name] = _parse(f"{option} {name}", text.strip(), kinds[name])
    try:
        return dataclasses.replace(base, **values)
    except (TypeError, ValueError) as error:
        raise ConfigError(str(error)) from error


def brief(text: str) -> str:
    """As much of a text as fits into a sentence.

    Examples
    --------
    >>> brief("a" * 100)[-9:], brief(f"a{chr(10)}b")
    ('aaaaaa...', 'a?b')
    """
    shown = "".join(letter if letter.isprintable() else "?" for letter in text[:60])
    return shown + ("..." if len(text) > 60 else "")


def field_types(config_type: type[Any]) -> dict[str, Any]:
    """Type of every field of a config class.

    Examples
    --------
    >>> field_types(BLOCKS["dwcpwc"].config_type())["layers"]
    <class 'int'>
    """
    hints = typing.get_type_hints(config_type)
    return {field.name: hints[field.name] for field in dataclasses.fields(config_type) if field.init}


class Settings(click.Option):
    """``--set``: ``k=v``, ``k=v,k=v``, or several ``k=v`` after one ``--set``.

    Words that follow belong to it while they begin as ``name=`` does: a model whose file name begins so needs ``./`` or
    ``--`` before it.
    """

    def add_to_parser(self, parser: Any, ctx: click.Context) -> None:
        """Register the option, with an action that takes the words that follow too."""
        super().add_to_parser(parser, ctx)
        for option in {*parser._long_opt.values()}:
            if option.obj is self:
                option.process = functools.partial(_take_following, option.process)


def _take_following(process: Callable[[str, Any], None], value: str, state: Any) -> None:
    process(value, state)
    while state.rargs and _PAIR.match(state.rargs[0]):
        process(state.rargs.pop(0), state)


def chosen_among(known: Mapping[str, _T], wanted: Iterable[str]) -> list[_T]:
    """The components that were asked for with ``--component``, each once; all where none was.

    Raises
    ------
    ConfigError
        If there is none of a name.

    Examples
    --------
    >>> chosen_among({"pool": 1, "spiller": 2}, ["spiller", "spiller"])
    [2]
    """
    for name in wanted:
        if name not in known:
            raise ConfigError(f"--component must be one of {', '.join(known)}, not {name}")
    return [known[name] for name in dict.fromkeys(wanted)] or list(known.values())


def set_option(command: Callable[..., int | None]) -> Callable[..., int | None]:
    """Add ``--set`` to a click command, as ``settings``."""
    return click.option(
        "--set", "settings", cls=Settings, multiple=True, metavar="K=V...", help="Change fields; may be repeated."
    )(command)


def config_options(command: Callable[..., int | None]) -> Callable[..., int | None]:
    """Add ``--preset``, ``--config`` and ``--set`` to a click command, as ``preset``, ``config`` and ``settings``."""
    options = (
        click.option("--preset", metavar="P", help="Named config (see `racelet list`)."),
        click.option("--config", type=click.Path(path_type=Path), metavar="F.toml", help="Config from a TOML file."),
        set_option,
    )
    for option in reversed(options):
        command = option(command)
    return command


def _read(file: Path) -> dict[str, Any]:
    with file.open("rb") as stream:
        content = stream.read(MAX_FILE + 1)
    if len(content) > MAX_FILE:
        raise ConfigError(f"{file} must be at most {MAX_FILE} bytes of TOML, and has more")
    try:
        return tomllib.loads(content.decode())
    except UnicodeDecodeError as error:
        raise ConfigError(f"{file} must be text in UTF-8; byte {error.start} is not") from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{file} is no TOML: {error}") from error
    except RecursionError as error:
        raise ConfigError(f"{file} is no TOML of fields and values: it is nested too deeply") from error


def known_name(what: str, name: str, options: Mapping[str, object]) -> str:
    """A name, if it is one of some.

    Raises
    ------
    ConfigError
        If it is not; the message says what it is a name of, all that there are, and one that is spelled alike.
    """
    if name in options:
        return name
    close = difflib.get_close_matches(name, options, n=1)
    hint = f" (did you mean {close[0]}?)" if close else ""
    raise ConfigError(f"{what} must be one of {', '.join(options)}, not {brief(name) or 'empty'}{hint}")


def _parse(what: str, text: str, kind: Any) -> Any:
    if isinstance(kind, types.UnionType) or typing.get_origin(kind) is typing.Union:
        # A whole number, or one of some words.
        words = [word for each in typing.get_args(kind) for word in typing.get_args(each)]
        try:
            return text if text in words else int(text, 0)
        except ValueError as error:
            raise ConfigError(f"{what} must be a whole number or {', '.join(words)}, not {brief(text)}") from error
    if kind == tuple[str, ...] and not text.startswith("["):
        return tuple(word.strip() for word in text.split(",") if word.strip())
    if typing.get_origin(kind) is Literal:
        return {str(option): option for option in typing.get_args(kind)}.get(text, text)
    if kind is str:
        return text
    if kind is bool:
        if text.lower() not in ("true", "false"):
            raise ConfigError(f"{what} must be true or false, not {brief(text)}")
        return text.lower() == "true"
    try:
        if kind is int:
            return int(text, 0)
        if kind is float:
            return float(text)
        return tomllib.loads(f"value = {text}")["value"]
    except (ValueError, tomllib.TOMLDecodeError) as error:
        name = {int: "a whole number", float: "a number"}.get(kind, "a TOML value")
        raise ConfigError(f"{what} must be {name}, not {brief(text) or 'empty'}") from error
