"""The bench of racetracks: what it measures and compares, on few words and small products; and its page."""

import dataclasses
import functools
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest

from racelet.bench import racetrack
from racelet.bench.racetrack import tables
from racelet.bench.row import Row, Table
from racelet.bench.skyrmions import networks, reads, transposes, writes
from racelet.bench.skyrmions.accuracy import accuracy_rows
from racelet.bench.skyrmions.codecs import KS, Operands, codec_rows, coded, half, short_rows
from racelet.bench.skyrmions.networks import Network, labelled_digits, labelled_kws, logits, parameters, weights
from racelet.bench.skyrmions.reads import FFN1, SMALL, check_serpentine, check_word_by_word, read_rows, schedules
from racelet.bench.skyrmions.tables import (
    WRITES,
    accuracy_table,
    code_table,
    count_table,
    order_table,
    read_table,
    sweep_table,
    transpose_table,
)
from racelet.bench.skyrmions.transposes import transpose_rows, view_operations
from racelet.bench.skyrmions.words import Stream, Words, gaussian, short_streams, streams, updates
from racelet.bench.skyrmions.writes import WAYS, make_writes, mean_rows, write_rows
from racelet.cli.output import markdown
from racelet.cli.report.racetrack import accuracy_picture, reads_picture, writes_picture
from racelet.golden.racetrack.device import Track
from racelet.golden.racetrack.odometer import View
from racelet.golden.racetrack.operations import Counts, detect
from racelet.golden.racetrack.sweep import Sweep
from racelet.sim.errors import BenchFailure
from racelet.synth.records import shown
from racelet.train.float_network import FloatLayer, FloatNetwork, LayerKind, forward

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs/racetrack.md"
NAMED = (
    *("pw_inserts_per_64b_word", "cw_inserts", "cw_removes"),
    *("cw_early_ns", "cw_early_fj", "cw_known_ns", "cw_known_fj"),
    *("buffer_shift_reduction_percent", "buffer_latency_reduction_percent"),
    *("buffer_energy_reduction_percent", "buffer_ops_reduction_percent"),
    *("serpentine_over_bound", "transpose_device_ops", "codec_k16_sqnr_db"),
)
SPECIFIED = {
    "gaussian_fresh_naive": (74.3, 5260),
    "gaussian_fresh_dcw": (47.6, 2863),
    "gaussian_fresh_pw": (39.5, 1727),
    "gaussian_fresh_cw": (35.4, 1354),
    "gaussian_fresh_cw_early": (34.9, 1333),
    "gaussian_1e-3_cw_known": (16.0, 639),
    "gaussian_1e-3_pw": (38.8, 1658),
}
"""ns and fJ of a write."""


def quiet(done: int, total: int, label: str = "") -> None:
    assert 0 <= done <= total, label


def by_name(rows: Sequence[Row]) -> dict[str, Any]:
    assert len({row.name for row in rows}) == len(rows)
    return {row.name: row.value for row in rows}


def few_digits() -> Network:
    network = labelled_digits()
    return dataclasses.replace(network, inputs=network.inputs[:20], labels=network.labels[:20])


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[Row]:
    """Rows of a whole run on few words and small products; one network is not here."""
    monkeypatch.setattr(racetrack, "MODELS", {"kws": ROOT / "pyproject.toml", "vww": ROOT / "nowhere.tflite"})
    monkeypatch.setattr(racetrack, "real_weights", lambda: {"digits": weights(labelled_digits().graph)[:20]})
    monkeypatch.setattr(racetrack, "streams", lambda real: streams(real, 40))
    monkeypatch.setattr(racetrack, "write_rows", lambda progress, found: write_rows(progress, found, 2))
    monkeypatch.setattr(racetrack, "codec_rows", lambda progress: codec_rows(progress, KS, (3, 8, 8), 1))
    monkeypatch.setattr(racetrack, "accuracy_rows", lambda progress: accuracy_rows(progress, {"digits": few_digits}))
    return racetrack.run(quiet)


