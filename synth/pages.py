"""The words beside a generated Verilog module: waivers, page on how to use it."""

import inspect
import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

from racelet.hw.lib.registers import RegisterMap

WAIVERS = {
    "CASEINCOMPLETE": "a Switch assigns what holds in no case before the case statement, not in a default branch",
    "DECLFILENAME": "the whole hierarchy is in one file, named after the top module",
    "PROCASSINIT": "a register has its reset value as initial value too: FPGAs load it at power-up",
    "UNUSEDSIGNAL": "every field of a struct gets a wire of its name, whether or not anyone reads that field",
    "WIDTHEXPAND": "operands keep their own widths; Verilog's own rules extend them, by sign where marked $signed",
    "WIDTHTRUNC": "a comparison with zero is written as ! of a vector",
}
"""Rules of ``verilator -Wall`` that the Verilog written by Amaranth and Yosys cannot keep, each with the reason."""


CORE_PORTS = (
    "One clock, `clk`; `rst` is synchronous, active high. A stream is `x__payload`, `x__valid`, `x__ready`: a beat "
    "moves on every rising edge with both high; once raised, `valid` and its payload stay until then. A payload of "
    "several fields packs the first one into the least significant bits."
)
SHELL_PORTS = (
    "One clock, `aclk`; `aresetn` is synchronous, active low. `s_axi` is AXI4-Lite, `s_axis_*` and `m_axis_*` are "
    "AXI4-Stream, `irq` is an interrupt line, active high."
)


def waivers() -> str:
    r"""Comments at the head of a Verilog file that tell Verilator which rules its style breaks, and people why.

    Returns
    -------
    str
        Lines of comment.

    Examples
    --------
    >>> print("\n".join(waivers().splitlines()[-2:]))
    // A comparison with zero is written as ! of a vector.
    /* verilator lint_off WIDTHTRUNC */
    """
    lines = ["// Lint rules of Verilator that this file's style, that of Amaranth and Yosys, cannot keep:"]
    for rule, reason in WAIVERS.items():
        lines += [f"// {reason[0].upper()}{reason[1:]}.", f"/* verilator lint_off {rule} */"]
    return "\n".join(lines) + "\n"


def readme(block: str, kind: type[Any], ports: Sequence[Mapping[str, Any]], registers: RegisterMap | None) -> str:
    """Page on how to instantiate the module and how to drive it.

    Parameters
    ----------
    block : str
        Name of the module.
    kind : type
        Its component class; the first line of its docstring says what it is.
    ports : sequence of mappings
        ``name``, ``direction``, ``width`` of each.
    registers : RegisterMap or None
        Of a shell; a core has none.
    """
    connections = textwrap.fill(", ".join(f".{port['name']}({port['name']})" for port in ports), 110)
    summary = (inspect.getdoc(kind) or "").partition("\n")[0]
    if registers is None:
        note = "The core with its stream ports; without `--bare` racelet writes it with AXI ports and registers."
        driving = CORE_PORTS
    else:
        note = f"Registers: `registers.md`, and for C `{registers.name}_registers.h`."
        driving = f"{SHELL_PORTS} {registers.doc}"
    return f"""# {block}

{textwrap.fill(f"{summary} {note}", 118)}

- `{block}.v`: the whole hierarchy, Verilog-2005, no primitives. `manifest.json`: config, ports, versions, digests.
- Lint: `verilator --lint-only -Wall --top-module {block} {block}.v`; rules waived are at the head, with reasons.
- `{block}.core`: for FuseSoC; `fusesoc --cores-root . run --target lint {block}`, or `--target ecp5` for area and clock
  of `{block}_pins.v`, which has the block behind four pins.
- `{block}.tcl`: for Vivado, out of context; `vivado -mode batch -source {block}.tcl -tclargs xc7a100tcsg324-1 10`

{textwrap.fill(driving, 118)}

```verilog
{block} {block}_0 (
{connections}
);
```
"""
