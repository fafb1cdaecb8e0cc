"""What a controller does at one access port of a track."""

from racelet.golden.racetrack.device import HOME, Track
from racelet.golden.racetrack.operations import Direction, Operation, Span, detect, insert, remove, shift


class AccessPort:
    """Operations at a port, one after the other.

    Parameters
    ----------
    track : Track
    port : int

    Examples
    --------
    >>> from racelet.golden.racetrack.config import RacetrackConfig
    >>> port = AccessPort(Track(RacetrackConfig(word_bits=8, ports=1)), 0)
    >>> port.insert()
    >>> port.detect(), port.marker()
    (True, True)
    """

    def __init__(self, track: Track, port: int) -> None:
        self.track, self.port = track, port
        self.width = track.config.word_bits

    def apply(self, operation: Operation, *, blind: bool = False) -> bool:
        """Do something; returns what a detection sees.

        Parameters
        ----------
        operation : Operation
        blind : bool
            A removal may find nothing.
        """
        del blind
        return self.track.apply(operation).bit

    def shift(self, span: Span, direction: Direction, times: int = 1) -> None:
        """Move a span by so many sites."""
        for _ in range(times):
            self.apply(shift(self.port, span, direction))

    def detect(self) -> bool:
        """Whether there is a skyrmion at the port."""
        return self.apply(detect(self.port))

    def marker(self) -> bool:
        """Whether there is one at the home port."""
        return self.apply(detect(HOME))

    def insert(self) -> None:
        """Create one."""
        self.apply(insert(self.port))

    def remove(self, *, blind: bool = False) -> None:
        """Delete one."""
        self.apply(remove(self.port), blind=blind)
