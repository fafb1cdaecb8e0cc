"""Initial contents of memories that start as zero, in a few lines instead of a statement per word.

Yosys takes a time quadratic in the words of a memory for such statements, in a loop or written out: half a minute for
8192 words. So the loop is for simulators; a synthesis tool, which defines ``SYNTHESIS``, sees a memory of any initial
contents. FPGAs' block memories start as zero all the same, and no result may depend on what a program did not write.
"""

import itertools
import re

_CELL = re.compile(
    r"\n  cell \$meminit_v2 \S+\n    parameter \\MEMID (\"[^\"]*\")\n(?:    .*\n)*?    connect \\DATA \d+'0+\n"
    r"(?:    .*\n)*?  end\n"
)
_DECLARATION = re.compile(r"^  reg (?:\[(\d+):0\] )?(\S+) \[(\d+):0\];\n(?!  initial begin\n)", re.MULTILINE)


def without_zeros(rtlil: str) -> str:
    r"""Remove the initial contents of the memories that start as zero and are written to, from RTLIL.

    Parameters
    ----------
    rtlil : str
        As Amaranth writes it.

    Examples
    --------
    >>> cell = '\n  cell $meminit_v2 $1\n    parameter \\MEMID "\\\\m"\n    connect \\DATA 4\'0000\n  end\n'
    >>> write = '  cell $memwr_v2 $2\n    parameter \\MEMID "\\\\m"\n  end\n'
    >>> without_zeros(f"module \\top\n{cell}{write}end\n") == f"module \\top\n{write}end\n"
    True
    >>> without_zeros(f"module \\top\n{cell}end\n") == f"module \\top\n{cell}end\n"
    True
    """
    modules = re.split(r"(?m)^(?=module )", rtlil)
    return "".join(_without_zeros(module) for module in modules)


def _without_zeros(module: str) -> str:
    written = set(re.findall(r"cell \$memwr_v2 \S+\n    parameter \\MEMID (\"[^\"]*\")\n", module))
    return _CELL.sub(lambda cell: "" if cell[1] in written else cell[0], module)


def with_zeros(verilog: str) -> str:
    r"""Let memories without initial contents start as zero in a simulator.

    Parameters
    ----------
    verilog : str
        As Yosys writes it from what :func:`without_zeros` gave.

    Examples
    --------
    >>> print(with_zeros("module top(clk);\n  reg [7:0] m [15:0];\nendmodule\n"), end="")
    module top(clk);
      reg [7:0] m [15:0];
    `ifndef SYNTHESIS
      initial begin : zeros_0
        integer zeros_0_word;
        for (zeros_0_word = 0; zeros_0_word < 16; zeros_0_word = zeros_0_word + 1) m [zeros_0_word] = 8'd0;
      end
    `endif
    endmodule
    """
    prefix = "zeros"
    while f"{prefix}_" in verilog:
        prefix += "_"
    numbers = itertools.count()

    def add(memory: re.Match[str]) -> str:
        width, name, words = int(memory[1] or 0) + 1, memory[2], int(memory[3]) + 1
        block = f"{prefix}_{next(numbers)}"
        word = f"{block}_word"
        loop = f"for ({word} = 0; {word} < {words}; {word} = {word} + 1) {name} [{word}] = {width}'d0;"
        lines = f"  initial begin : {block}\n    integer {word};\n    {loop}\n  end\n"
        return f"{memory[0]}`ifndef SYNTHESIS\n{lines}`endif\n"

    return _DECLARATION.sub(add, verilog)