def test_every_table_is_full_and_has_a_place_on_the_page(made: list[Row]) -> None:
    page = PAGE.read_text(encoding="utf-8")
    found = {table.title: table for table in tables(made)}
    assert len(found) == 13
    for title, table in found.items():
        assert table.lines
        assert {len(line) for line in table.lines} == {len(table.columns)}
        if title != "accuracy":
            # The head of the table that is on the page is the bench's.
            head = markdown(table.columns, ()).splitlines()[0]
            assert f"<!-- {title} -->\n{head}\n" in page


def test_what_is_asked_for_is_told(made: list[Row]) -> None:
    values = by_name(made)
    assert set(NAMED) <= set(values)
    assert values["cw_inserts"] == values["cw_removes"] == values["transpose_device_ops"] == 0
    assert values["cw_known_ns"] == values["gaussian_1e-3_cw_known_ns"]
    assert values["cw_early_fj"] == values["gaussian_fresh_cw_early_fj"]
    assert values["pw_inserts_per_64b_word"] == values["uniform64_pw_inserts"]
    assert values["codec_k16_sqnr_db"] == values["codec_k16_nearest_sqnr_db"]
    # Ten streams of 32 bits, and three others.
    assert values["tracks_writes"] == 2 * 13 * len(WAYS)
    summary = {name for name, *_ in tables(made)[0].lines}
    assert set(NAMED) <= summary


def test_a_network_that_is_not_here_is_told(made: list[Row]) -> None:
    assert Row("vww", None, "skipped: ../shared/data/vww is not here") in made
    assert ("vww", None, "skipped: ../shared/data/vww is not here") in tables(made)[0].lines


def test_writes_are_those_of_the_specification_and_of_the_page() -> None:
    found = updates("gaussian", gaussian())
    rows: list[Row] = []
    for name in WRITES:
        stream = found[name]()
        for way, (engine, is_coded) in WAYS.items():
            rows += mean_rows(f"{name}_{way}", stream.coded if is_coded else stream.plain, engine)
    values = by_name(rows)
    for name, (latency, energy) in SPECIFIED.items():
        assert values[f"{name}_ns"] == pytest.approx(latency, abs=0.06)
        assert values[f"{name}_fj"] == pytest.approx(energy, rel=2e-3)
    # 66 shifts and 32 detects.
    assert values["gaussian_fresh_pw_coded_fj"] == 1384
    _is_on_the_page(count_table("writes", WRITES, values))
    assert writes_picture(values) == _picture("writes")


def test_permutation_write_inserts_as_often_as_published() -> None:
    stream = short_streams()["uniform64"]()
    values = by_name(mean_rows("x", stream.plain, "pw"))
    # Half the mean distance of two binomial numbers of ones.
    assert values["x_inserts"] == pytest.approx(2.25, abs=0.03)


@pytest.mark.parametrize("name", ["gaussian_fresh", "gaussian_1e-2", "uniform64", "fp16", "int8"])
def test_coded_words_have_as_many_ones_as_they_should(name: str) -> None:
    stream = streams({}, 30)[name]()
    for word in (*stream.coded.old, *stream.coded.new):
        assert word.bit_count() == stream.ones
        assert word < 1 << stream.coded.width
    assert len(stream.plain.old) == len(stream.coded.new) == 30
    assert stream == streams({}, 30)[name]()


def test_a_write_that_goes_wrong_ends_the_bench(monkeypatch: pytest.MonkeyPatch) -> None:
    used = Words(width=8, old=[0b0110, 0b0110], new=[0b0101, 0b1100])
    assert make_writes(used, "cw", 2, 2) == Counts(detect=16, shift=32)
    monkeypatch.setattr(writes, "write_counts", lambda *_: Counts(shift=3))
    with pytest.raises(BenchFailure, match="cw of 0x5 over 0x6: Counts"):
        make_writes(used, "cw", 2, 2)
    monkeypatch.setattr(writes, "write_counts", lambda *_: Counts())
    monkeypatch.setattr(writes, "write", lambda *_, **__: None)
    with pytest.raises(BenchFailure, match="cw_known of 0x5 over 0x6"):
        make_writes(used, "cw_known", 2, 2)


