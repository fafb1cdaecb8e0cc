"""Memory for a device's block memories."""

import re
from collections.abc import Sequence
from typing import cast

from amaranth.hdl import Shape, Value, unsigned
from amaranth.lib.memory import Memory

_FREE = "no_rw_check"
"""Attribute, as Yosys knows it in Verilog."""
_MEMORY = re.compile(rf"  attribute \\{_FREE} 1\n(?:  attribute .*\n)*  memory (?:width|size|offset|\d| )*(\\\S+)\n")
_READ = re.compile(r"  cell \$memrd_v2 .*\n(?:    .*\n)*?  end\n")


def block_memory(width: int, depth: int, init: Sequence[int] = ()) -> "Memory[Shape, Value]":
    """Memory whose word is undefined if it is read in the cycle in which it is written.

    Block memories do not agree on such words. To make them the old ones, as Amaranth's semantics ask for, synthesis
    keeps every write in registers and puts a multiplexer behind every word; this memory does without. In simulation
    they are the old ones.

    Parameters
    ----------
    width : int
        Bits of a word.
    depth : int
        Words.
    init : sequence of int
        What the first ones start as; the others start as zero.

    Returns
    -------
    Memory
    """
    memory = Memory(shape=unsigned(width), depth=depth, init=init)
    # amaranth-stubs knows attributes that are text only.
    cast("dict[str, int | str]", memory.attrs)[_FREE] = 1
    return memory


def with_free_collisions(rtlil: str) -> str:
    r"""Let synthesis choose what is read of a word in the cycle in which it is written, where that is undefined.

    In Verilog an attribute of the memory says so, in RTLIL a parameter of its reading side.

    Parameters
    ----------
    rtlil : str
        As Amaranth writes it.

    Examples
    --------
    >>> memory = "  attribute \\no_rw_check 1\n  memory width 8 size 4 \\m\n"
    >>> read = '  cell $memrd_v2 $1\n    parameter \\MEMID "\\\\m"\n    parameter \\COLLISION_X_MASK 1\'0\n  end\n'
    >>> print(with_free_collisions(f"module \\top\n{memory}{read}end\n").splitlines()[5])
        parameter \COLLISION_X_MASK 1'1
    """
    modules = re.split(r"(?m)^(?=module )", rtlil)
    return "".join(_freed(module) for module in modules)


def _freed(module: str) -> str:
    names = {name.replace("\\", "\\\\") for name in _MEMORY.findall(module)}

    def free(cell: re.Match[str]) -> str:
        memory = re.search(r'parameter \\MEMID "(.*)"', cell[0])
        if memory is None or memory[1] not in names:
            return cell[0]
        return re.sub(r"(COLLISION_X_MASK (\d+)')0+", lambda mask: mask[1] + "1" * int(mask[2]), cell[0])

    return _READ.sub(free, module)
