import dataclasses

import numpy as np
import pytest

from racelet.golden.dwcpwc.config import DwcPwcConfig, Reads
from racelet.golden.dwcpwc.dot_schedule import DotSchedule
from racelet.golden.dwcpwc.layer_config import LayerConfig, LayerKind
from racelet.golden.dwcpwc.racetrack_weight_store import CODE, Reading, Tracks
from racelet.golden.racetrack.command import Command
from racelet.golden.racetrack.controller import Controller
from racelet.golden.racetrack.device import Track
from racelet.golden.racetrack.operations import Counts, counts
from racelet.sim.dwcpwc.tb_racetrack_weight_store import SHAPES, verify

READS: list[Reads] = ["naive", "buffer", "serpentine"]
SMALL = SHAPES["serpentine"]


@pytest.mark.simulation
def test_beats_cycles_and_operations_match_golden() -> None:
    verify(DwcPwcConfig(), seed=1)


@pytest.mark.parametrize("reads", READS)
def test_operations_are_those_of_the_controller(reads: Reads) -> None:
    """One lane's tracks under the golden controller of tracks, command by command."""
    config = dataclasses.replace(SMALL, store_reads=reads)
    rng = np.random.default_rng(1)
    shape = config.store_tracks
    controller = Controller(shape, [Track(shape) for _ in range(shape.tracks)])
    tracks = Tracks(config)
    weights: dict[int, int] = {}

    def run(command: Command) -> Counts:
        before = len(controller.done)
        response = controller.run(command)
        assert response.error == "NONE"
        return counts(operation for _, operation in controller.done[before:])

    def home() -> None:
        done = sum((run(Command(code="home", track=track)) for track in range(shape.tracks)), Counts())
        before = tracks.pulses
        assert tracks.home() == done.cycles(1.0) + 2 * shape.tracks
        assert tracks.pulses == before + done

    home()
    for step in range(300):
        beat = int(rng.choice([0, 1, 5, 40, 64, 65, 130, 255]))
        track, port, slot = tracks.place(beat)
        before = tracks.pulses
        if rng.random() < 0.4:
            weight = int(rng.integers(-128, 128))
            taken = tracks.write(beat, [3])
            word = int(CODE.encode(np.array([weight]))[0])
            done = run(Command(code="home", track=track))
            done += run(Command(code="write", track=track, port=port, slot=slot, engine="pw", word=word))
            assert taken == done.cycles(1.0) + 6 + 7
            weights[beat] = word
        else:
            code = "read" if reads == "naive" else "sweep"
            done = run(Command(code=code, track=track, port=port, slot=slot))
            assert tracks.fetch(beat) == done.cycles(1.0)
        assert tracks.pulses == before + done, step
    home()
    for beat, word in weights.items():
        track, port, slot = tracks.place(beat)
        assert controller.tracks[track].load(port, slot) == word


def test_every_beat_has_a_place_of_its_own_and_first_words_come_first() -> None:
    tracks = Tracks(SMALL)
    shape = tracks.shape
    count = shape.tracks * shape.ports * shape.words_per_port
    places = [tracks.place(beat) for beat in range(count)]
    assert len(set(places)) == count
    assert [slot for _, _, slot in places] == sorted(slot for _, _, slot in places)
    assert tracks.place(count + 5) == tracks.place(5)


def test_energy_counts_every_track_and_port() -> None:
    found = {}
    for reads in READS:
        tracks = Tracks(dataclasses.replace(SMALL, store_reads=reads))
        tracks.fetch(0)
        found[reads] = (tracks.pulses, tracks.events.energy_fj)
    lanes, ports = SMALL.weight_beat_bytes, SMALL.store_ports
    assert found == {
        "naive": (Counts(shift=22, detect=11), lanes * (22 * 20 + 11 * 2)),
        "buffer": (Counts(shift=11, detect=11), lanes * (11 * 20 + 11 * 2)),
        "serpentine": (Counts(shift=11, detect=11), lanes * (11 * 20 + ports * 11 * 2)),
    }


@pytest.mark.parametrize("reads", READS)
def test_tiles_that_repeat_are_counted_like_those_that_do_not(reads: Reads) -> None:
    config = dataclasses.replace(SMALL, store_reads=reads, input_lanes=4, output_lanes=4, bandwidth=4)
    layer = LayerConfig(
        kind=LayerKind.WORDS, tiles=40, tile_pixels=3, last_tile_pixels=2, passes=3, words=2, width=122,
        channels=12, source_channels=8, source_width=122, weight_beats=12, weight_address=3, tail_groups=2,
        tail_lanes=4,
    )  # fmt: skip
    quick = Tracks(config)
    ended = DotSchedule(layer, config, None, quick).last_group()
    slow = Tracks(config)
    whole = DotSchedule(layer, config, None, slow)
    for pixels in [3] * 39 + [2]:
        whole._tile(pixels)
    assert ended - whole.taken[-1] == DotSchedule(layer, config).last_group() - _last(layer, config)
    assert (quick.pulses, quick.events, quick.places) == (slow.pulses, slow.events, slow.places)


def _last(layer: LayerConfig, config: DwcPwcConfig) -> int:
    schedule = DotSchedule(layer, config)
    for pixels in [3] * 39 + [2]:
        schedule._tile(pixels)
    return schedule.taken[-1]


def test_a_row_is_read_once_for_all_its_beats() -> None:
    reading = Reading(Tracks(SMALL))
    reading.begin(0, 0)
    times = [reading.beat() for _ in range(8)]
    assert np.diff(times).tolist() == [1, 1, 1, 26, 1, 1, 1]
