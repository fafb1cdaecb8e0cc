"""Shape of a racetrack and of its controller."""

import dataclasses
from typing import Literal, get_args

from racelet.golden.racetrack.codec_config import CODE_NAMES, DECODED_BITS, Code, CodecConfig, EnumerativeCode

__all__ = [
    "CODE_NAMES",
    "DECODED_BITS",
    "ENGINES",
    "KNOWN",
    "Code",
    "CodecConfig",
    "Engine",
    "EnumerativeCode",
    "Known",
    "RacetrackConfig",
]

Engine = Literal["naive", "dcw", "pw", "cw"]
Known = Literal["full", "early", "known"]


@dataclasses.dataclass(frozen=True, kw_only=True)
class RacetrackConfig:
    """Shape of a track.

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

    Raises
    ------
    TypeError
        If a field is of the wrong kind.
    ValueError
        If a field is outside its range.

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

    def __post_init__(self) -> None:
        for name, low, high in (("word_bits", 8, 64), ("ports", 1, 32), ("words_per_port", 1, 8)):
            value = getattr(self, name)
            if not isinstance(value, int) or isinstance(value, bool):
                raise TypeError(f"RacetrackConfig.{name} must be int, not {value!r}")
            if not low <= value <= high:
                raise ValueError(f"RacetrackConfig.{name} must be in {low}..{high}, not {value}")
        if not isinstance(self.clock_ghz, (int, float)) or isinstance(self.clock_ghz, bool):
            raise TypeError(f"RacetrackConfig.clock_ghz must be float, not {self.clock_ghz!r}")
        if not 0 < self.clock_ghz <= 100:
            raise ValueError(f"RacetrackConfig.clock_ghz must be above 0 and at most 100, not {self.clock_ghz}")

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


ENGINES: tuple[Engine, ...] = get_args(Engine)
KNOWN: tuple[Known, ...] = get_args(Known)
