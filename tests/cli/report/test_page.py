"""The page of a report: whole, needing nothing from outside, and equal to the result in every number."""

import dataclasses
import json
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest

from racelet.cli.report.charts import PART
from racelet.cli.report.data import report_data
from racelet.cli.report.page import page
from racelet.cli.summary import summary
from racelet.golden.dwcpwc.config import PRESETS, DwcPwcConfig, Store
from racelet.nn.compile import compile_network
from racelet.nn.models import digits
from racelet.nn.tflite import read_tflite
from tests.cli.report.reading import Node, read, rows
from tests.models import random_network

ROOMY = DwcPwcConfig(
    activation_bytes=576 * 1024, weight_bytes=1 << 20, channels=8192, depthwise_channels=8192, layers=64
)


def planned_result(config: DwcPwcConfig, graph: Any = None) -> dict[str, Any]:
    """Result of ``racelet run --plan``."""
    compiled = compile_network(graph or read_tflite(digits().model), config)
    return {"model": "digits", "preset": None, **summary(compiled, None)}


def planned_data(config: DwcPwcConfig = PRESETS["small"], graph: Any = None) -> dict[str, Any]:
    """Data of the report of ``racelet run --plan``."""
    return report_data(planned_result(config, graph), digits().model, "racelet run digits --plan --report DIR")


def counted_data() -> dict[str, Any]:
    """Data as of a run in which the hardware did what the formula says."""
    result = planned_result(PRESETS["small"])
    for layer in result["layers"]:
        layer["cycles"] = layer["predicted_cycles"]
    result["cycles"] |= {"per_inference": result["cycles"]["predicted"], "first": 3_692}
    result |= {"inputs": 20, "inputs_given": 20, "layerwise": 16, "bit_exact": True, "cycles_exact": True}
    result |= {"interrupted": False, "first_difference": None, "accuracy": None, "confusion": None}
    result |= {"simulator": "batch", "outputs_sha256": "0" * 64, "inputs_sha256": "1" * 64}
    return report_data(result, digits().model, "racelet run digits --report DIR")


def figures(tree: Node) -> dict[str, str]:
    """The numbers of the header."""
    found = {}
    for block in tree.one("dl", "figures").all("div"):
        value, note = block.all("dd")
        found[block.one("dt").text] = f"{value.text} | {note.text}"
    return found


def verdicts(tree: Node) -> list[str]:
    return [item.text for item in tree.one("ul", "verdicts").all("li")]


def test_every_layer_is_a_row_with_its_numbers() -> None:
    data = counted_data()
    head, *body, foot = rows(read(page(data)).one("table", "layers"))
    assert head[0] == "Layer"
    assert len(body) == len(data["layers"])
    for cells, layer in zip(body, data["layers"], strict=True):
        ideal = layer["ideal_cycles"]
        assert cells == [
            str(layer["index"]),
            layer["op"],
            "×".join(map(str, layer["output_shape"])),
            layer["mode"].replace("_", " "),
            "–" if layer["tiles"] is None else f"{layer['tiles']:,}",
            f"{layer['macs']:,}",
            f"{layer['cycles']:,}",
            f"{ideal:,}",
            f"{layer['cycles'] / ideal:.3f}" if ideal else "–",
            f"{100 * layer['macs'] / layer['cycles'] / 73:.1f} %",
            f"{layer['weight_bytes']:,}",
            f"{layer['external_bytes']:,}",
        ]
    assert foot[:5] == ["All layers", "66,624", "2,554", "2,258", "1.131"]
    assert foot[-1] == f"{sum(layer['external_bytes'] for layer in data['layers']):,}"


def test_the_header_tells_the_numbers_of_the_result() -> None:
    found = figures(read(page(counted_data())))
    assert found["Cycles per inference"].startswith("2,554 |")
    assert found["Ratio to the ideal"] == "1.131 × | of 2,258 cycles"
    assert found["Bytes across the edge"] == "4,978 | 1.122 × the compulsory 4,436"
    assert found["Accuracy"] == "– | no labels were given"


def test_every_field_of_the_config_is_told_and_changes_are_marked() -> None:
    result = {**planned_result(PRESETS["small"]), "preset": "small"}
    result["config"]["layers"] = 128
    tree = read(page(report_data(result, digits().model, "")))
    fields = {block.one("dt").text: block.one("dd").text for block in tree.one("dl", "fields").all("div")}
    assert fields.keys() == {"preset", "multipliers", *result["config"]}
    assert (fields["weight_bytes"], fields["layers"]) == ("229,376", "preset 64 128")
    assert tree.one("h1").text == "digits on dwcpwc small, changed"


