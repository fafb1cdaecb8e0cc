"""What is around the array's AXI shell in its bench: software and DMA engines."""

from typing import Any

from numpy.random import Generator

from racelet.golden.bitlet.config import BitletConfig
from racelet.golden.bitlet.packets import input_bytes, output_bytes
from racelet.golden.bitlet.run_queue import Run
from racelet.golden.lib.config import ShellConfig
from racelet.hw.bitlet.registers import register_map
from racelet.sim.axi import Host, sink, source
from racelet.sim.bitlet.random_jobs import MatrixRun


class ShellHost(Host):
    """Asks for runs, feeds them and takes their packets.

    Parameters
    ----------
    dut : cocotb handle
        The top level.
    rng : Generator
    config : BitletConfig
    shell : ShellConfig
    idle, stall : float
        Probability, per cycle, of a gap before each beat of each channel to the shell, of a stall in each from it.
    """

    def __init__(
        self,
        dut: Any,
        rng: Generator,
        config: BitletConfig,
        shell: ShellConfig,
        *,
        idle: float = 0.0,
        stall: float = 0.0,
    ) -> None:
        super().__init__(dut, rng, register_map(config, shell), idle=idle, stall=stall)
        self.config = config
        self.exact = not idle and not stall
        self.input = source(dut, "i", idle=idle)
        self.output = sink(dut, "o", stall=stall)
        self.engines += [self.input, self.output]

    async def ask(self, run: Run) -> None:
        """Ask for a run."""
        for name, value in (("format", run.form), ("terms", run.terms), ("products", run.products)):
            await self.registers.write(f"run_{name}", value=value)
        await self.registers.write("control", start=1)

    def offer(self, run: MatrixRun) -> None:
        """Begin to send the numbers of a run."""
        self.input.send_nowait(input_bytes(run.activations, run.weights, run.form, self.config))

    async def packet(self, run: MatrixRun) -> None:
        """Compare the next packet with the golden results of a run."""
        data = bytes((await self.output.recv()).tdata)
        assert data == output_bytes(run.results(), run.form, self.config)

    async def fresh(self) -> None:
        """Check that nothing goes on and nothing is left."""
        await self.wait(2)
        assert await self.registers.read("status") == 0
        assert await self.registers.read("input_level") == 0
