"""What a controller is asked for, what it answers, and what it remembers without power."""

import dataclasses
from typing import Literal

from racelet.golden.racetrack.config import CONSTANT_WEIGHT, Engine, RacetrackConfig

Code = Literal["home", "read", "sweep", "write", "recover"]

Error = Literal[
    "NONE",
    "COMMAND",
    "TRACK",
    "PORT",
    "SLOT",
    "ENGINE",
    "JOURNAL",
    "NOT_HOMED",
    "WORD_COUNT",
    "WORD_GUARD",
    "DISPLACED",
    "OLD_COUNT",
    "READ_COUNT",
    "NO_MARKER",
    "DEVICE_FAULT",
]
"""Those up to ``WORD_GUARD`` are told before anything is done; after ``DISPLACED`` and the last two it is not known
where the track is."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Command:
    """One command.

    Parameters
    ----------
    code : str
        "home": go to the marker. "read": one word. "sweep": words of all ports. "write": one word. "recover": finish
        the write that the journal tells of.
    track, port, slot : int
        Which word: ``slot`` is its number left of the port.
    slots : int
        Of a sweep: words of each port, from ``slot`` on.
    engine : str
        Of a write.
    word, old : int
        The new word; for ``cw_known`` also the one that is there.
    ones : int
        Of engines of constant weight, and to recover: ones of both words. Of a read: ones that the word must have, 0
        for any.
    """

    code: Code
    track: int = 0
    port: int = 0
    slot: int = 0
    slots: int = 1
    engine: Engine = "naive"
    word: int = 0
    old: int = 0
    ones: int = 0


@dataclasses.dataclass(frozen=True, kw_only=True)
class Response:
    """What a command is answered with.

    Parameters
    ----------
    data : int or None
        The word that was read; None if none was.
    error : str
    swept : tuple of int
        Bits of all ports, that of port 0 the lowest, as they were seen by a sweep.
    """

    data: int | None = None
    error: Error = "NONE"
    swept: tuple[int, ...] = ()


@dataclasses.dataclass(frozen=True, kw_only=True)
class Journal:
    """A permutation that goes on.

    Parameters
    ----------
    track, port, slot : int
        Of the word.
    edge : bool
        There was a skyrmion at the port before, which must be there again in the end.
    """

    track: int
    port: int
    slot: int
    edge: bool


def refusal(command: Command, config: RacetrackConfig, position: int | None, journal: Journal | None) -> Error:
    """Why nothing is done; ``NONE`` if it is.

    Parameters
    ----------
    command, config
    position : int or None
        How far the track is from home, if it is known.
    journal : Journal or None

    Examples
    --------
    >>> config = RacetrackConfig(word_bits=8, ports=2)
    >>> write = Command(code="write", engine="cw", word=0b0111, ones=4)
    >>> refusal(write, config, 0, None), refusal(write, config, None, None)
    ('WORD_COUNT', 'NOT_HOMED')
    """
    code = command.code
    permutes = code == "recover" or (code == "write" and command.engine in CONSTANT_WEIGHT)
    writes = code in ("write", "recover")
    place = (command.track, command.port, command.slot)
    words = {"sweep": command.slots}.get(code, 1)
    counts = [command.word, *([command.old] if code == "write" and command.engine == "cw_known" else [])]
    reasons: list[tuple[Error, bool]] = [
        ("COMMAND", (code == "sweep" and not config.sweep) or (code == "recover" and not config.journal)),
        ("TRACK", command.track >= config.tracks),
        ("PORT", command.port >= config.ports),
        ("SLOT", code != "home" and (not words or command.slot + words > config.words_per_port)),
        ("ENGINE", code == "write" and command.engine not in config.engines),
        ("JOURNAL", (journal is not None) != (code == "recover")),
        (
            "JOURNAL",
            journal is not None and code == "recover" and place != (journal.track, journal.port, journal.slot),
        ),
        ("NOT_HOMED", (code in ("read", "write") and position != 0) or (code == "sweep" and position is None)),
        ("WORD_COUNT", permutes and any(word.bit_count() != command.ones for word in counts)),
        ("WORD_GUARD", config.guard and writes and not command.word & 1),
    ]
    for error, holds in reasons:
        if holds:
            return error
    return "NONE"