def test_a_plan_is_called_one() -> None:
    tree = read(page(planned_data()))
    assert verdicts(tree)[0].startswith("○ Planned, not simulated")
    assert figures(tree)["Predicted cycles per inference"].startswith("2,554")
    assert figures(tree)["Accuracy"] == "– | nothing was simulated"
    assert "Predicted cycles" in rows(tree.one("table", "layers"))[0]


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({}, ["✓ Every byte", "✓ Every cycle"]),
        ({"bit_exact": False, "first_difference": "input 3"}, ["✗ Not equal", "✓ Every cycle", "✗ First difference"]),
        (
            {"cycles_exact": False, "first_difference": "input 3"},
            ["✓ Every byte", "✗ The cycles", "✗ First difference"],
        ),
        ({"interrupted": True, "inputs": 7}, ["○ Interrupted: 7 of 20", "✓ Every byte", "✓ Every cycle"]),
        ({"interrupted": True, "inputs": 0}, ["○ Interrupted: 0 of 20", "○ No input is finished"]),
    ],
)
def test_the_verdict_says_what_the_run_has_shown(changes: dict[str, Any], told: list[str]) -> None:
    found = verdicts(read(page({**counted_data(), **changes})))
    assert [sentence[: len(start)] for sentence, start in zip(found, told, strict=True)] == told


def test_how_deep_was_compared_is_told() -> None:
    data = counted_data()
    assert "20 inputs at the output, the first 16 after every layer" in verdicts(read(page(data)))[0]
    assert verdicts(read(page({**data, "layerwise": 0})))[0].endswith("20 inputs at the output.")


def test_what_looks_like_markup_is_text() -> None:
    data = {**counted_data(), "model": "<b>&.tflite", "command": "racelet run '<script>'"}
    data["tensors"] = [{**tensor, "name": "</title><script>"} for tensor in data["tensors"]]
    tree = read(page(data))
    assert tree.one("h1").text.startswith("<b>&.tflite")
    assert "<script>" in tree.one("pre").text


def test_tables_have_scopes_and_charts_have_titles() -> None:
    tree = read(page(counted_data()))
    assert tree.one("html").attributes["lang"] == "en"
    assert all(cell.attributes["scope"] in ("row", "col") for cell in tree.all("th"))
    charts = list(tree.all("svg"))
    assert len(charts) == 5
    for chart in charts:
        first, second = chart.children[:2]
        assert isinstance(first, Node)
        assert isinstance(second, Node)
        assert (first.tag, second.tag) == ("title", "desc")
        assert first.text
        assert second.text


def test_a_confusion_matrix_too_large_for_a_page_is_left_out_with_a_reason() -> None:
    none = {"classes": 1000, "inputs": [0] * 1000, "correct": [0] * 1000, "matrix": None}
    tree = read(page({**counted_data(), "accuracy": 0.5, "confusion": none}))
    assert not list(tree.all("table", "confusion"))
    assert "1,000 classes would not fit" in tree.text


def test_many_layers_come_in_several_charts() -> None:
    data = counted_data()
    data["layers"] = [{**data["layers"][1], "index": index} for index in range(2 * PART + 1)]
    data["tensors"] = data["tensors"][:3]
    charts = [
        chart for chart in read(page(data)).all("svg") if chart.attributes["aria-labelledby"].startswith("cycles")
    ]
    assert [len(list(chart.all("rect", "measured"))) - 1 for chart in charts] == [PART, PART, 1]


@pytest.mark.parametrize("seed", range(8))
def test_every_network_has_a_page(seed: int) -> None:
    data = planned_data(ROOMY, random_network(seed))
    text = page(data)
    assert len(rows(read(text).one("table", "layers"))) == len(data["layers"]) + 2
    assert len(text) < 200_000
    assert "nan" not in text.lower().split()


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("store", get_args(Store))
def test_every_config_has_a_page(preset: str, store: Store) -> None:
    words = {"store_words_per_port": 8} if preset == "tiny" else {}
    tree = read(page(planned_data(dataclasses.replace(PRESETS[preset], store=store, **words))))
    assert ("stay outside" in tree.text) == (store == "stream")
    assert ("Weights on racetracks" in tree.text) == (store == "racetrack")


def test_ways_of_reading_racetracks_are_side_by_side() -> None:
    data = planned_data(dataclasses.replace(PRESETS["small"], store="racetrack"))
    found = rows(read(page(data)).one("table", "racetrack"))[1:]
    assert [row[0] for row in found] == ["naive", "buffer", "serpentine", "bram"]
    for row in found[:3]:
        way = data["racetrack"]["ways"][row[0]]
        told = [way[name] for name in ("shifts", "detects", "ns", "fj", "cycles")]
        assert row[1:] == [*(f"{value:,}" for value in told), f"{way['bram_ratio']:.3f}"]
    assert found[3][5] == f"{data['racetrack']['bram_cycles']:,}"
    data = counted_data() | {
        "inputs": 2,
        "racetrack": data["racetrack"] | {"counted": {"shifts": 123_456, "detects": 7}},
    }
    text = page(data)
    assert "serpentine, run" in text
    assert "123,456 shifts and 7 detects in 2 inferences, as the formula says" in text


def test_the_data_can_be_written_and_read_again() -> None:
    data = counted_data()
    assert page(json.loads(json.dumps(data))) == page(data)
    assert np.isfinite(data["ratio"])
    assert Path(data["model"]).name == data["model"]
