"""Schedule of the dot products of one layer: tiles, passes and words against weights, queue and requantisers."""

from collections import deque

from racelet.golden.dwcpwc import weight_store
from racelet.golden.dwcpwc.config import DwcPwcConfig
from racelet.golden.dwcpwc.dot_engine import PARALLEL_LATENCY
from racelet.golden.dwcpwc.dot_path import QUEUE_LATENCY
from racelet.golden.dwcpwc.fill import Fill, fill
from racelet.golden.dwcpwc.layer_config import LayerConfig

FIRST_WEIGHT = {"bram": 1 + weight_store.BRAM_LATENCY, "stream": 2}
"""Cycles from a layer's start to its first weight beat; one from outside comes in the cycle after its request."""


class DotSchedule:
    """Times of one layer, in cycles from its start, tile after tile.

    Parameters
    ----------
    layer : LayerConfig
        Of kind GATHER, WORDS or FUSED.
    config : DwcPwcConfig
    """

    def __init__(self, layer: LayerConfig, config: DwcPwcConfig) -> None:
        self.layer = layer
        self.config = config
        self.fill: Fill = fill(layer, config)
        self.queue = 2 * config.tile_pixels
        self.set_beats = config.set_beats
        self.groups = config.output_lanes // config.requantizers
        # Last beat fed to the engine; last beat of weights that came; when the present set of weights was there.
        self.fed = -1
        self.beat = FIRST_WEIGHT[config.store] - 1
        self.set_ready = -1
        # When the halves of the tile are free; when sums left the queue.
        self.free = [0, 0]
        self.taken: deque[int] = deque([-1] * self.queue, maxlen=self.queue)

    def last_group(self) -> int:
        """Cycle in which the last group of sums goes to the requantisers.

        Once the state after a tile repeats, so does the time that tiles take; whole repetitions are skipped.
        """
        seen: dict[tuple[int, ...], tuple[int, int]] = {}
        done, skipped, whole = 0, 0, self.layer.tiles - 1
        while done < whole:
            self._tile(self.layer.tile_pixels)
            done += 1
            state = self._state()
            if state in seen:
                before, fed = seen[state]
                repeats, period = divmod(whole - done, done - before)[0], self.fed - fed
                skipped += repeats * period
                done += repeats * (done - before)
                seen.clear()
            else:
                seen[state] = (done, self.fed)
        self._tile(self.layer.last_tile_pixels)
        return self.taken[-1] + skipped

    def _tile(self, pixels: int) -> None:
        full = self.fill.tile(pixels, self.free[0]) + 1
        issued = 0
        for number in range(self.layer.passes):
            groups = self.layer.tail_groups if number == self.layer.passes - 1 else self.groups
            for word in range(self.layer.words):
                last_word = word == self.layer.words - 1
                # Read from the tile, one cycle ahead of feeding.
                issued = max(self.fed, full)
                if last_word:
                    issued = max(issued, self.taken[pixels - 1] + 1)
                self._next_set()
                first = max(self.fed + 1, issued + 1, self.set_ready)
                self.fed = first + pixels - 1
                if last_word:
                    for beat in range(first, first + pixels):
                        arrived = beat + PARALLEL_LATENCY + QUEUE_LATENCY
                        self.taken.append(max(arrived, self.taken[-1] + 1) + groups - 1)
        released = issued if pixels == 1 else self.fed - 1
        self.free = [self.free[1], released + 1]

    def _next_set(self) -> None:
        """A set moves on when it is complete and the one before is used up; its successor's first beat then comes."""
        self.beat = max(self.beat + 1, self.set_ready - 1) + self.set_beats - 1
        self.set_ready = max(self.beat, self.fed) + 1

    def _state(self) -> tuple[int, ...]:
        now = self.fed
        # What is long past no longer matters.
        taken = (max(time - now, -self.queue) for time in self.taken)
        free = (max(time - now, -self.queue) for time in self.free)
        return (self.beat - now, self.set_ready - now, *free, *taken, *self.fill.state(now))
