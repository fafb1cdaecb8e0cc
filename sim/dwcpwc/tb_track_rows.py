"""Bench of ``TrackRows``: what it tells a controller, which the bench plays, and what it keeps of a row."""

import dataclasses
from pathlib import Path
from typing import Any

import cocotb
from cocotb.triggers import RisingEdge
from numpy.random import Generator

from racelet.golden.dwcpwc.config import WORD_BITS, DwcPwcConfig
from racelet.golden.dwcpwc.racetrack_weight_store import CODE
from racelet.hw.dwcpwc.layouts import weight_write
from racelet.hw.dwcpwc.track_rows import TrackRows
from racelet.hw.racetrack.layouts import Code, Engine, Kind, command, response, swept
from racelet.sim.bench import bench_config, bench_rng
from racelet.sim.dwcpwc.expected_rows import Command, ExpectedRows
from racelet.sim.dwcpwc.tb_racetrack_weight_store import SHAPES
from racelet.sim.payload import pack, unpack
from racelet.sim.shapes import run_shapes
from racelet.sim.streams import bits_of, start, width_of

CONFIG = bench_config(DwcPwcConfig)
SHAPE = CONFIG.store_tracks
LANES, ROW, MOST = CONFIG.weight_beat_bytes, CONFIG.store_row_beats, CONFIG.weight_words
BEATS = CONFIG.weight_bytes // LANES
NAIVE = CONFIG.store_reads == "naive"
PINS = ("valid", "strobe", "kind", "home", "track", "port", "span", "direction")
"""What goes on to the tracks as the controller has it."""


def verify(config: object, *, seed: int | None = None, waves: Path | None = None) -> None:
    """Run this bench on the weight store's shapes, whatever the block's config."""
    del config
    run_shapes(TrackRows, __name__, SHAPES, seed=seed, waves=waves)


class Row:
    """What the controller sees of a row: bits of all words at once, in either order; then they are kept.

    Parameters
    ----------
    rng : Generator
    """

    def __init__(self, rng: Generator) -> None:
        self.words = rng.integers(1 << WORD_BITS, size=ROW * LANES).tolist()
        self.outwards = NAIVE or bool(rng.integers(2))
        self.left = list(range(WORD_BITS)) if self.outwards else list(reversed(range(WORD_BITS)))

    @property
    def seen(self) -> int:
        """The bits at the ports now."""
        return sum((word >> self.left[0] & 1) << place for place, word in enumerate(self.words))

    @property
    def kept(self) -> int:
        """All words."""
        return sum(word << WORD_BITS * place for place, word in enumerate(self.words))


@dataclasses.dataclass(frozen=True)
class Often:
    """How likely each thing is in a cycle in which it can come."""

    write: float = 0.0
    fetch: float = 0.0
    home: float = 0.0
    response: float = 0.3
    error: float = 0.1