def test_writes_of_all_streams_are_made_on_tracks() -> None:
    stream = Stream(plain=Words(width=8, old=[3], new=[9]), coded=Words(width=8, old=[3], new=[9]), ones=2)
    rows, constant_weight = write_rows(quiet, {"x": lambda: stream}, 5)
    values = by_name(rows)
    assert values["tracks_writes"] == len(WAYS)
    assert constant_weight.shift == sum(values[f"x_{way}_shifts"] for way in ("cw", "cw_early", "cw_known"))


def test_reads_are_those_of_the_specification_and_of_the_page() -> None:
    rows = read_rows()
    values = by_name(rows)
    billions = {
        "word_by_word": 154.6,
        "buffer_1x1": 77.3,
        "buffer_kept_row": 38.7,
        "buffer_8x8": 9.66,
        "buffer_64x64": 1.21,
        "serpentine_8x8": 0.0122,
    }
    for name, expected in billions.items():
        assert values[f"reads_{name}_shifts"] / 1e9 == pytest.approx(expected, rel=2e-3)
    assert set(billions) < set(schedules(FFN1))
    less = {
        what: round(values[f"buffer_{what}_reduction_percent"], 1) for what in ("shift", "latency", "energy", "ops")
    }
    assert less == {"shift": 50.0, "latency": 45.5, "energy": 47.6, "ops": 33.3}
    assert values["sweep_1_8_shifts"] == values["reads_serpentine_8x8_shifts"]
    _is_on_the_page(read_table(values))
    _is_on_the_page(sweep_table(values))
    assert reads_picture(values) == _picture("reads")


def test_a_read_that_goes_wrong_ends_the_bench(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reads, "serpentine", lambda *_, **__: Counts(shift=1))
    with pytest.raises(BenchFailure, match="reading two matrices took Counts"):
        check_serpentine(SMALL, 2, 2)
    monkeypatch.setattr(reads, "read", lambda *_: 1)
    with pytest.raises(BenchFailure, match="a product of matrices on tracks differs"):
        check_word_by_word(SMALL)
    # It always goes outwards, and so reads nothing from the second time on.
    monkeypatch.setattr(Sweep, "outwards", property(lambda _: True, lambda *_: None), raising=False)
    with pytest.raises(BenchFailure, match="a product of matrices on tracks differs"):
        check_serpentine(SMALL, 1, 1)


def test_transposes_are_those_of_the_specification_and_of_the_page() -> None:
    values = by_name(transpose_rows())
    assert values["transposes_512_all_count"] == 60
    assert values["transposes_512_all_words"] == 23_592_960
    assert values["transposes_512_all_shifts"] == pytest.approx(3.07e9, rel=2e-3)
    assert values["transposes_512_all_detects"] == pytest.approx(1.51e9, rel=2e-3)
    assert [values[f"order_matrix_{what}"] for what in ("rows", "transposed", "homing")] == [1536, 1536, 19_968]
    _is_on_the_page(transpose_table(values))
    _is_on_the_page(order_table(values))


def test_a_view_that_is_no_transpose_ends_the_bench(monkeypatch: pytest.MonkeyPatch) -> None:
    first = transposes.transposes(transposes.SMALL, 4)[3]
    assert view_operations(first) == 0
    monkeypatch.setattr(View, "deltas", property(lambda self: tuple((0, 0) for _ in self.dimensions)))
    with pytest.raises(BenchFailure, match="keys of heads on tracks"):
        view_operations(first)


def test_what_is_done_to_tracks_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    store = Track.store

    def moving(track: Track, port: int, slot: int, word: int) -> None:
        track.apply(detect(port))
        store(track, port, slot, word)

    monkeypatch.setattr(Track, "store", moving)
    assert view_operations(transposes.transposes(transposes.SMALL, 4)[0]) == 32


def test_codes_are_those_of_the_page() -> None:
    values = by_name(short_rows())
    assert [values[f"code_{name}_changed"] for name in ("int4", "int8", "fp16", "bf16", "int8_clipped")] == [0] * 4 + [
        5
    ]
    _is_on_the_page(code_table(values))


