"""The bench of bit distillation: what it measures and compares, on streams of a few windows."""

import dataclasses
import itertools
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from racelet.bench import bitlet
from racelet.bench.bitlet import summary_rows, tables
from racelet.bench.distillation import area, engines, layers, runs
from racelet.bench.distillation.area import PARALLEL, REFERENCE, area_rows, throughput
from racelet.bench.distillation.engines import engine_rows, equal_area
from racelet.bench.distillation.layers import Layer, jobs_of, layer_rows, sparsity_rows
from racelet.bench.distillation.measured import Measured, lane_windows, measured, scheduled
from racelet.bench.distillation.runs import BOUNDS, RUNS, bounds, load_rows, stream_rows
from racelet.bench.distillation.schemes import SCHEMES, STEALING
from racelet.bench.distillation.streams import STREAMS, stream
from racelet.bench.distillation.tables import engine_table, zeros_table
from racelet.bench.distillation.truncation import WIDTHS, truncation_rows
from racelet.bench.fusion import Model
from racelet.bench.row import Row
from racelet.cli.output import markdown
from racelet.cli.report.sparsity import sparsity_pictures
from racelet.golden.bitlet.config import BitletConfig
from racelet.golden.bitlet.job import Job
from racelet.golden.bitlet.number_format import encode, number_format
from racelet.golden.bitlet.pe import PeTimes
from racelet.golden.dwcpwc.config import DwcPwcConfig
from racelet.nn.tflite import read_tflite
from racelet.sim.bitlet.beats import beats
from racelet.sim.bitlet.element import DotProducts, ElementSimulator
from racelet.synth.flow.devices import Device
from racelet.synth.records import shown

FLOATS = ("fp16", "bf16", "fp32")
ROOT = Path(__file__).resolve().parents[2]
ENGINES = [
    Row(f"engine_{engine}_{what}", value)
    for engine, values in {
        "parallel": (100, 4000, 9000),
        "serial": (800, 1000, 6000),
        "bitlet": (600, 2000, 7500),
    }.items()
    for what, value in zip(("cycles", "lut4", "whole_lut4"), values, strict=True)
]


def quiet(done: int, total: int, label: str = "") -> None:
    assert 0 <= done <= total, label


def by_name(rows: Sequence[Row]) -> dict[str, Any]:
    assert len({row.name for row in rows}) == len(rows)
    return {row.name: row.value for row in rows}


class Scheduled:
    """In place of the simulator: cycles of the schedule, which are those of the RTL."""

    def __init__(self, config: BitletConfig) -> None:
        self.config = config

    def checked(self, jobs: Sequence[Job]) -> DotProducts:
        parts = sum(len(beats(job, self.config)) for job in jobs)
        times = PeTimes(self.config)
        for job in jobs:
            times.feed(job)
        times.run([0] * parts)
        return DotProducts(codes=np.zeros(0, np.uint32), results=[], cycles=np.array(times.given), parts=parts)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> type[Scheduled]:
    for module in (runs, layers):
        monkeypatch.setattr(module, "ElementSimulator", Scheduled)
    return Scheduled


@pytest.fixture
def made(quick: type[Scheduled], monkeypatch: pytest.MonkeyPatch) -> list[Row]:
    """Rows of a whole run on few dot products; nothing is placed, and there is one small network."""
    assert quick is runs.ElementSimulator
    monkeypatch.setattr(bitlet, "stream_rows", lambda progress: stream_rows(progress, count=1))
    monkeypatch.setattr(bitlet, "load_rows", lambda progress: load_rows(progress, count=1))
    monkeypatch.setattr(bitlet, "truncation_rows", lambda: truncation_rows(8))
    placed = {"lut4": 10_000, "ff": 3000, "seeds": 5, "mhz": 100.0}
    monkeypatch.setattr(
        bitlet,
        "area_rows",
        lambda _: [Row(f"{scheme}_{what}", value) for scheme in area.PLACED for what, value in placed.items()],
    )
    monkeypatch.setattr(bitlet, "engine_rows", lambda _: ENGINES)
    rng = np.random.default_rng(1)
    small = [
        Layer(number=0, kind="CONV_2D", weights=rng.integers(-128, 128, (3, 70))),
        Layer(number=2, kind="DEPTHWISE_CONV_2D", weights=rng.integers(-3, 4, (5, 9))),
    ]
    monkeypatch.setattr(layers, "MODELS", {"kws": ROOT / "pyproject.toml", "vww": ROOT / "nowhere.tflite"})
    monkeypatch.setattr(layers, "read_tflite", lambda _: None)
    monkeypatch.setattr(layers, "layers", lambda _: small)
    return bitlet.run(quiet)


