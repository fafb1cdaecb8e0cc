"""Schedule of a column path: against one whose parts move or stand still, cycle by cycle."""

import dataclasses
import random
from collections import deque

import numpy as np
import pytest

from racelet.golden.adc import imc_macro
from racelet.golden.adc.calibrator import calibration_cycles, read_count
from racelet.golden.adc.cell_sampling import sample_cells
from racelet.golden.adc.cells import Cells
from racelet.golden.adc.column_calibration import column_calibration_cycles
from racelet.golden.adc.column_path import latency
from racelet.golden.adc.config import PRESETS, AdcConfig
from racelet.golden.adc.conversion import beat_interval
from racelet.golden.adc.macro_config import IDEAL, MacroConfig
from racelet.golden.adc.path_schedule import PathCycles, Traffic, schedule

SHAPES = {
    "tiny": PRESETS["tiny"],
    "small": PRESETS["small"],
    "slices": AdcConfig(bits=2, weight_bits=7, input_bits=3, output_lanes=1, calibration_reads=1),
    "slow": AdcConfig(bits=3, vote=True, settle=2, word_lines=4, input_bits=1, output_lanes=1, calibration_reads=0),
    "flash": AdcConfig(kind="flash", weight_bits=3, input_bits=1, output_lanes=1, calibration_reads=1),
    "shared": AdcConfig(adcs_per_table=4, output_lanes=2, input_lanes=4, word_lines=1, calibration_reads=1),
}
BEATS = 120
_WRITE_CYCLES = 9
"""For which a calibration goes on behind its last raw read, but for entries that are written."""


@dataclasses.dataclass
class Path:
    """Parts of a path: a macro of stages, a converter, slices that are left, a sum, a calibrator, noise."""

    config: AdcConfig
    stages: deque[str]
    step: int = 0
    converting: str = ""
    left: int = 0
    slices: int = 0
    ends_sum: bool = False
    sum_waits: bool = False
    asked: int = -1
    come: int = 0
    writing: int = 0
    spreading: int = 0
    locked: str = ""

    @property
    def calibrates(self) -> bool:
        return self.asked >= 0 or self.writing > 0

    def length(self, what: str) -> int:
        """Cycles from the start of a conversion to its code."""
        config = self.config
        if what == "read":
            return config.dac_bits * (1 + config.settle) + 1
        return 1 if config.kind == "flash" else config.bits * (1 + config.settle) + 1 + (2 if config.vote else 0)


def played(
    config: AdcConfig, cells: Cells, rng: random.Random, beats: int, idle: float, stall: float, rare: float
) -> tuple[Traffic, PathCycles]:
    """Traffic as it comes, and what a path does with it."""
    path = Path(config, deque([""] * imc_macro.latency(cells, config)))
    lasts = [rng.randint(0, 1) for _ in range(beats - 1)] + [1]
    offered, taken, asked_starts, kept_ones, seeds = list[int](), list[int](), list[int](), list[bool](), list[int]()
    found = PathCycles()
    is_offered = seed_offered = False
    cycle = 0
    rests = 0
    while rests < 3:
        done = len(found.accepted)
        if not is_offered and done < beats and rng.random() >= idle:
            is_offered = True
            offered.append(cycle)
        if not seed_offered and rng.random() < rare:
            seed_offered = True
            seeds.append(cycle)
        starts = rng.random() < rare
        takes_sum = rng.random() >= stall
        is_calibrating = path.calibrates
        # From the sums back to the beats.
        if path.sum_waits and len(found.given) == len(taken):
            found.given.append(cycle)
        adds = not path.sum_waits or takes_sum
        if path.sum_waits and takes_sum:
            taken.append(cycle)
        is_code = bool(path.converting) and not path.left
        was_splitting = path.slices > 0
        takes_code = is_code and (path.converting == "read" or (adds and not was_splitting))
        next_sum = path.sum_waits and not takes_sum
        if was_splitting and adds:
            path.slices -= 1
            next_sum = path.slices == 0 and path.ends_sum
        if takes_code:
            if path.converting == "read":
                path.come += 1
                if path.come == read_count(config):
                    kept = rng.random() < 0.5
                    kept_ones.append(kept)
                    path.asked, path.writing = -1, _WRITE_CYCLES + (0 if kept else config.thresholds)
            else:
                path.slices, path.ends_sum = config.weight_bits - 1, path.converting == "gives"
            path.converting = ""
        elif path.writing:
            path.writing -= 1
            if not path.writing:
                found.calibrations[-1] = (found.calibrations[-1][0], cycle + 1)
        is_busy = bool(path.converting)
        takes_seed = seed_offered and not is_busy and not path.spreading
        begins = bool(path.stages[-1]) and not is_busy and not path.spreading and not seed_offered
        if path.spreading:
            path.spreading -= 1
        if takes_seed:
            found.seeded.append(cycle)
            seed_offered, path.spreading = False, config.adcs + 3
        leaves = begins
        if config.kind == "flash" and path.stages[-1] == "read":
            leaves = is_busy and path.left == 1
        if begins:
            path.converting, path.left = path.stages[-1], path.length(path.stages[-1])
        if path.left:
            path.left -= 1
        path.sum_waits = next_sum
        # The macro's input.
        if path.locked:
            source = path.locked
        elif is_calibrating:
            source = "read" if 0 <= path.asked < read_count(config) else ""
        else:
            source = "beat" if is_offered else ""
        if leaves or not path.stages[-1]:
            path.stages.pop()
            kind = source
            path.locked = ""
            if source == "read":
                path.asked += 1
            if source == "beat":
                is_last_step = path.step == config.steps - 1
                kind = "gives" if is_last_step and lasts[done] else "step"
                path.step = 0 if is_last_step else path.step + 1
                path.locked = "" if is_last_step else "beat"
                if is_last_step:
                    found.accepted.append(cycle)
                    is_offered = False
            path.stages.appendleft(kind)
        else:
            path.locked = source
        if starts:
            asked_starts.append(cycle)
            if is_calibrating:
                found.ignored.append(cycle)
            else:
                found.calibrations.append((cycle, -1))
                path.asked, path.come = 0, 0
        is_at_rest = not (path.calibrates or any(path.stages) or path.converting or path.slices or path.sum_waits)
        if len(found.accepted) == beats and is_at_rest and not path.spreading and not seed_offered:
            rare = 0.0
            rests += 1
        cycle += 1
    traffic = Traffic(offered=offered, last=lasts, taken=taken, starts=asked_starts, kept=kept_ones, seeds=seeds)
    return traffic, found