def test_errors_of_16_ones_are_those_of_the_specification_and_of_the_page() -> None:
    operands = Operands(scale="small_weights")
    values = by_name(
        [
            *operands.measured("codec_k16_nearest", functools.partial(coded, ones=16)),
            *operands.measured("codec_k16_greedy", functools.partial(coded, ones=16, greedy=True)),
            *operands.measured("codec_fp16", half),
        ]
    )
    assert values["codec_k16_nearest_mean_error"] == pytest.approx(2.3e-6, rel=0.02)
    assert values["codec_k16_nearest_sqnr_db"] == pytest.approx(79.8, abs=0.4)
    assert values["codec_fp16_sqnr_db"] == pytest.approx(70.6, abs=0.1)
    line = shown(PAGE.read_text(encoding="utf-8"), "codec").splitlines()[2 + KS.index(16)]
    what = ("mean_error", "max_error", "sqnr_db")
    told = [f"{values[f'codec_k16_{rule}_{each}']:.4g}" for rule in ("nearest", "greedy") for each in what]
    assert line == f"| 16 | {' | '.join(told)} |"


def test_greedy_is_never_better_than_nearest() -> None:
    values = by_name(codec_rows(quiet, [9, 15], (4, 30, 30), 2))
    for ones in (9, 15):
        assert values[f"codec_k{ones}_nearest_mean_error"] <= values[f"codec_k{ones}_greedy_mean_error"]


def test_outputs_in_real_numbers_are_those_of_a_float_network() -> None:
    network = labelled_digits()
    graph = network.graph
    real = parameters(graph)
    layers = [
        FloatLayer(
            name=str(each.index),
            kind=cast("LayerKind", each.kind),
            weights=real[each.inputs[1]].astype(np.float64),
            bias=real[each.inputs[2]].astype(np.float64),
            stride=each.stride[0],
        )
        for each in graph.operators
        if len(each.inputs) == 3
    ]
    images = (network.inputs.astype(np.float64) + 128) / 240
    found = logits(graph, network.inputs, real)
    expected = forward(FloatNetwork(convolutions=tuple(layers[:-1]), classifier=layers[-1]), images)[-1]
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-5)


def test_an_operator_without_a_model_is_named() -> None:
    graph = labelled_digits().graph
    strange = dataclasses.replace(graph.operators[0], kind="ADD")
    with pytest.raises(ValueError, match=r"operator 0 \(ADD\) has no model in real numbers"):
        logits(dataclasses.replace(graph, operators=(strange,)), np.zeros((1, 8, 8, 1), np.int8), parameters(graph))


def test_networks_with_coded_parameters_are_those_of_the_page(shared_data: Path) -> None:
    assert shared_data.is_dir()
    values = by_name(accuracy_rows(quiet))
    assert values["digits_k16_nearest_accuracy"] == values["digits_fp32_accuracy"]
    assert values["digits_int8_accuracy"] == pytest.approx(99.44, abs=0.01)
    assert values["kws_int8_accuracy"] == values["kws_fp32_accuracy"] == 100
    _is_on_the_page(accuracy_table(values))
    assert accuracy_picture(values) == _picture("accuracy")


def test_labels_of_keyword_spotting_are_in_the_names(kws_model: Path) -> None:
    network = labelled_kws(kws_model)
    assert sorted(network.labels.tolist()) == list(range(12))
    assert network.inputs.shape == (12, 490)


def test_networks_that_are_not_here_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(networks, "MODELS", {"kws": ROOT / "nowhere.tflite"})
    values = by_name(accuracy_rows(quiet, ks=[16]))
    assert "digits_k16_greedy_accuracy" in values
    assert not [name for name in values if name.startswith("kws")]


def _picture(name: str) -> str:
    return (ROOT / f"docs/img/racetrack-{name}.svg").read_text(encoding="utf-8")


def _is_on_the_page(table: Table) -> None:
    assert shown(PAGE.read_text(encoding="utf-8"), table.title) == markdown(table.columns, table.lines)