def test_every_table_is_full_and_has_a_place_on_the_page(made: list[Row]) -> None:
    page = (ROOT / "docs/bitlet.md").read_text(encoding="utf-8")
    found = {table.title: table for table in tables(made)}
    assert len(found) == 10
    for title, table in found.items():
        assert f"<!-- {title} -->\n" in page
        assert table.lines
        assert {len(line) for line in table.lines} == {len(table.columns)}
        # The head of the table that is on the page is the bench's.
        assert f"<!-- {title} -->\n{markdown(table.columns, ()).splitlines()[0]}\n" in page


def test_the_summary_is_that_of_the_rows(made: list[Row]) -> None:
    values = by_name(made)
    best = max(values[f"int8_gaussian_{scheme}_mac_per_cycle"] for scheme in RUNS["int8_gaussian"])
    assert values["int8_gaussian_n64_mac_per_cycle"] == best == values["int8_gaussian_csd4_mac_per_cycle"]
    assert values["int8_sparse_best_mac_per_cycle"] == values["int8_sparse_skipping_mac_per_cycle"]
    assert values["fp32_mac_per_cycle"] == values["fp32_fp32_mac_per_cycle"]
    over = [100 * (per / bound - 1) for _, _, bound, per in bounds(values)]
    assert values["schedule_over_bound_percent"] == pytest.approx(max(over))
    assert values["floats_over_ideal_percent"] == max(values[f"{name}_{name}_over_ideal_percent"] for name in FLOATS)
    integers = [f"{name}_{scheme}" for name, schemes in RUNS.items() for scheme in schemes if name[:3] == "int"]
    assert values["integers_over_ideal_percent"] == max(values[f"{case}_over_ideal_percent"] for case in integers)
    rate = throughput(values["int8_uniform_skipping_mac_per_cycle"], 10_000, 100.0)
    assert values["throughput_per_lut_mhz"] == rate
    assert values["throughput_per_lut_mhz_vs_reference"] == rate / (1.07 * 58 / 47_752 * 1000)
    assert values["throughput_per_lut_mhz_vs_parallel"] == rate / PARALLEL.throughput
    assert values["kws_cycles_bitlet_over_parallel_equal_lut"] == 600 * 7500 / (100 * 9000)


def test_what_is_not_placed_has_no_throughput(made: list[Row]) -> None:
    rows = [row for row in made if not row.name.endswith("_mhz")]
    assert by_name(summary_rows(rows))["throughput_per_lut_mhz_vs_reference"] is None


def test_a_network_that_is_not_here_is_told(made: list[Row]) -> None:
    assert Row("vww", None, "skipped: ../shared/data/vww is not here") in made
    assert ("vww", None, "skipped: ../shared/data/vww is not here") in tables(made)[0].lines


def test_a_picture_is_drawn_for_each_network_that_was_there(made: list[Row]) -> None:
    (picture,) = sparsity_pictures(made).values()
    values = by_name(made)
    for digits, columns in layers.DIGIT_COLUMNS.items():
        assert f"{values[f'kws_{digits}_digits']:.2f} other than zero per weight" in picture
        shares = [values[f"kws_{digits}_zeros_{k}"] for k in range(columns)]
        assert all(f">{share:.0f}</text>" in picture for share in shares)


