"""Long streams through the batch simulator: the same beats, results and cycles as everywhere else."""

import numpy as np
import pytest

from racelet.golden.bitlet.config import BitletConfig
from racelet.golden.bitlet.dot_product import dot
from racelet.golden.bitlet.job import Job, parts
from racelet.golden.bitlet.number_format import encode, number_format
from racelet.golden.bitlet.pe import PeTimes
from racelet.hw.bitlet.layouts import number_beat
from racelet.sim.bitlet import element
from racelet.sim.bitlet.beats import beats
from racelet.sim.bitlet.element import ElementSimulator
from racelet.sim.bitlet.random_jobs import random_job
from racelet.sim.errors import BenchFailure
from racelet.sim.payload import pack

CONFIG = BitletConfig(formats=("int8", "int3", "fp16"), window=8, load=4, lanes=12, terms=512)


def jobs(count: int) -> list[Job]:
    rng = np.random.default_rng(7)
    return [random_job(rng, CONFIG) for _ in range(count)]


def test_beats_are_the_parts_of_the_golden_model() -> None:
    for job in jobs(40):
        form = number_format(job.form)
        words = [encode(values, form).tolist() for values in (job.weights, job.activations)]

        def packed(codes: list[int], numbers: tuple[int, ...], width: int) -> int:
            left_out = (1 << width) - 1
            return sum((codes[k] if k >= 0 else left_out) << place * width for place, k in enumerate(numbers))

        expected = [
            pack(
                number_beat(CONFIG),
                {
                    "weights": packed(words[0], part.numbers, form.width),
                    "activations": packed(words[1], part.numbers, form.width),
                    "keep": sum(1 << place for place, k in enumerate(part.numbers) if k >= 0),
                    "form": CONFIG.formats.index(job.form),
                    "ends": part.ends,
                    "last": part.last,
                },
            )
            for part in parts(len(job.weights), job.form, CONFIG)
        ]
        assert [int.from_bytes(beat.tobytes(), "little") for beat in beats(job, CONFIG)] == expected


@pytest.mark.simulation
def test_results_and_cycles_are_the_golden_models() -> None:
    simulator = ElementSimulator(CONFIG)
    for _ in range(2):
        given = jobs(60)
        done = simulator.checked(given)
        expected = [dot(job.weights, job.activations, CONFIG, job.form) for job in given]
        np.testing.assert_array_equal(done.results, expected)
        times = PeTimes(CONFIG)
        for job in given:
            times.feed(job)
        times.run([0] * done.parts)
        assert done.cycles.tolist() == times.given


@pytest.mark.simulation
def test_a_difference_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    simulator = ElementSimulator(CONFIG)
    with monkeypatch.context() as patch:
        patch.setattr(element, "result_code", lambda *_: 1 << 40)
        with pytest.raises(BenchFailure, match=r"dot product 0 \(.*\): 0x.*, the golden model says 0x10000000000"):
            simulator.checked(jobs(2))
    given = jobs(3)
    monkeypatch.setattr(PeTimes, "feed", lambda times, _: vars(times).update(given=[-1] * 3))
    monkeypatch.setattr(PeTimes, "run", lambda *_: None)
    with pytest.raises(BenchFailure, match=r"dot product 0 \(.*\): in cycle \d+, by the schedule in -1"):
        simulator.checked(given)
