"""Shape of racetracks and of their controller."""

import dataclasses
from collections.abc import Mapping
from typing import Literal, get_args

from racelet.golden.racetrack.codec_config import CODE_NAMES, DECODED_BITS, Code, CodecConfig, EnumerativeCode
from racelet.golden.racetrack.odometer_config import OdometerConfig
from racelet.golden.racetrack.operations import ENERGY_FJ, KINDS, LATENCY_NS, Kind, cycles

__all__ = [
    "CODE_NAMES",
    "CONSTANT_WEIGHT",
    "DECODED_BITS",
    "ENERGY_FJ",
    "ENGINES",
    "KINDS",
    "LATENCY_NS",
    "PRESETS",
    "Code",
    "CodecConfig",
    "Engine",
    "EnumerativeCode",
    "OdometerConfig",
    "RacetrackConfig",
]

Engine = Literal["naive", "dcw", "pw", "cw", "cw_early", "cw_known"]
ENGINES: tuple[Engine, ...] = get_args(Engine)
CONSTANT_WEIGHT: tuple[Engine, ...] = ("cw", "cw_early", "cw_known")
"""Engines that write words of as many ones as those that they replace, and move skyrmions only."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class RacetrackConfig:
    """Shape of tracks that are alike, and what their controller can do besides homing and reading.

    The track is a row of sites: the home port's, which holds the marker; for each access port the sites of its words
    and then the port's own, which is empty; and sites beyond, into which words are shifted when they are read.

    Parameters
    ----------
    word_bits : int
        W. 8..64.
    ports : int
        Access ports. 1..32.
    words_per_port : int
        q: words left of each port. 1..8.
    clock_ghz : float
        Of the controller; an operation takes as many cycles as its latency has, at least one. Above 0, at most 100.
    tracks : int
        Tracks of a controller, which works on one at a time. 1..256.
    engines : tuple of str
        Ways to write: "naive" (clear, insert), "dcw" (what differs), "pw" (permute; insert or remove what is too few or
        too many), and permutations of words of constant weight: "cw" over the whole word, "cw_early" until no one is
        left of it in the old and the new word, "cw_known" up to the leftmost bit that differs, as the old word is told.
        At least one, each once.
    sweep : bool
        Read all ports at a time, from where the track is, without putting anything back.
    guard : bool
        The lowest bit of every word is a one, and tells together with the empty port whether the track is displaced;
        and every command ends at the marker, not after so many shifts. A marker that is found from an unknown place is
        one if the last port's guard is in its place then.
    journal : bool
        Remember in a register that keeps its content without power which word is being permuted, so that this can be
        finished. Only with an engine of constant weight.

    Raises
    ------
    TypeError
        If a field is of the wrong kind.
    ValueError
        If a field is outside its range, or excludes another.

    Examples
    --------
    >>> config = RacetrackConfig(word_bits=8, ports=2)
    >>> config.port_sites, config.sites
    ((9, 18), 27)
    """

    word_bits: int = 32
    ports: int = 16
    words_per_port: int = 1
    clock_ghz: float = 1.0
    tracks: int = 1
    engines: tuple[Engine, ...] = ("pw", "cw")
    sweep: bool = False
    guard: bool = False
    journal: bool = False

    def __post_init__(self) -> None:
        if isinstance(self.engines, list):
            # JSON and TOML know lists only.
            object.__setattr__(self, "engines", tuple(self.engines))
        for name, low, high in (("word_bits", 8, 64), ("ports", 1, 32), ("words_per_port", 1, 8), ("tracks", 1, 256)):
            value = getattr(self, name)
            if not isinstance(value, int) or isinstance(value, bool):
                raise TypeError(f"RacetrackConfig.{name} must be int, not {value!r}")
            if not low <= value <= high:
                raise ValueError(f"RacetrackConfig.{name} must be in {low}..{high}, not {value}")
        if not isinstance(self.clock_ghz, (int, float)) or isinstance(self.clock_ghz, bool):
            raise TypeError(f"RacetrackConfig.clock_ghz must be float, not {self.clock_ghz!r}")
        if not 0 < self.clock_ghz <= 100:
            raise ValueError(f"RacetrackConfig.clock_ghz must be above 0 and at most 100, not {self.clock_ghz}")
        for name in ("sweep", "guard", "journal"):
            if not isinstance(getattr(self, name), bool):
                raise TypeError(f"RacetrackConfig.{name} must be bool, not {getattr(self, name)!r}")
        self._check_engines()

    def _check_engines(self) -> None:
        if not isinstance(self.engines, tuple):
            raise TypeError(f"RacetrackConfig.engines must be tuple, not {self.engines!r}")
        if not self.engines or len(set(self.engines)) != len(self.engines) or not set(self.engines) <= set(ENGINES):
            known = ", ".join(ENGINES)
            raise ValueError(
                f"RacetrackConfig.engines must name at least one of {known}, each once, not {self.engines}"
            )
        if self.journal and not self.permutes:
            raise ValueError(
                "RacetrackConfig.journal must be false where engines has none of constant weight (only what moves "
                f"skyrmions and nothing else can be finished), not true with engines={self.engines}"
            )

    @property
    def permutes(self) -> bool:
        """Whether there is an engine of constant weight."""
        return any(engine in CONSTANT_WEIGHT for engine in self.engines)

    def operation_cycles(self, kind: Kind) -> int:
        """Clock cycles of an operation."""
        return cycles(kind, self.clock_ghz)

    @property
    def segment(self) -> int:
        """G: sites of the words of a port."""
        return self.words_per_port * self.word_bits

    @property
    def port_sites(self) -> tuple[int, ...]:
        """Sites of the access ports."""
        return tuple(1 + port * (self.segment + 1) + self.segment for port in range(self.ports))

    @property
    def overhead(self) -> int:
        """Sites behind the last port: as many as a segment has, so that all of it can pass the port."""
        return self.segment

    @property
    def sites(self) -> int:
        """Sites of the track."""
        return self.port_sites[-1] + 1 + self.overhead

    @property
    def word_bytes(self) -> int:
        """Bytes of a word where it moves in whole bytes: 1, 2, 4 or 8."""
        return _power(-(-self.word_bits // 8))

    @property
    def command_bytes(self) -> int:
        """Bytes of a command where it moves in whole bytes: eight, and one word or two, rounded up; 16 or 32."""
        return _power(8 + self.word_bytes * (2 if "cw_known" in self.engines else 1))

    @property
    def response_bytes(self) -> int:
        """Bytes of a response likewise: two, and a word, where it would begin by itself; 4, 8 or 16."""
        return 2 * max(self.word_bytes, 2)

    @property
    def swept_bytes(self) -> int:
        """Bytes of a bit of each port: 1, 2 or 4."""
        return _power(-(-self.ports // 8))


def _power(count: int) -> int:
    """The next power of two."""
    return 1 << (count - 1).bit_length()


PRESETS: Mapping[str, RacetrackConfig] = {
    "tiny": RacetrackConfig(
        word_bits=8, ports=2, words_per_port=2, tracks=2, engines=ENGINES, sweep=True, guard=True, journal=True
    ),
    "small": RacetrackConfig(),
    "medium": RacetrackConfig(tracks=16, engines=ENGINES, sweep=True, guard=True, journal=True),
    "large": RacetrackConfig(
        word_bits=64,
        ports=32,
        words_per_port=8,
        clock_ghz=10.0,
        tracks=256,
        engines=ENGINES,
        sweep=True,
        guard=True,
        journal=True,
    ),
}
"""Named configs, smallest first. ``small`` does what an earlier prototype did, whose area is known."""