def test_the_page_shows_the_zeros_of_the_models(shared_data: Path) -> None:
    assert shared_data.is_dir()
    page = (ROOT / "docs/bitlet.md").read_text(encoding="utf-8")
    for name, file in layers.MODELS.items():
        rows = sparsity_rows(name, layers.layers(read_tflite(file)))
        picture = ROOT / f"docs/img/bitlet-sparsity-{name}.svg"
        assert sparsity_pictures(rows) == {f"-{name}": picture.read_text(encoding="utf-8")}
        table = zeros_table(name, by_name(rows))
        assert shown(page, table.title) == markdown(table.columns, table.lines)


def test_bounds_are_of_the_lanes_that_there_are() -> None:
    values = {f"{name}_{scheme}_cycles_per_weight": 1.0 for name, scheme in BOUNDS}
    found = {scheme: bound for _, scheme, bound, _ in bounds(values)}
    assert found["barrier"] == pytest.approx(0.485 * 8 / 7)
    # Two windows of four columns lie side by side on eight lanes.
    assert found["csd4"] == pytest.approx(0.301)


@pytest.mark.usefixtures("quick")
def test_long_streams_keep_to_the_bounds_of_the_specification() -> None:
    wanted = {name: [scheme for stream, scheme in BOUNDS if stream == name] for name, _ in BOUNDS}
    values = by_name(stream_rows(quiet, wanted, count=12))
    found = bounds(values)
    assert len(found) == len(BOUNDS)
    assert max(per / bound for _, _, bound, per in found) <= 1.025
    assert values["int8_gaussian_stealing_mac_per_cycle"] >= 1.9 * REFERENCE.macs
    assert values["int8_sparse_skipping_mac_per_cycle"] >= 6


def test_lanes_alone_take_less_than_the_element_and_not_less_than_all_digits_need() -> None:
    for name, scheme in (("int8_sparse", "skipping"), ("int16_gaussian", "int16"), ("bf16", "bf16")):
        config, jobs = SCHEMES[scheme], stream(name, 2, 300)
        found = scheduled(config, jobs)
        digits = sum(len(column) for columns, _ in lane_windows(jobs, config) for column in columns)
        assert digits / config.used_lanes <= found.ideal < found.cycles
        assert found.weights == 600


def test_a_window_takes_as_long_as_its_densest_column_without_help() -> None:
    config = dataclasses.replace(STEALING, steal=False, lookahead=0, load=64)
    found = scheduled(config, stream("int8_gaussian", 2, 640))
    # The first window has to be loaded.
    assert found.ideal == found.densest + 2
    assert Measured(weights=8, cycles=10, ideal=8, densest=8).over_ideal == pytest.approx(25)


@pytest.mark.simulation
def test_streams_run_on_the_rtl() -> None:
    config = BitletConfig(formats=("int8",), window=8, lanes=8, load=4)
    jobs = stream("int8_sparse", 3, 21)
    assert measured(ElementSimulator(config), jobs) == scheduled(config, jobs)


@pytest.mark.parametrize("name", STREAMS)
def test_streams_are_of_their_format_and_the_same_again(name: str) -> None:
    form = STREAMS[name][0]
    for job, again in itertools.zip_longest(stream(name, 2, 50), stream(name, 2, 50)):
        assert job.form == form
        encode(job.weights, number_format(form))
        np.testing.assert_array_equal(job.weights, again.weights)
        np.testing.assert_array_equal(job.activations, again.activations)


def test_wider_is_never_worse_and_exact_is_rounded_once() -> None:
    values = by_name(truncation_rows(30))
    for form, widths in WIDTHS.items():
        errors = [values[f"{form}_width_{width}_median_error"] for width in widths]
        assert errors == sorted(errors, reverse=True)
        assert values[f"{form}_width_exact_as_exact"] == 100
        # Half a unit of the last place, at most.
        assert values[f"{form}_width_exact_worst_error"] <= 2.0 ** -number_format(form).magnitude_width


