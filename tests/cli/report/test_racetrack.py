"""Pictures of the bench of racetracks."""

import math
from xml.etree import ElementTree as ET

import pytest

from racelet.bench.row import Row
from racelet.bench.skyrmions.codecs import KS, RULES
from racelet.bench.skyrmions.reads import FFN1, schedules
from racelet.cli.report.racetrack import FULL, SHOWN, TOP, racetrack_pictures
from racelet.cli.report.svg import WIDTH
from racelet.golden.racetrack.config import ENGINES

SVG = "{http://www.w3.org/2000/svg}"
PICTURES = ("-writes", "-codec", "-accuracy", "-reads")


def rows(*, kws: bool = True) -> list[Row]:
    found = [Row(f"codec_fp16_{what}", value) for what, value in (("sqnr_db", 70.0), ("mean_error", 1e-4))]
    for number, engine in enumerate(ENGINES):
        for stream in SHOWN:
            found += [Row(f"{stream}_{engine}_ns", 80.0 - number), Row(f"{stream}_{engine}_fj", 5000.0 / (number + 1))]
    for name in ("digits", "kws") if kws else ("digits",):
        found.append(Row(f"{name}_inputs", 10))
        for ones in KS:
            for rule in RULES:
                found.append(Row(f"{name}_k{ones}_{rule}_accuracy", 90.0 + ones / 2))
                found.append(Row(f"{name}_k{ones}_{rule}_logits_sqnr_db", 2.5 * ones))
    for ones in KS:
        for rule in RULES:
            found.append(Row(f"codec_k{ones}_{rule}_sqnr_db", 3.0 * ones))
            found.append(Row(f"codec_k{ones}_{rule}_mean_error", 10.0 ** (-ones / 5)))
    for number, name in enumerate(schedules(FFN1)):
        found += [Row(f"reads_{name}_shifts", 10 ** (11 - number)), Row(f"reads_{name}_over_bound_percent", 3.25)]
    return found


def root(end: str, *, kws: bool = True) -> ET.Element:
    return ET.fromstring(racetrack_pictures(rows(kws=kws))[end])


def heights(picture: ET.Element, class_: str) -> list[list[float]]:
    found = [each for each in picture.iter(f"{SVG}polyline") if each.get("class") == class_]
    return [[float(point.split(",")[1]) for point in each.get("points", "").split()] for each in found]


def lengths(picture: ET.Element, class_: str) -> list[float]:
    bars = (bar for group in picture.iter(f"{SVG}g") for bar in group.iter(f"{SVG}rect"))
    return [float(bar.get("width", "")) for bar in bars if bar.get("class") == class_]


def test_bars_of_writes_are_as_long_as_writes_take() -> None:
    found = lengths(root("-writes"), "first")
    times, energies = found[: len(ENGINES)], found[len(ENGINES) :]
    assert times == pytest.approx([times[0] * (80 - number) / 80 for number in range(len(ENGINES))], abs=0.01)
    assert energies == pytest.approx([energies[0] / (number + 1) for number in range(len(ENGINES))], abs=0.01)
    assert lengths(root("-writes"), "second") == found


def test_curves_of_the_codec_are_as_high_as_its_errors() -> None:
    products, numbers = heights(root("-codec"), "blue")
    # 60 dB at 20 ones is the end of the axis.
    assert products == pytest.approx([TOP + FULL * (1 - 3 * ones / 60) for ones in KS], abs=0.06)
    assert numbers == pytest.approx([TOP + FULL * (-1 + ones / 5) / 5 for ones in KS], abs=0.06)


def test_curves_of_networks_are_as_high_as_their_accuracies() -> None:
    for class_ in ("blue", "blue dashed", "orange", "orange dashed"):
        right, outputs = heights(root("-accuracy"), class_)
        # The axis begins at 94 %.
        assert right == pytest.approx([TOP + FULL * (10 - ones / 2) / 6 for ones in KS], abs=0.06)
        assert outputs == pytest.approx([TOP + FULL * (1 - 2.5 * ones / 100) for ones in KS], abs=0.06)


def test_a_network_that_was_not_measured_is_left_out() -> None:
    assert heights(root("-accuracy", kws=False), "orange") == []
    assert len(heights(root("-accuracy", kws=False), "blue")) == 2


def test_bars_of_reads_are_logarithms_of_shifts() -> None:
    picture = root("-reads")
    found = [*lengths(picture, "first"), *lengths(picture, "second")]
    least = math.floor(math.log10(min(10 ** (11 - number) for number in range(len(found)))))
    scale = found[0] / (11 - least)
    expected = [max(scale * (11 - number - least), 1) for number in range(len(found))]
    assert found == pytest.approx(expected, abs=0.02)
    assert "10.00 million" not in "".join(picture.itertext())
    assert "10 million, 3.25 % over the least" in "".join(picture.itertext())


@pytest.mark.parametrize("end", PICTURES)
def test_it_is_told_to_who_cannot_see_it(end: str) -> None:
    picture = root(end)
    assert picture.get("role") == "img"
    told = picture.findtext(f"{SVG}desc") or ""
    expected = {
        "-writes": "CW, known 833",
        "-codec": "With 16 ones: nearest 48.0 dB",
        "-accuracy": "digits 98.00 %, kws 98.00 %",
        "-reads": "word by word 1e+11",
    }
    assert expected[end] in told


@pytest.mark.parametrize("end", PICTURES)
def test_it_suits_light_and_dark_pages_and_nothing_leaves_it(end: str) -> None:
    written = racetrack_pictures(rows())[end]
    assert "prefers-color-scheme: dark" in written
    assert "http" not in written.replace("http://www.w3.org/2000/svg", "")
    picture = ET.fromstring(written)
    _, _, width, height = (float(side) for side in picture.get("viewBox", "").split())
    assert width == WIDTH
    for each in picture.iter(f"{SVG}text"):
        assert 0 < float(each.get("x", "")) <= width
        assert 0 < float(each.get("y", "")) < height
