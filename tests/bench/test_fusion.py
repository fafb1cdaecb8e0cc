"""The bench of fusion: what it compares, and that docs/fusion.md tells its numbers."""

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from racelet.bench import fusion
from racelet.bench.costs import costs
from racelet.bench.fusion import ENLARGED, MODES, ROOMY, cases, formula_rows, measured_rows, tables
from racelet.bench.measure import measure
from racelet.bench.row import Row
from racelet.cli.output import format_value
from racelet.golden.dwcpwc.config import PRESETS
from racelet.nn.compile import Compiled, compile_network, predicted_cycles
from racelet.nn.fold import Folded, fold
from racelet.nn.models import digits
from racelet.nn.reference import LiteRtReference
from racelet.nn.tflite import read_tflite
from racelet.sim.dwcpwc.accelerator import Inferences
from racelet.sim.errors import BenchFailure

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs/fusion.md").read_text(encoding="utf-8")


def quiet(done: int, total: int, label: str = "") -> None:
    assert 0 <= done <= total, label


def by_name(rows: list[Row]) -> dict[str, Any]:
    assert len({row.name for row in rows}) == len(rows)
    return {row.name: row.value for row in rows}


def missing_lines(rows: list[Row]) -> list[str]:
    """Lines of the printed tables that the page does not have."""
    lines = [line for table in tables(rows) for line in table.lines]
    texts = ["| " + " | ".join(format_value(value) for value in line) + " |" for line in lines]
    assert texts
    return [text for text in texts if text not in PAGE]


@pytest.fixture(scope="module")
def formula() -> list[Row]:
    return formula_rows(quiet)


def test_the_page_tells_the_numbers_of_the_formula(formula: list[Row]) -> None:
    assert missing_lines(formula) == []


def test_the_picture_on_the_page_is_that_of_the_formula(formula: list[Row]) -> None:
    picture = (ROOT / "docs/img/fusion.svg").read_text(encoding="utf-8")
    values = by_name(formula)
    told = [f"{values['_'.join((*case, 'cycles'))]:,}" for case in cases(values)]
    told += [
        f"{values[name]:.2f} ×" for name in values if "_ratio_" in name and "unfused" in name and "comp" not in name
    ]
    assert [number for number in told if f">{number}<" not in picture] == []


