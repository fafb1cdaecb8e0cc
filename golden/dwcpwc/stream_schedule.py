"""Cycle formula of streamed programs: layers and the loading of the program, which wait for each other."""

from collections.abc import Iterator, Sequence

from racelet.golden.dwcpwc.config import DwcPwcConfig
from racelet.golden.dwcpwc.cycles import BEGIN, program_cycles, run_cycles
from racelet.golden.dwcpwc.engine_cycles import SetCycles
from racelet.golden.dwcpwc.layer_config import LayerConfig, LayerKind, ProgramTarget
from racelet.golden.dwcpwc.layer_sequencer import FETCH, LOAD, TURN
from racelet.golden.dwcpwc.program_loader import HEADER_WORDS, header, known, record_cycles, record_words
from racelet.golden.dwcpwc.racetrack_weight_store import Tracks

HEADER_CYCLES = HEADER_WORDS + 1
"""Cycles from a header's first word to the first word of its records, or to the end of a fence that need not wait."""


def blocks(words: Sequence[int], config: DwcPwcConfig) -> Iterator[tuple[dict[str, int], Sequence[int]]]:
    """Cut a program into its blocks.

    Parameters
    ----------
    words : sequence of int
        Whole blocks, up to a header that is wrong.
    config : DwcPwcConfig

    Yields
    ------
    (dict of str to int, sequence of int)
        Header, and all words of the block and the words of zero behind it, which are skipped.

    Examples
    --------
    >>> words = [0x0001_010D, 4, 0, 0x0002_0108, 48, 5, 6]
    >>> [(fields["address"], len(block)) for fields, block in blocks(words, DwcPwcConfig())]
    [(4, 3), (48, 4)]
    """
    first = _skipped(words, 0)
    while first < len(words):
        fields = header(words[first : first + HEADER_WORDS])
        good = known(fields, config)
        end = first + HEADER_WORDS + (record_words(fields) if good else 0)
        end = _skipped(words, end) if good else end
        yield fields, words[first:end]
        first = end


def _skipped(words: Sequence[int], first: int) -> int:
    """Where the next block begins."""
    while first < len(words) and not words[first]:
        first += 1
    return first


def streamed_cycles(
    words: Sequence[int],
    layers: Sequence[LayerConfig],
    config: DwcPwcConfig,
    set_cycles: Sequence[SetCycles | None] | None = None,
    tracks: Tracks | None = None,
) -> list[int]:
    """Clock cycles that the accelerator counts for each layer of a streamed program.

    Input, output and count streams are taken not to stall; the words to be offered without gaps, and the header of the
    first block, if that is a fence for the run to stream, to have been taken before ``start``.

    Parameters
    ----------
    words : sequence of int
        Those that come while the program runs.
    layers : sequence of LayerConfig
        All descriptors in the order in which they run, the one of kind STREAM among them; without one no words are
        read.
    config : DwcPwcConfig
    set_cycles : sequence of int64, shape (passes, words), optional
        For each layer, for how many cycles the engine works on a beat, by its set of weights; None for typical weights.
    tracks : Tracks, optional
        With ``store`` "racetrack": the tracks as they are before, and after. Exact only where no weights are streamed,
        for whose writing the layers would wait.

    Returns
    -------
    list of int
        Of every layer but STREAM.

    Raises
    ------
    ValueError
        If a layer's descriptor does not come, or comes behind a fence that waits for it.

    Examples
    --------
    >>> from racelet.golden.dwcpwc.program import Block, descriptor_blocks, fence
    >>> load = LayerConfig(kind=LayerKind.INPUT, tiles=490)
    >>> words = [*fence(0).words(), *descriptor_blocks([load], first=1)[0].words()]
    >>> streamed_cycles(words, [LayerConfig(kind=LayerKind.STREAM), load], DwcPwcConfig())
    [545]
    """
    places = [number for number, layer in enumerate(layers) if layer.kind == LayerKind.STREAM]
    if not places:
        return program_cycles(layers, config, set_cycles, tracks)
    if tracks is None and config.store == "racetrack":
        tracks = Tracks(config)
    times = _Times(layers, places[0], config, set_cycles or [None] * len(layers), tracks)
    # The first cycle in which the next header can be taken.
    free = times.begun
    for number, (fields, block) in enumerate(blocks(words, config)):
        if not known(fields, config):
            break
        if fields["target"] == ProgramTarget.FENCE:
            if number and not fields["address"]:
                break
            if not number and not fields["address"]:
                free = times.begun + 1
            elif times.run_to(fields["address"]):
                free = max(free + HEADER_CYCLES, times.ended(fields["address"])) + 1
            else:
                break
        else:
            free += HEADER_CYCLES + record_cycles(fields, config)
            if fields["target"] == ProgramTarget.DESCRIPTORS:
                times.arrivals += [free] * (fields["rows"] * fields["groups"])
        # What fills up is skipped word by word.
        free += len(block) - HEADER_WORDS - record_words(fields)
    if not times.run_to(times.streamed):
        missing = len(times.finished) - times.resident
        raise ValueError(
            f"the descriptor of streamed layer {missing} does not come, or behind a fence that waits for it"
        )
    return times.counts


class _Times:
    """When layers run."""

    def __init__(
        self,
        layers: Sequence[LayerConfig],
        resident: int,
        config: DwcPwcConfig,
        set_cycles: Sequence[SetCycles | None],
        tracks: Tracks | None,
    ) -> None:
        self.layers = [
            (layer, cycles) for layer, cycles in zip(layers, set_cycles, strict=True) if layer.kind != LayerKind.STREAM
        ]
        self.config, self.resident, self.tracks = config, resident, tracks
        self.streamed = len(self.layers) - resident
        self.arrivals: list[int] = []
        self.finished: list[int] = []
        # Begin of the fetch of the next descriptor; when the sequencer can look at it.
        self.fetched, self.ready = 0, 0
        while len(self.finished) < resident:
            self._run()
        self.fetched = self.begun = max(self.fetched + FETCH, self.ready) - LOAD + 1

    @property
    def counts(self) -> list[int]:
        """Cycles of each layer that has run."""
        return [end - begin for begin, end in zip([0, *self.finished], self.finished, strict=False)]

    def run_to(self, count: int) -> bool:
        """Let streamed layers run until so many have ended; tell whether they can."""
        while len(self.finished) - self.resident < count:
            streamed = len(self.finished) - self.resident
            if streamed >= min(len(self.arrivals), self.streamed):
                return False
            self.fetched = max(self.fetched, self.arrivals[streamed])
            self._run()
        return True

    def ended(self, count: int) -> int:
        """First cycle in which so many streamed layers count as ended."""
        return self.finished[self.resident + count - 1]

    def _run(self) -> None:
        start = max(self.fetched + FETCH, self.ready)
        layer, cycles = self.layers[len(self.finished)]
        finished = start + BEGIN + run_cycles(layer, self.config, cycles, self.tracks) + 1
        self.finished.append(finished)
        self.fetched, self.ready = start - LOAD, finished + TURN - 1
