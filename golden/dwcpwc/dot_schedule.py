"""Schedule of the dot products of one layer: tiles, passes and words against weights, queue and requantisers."""

from collections import deque

import numpy as np

from racelet.golden.dwcpwc.config import DwcPwcConfig
from racelet.golden.dwcpwc.dot_path import QUEUE_LATENCY, RETURN
from racelet.golden.dwcpwc.engine_cycles import SetCycles, latency, typical_cycles
from racelet.golden.dwcpwc.fill import Fill, fill
from racelet.golden.dwcpwc.group_splitter import LATENCY
from racelet.golden.dwcpwc.layer_config import LayerConfig
from racelet.golden.dwcpwc.ping_pong_tile import FULL_LATENCY
from racelet.golden.dwcpwc.racetrack_weight_store import Reading, Tracks
from racelet.golden.dwcpwc.tile_reader import READ_AHEAD, READS
from racelet.golden.dwcpwc.weight_store import bram_latency
from racelet.golden.racetrack.operations import Counts


def first_weight(config: DwcPwcConfig) -> int:
    """Cycles from a layer's start to its first weight beat; one from outside comes in the cycle after its request.

    Parameters
    ----------
    config : DwcPwcConfig
        Not of the store "racetrack", whose time depends on where the tracks are.

    Returns
    -------
    int

    Examples
    --------
    >>> first_weight(DwcPwcConfig(store="bram")), first_weight(DwcPwcConfig(store="stream"))
    (20, 2)
    """
    return 1 + (bram_latency(config) if config.store == "bram" else 1)


class DotSchedule:
    """Times of one layer, in cycles from its start, tile after tile.

    Parameters
    ----------
    layer : LayerConfig
        Of kind GATHER, WORDS or FUSED.
    config : DwcPwcConfig
    set_cycles : int64, shape (passes, words), optional
        For how many cycles the engine works on a beat, by its set of weights; by default as on typical ones.
    tracks : Tracks, optional
        With ``store`` "racetrack": the tracks as they are before, and after; by default none has moved yet.
    """

    def __init__(
        self,
        layer: LayerConfig,
        config: DwcPwcConfig,
        set_cycles: SetCycles | None = None,
        tracks: Tracks | None = None,
    ) -> None:
        self.layer = layer
        self.config = config
        self.fill: Fill = fill(layer, config)
        self.set_beats = config.set_beats
        self.groups = config.output_lanes // config.requantizers
        if set_cycles is None:
            set_cycles = np.full((layer.passes, layer.words), typical_cycles(config))
        self.set_cycles: list[list[int]] = set_cycles.tolist()
        self.way = latency(config) - 1 + QUEUE_LATENCY
        # Last word read from the tile; last beats fed to the engine, and when it can take the next one; last beat of
        # weights that came; when the present set of weights was there.
        self.read = 0
        self.fed: deque[int] = deque([-1] * READS, maxlen=READS)
        self.engine_free = 0
        self.set_ready = 0
        self.reading: Reading | None = None
        if config.store == "racetrack":
            self.reading = Reading(tracks or Tracks(config))
            self.beat = 0
        else:
            self.beat = first_weight(config) - 1
        # When the halves of the tile are free; when sums left the queue.
        self.free = [0, 0]
        self.taken: deque[int] = deque([-RETURN] * config.sum_places, maxlen=config.sum_places)

    def last_group(self) -> int:
        """Cycle in which the last group of sums goes to the requantisers.

        Once the state after a tile repeats, so does the time that tiles take; whole repetitions are skipped.
        """
        seen: dict[tuple[int, ...], tuple[int, int, tuple[Counts, Counts]]] = {}
        done, skipped, whole = 0, 0, self.layer.tiles - 1
        while done < whole:
            self._tile(self.layer.tile_pixels)
            done += 1
            state = self._state()
            if state in seen:
                before, fed, counts = seen[state]
                repeats, period = divmod(whole - done, done - before)[0], self.fed[-1] - fed
                skipped += repeats * period
                done += repeats * (done - before)
                if self.reading is not None:
                    self.reading.tracks.repeat(*counts, repeats)
                seen.clear()
            else:
                seen[state] = (done, self.fed[-1], self._counts())
        self._tile(self.layer.last_tile_pixels)
        return self.taken[-1] + LATENCY + skipped

    def _counts(self) -> tuple[Counts, Counts]:
        """Operations on the tracks so far."""
        if self.reading is None:
            return Counts(), Counts()
        return self.reading.tracks.pulses, self.reading.tracks.events

    def _tile(self, pixels: int) -> None:
        if self.reading is not None:
            self.reading.begin(self.layer.weight_address, 1)
        full = self.fill.tile(pixels, self.free[0]) + FULL_LATENCY
        for number in range(self.layer.passes):
            groups = self.layer.tail_groups if number == self.layer.passes - 1 else self.groups
            *others, last = self.set_cycles[number]
            for cycles in others:
                self._next_set()
                self._word(full, pixels, cycles)
            self._next_set()
            self._last_word(full, pixels, groups, last)
        self.free = [self.free[1], self.read + 1]

    def _next_set(self) -> None:
        """A set moves on when it is complete and the one before is used up; then its successor's first beat comes."""
        if self.reading is None:
            self.beat = max(self.beat + 1, self.set_ready) + self.set_beats - 1
        else:
            for _ in range(self.set_beats):
                self.beat = max(self.reading.beat(), self.beat + 1, self.set_ready)
                self.reading.taken.append(self.beat)
        self.set_ready = max(self.beat, self.fed[-1]) + 1

    def _word(self, full: int, pixels: int, cycles: int) -> None:
        """Feed one word of all pixels: without a gap, as reads go on in time for it."""
        read = max(self.read + 1, full, self.fed[0] + 1)
        first = max(read + READ_AHEAD, self.engine_free, self.set_ready)
        # The last read waits for those before it, and for a place in the queue of words.
        before = self.fed[pixels - 1] if pixels <= READS else first + (pixels - READS - 1) * cycles
        self.read = max(self.read + pixels, full + pixels - 1, before + 1)
        self.engine_free = first + pixels * cycles
        self.fed.extend(range(first + max(pixels - READS, 0) * cycles, self.engine_free, cycles))

    def _last_word(self, full: int, pixels: int, groups: int, cycles: int) -> None:
        """Feed the last word, each beat of which makes a sum."""
        for _ in range(pixels):
            self.read = max(self.read + 1, full, self.fed[0] + 1, self.taken[0] + RETURN)
            self.fed.append(max(self.read + READ_AHEAD, self.engine_free, self.set_ready))
            self.engine_free = self.fed[-1] + cycles
            self.taken.append(max(self.engine_free + self.way, self.taken[-1] + 1) + groups - 1)

    def _state(self) -> tuple[int, ...]:
        now = self.fed[-1]
        # What is long past no longer matters; but a half that is free is compared with what was written before.
        past = -2 * self.config.sum_places
        times = (self.read, self.engine_free, self.beat, self.set_ready, *self.fed, *self.taken)
        free = (time - now for time in self.free)
        store = (
            () if self.reading is None else self.reading.state(now, self.layer.weight_address, self.layer.weight_beats)
        )
        return (*(max(time - now, past) for time in times), *free, *self.fill.state(now), *store)
