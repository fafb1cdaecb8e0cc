"""What ``TrackRows`` tells its controller, for benches: which command there is in each cycle."""

import dataclasses
from typing import Any

import numpy as np

from racelet.golden.dwcpwc.config import DwcPwcConfig
from racelet.golden.dwcpwc.racetrack_weight_store import CODE, Tracks
from racelet.hw.racetrack.layouts import Code

WORDS = CODE.encode(np.arange(256).astype(np.int8).astype(np.int64))
"""Of each byte."""


@dataclasses.dataclass(frozen=True)
class Command:
    """What the controller is to do; of a byte that is written, into the tracks of which lane."""

    code: Code
    track: int
    port: int | None = None
    slot: int | None = None
    word: int = 0
    lane: int | None = None


@dataclasses.dataclass
class Writing:
    """Bytes that are left to be written, each into its lane or, if masked, not; first the tracks go home."""

    beat: int
    bytes: list[tuple[int | None, int]]
    moves: bool = True


class ExpectedRows:
    """What the component does, cycle by cycle: one thing after the other, homing first, then words, then rows.

    Parameters
    ----------
    config : DwcPwcConfig
    """

    def __init__(self, config: DwcPwcConfig) -> None:
        self.config = config
        self.wanted, self.failed, self.reading = True, False, False
        self.writing: Writing | None = None
        self.now: Command | None = None
        self.homing: int | None = None
        self.places = Tracks(config)

    @property
    def busy(self) -> bool:
        """Whether anything is to be done that is no reading."""
        return self.wanted or self.homing is not None or self.writing is not None

    @property
    def begins_row(self) -> bool:
        """Whether a row is begun if one is asked for."""
        return self.now is None and self.writing is None and not self.wanted

    def step(self, *, home: bool, write: dict[str, Any] | None, fetch: int | None, error: int | None) -> None:
        """A cycle with what comes in it: ``error`` is that of a response."""
        taken = write if self.writing is None else None
        if self.now is None:
            self._begin(home, fetch)
        elif error is not None:
            self.failed |= error != 0
            self._end()
        if taken is not None:
            self.writing = _writing(taken, self.config)
        if home:
            self.wanted, self.failed = True, False

    def _begin(self, home: bool, fetch: int | None) -> None:
        if self.wanted:
            if not home:
                self.wanted, self.homing = False, 0
                self.now = Command(Code.HOME, 0)
        elif self.writing is not None:
            place = self.places.place(self.writing.beat)
            lane, byte = self.writing.bytes[0]
            if self.writing.moves:
                self.now = Command(Code.HOME, *place)
            elif lane is None:
                self._go_on(self.writing)
            else:
                self.now = Command(Code.WRITE, *place, int(WORDS[byte]), lane)
        elif fetch is not None:
            self.reading = True
            self.now = Command(
                Code.READ if self.config.store_reads == "naive" else Code.SWEEP, *self.places.place(fetch)
            )

    def _end(self) -> None:
        self.now = None
        if self.homing is not None:
            following = self.homing + 1
            self.homing = following if following < self.places.shape.tracks else None
            self.now = Command(Code.HOME, following) if self.homing is not None else None
        elif self.reading:
            self.reading = False
        elif self.writing is not None:
            self._go_on(self.writing)

    def _go_on(self, writing: Writing) -> None:
        if writing.moves:
            writing.moves = False
        else:
            del writing.bytes[0]
        if not writing.bytes:
            self.writing = None


def _writing(write: dict[str, Any], config: DwcPwcConfig) -> Writing:
    most, lanes = config.weight_words, config.weight_beat_bytes
    beat, word = divmod(write["address"], lanes // 4)
    data, mask = (write["data"], write["mask"]) if most > 1 else ([write["data"]], 1)
    steps = [(number, byte) for number in range(most) for byte in range(4)]
    return Writing(
        beat,
        [
            (4 * (word + number) + byte if mask >> number & 1 else None, data[number] >> 8 * byte & 0xFF)
            for number, byte in steps
        ],
    )
