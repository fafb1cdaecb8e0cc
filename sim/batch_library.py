"""Builds and opens the shared library of the batch simulator."""

import ctypes
from importlib import resources
from typing import Any

from racelet.sim import build


def load(netlist: str, header: str, *, waves: bool) -> ctypes.CDLL:
    """The library for a netlist, built unless the cache has it, with the types of its functions set.

    Parameters
    ----------
    netlist : str
        Verilog text with a module ``top``.
    header : str
        Its ports, as :meth:`racelet.sim.batch_ports.TopLevel.header` writes them.
    waves : bool
        Whether it can write waveforms.

    Returns
    -------
    ctypes.CDLL
        With the functions ``batch_*`` of ``batch_shim.cpp``.

    Raises
    ------
    ToolError
        If a tool is missing or refuses the netlist.
    """
    shim, parts = (
        resources.files("racelet.sim").joinpath(name).read_text() for name in ("batch_shim.cpp", "batch_parts.h")
    )
    recipe = build.Recipe(
        target="top.so",
        sources={"shim.cpp": shim, "batch_parts.h": parts, "ports.h": header},
        verilator_flags=(
            *("-O3", "--x-assign", "fast", "--x-initial", "fast", "--no-assert"),
            *(("--trace-vcd",) if waves else ()),
        ),
        compiler_flags=("-fPIC", "-fvisibility=hidden", "-fno-semantic-interposition", "-DVL_TIME_CONTEXT"),
        linker_flags=("-shared",),
        # A run of 30 million cycles wins back what -O3 takes longer to compile.
        optimize="-O1",
    )
    library = ctypes.CDLL(str(build.build("batch", netlist, recipe) / recipe.target))
    pointer, integer, number = ctypes.c_void_p, ctypes.c_int, ctypes.c_int64
    signatures: dict[str, tuple[Any, list[Any]]] = {
        "new": (pointer, []),
        "delete": (None, [pointer]),
        "trace": (None, [pointer, ctypes.c_char_p]),
        "trace_error": (integer, [pointer]),
        "reset": (None, [pointer]),
        "step": (None, [pointer, number]),
        "begin": (None, [pointer]),
        "run": (number, [pointer, number]),
        "cycle": (number, [pointer]),
        "failed": (integer, [pointer]),
        "clear": (None, [pointer]),
        "source": (None, [pointer, integer, pointer, number]),
        "sink": (None, [pointer, integer, pointer, number, pointer]),
        "pulse": (None, [pointer, integer, number, number, number, pointer]),
        "memory": (None, [pointer, integer, pointer, number, number]),
        "served": (number, [pointer, integer, integer]),
        "source_done": (number, [pointer, integer]),
        "sink_done": (number, [pointer, integer]),
        "pulse_done": (number, [pointer, integer]),
        "read": (ctypes.c_uint64, [pointer, integer]),
        "write": (None, [pointer, integer, ctypes.c_uint64]),
    }
    for name, (result, arguments) in signatures.items():
        function = getattr(library, f"batch_{name}")
        function.restype, function.argtypes = result, arguments
    return library