def test_zeros_are_counted_at_their_significance() -> None:
    values = by_name(sparsity_rows("x", [Layer(number=0, kind="", weights=np.array([[-128, 3, 6, 0]]))]))
    assert [values[f"x_sign_magnitude_zeros_{k}"] for k in (0, 1, 2, 6, 7)] == [75, 50, 75, 100, 75]
    assert values["x_sign_magnitude_digits"] == 5 / 4
    # 3 = 4 - 1, 6 = 8 - 2, 128 = 2 * 64.
    assert [values[f"x_csd4_zeros_{k}"] for k in range(4)] == [50, 50, 100, 75]


def test_layers_have_their_dot_products_in_the_order_of_the_kernel(kws_model: Path) -> None:
    graph = read_tflite(kws_model)
    found = layers.layers(graph)
    assert [layer.kind for layer in found].count("DEPTHWISE_CONV_2D") == 4
    depthwise = next(layer for layer in found if layer.kind == "DEPTHWISE_CONV_2D")
    data = graph.tensors[graph.operators[depthwise.number].inputs[1]].data
    assert data is not None
    np.testing.assert_array_equal(depthwise.weights[5], data[0, :, :, 5].reshape(-1))
    assert depthwise.weights.shape == (64, 9)
    assert len(jobs_of(depthwise)) == 64


@pytest.mark.usefixtures("quick")
def test_layers_run_on_every_scheme(kws_model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layers, "MODELS", {"kws": kws_model})
    values = by_name(layer_rows(quiet, ["csd4"]))
    each = [value for name, value in values.items() if name.endswith("_csd4_cycles") and "_layer_" in name]
    assert values["kws_all_csd4_cycles"] == sum(each)
    assert values["kws_all_weights"] == sum(layer.weights.size for layer in layers.layers(read_tflite(kws_model)))


def test_area_comes_from_the_flow(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def measure(block: str, config: BitletConfig, *others: Any) -> Any:
        asked.append((block, config, list(others[2])))
        others[4](1, 6, "seed 1")
        used = {"lut4": 7, "ff": 5}
        return type("Found", (), {"used": used, "fmax_mhz": type("Fmax", (), {"median": 90.5})})

    monkeypatch.setattr(area, "measure", measure)
    values = by_name(area_rows(quiet, ["stealing", "csd4"], {"csd4": 5}))
    assert asked == [("bitlet", SCHEMES["stealing"], []), ("bitlet", SCHEMES["csd4"], [1, 2, 3, 4, 5])]
    assert (values["csd4_lut4"], values["csd4_ff"], values["csd4_mhz"]) == (7, 5, 90.5)


def test_engines_are_compared_without_multiplier_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def measure(_: str, config: DwcPwcConfig, component: object, device: Device, *others: Any) -> Any:
        asked.append((config.engine, type(component).__name__, device.synthesis, others[0]))
        return type("Found", (), {"used": {"lut4": 10 * len(asked)}})

    monkeypatch.setattr(engines, "measure", measure)
    monkeypatch.setattr(
        engines,
        "models",
        lambda: [Model(name="kws", file=ROOT / "nowhere.tflite", inputs=lambda: np.zeros(0, np.int8))],
    )
    values = by_name(engine_rows(quiet, ["parallel", "bitlet"]))
    assert asked == [
        (engine, name, "synth_ecp5 -nodsp", [])
        for engine, kind in (("parallel", "ParallelDotEngine"), ("bitlet", "BitletDotEngine"))
        for name in (kind, "Accelerator")
    ]
    assert values["engine_bitlet_cycles"] is None
    assert [values[f"engine_{engine}{part}_lut4"] for engine in ("parallel", "bitlet") for part in ("", "_whole")] == [
        10,
        20,
        30,
        40,
    ]
    assert equal_area(values, "bitlet") is None
    assert engine_table({**values, **by_name(ENGINES)}).lines[1] == ("serial", 800, 1000, 6000, 2.0, 16 / 3)
