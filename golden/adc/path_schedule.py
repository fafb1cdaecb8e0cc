"""Schedule of a column path: when it takes beats, converts, is calibrated, and has sums, under any gaps and stalls."""

import dataclasses
from collections.abc import Sequence

from racelet.golden.adc import imc_macro
from racelet.golden.adc.calibrator import START_LATENCY, calibration_end, read_count
from racelet.golden.adc.cells import Cells
from racelet.golden.adc.config import AdcConfig
from racelet.golden.adc.conversion import conversion_interval
from racelet.golden.adc.logistic_noise import seeding_cycles
from racelet.golden.adc.pipeline import later
from racelet.golden.adc.sar_sequencer import conversion_interval as search_interval
from racelet.golden.adc.slice_accumulator import LATENCY


@dataclasses.dataclass(frozen=True, kw_only=True)
class Traffic:
    """What a path is given, and when its sums are taken.

    Parameters
    ----------
    offered : sequence of int
        First cycle in which each beat is offered.
    last : sequence of int
        1 for a beat that gives sums out.
    taken : sequence of int
        Cycle in which each of these sums is taken.
    starts : sequence of int
        Cycles in which a calibration is asked for.
    kept : sequence of bool
        Of those calibrations that are made, whether the table from before is kept.
    seeds : sequence of int
        First cycle in which each seed of the noise is offered.
    """

    offered: Sequence[int]
    last: Sequence[int]
    taken: Sequence[int]
    starts: Sequence[int] = ()
    kept: Sequence[bool] = ()
    seeds: Sequence[int] = ()


@dataclasses.dataclass(frozen=True, kw_only=True)
class Conversion:
    """A conversion of the currents of a step, or a raw read.

    Parameters
    ----------
    begins : int
        Cycle of its start.
    ends : int
        Cycle in which comparators are looked at for the last time.
    leaves : int
        Cycle in which its code is taken, and the next one can start.
    seeds : int
        Seeds that were taken before.
    slices : tuple of int
        Cycles in which its slices are added; none of a raw read.
    """

    begins: int
    ends: int
    leaves: int
    seeds: int = 0
    slices: tuple[int, ...] = ()


@dataclasses.dataclass(kw_only=True)
class PathCycles:
    """When a path did what.

    Parameters
    ----------
    accepted : list of int
        Cycle of each beat.
    given : list of int
        First cycle of each sum.
    conversions : list of Conversion
        Of the steps of all beats, in order.
    ignored : list of int
        Starts that came while a calibration went on.
    calibrations : list of (int, int)
        Start of each, and the first cycle in which it has ended.
    reads : list of Conversion
        Of all calibrations, in order.
    seeded : list of int
        Cycle in which each seed is taken.
    """

    accepted: list[int] = dataclasses.field(default_factory=list)
    given: list[int] = dataclasses.field(default_factory=list)
    conversions: list[Conversion] = dataclasses.field(default_factory=list)
    ignored: list[int] = dataclasses.field(default_factory=list)
    calibrations: list[tuple[int, int]] = dataclasses.field(default_factory=list)
    reads: list[Conversion] = dataclasses.field(default_factory=list)
    seeded: list[int] = dataclasses.field(default_factory=list)


def schedule(traffic: Traffic, cells: Cells, config: AdcConfig) -> PathCycles:
    """Cycles of everything that a path does.

    Steps of beats, and raw reads, go through the macro in their order, and one waits for the start of its conversion at
    the macro's end, or where a "flash" makes a raw read of it, for the end; nothing in the macro moves meanwhile. A
    "sar" keeps the currents that it converts. Codes wait until the slices of those before have been added, and a slice
    until sums before it have been taken. A beat that is offered when a calibration starts goes first; others wait
    until it has ended. A seed is taken before the next conversion starts, which waits until it is spread.

    Parameters
    ----------
    traffic : Traffic
    cells : Cells
    config : AdcConfig

    Returns
    -------
    PathCycles

    Examples
    --------
    >>> from racelet.golden.adc.cell_sampling import sample_cells
    >>> from racelet.golden.adc.macro_config import IDEAL
    >>> cells = sample_cells(AdcConfig(), IDEAL, 1)
    >>> found = schedule(Traffic(offered=[0, 2], last=[0, 1], taken=[40]), cells, AdcConfig())
    >>> found.accepted, found.given, [(each.begins, each.leaves) for each in found.conversions]
    ([1, 3], [31], [(5, 11), (11, 17), (17, 23), (23, 29)])
    """
    path = _Path(traffic, cells, config)
    while path.goes_on():
        pass
    return path.found


