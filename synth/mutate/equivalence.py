"""Proves mutants equivalent: no sequence of inputs makes an output differ from the unbroken component's.

The miter of both copies goes through ABC, which Yosys brings along: what is equal in every cycle becomes one
(``scorr``), and what is left is proved, or refuted by a run that shows a difference, by property directed reachability
(``pdr``). Registers of the components inside, and memories of many words, are left out: what they get counts as an
output, what they hold as an input. If they get the same in every cycle they hold the same. If that proves nothing, a
component that is not too large is looked at with all that it has inside: what its registers hold may not matter.
"""
# Ref: A. Mishchenko, M. Case, R. Brayton, S. Jang, "Scalable and scalably-verifiable sequential synthesis", ICCAD 2008.
# Ref: N. Een, A. Mishchenko, R. Brayton, "Efficient implementation of property directed reachability", FMCAD 2011.

import dataclasses
import tempfile
from collections.abc import Sequence
from pathlib import Path

from racelet.sim.errors import ToolError, ToolTimeout
from racelet.synth import yowasp
from racelet.synth.mutate.miter import miter
from racelet.synth.mutate.mutants import Formal

_MAPPED = [
    "read_rtlil top.il",
    "read_verilog -formal miter.v",
    "hierarchy -top miter",
    "proc",
    "chformal -lower",
    "flatten",
    "opt -full -nodffe -nosdff",
    "memory_map",
    "opt -fast -nodffe -nosdff",
    # Zeros are not in the text of a memory, see racelet.hw.lib.memory_zeros.
    "setundef -undriven -zero",
    "setundef -zero",
    "setundef -init -zero",
    "techmap",
    "opt -fast -nodffe -nosdff",
    "dffunmap",
    "aigmap",
    "clean",
    "write_aiger -zinit miter.aig",
]
_ASKED = [
    # ABC is reached through a pass that maps a design: it gets one gate, which it leaves as it is.
    "design -reset",
    "read_verilog gate.v",
    "hierarchy -top gate",
    "proc",
    "simplemap",
    "abc -script asked",
]
_MOST_BITS = 400
"""Of registers that hints are for."""
_PATIENCE = 30
"""Times the seconds of a search, for all that comes before it: what is equal is found without a limit."""
_GATE = "module gate(input a, b, output y); assign y = a & b; endmodule\n"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Comparison:
    """What is known of a mutant and the unbroken component.

    Parameters
    ----------
    equivalent : bool
        Whether it is proved that no output ever differs.
    differs_after : int or None
        Cycles of a run that shows a difference, where one was found. What is left out of the last netlist that was
        looked at does as it likes in it.
    """

    equivalent: bool
    differs_after: int | None = None


def compare(netlists: Sequence[Formal], mutant: int, *, seconds: int = 20) -> Comparison:
    """Try to prove a mutant equivalent to the unbroken component.

    Parameters
    ----------
    netlists : sequence of Formal
        Each is looked at until one proves it.
    mutant : int
        Its number.
    seconds : int
        For each search for a proof or a difference, once equal registers are one.

    Returns
    -------
    Comparison
        Neither proved nor refuted where the time was not enough.

    Raises
    ------
    ToolError
        If Yosys refuses the netlist.
    """
    comparison = Comparison(equivalent=False)
    for formal in netlists:
        # Hints make the circuit larger and are seldom needed.
        bits = sum(port.width for port in formal.ports if port.name in formal.registers)
        for hints in (False, True)[: 1 + (bits <= _MOST_BITS)]:
            comparison = _compare(formal, mutant, seconds, hints=hints)
            if comparison.equivalent:
                return comparison
            if comparison.differs_after is not None:
                break
    return comparison


def _compare(formal: Formal, mutant: int, seconds: int, *, hints: bool) -> Comparison:
    with tempfile.TemporaryDirectory(prefix="racelet-") as place:
        work = Path(place)
        both = miter(formal.ports, formal.registers, mutant, hints=hints)
        (work / "top.il").write_text(formal.netlist)
        (work / "miter.v").write_text(both.verilog)
        (work / "gate.v").write_text(_GATE)
        steps = ["write_blif gate.blif", "read_aiger miter.aig", *(["scorr -c", "fold"] if both.assumes else ["scorr"])]
        # The hints have done their work.
        steps += ["&get -n", "&cone -O 0 -R 1", "&put"] if hints else []
        steps += ["write_aiger merged.aig", f"pdr -T {seconds}", "write_status status", "read_blif gate.blif"]
        (work / "asked").write_text("; ".join([*steps, ""]))
        (work / "script.ys").write_text("\n".join([*_MAPPED, *_ASKED, ""]))
        try:
            yowasp.run("yosys", ["-q", "-s", "script.ys"], work, seconds=_PATIENCE * seconds)
        except ToolTimeout:
            return Comparison(equivalent=False)
        except ToolError as error:
            # ABC as WebAssembly has a small stack: some it cannot prove for want of that.
            if not (work / "miter.aig").exists() or "wasm trap" not in error.detail:
                raise
            return Comparison(equivalent=False)
        return _said(work)


def _said(work: Path) -> Comparison:
    with (work / "merged.aig").open("rb") as file:
        # AIGER: highest variable, inputs, latches, outputs, gates; then, without latches, the outputs.
        _, _, latches, _, gates = (int(word) for word in file.readline().split()[1:6])
        if not latches and not gates:
            return Comparison(equivalent=file.readline().strip() == b"0")
    words = (work / "status").read_text().split()
    if words[0] == "snl_UNSAT":
        return Comparison(equivalent=True)
    if words[0] == "snl_SAT":
        return Comparison(equivalent=False, differs_after=int(words[4]) + 1)
    if words[0] != "snl_UNK":
        raise ToolError(f"ABC ended with {words[0]}.", "")
    return Comparison(equivalent=False)
