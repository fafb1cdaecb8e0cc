"""How many faults of each kind come to what, of every command."""

import dataclasses
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from racelet.bench.row import Progress, Row
from racelet.bench.track_faults.cases import COMMANDS, Prepared, cases, words_of
from racelet.bench.track_faults.trials import KINDS, OUTCOMES, Kind, outcomes, promised
from racelet.golden.racetrack.config import ENGINES, RacetrackConfig

Values = Mapping[str, float | None]

COUNTED = (*OUTCOMES, "unnoticed")
"""The last one beside another outcome."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Tracks:
    """Tracks on which everything goes wrong.

    Parameters
    ----------
    group : str
        "exhaustive" or "sampled".
    word_bits, ports, words_per_port : int
    at_ports : int
        At how many ports words are read and written.
    most : int or None
        Faults of each kind in each command; None for all.
    """

    group: str
    word_bits: int
    ports: int
    words_per_port: int
    at_ports: int
    most: int | None = None

    @property
    def config(self) -> RacetrackConfig:
        """With all that finds faults, and every engine."""
        return RacetrackConfig(
            word_bits=self.word_bits,
            ports=self.ports,
            words_per_port=self.words_per_port,
            engines=ENGINES,
            sweep=True,
            guard=True,
            journal=True,
        )


TRACKS = (
    Tracks(group="exhaustive", word_bits=8, ports=2, words_per_port=1, at_ports=2),
    Tracks(group="exhaustive", word_bits=8, ports=2, words_per_port=2, at_ports=2),
    Tracks(group="sampled", word_bits=32, ports=16, words_per_port=1, at_ports=2, most=6),
    Tracks(group="sampled", word_bits=64, ports=2, words_per_port=8, at_ports=1, most=2),
)


def counted_rows(
    progress: Progress, tracks: Sequence[Tracks] = TRACKS, commands: Sequence[str] = COMMANDS
) -> list[Row]:
    """Let things go wrong.

    Parameters
    ----------
    progress : Progress
    tracks : sequence of Tracks
    commands : sequence of str
        Those in which they go wrong.

    Returns
    -------
    list of Row
        ``<group>_<command>_<kind>_<outcome>``: faults. ``..._unnoticed``: those of them after which a word in doubt was
        wrong, and read without an error.
    """
    found: dict[tuple[str, str, Kind], Counter[str]] = {}
    for each in tracks:
        config, ones = each.config, each.word_bits // 2
        rng = np.random.default_rng(1)
        words = words_of(rng, config, ones)
        todo = [case for case in cases(rng, config, words, ones, each.at_ports) if case.name in commands]
        for number, case in enumerate(todo):
            where = f"{each.word_bits}x{each.ports}x{each.words_per_port}"
            progress(number, len(todo), f"{where} {case.name}")
            prepared = Prepared(case, config, words, ones)
            for kind in KINDS:
                counter = found.setdefault((each.group, case.name, kind), Counter())
                for verdict, count in outcomes(prepared, kind, rng, each.most).items():
                    counter[verdict.outcome] += count
                    counter["unnoticed"] += count * verdict.unnoticed
    return [
        Row(f"{group}_{name}_{kind}_{outcome}", counter[outcome], "faults")
        for (group, name, kind), counter in found.items()
        for outcome in COUNTED
    ]


def total(values: Values, outcomes: Iterable[str], pairs: Iterable[tuple[str, Kind]], groups: Iterable[str]) -> int:
    """Faults that came to one of these outcomes, in these groups, commands and kinds."""
    there = list(pairs)
    names = [f"{group}_{name}_{kind}_{outcome}" for group in groups for name, kind in there for outcome in outcomes]
    return sum(int(values.get(name) or 0) for name in names)


def pairs(kinds: Sequence[Kind] = KINDS, *, is_promised: bool | None = None) -> list[tuple[str, Kind]]:
    """Commands and kinds: all, those of which nothing may stay silent, or the others."""
    every: list[tuple[str, Kind]] = [(name, kind) for name in COMMANDS for kind in kinds]
    return [pair for pair in every if is_promised in (None, promised(*pair))]