@pytest.mark.simulation
def test_the_page_tells_the_numbers_of_the_rtl_and_keyword_spotting_gains_enough(
    kws_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert kws_model.exists()
    shown = fusion.models()[:2]
    monkeypatch.setattr(fusion, "models", lambda: shown)
    rows = measured_rows(quiet, ["large"])
    assert missing_lines(rows) == []
    values = by_name(rows)
    assert values["kws_large_compared_inputs"] == 12
    assert min(values["kws_large_gain"], values["kws_large_computing_gain"]) >= 2.5


def test_fusion_brings_latencies_as_far_apart_as_operations(formula: list[Row]) -> None:
    values = by_name(formula)
    operations = values["operations_ratio_resnet50_over_mobilenetv2"]
    assert operations == pytest.approx(12.8, abs=0.05)
    assert values["latency_ratio_fused"] > 2 * values["latency_ratio_unfused"]
    assert values["latency_ratio_fused"] == pytest.approx(operations, rel=0.1)
    # With as many bytes per cycle for tensors as for the program, the article's range of DPUv1.
    assert 3 <= values["latency_ratio_bandwidth_4_unfused"] <= 4.6


def test_parts_add_up(formula: list[Row]) -> None:
    values = by_name(formula)
    found = list(cases(values))
    assert len(found) == 6
    for network, config, mode in found:
        case = f"{network}_{config}_{mode}"
        parts = [values[f"{case}_{part}_cycles"] for part in ("computing", "moving", "waiting")]
        assert sum(parts) == values[f"{case}_cycles"]
        assert min(parts) >= 0
        moved = [values[f"{case}_{part}_bytes"] for part in ("program", "input_output", "loaded_stored")]
        assert sum(moved) == values[f"{case}_bytes"]
        macs = values[f"{network}_{config}_macs"]
        assert values[f"{case}_macs_per_cycle"] == macs / values[f"{case}_cycles"]
        assert values[f"{case}_macs_per_cycle"] < ROOMY.multipliers


def test_roomy_is_large_but_for_what_is_told() -> None:
    same = {name: getattr(PRESETS["large"], name) for name in ENLARGED}
    assert dataclasses.replace(ROOMY, **same) == PRESETS["large"]


def test_a_network_that_is_not_here_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(fusion, "DATA", tmp_path)
    monkeypatch.setattr(fusion, "AcceleratorSimulator", lambda _: None)
    monkeypatch.setattr(fusion, "_measured", lambda model, preset, _: [Row(f"{model.name}_{preset}", 1)])
    assert measured_rows(quiet, ["large"]) == [
        Row("digits_large", 1),
        Row("kws_large", None, "skipped: ../shared/data/kws is not here"),
        Row("vww_large", None, "skipped: ../shared/data/vww is not here"),
    ]


class Replay:
    """A simulator that gives what it should, changed in one place."""

    def __init__(self, compiled: Compiled, folded: Folded, **changes: int) -> None:
        self.compiled, self.folded, self.changes = compiled, folded, changes

    def load(self, words: NDArray[np.uint32], weights: NDArray[np.uint8]) -> int:
        assert words.size
        return weights.size

    def infer(self, inputs: NDArray[np.int8], **_: Any) -> Inferences:
        program, config = self.compiled.program, self.compiled.config
        reference, output = LiteRtReference(digits().model), self.compiled.network.output
        edge, count = program.edge_bytes(config), len(inputs)
        outputs = np.stack([self.folded.select(reference.run(each))[output].reshape(-1) for each in inputs])
        cycles = np.tile(np.array(predicted_cycles(self.compiled, program)), (count, 1))
        outputs[-1, 3] ^= self.changes.get("output", 0)
        cycles[-1, 2] += self.changes.get("cycles", 0)
        counted: dict[str, Any] = {field.name: 0 for field in dataclasses.fields(Inferences)}
        counted |= {
            "filled_bytes": count * edge["loaded"] + self.changes.get("filled", 0),
            "spilled_bytes": count * edge["stored"] + self.changes.get("spilled", 0),
        }
        return Inferences(**counted | {"outputs": outputs, "layer_cycles": cycles})


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({}, None),
        ({"output": 1}, r"input 1, output byte 3: -?\d+, LiteRT says -?\d+"),
        ({"cycles": 1}, r"input 1, descriptor 2: \d+ cycles counted, \d+ by the formula"),
        ({"filled": 16}, r"\d+ bytes loaded in 2 inferences, \d+ promised for each"),
        ({"spilled": -16}, r"\d+ bytes stored in 2 inferences, \d+ promised for each"),
    ],
)
def test_a_measurement_fails_where_anything_differs(changes: dict[str, int], told: str | None) -> None:
    folded = fold(read_tflite(digits().model))
    compiled = compile_network(folded.graph, PRESETS["small"], unfused=True)
    simulator: Any = Replay(compiled, folded, **changes)
    inputs = np.load(digits().inputs)[:2]
    if told is None:
        measure(compiled, folded, digits().model, inputs, simulator)
        return
    with pytest.raises(BenchFailure, match=told):
        measure(compiled, folded, digits().model, inputs, simulator)


def test_unfused_costs_more_of_everything() -> None:
    graph = fold(read_tflite(digits().model)).graph
    unfused, fused = (costs(compile_network(graph, PRESETS["large"], unfused=mode == "unfused")) for mode in MODES)
    assert unfused.macs == fused.macs
    assert unfused.spilled > fused.spilled == 0
    assert all(getattr(unfused, name) > getattr(fused, name) for name in ("computing", "moving", "cycles", "bytes"))