@pytest.mark.parametrize("name", SHAPES)
@pytest.mark.parametrize("idle", [0.0, 0.9])
@pytest.mark.parametrize("stall", [0.0, 0.9])
@pytest.mark.parametrize("rare", [0.0, 0.03])
def test_cycles_are_those_of_parts_that_move_or_stand_still(name: str, idle: float, stall: float, rare: float) -> None:
    config = SHAPES[name]
    cells = sample_cells(config, MacroConfig(ir_drop=0.01) if name == "flash" else IDEAL, 1)
    traffic, expected = played(config, cells, random.Random(name), BEATS, idle, stall, rare)
    found = schedule(traffic, cells, config)
    assert found.accepted == expected.accepted
    assert found.given == expected.given
    assert found.calibrations == expected.calibrations
    assert found.ignored == expected.ignored
    assert found.seeded == expected.seeded
    assert not rare or (found.calibrations and found.ignored and found.seeded)
    assert len(found.conversions) == BEATS * config.steps
    assert len(found.reads) == len(found.calibrations) * read_count(config)


@pytest.mark.parametrize("name", SHAPES)
def test_a_beat_alone_has_its_sums_after_the_latency(name: str) -> None:
    config = SHAPES[name]
    cells = sample_cells(config, IDEAL, 1)
    found = schedule(Traffic(offered=[7], last=[1], taken=[1000]), cells, config)
    assert found.given == [7 + latency(cells, config)]


@pytest.mark.parametrize("name", SHAPES)
def test_beats_one_after_the_other_are_an_interval_apart(name: str) -> None:
    config = SHAPES[name]
    cells = sample_cells(config, IDEAL, 1)
    beats = 30
    expected = [latency(cells, config) + number * beat_interval(config) for number in range(beats)]
    found = schedule(Traffic(offered=range(beats), last=[1] * beats, taken=expected), cells, config)
    assert found.given == expected
    assert set(np.diff(found.accepted[10:])) == {beat_interval(config)}


@pytest.mark.parametrize("name", SHAPES)
@pytest.mark.parametrize("kept", [False, True])
def test_calibrations_one_after_the_other_are_as_long_as_the_formula_says(name: str, kept: bool) -> None:
    config = SHAPES[name]
    cells = sample_cells(config, IDEAL, 1)
    one = imc_macro.latency(cells, config) + calibration_cycles(config, kept=kept)
    count = config.table_groups * config.tables
    starts = [3 + number * one for number in range(count)]
    found = schedule(Traffic(offered=(), last=(), taken=(), starts=starts, kept=[kept] * count), cells, config)
    assert found.ignored == []
    assert found.calibrations[-1][1] == 3 + column_calibration_cycles(cells, config, kept=count if kept else 0)