class _Path:
    """A path on its way through the traffic."""

    def __init__(self, traffic: Traffic, cells: Cells, config: AdcConfig) -> None:
        self.found = PathCycles()
        self._traffic = traffic
        self._config = config
        self._latency = imc_macro.latency(cells, config)
        # Cycles in which nothing moves in the macro, and those in which no slice is added.
        self._held: set[int] = set()
        self._full: set[int] = set()
        self._enters = self._converts = self._splits = self._calibrated = self._seeded = 0
        self._starts = list(traffic.starts)
        self._seeds = list(traffic.seeds)

    def goes_on(self) -> bool:
        """Do what comes next; whether there was anything."""
        traffic, number = self._traffic, len(self.found.accepted)
        while self._starts and self._starts[0] < self._calibrated:
            self.found.ignored.append(self._starts.pop(0))
        shown = max(traffic.offered[number], self._enters, self._calibrated) if number < len(traffic.offered) else None
        if self._starts and (shown is None or self._starts[0] < shown):
            self._calibrate(self._starts.pop(0))
        elif shown is not None:
            self._multiply(shown, traffic.last[number])
        else:
            self._seed(None)
            return False
        return True

    def _multiply(self, shown: int, last: int) -> None:
        """All steps of a beat."""
        config = self._config
        interval = conversion_interval(config)
        for step in range(config.steps):
            begins = self._convert(shown, 0)
            slices = [self._added(max(begins + interval, self._splits))]
            for _ in range(config.weight_bits - 1):
                slices.append(self._added(slices[-1] + 1))
            self._converts, self._splits = slices[0], slices[-1] + 1
            self.found.conversions.append(
                Conversion(
                    begins=begins,
                    # A flash looks at currents in the cycle of its start.
                    ends=begins + (interval - 1 if config.kind == "sar" else 0),
                    leaves=slices[0],
                    seeds=len(self.found.seeded),
                    slices=tuple(slices),
                )
            )
            if last and step == config.steps - 1:
                self.found.given.append(slices[-1] + LATENCY)
                self._full.update(range(self.found.given[-1], self._traffic.taken[len(self.found.given) - 1]))
        self.found.accepted.append(self._enters - 1)

    def _calibrate(self, start: int) -> None:
        """All raw reads of a calibration, and what follows."""
        config = self._config
        interval = search_interval(config, raw=True)
        for _ in range(read_count(config)):
            begins = self._convert(start + START_LATENCY, interval - 1 if config.kind == "flash" else 0)
            self._converts = begins + interval
            seeds = len(self.found.seeded)
            read = Conversion(begins=begins, ends=self._converts - 1, leaves=self._converts, seeds=seeds)
            self.found.reads.append(read)
        kept = self._traffic.kept[len(self.found.calibrations)]
        self._calibrated = calibration_end(self._converts, config, kept=kept)
        self.found.calibrations.append((start, self._calibrated))

    def _convert(self, shown: int, stays: int) -> int:
        """Start of the conversion of a step that is offered to the macro, and stays at its end so many cycles more."""
        enters = max(shown, self._enters)
        while enters in self._held:
            enters += 1
        self._enters = enters + 1
        given = later(enters, self._latency, self._held)
        begins = self._seed(given)
        self._held.update(range(given, begins + stays))
        return begins

    def _seed(self, given: int | None) -> int:
        """Take the seeds that come before the next conversion can start; its start."""
        free = max(self._converts, self._seeded)
        while self._seeds and (given is None or self._seeds[0] <= max(given, free)):
            self.found.seeded.append(max(self._seeds.pop(0), free))
            self._seeded = free = self.found.seeded[-1] + seeding_cycles(self._config)
        return max(given or 0, free)

    def _added(self, cycle: int) -> int:
        """First cycle from one on in which a slice can be added."""
        while cycle in self._full:
            cycle += 1
        return cycle
