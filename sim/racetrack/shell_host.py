"""What is around the controller's AXI shell in its bench: software and DMA engines, and the tracks."""

import dataclasses
from typing import Any

import cocotb
from cocotb.triggers import RisingEdge
from numpy.random import Generator

from racelet.golden.lib.config import ShellConfig
from racelet.golden.racetrack.command import Command, Response
from racelet.golden.racetrack.config import RacetrackConfig
from racelet.golden.racetrack.operation_counters import Totals, totals
from racelet.golden.racetrack.operations import counts
from racelet.golden.racetrack.packets import ERRORS, FIELDS, answer_of, command_bytes, command_of, misfit, swept_bytes
from racelet.hw.racetrack.registers import COUNTERS, register_map
from racelet.sim.axi import Host, sink, source
from racelet.sim.racetrack.pair import Pair


@dataclasses.dataclass(frozen=True, kw_only=True)
class Asked:
    """A command that was sent, and what the model says of it.

    Parameters
    ----------
    data : bytes
    expected : Response
    outwards : bool
        Direction of a sweep that saw anything.
    cycles : int
        From one response to the next.
    """

    data: bytes
    expected: Response
    outwards: bool
    cycles: int


class ShellHost(Host):
    """Sends commands, takes responses and swept bits, and compares all with the model.

    Parameters
    ----------
    dut : cocotb handle
        The top level.
    rng : Generator
    config : RacetrackConfig
    shell : ShellConfig
    idle, stall : float
        Probability, per cycle, of a gap before each beat of each channel to the shell, of a stall in each from it.
    wild : float
        Share of commands that make no sense; some of these are no commands at all.
    """

    def __init__(
        self,
        dut: Any,
        rng: Generator,
        config: RacetrackConfig,
        shell: ShellConfig,
        *,
        idle: float = 0.0,
        stall: float = 0.0,
        wild: float = 0.0,
    ) -> None:
        super().__init__(dut, rng, register_map(config, shell), idle=idle, stall=stall)
        self.config, self.wild = config, wild
        self.exact = not idle and not stall
        self.room = shell.input_buffer_bytes // config.command_bytes
        self.both = Pair(dut, dut.aclk, rng, config, wild=wild)
        self.model = self.both.model
        self.input = source(dut, "command", idle=idle)
        self.responses = sink(dut, "response", stall=stall)
        self.swept = sink(dut, "swept", stall=stall) if config.sweep else None
        self.engines += [self.input, self.responses, *([self.swept] if self.swept else [])]
        self.answered = 0
        self.first: tuple[str, int] = ("NONE", 0)
        self.counted_from = 0
        self.taken: list[int] = []
        cocotb.start_soon(self.both.device.run())
        cocotb.start_soon(self._watch())

    async def _watch(self) -> None:
        """Note the cycles in which responses are taken."""
        valid, ready = self.dut.m_axis_response_tvalid, self.dut.m_axis_response_tready
        edge, cycle = RisingEdge(self.dut.aclk), 0
        while True:
            await edge
            cycle += 1
            if valid.value and ready.value:
                self.taken.append(cycle)

    def ask(self, asked: Command | bytes | None = None) -> Asked:
        """A command for both, or bytes that need not be one, by default one drawn at random; it is not sent yet."""
        model = self.model
        if asked is None:
            asked, drawn = self.both.draw.command(model), True
        else:
            drawn = False
        data = bytearray(command_bytes(asked, self.config) if isinstance(asked, Command) else asked)
        if drawn and self.rng.random() < self.wild / 2:
            data[int(self.rng.integers(len(FIELDS)))] ^= 1 << int(self.rng.integers(8))
        wrong = misfit(bytes(data), self.config)
        if wrong != "NONE":
            return Asked(data=bytes(data), expected=Response(error=wrong), outwards=False, cycles=1)
        command = command_of(bytes(data), self.config)
        before, there = len(model.done), command.track < len(model.tracks)
        position = model.positions[command.track] if there else None
        expected = model.run(command)
        took = counts(operation for _, operation in model.done[before:]).cycles(self.config.clock_ghz)
        ends = 2 * command.slot * self.config.word_bits + command.slots * self.config.word_bits + 1
        outwards = bool(expected.swept) and position is not None and 2 * position <= ends
        return Asked(data=bytes(data), expected=expected, outwards=outwards, cycles=took + 2)

    async def batch(self, asked: list[Asked]) -> None:
        """Send commands as one packet, and compare what comes back."""
        self.taken.clear()
        self.send(asked)
        await self.compare(asked)
        # A smaller buffer has not always the next one ready.
        if self.exact and len(asked) < self.room:
            steps = [after - before for before, after in zip(self.taken, self.taken[1:], strict=False)]
            assert steps == [each.cycles for each in asked[1:]]

    def send(self, asked: list[Asked]) -> None:
        """Begin to send commands as one packet."""
        self.input.send_nowait(b"".join(each.data for each in asked))

    async def compare(self, asked: list[Asked]) -> None:
        """Compare a packet of responses, the bits that were swept, and the tracks."""
        data, size = bytes((await self.responses.recv()).tdata), self.config.response_bytes
        assert len(data) == size * len(asked)
        for number, each in enumerate(asked):
            answer, expected = answer_of(data[size * number : size * (number + 1)], self.config), each.expected
            assert (answer.error, answer.outwards) == (expected.error, each.outwards), each
            assert expected.data is None or answer.data == expected.data, each
            if expected.error != "NONE" and self.first[0] == "NONE":
                self.first = expected.error, self.answered
            self.answered += 1
            if expected.swept and self.swept is not None:
                assert bytes((await self.swept.recv()).tdata) == swept_bytes(expected.swept, self.config)
        self.both.compare_tracks(Command(code="home"))
        await self.registers_match()

    async def registers_match(self) -> None:
        """Compare all registers that tell what was done."""
        read = self.registers.read
        # The counters end one cycle after the last operation, and the packet of a sweep some later.
        await self.wait(4)
        assert await read("status") == ERRORS.index(self.first[0]) << 8
        assert await read("commands") == self.answered
        assert self.first[0] == "NONE" or await read("error_command") == self.first[1]
        assert await read("input_level") == 0
        done = counts(operation for _, operation in self.model.done[self.counted_from :])
        shown = {name.removesuffix("s"): await self.pair(name) for name in COUNTERS}
        assert Totals(**shown) == totals(done)
        if self.config.journal:
            await self._journal_matches()

    async def _journal_matches(self) -> None:
        journal = self.model.journal
        assert await self.registers.read("journal_content", "going") == (journal is not None)
        for name in ("edge", "slot", "port", "track") if journal is not None else ():
            assert await self.registers.read("journal_content", name) == getattr(journal, name)

    async def acknowledge(self) -> None:
        """Forget the first error."""
        await self.registers.write("control", acknowledge=1)
        self.first = "NONE", 0

    async def recount(self) -> None:
        """Set the counters to zero."""
        await self.registers.write("control", recount=1)
        self.counted_from = len(self.model.done)

    async def adopt(self, *, reset: bool) -> None:
        """The model goes on from where the tracks were left."""
        self.both.adopt()
        self.first = "NONE", 0
        if reset:
            self.answered, self.counted_from = 0, len(self.model.done)
        else:
            # How many were answered before, nobody knows but the shell.
            self.answered = await self.registers.read("commands")
        await self.registers_match()
