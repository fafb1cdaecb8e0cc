"""Bench of the command check: any command, in any state, against golden."""

from pathlib import Path
from typing import Any

import cocotb
import numpy as np
from cocotb.triggers import Timer

from racelet.golden.racetrack.command import Command, Journal, refusal
from racelet.golden.racetrack.config import ENGINES, RacetrackConfig
from racelet.hw.racetrack.command_check import CommandCheck
from racelet.hw.racetrack.layouts import Code, Engine, command, journal, word_place
from racelet.sim.bench import bench_config, bench_inputs, bench_rng
from racelet.sim.payload import pack
from racelet.sim.racetrack.commands import error_name
from racelet.sim.shapes import run_shapes

COMMANDS = 6000
CODES = {each.value: each.name.lower() for each in Code}
NAMES = {each.value: each.name.lower() for each in Engine}
SHAPES = {
    "plain": RacetrackConfig(word_bits=9, ports=3, words_per_port=3, engines=("naive", "pw")),
    "every": RacetrackConfig(
        word_bits=8, ports=5, words_per_port=3, tracks=3, engines=ENGINES, sweep=True, guard=True, journal=True
    ),
    "some": RacetrackConfig(word_bits=8, ports=1, tracks=5, engines=("dcw", "cw_early"), sweep=True, journal=True),
}
"""Besides the block's config: numbers of tracks, ports and words that leave room in their bits."""


def verify(config: RacetrackConfig, *, seed: int | None = None, waves: Path | None = None) -> None:
    """Run this bench on the block's config, and on smaller ones."""
    run_shapes(CommandCheck, __name__, {"": config, **SHAPES}, seed=seed, waves=waves)


class State:
    """A command, and what is known where it is looked at; sensible but for what is drawn at random."""

    def __init__(self, rng: np.random.Generator, config: RacetrackConfig) -> None:
        self.rng, self.config = rng, config
        most = {"track": config.tracks, "port": config.ports, "slot": config.words_per_port}
        place = {name: int(rng.integers(count)) for name, count in most.items()}
        ones = int(rng.integers(1, config.word_bits + 1))
        fields = {
            "code": int(rng.integers(len(Code))),
            "engine": int(rng.integers(len(Engine))),
            **place,
            "slots": int(rng.integers(1, config.words_per_port - place["slot"] + 1)),
            "ones": ones,
            "word": self._word(ones),
            "old": self._word(ones),
        }
        self.journal = {"going": int(fields["code"] == Code.RECOVER.value), "edge": int(rng.integers(2)), **place}
        self.position = int(rng.integers(config.segment + 1)) if fields["code"] == Code.SWEEP.value else 0
        self.known = True
        # At most some of all that can be wrong is.
        share = rng.choice([0.0, 0.05, 0.3])
        self.fields = self._disturbed(fields, dict(self._widths(command(config))), share)
        self.journal = self._disturbed(self.journal, dict(self._widths(journal(config))), share)
        if rng.random() < share:
            self.known, self.position = bool(rng.integers(2)), int(rng.integers(config.segment + 1))

    def _word(self, ones: int) -> int:
        """One of a weight, most often with its guard."""
        places = self.rng.choice(self.config.word_bits, ones, replace=False)
        word = sum(1 << int(place) for place in places)
        return word if word & 1 or self.rng.random() < 0.1 else (word & (word - 1)) | 1

    @staticmethod
    def _widths(layout: Any) -> list[tuple[str, int]]:
        return [(name, field.width) for name, field in layout]

    def _disturbed(self, fields: dict[str, int], widths: dict[str, int], share: float) -> dict[str, int]:
        """Anything that their bits can hold; of words a single bit."""
        drawn: dict[str, int] = {}
        for name, value in fields.items():
            width = widths[name]
            wild = width and self.rng.random() < share
            if wild and name in ("word", "old"):
                drawn[name] = value ^ 1 << int(self.rng.integers(width))
            elif wild:
                drawn[name] = int(self.rng.integers(1 << width))
            else:
                drawn[name] = value if width else 0
        return drawn

    def refused(self) -> str:
        """What golden says."""
        if self.fields["code"] not in CODES:
            return "COMMAND"
        names: dict[str, Any] = {
            "code": CODES[self.fields["code"]],
            "engine": NAMES.get(self.fields["engine"], "none"),
        }
        asked = Command(**{**self.fields, **names})
        place = {name: self.journal[name] for name in word_place(self.config)}
        stored = Journal(edge=bool(self.journal["edge"]), **place) if self.journal["going"] else None
        return refusal(asked, self.config, self.position if self.known else None, stored)


@cocotb.test()
async def errors_match_golden(dut: Any) -> None:
    """Sensible ones, and such with one thing wrong or with many; without a journal none goes on."""
    rng, config = bench_rng(), bench_config(RacetrackConfig)
    inputs = bench_inputs()
    told: set[str] = set()
    for _ in range(COMMANDS):
        state = State(rng, config)
        if not config.journal:
            state.journal["going"] = 0
        dut.command.value = pack(command(config), state.fields)
        dut.stored.value = pack(journal(config), state.journal)
        dut.known.value = int(state.known)
        dut.home.value = int(state.known and state.position == 0)
        await Timer(1, "ns")
        found = error_name(int(dut.error.value))
        assert found == state.refused(), (state.fields, state.journal, state.known, state.position)
        told.add(found)
    assert {"command", "stored", "known", "home"} <= set(inputs)
    assert {"NONE", "COMMAND", "NOT_HOMED"} <= told