class Play:
    """Asks for rows, words and homing, plays the controller and the tracks, and compares all outputs in each cycle.

    Parameters
    ----------
    dut : cocotb handle
    rng : Generator
    """

    def __init__(self, dut: Any, rng: Generator) -> None:
        self.dut, self.rng, self.expected = dut, rng, ExpectedRows(CONFIG)
        self.write: dict[str, Any] | None = None
        self.fetch: int | None = None
        self.home = False
        self.error: int | None = None
        # Of the present command: whether it has been there for a cycle; what it sees of a row; and the last row seen.
        self.begun = False
        self.row: Row | None = None
        self.kept: int | None = None

    async def run(self, cycles: int, often: Often) -> None:
        """Go on for so many cycles."""
        edge = RisingEdge(self.dut.clk)
        for _ in range(cycles):
            self._ask(often)
            self._answer(often)
            await edge
            self._compare()
            self._step()

    def _ask(self, often: Often) -> None:
        dut, rng = self.dut, self.rng
        self.home = rng.random() < often.home
        if self.write is None and rng.random() < often.write:
            address = int(rng.integers(1 << 20)) // MOST * MOST
            data = rng.integers(1 << 32, size=MOST).tolist()
            many = {"data": data, "mask": int(rng.integers(1 << MOST))} if MOST > 1 else {"data": data[0]}
            self.write = {"address": address, **many}
        if self.fetch is None and rng.random() < often.fetch:
            self.fetch = int(rng.integers(BEATS))
        dut.home.value = int(self.home)
        dut.write__valid.value = int(self.write is not None)
        dut.write__payload.value = (
            _any(rng, dut.write__payload) if self.write is None else pack(weight_write(CONFIG), self.write)
        )
        dut.fetch__valid.value = int(self.fetch is not None)
        dut.fetch__payload.value = _any(rng, dut.fetch__payload) if self.fetch is None else self.fetch

    def _answer(self, often: Often) -> None:
        """What the controller and the tracks do in this cycle."""
        dut, rng = self.dut, self.rng
        for pin in PINS:
            handle = getattr(dut, f"together__{pin}")
            handle.value = _any(rng, handle)
        for handle in (dut.device_bit, dut.device_fault, dut.response__payload):
            handle.value = _any(rng, handle)
        if rng.integers(2):
            # All markers are seen, or all but one.
            dut.device_bit.value = ~(int(rng.integers(2)) << int(rng.integers(LANES))) % (1 << LANES)
        looks = self._look()
        self.error = None
        ends = self.begun and not looks and (self.row is None or not self.row.left)
        if ends and rng.random() < often.response:
            self.error = int(rng.integers(1, 15)) if rng.random() < often.error else 0
            data = int(rng.integers(1 << WORD_BITS))
            dut.response__payload.value = pack(response(SHAPE), {"data": data, "error": self.error})
        dut.response__valid.value = int(self.error is not None)
        dut.command__ready.value = int(self.error is not None)

    def _look(self) -> bool:
        """Perhaps look at the next bits of a row."""
        dut, rng, row = self.dut, self.rng, self.row
        looks = self.begun and row is not None and bool(row.left) and bool(rng.random() < 0.7)
        if NAIVE and (row is not None or self.kept is not None):
            # Nothing else is seen than what is read.
            strobe = int(looks or rng.integers(2))
            dut.together__strobe.value = strobe
            dut.together__kind.value = Kind.DETECT.value if looks else int(rng.integers(strobe, 4))
        if not NAIVE:
            outwards = row.outwards if row is not None else bool(rng.integers(2))
            sweep = {"bits": int(rng.integers(1 << SHAPE.ports)), "outwards": int(outwards), "last": 0}
            dut.swept__valid.value, dut.swept__payload.value = int(looks), pack(swept(SHAPE), sweep)
        if looks and row is not None:
            (dut.device_bits if ROW > 1 else dut.device_bit).value = row.seen
            del row.left[0]
        return looks

    def _compare(self) -> None:
        dut, expected, now = self.dut, self.expected, self.expected.now
        found = {name: int(getattr(dut, name).value) for name in ("busy", "writing", "failed", "fetched")}
        assert found == {
            "busy": int(expected.busy),
            "writing": int(expected.writing is not None),
            "failed": int(expected.failed),
            "fetched": int(expected.reading and self.error is not None),
        }
        assert dut.command__valid.value == (now is not None)
        assert dut.write__ready.value == (expected.writing is None)
        if self.fetch is not None:
            assert dut.fetch__ready.value == expected.begins_row
        if now is not None:
            self._compare_command(now)
        assert dut.response__ready.value
        assert NAIVE or dut.swept__ready.value
        for pin in PINS:
            assert getattr(dut, f"device_{pin}").value == getattr(dut, f"together__{pin}").value, pin
        bits, lane = bits_of(dut.device_bit), bits_of(dut.device_lane)
        home = dut.together__home.value
        assert dut.together__bit.value == (bits == (1 << LANES) - 1 if home else bits >> lane & 1)
        assert dut.together__fault.value == dut.device_fault.value
        if self.kept is not None:
            assert bits_of(dut.words) == self.kept

    def _compare_command(self, now: Command) -> None:
        found = unpack(command(SHAPE), bits_of(self.dut.command__payload))
        writes = now.code == Code.WRITE
        asked = {
            "code": now.code.value,
            "engine": Engine.PW.value,
            "track": now.track,
            "ones": CODE.ones if writes else 0,
            **({"port": now.port, "slot": now.slot} if now.port is not None else {}),
            **({"slots": 1} if SHAPE.sweep else {}),
            **({"word": now.word} if writes else {}),
        }
        assert {name: int(found[name]) for name in asked} == asked
        assert self.dut.device_single.value == writes
        if writes:
            assert self.dut.device_lane.value == now.lane

    def _step(self) -> None:
        expected, before = self.expected, self.expected.now
        took = self.write is not None and expected.writing is None
        fetches = self.fetch is not None and expected.begins_row
        if self.row is not None and self.error is not None:
            self.kept, self.row = self.row.kept, None
        expected.step(home=self.home, write=self.write, fetch=self.fetch, error=self.error)
        self.write = None if took else self.write
        self.fetch = None if fetches else self.fetch
        self.begun = expected.now is not None and expected.now is before
        if expected.now is not before and expected.now is not None:
            self.kept = None
            self.row = Row(self.rng) if expected.reading else None


def _any(rng: Generator, handle: Any) -> int:
    """Anything that a pin can have."""
    width = width_of(handle)
    return int.from_bytes(rng.bytes(-(-width // 8)), "little") >> -width % 8


@cocotb.test()
async def commands_are_the_expected_ones(dut: Any) -> None:
    """Words and rows come all the time, in turn, or hardly ever; all tracks go home now and then."""
    rng = bench_rng()
    for often in (
        Often(write=0.02, fetch=0.1),
        Often(write=0.5, fetch=0.5, response=1.0),
        Often(write=0.01, fetch=0.05, home=0.01, response=0.9),
        Often(write=0.05, home=0.005, response=0.9, error=0.5),
        Often(write=0.01, fetch=0.1, home=0.3, response=0.9),
    ):
        await start(dut)
        play = Play(dut, rng)
        await play.run(2000, often)
