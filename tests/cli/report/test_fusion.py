"""The picture of the bench of fusion."""

from xml.etree import ElementTree as ET

import pytest

from racelet.bench.costs import Costs
from racelet.bench.row import Row
from racelet.cli.report.fusion import LEFT, fusion_picture
from racelet.cli.report.svg import WIDTH

SVG = "{http://www.w3.org/2000/svg}"
FUSED = Costs(macs=9000, computing=100, moving=20, waiting=0, program=5, ends=5, spilled=0)
UNFUSED = Costs(macs=9000, computing=300, moving=150, waiting=30, program=5, ends=5, spilled=90)


def rows(*networks: str) -> list[Row]:
    found = [Row("vww_large", None, "skipped: ../shared/data/vww is not here")]
    for case in networks:
        found += FUSED.rows(f"{case}_fused") + UNFUSED.rows(f"{case}_unfused") + [Row(f"{case}_gain", 4.0, "x")]
    names = ("operations_ratio_resnet50_over_mobilenetv2", "latency_ratio_fused", "latency_ratio_unfused")
    names += ("latency_ratio_bandwidth_4_unfused", "latency_ratio_bandwidth_1_unfused")
    return found + [Row(name, value, "x") for name, value in zip(names, (12.83, 12.1, 5.7, 4.5, 3.4), strict=True)]


def bars(root: ET.Element, class_: str) -> list[float]:
    return [float(each.get("width", "")) for each in root.iter(f"{SVG}rect") if each.get("class") == class_]


def test_bars_are_as_long_as_cycles_are_many() -> None:
    root = ET.fromstring(fusion_picture(rows("kws_large", "resnet50_roomy")))
    # Two bars for each network, behind the swatch of the legend; the ratios below have three of another colour.
    _, unfused, fused, *_ = bars(root, "computing")
    assert unfused / fused == pytest.approx(3, rel=1e-3)
    _, moved, *_ = bars(root, "moving")
    _, waited, *_ = bars(root, "waiting")
    texts = ["".join(each.itertext()) for each in root.iter(f"{SVG}text")]
    (axis,) = (float(each.get("x", "")) for each in root.iter(f"{SVG}text") if each.text == "100 %")
    assert round(unfused + moved + waited, 1) == axis - LEFT
    assert {"480", "120", "4.00 ×", "12.83 ×", "5.70 ×"} <= set(texts)


def test_what_was_not_measured_is_left_out() -> None:
    picture = fusion_picture(rows("kws_large"))
    assert "keyword spotting" in picture
    assert "person detection" not in picture


def test_it_is_told_to_who_cannot_see_it() -> None:
    root = ET.fromstring(fusion_picture(rows("kws_large")))
    assert root.get("role") == "img"
    told = root.findtext(f"{SVG}desc") or ""
    assert "keyword spotting 4.00" in told
    assert "12.10 times fused" in told


def test_it_suits_light_and_dark_pages_and_nothing_leaves_it() -> None:
    picture = fusion_picture(rows("kws_large", "vww_large", "mobilenetv1_roomy", "mobilenetv2_roomy", "resnet50_roomy"))
    assert "prefers-color-scheme: dark" in picture
    assert "http" not in picture.replace("http://www.w3.org/2000/svg", "")
    root = ET.fromstring(picture)
    _, _, width, height = (float(side) for side in root.get("viewBox", "").split())
    assert width == WIDTH
    for each in root.iter(f"{SVG}text"):
        assert 0 < float(each.get("x", "")) <= width
        assert 0 < float(each.get("y", "")) < height
