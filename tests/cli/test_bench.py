import json
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

from racelet.bench.row import Progress, Row, Table
from racelet.cli import bench
from racelet.cli.main import main
from racelet.sim.errors import BenchFailure


def _run(progress: Progress) -> list[Row]:
    progress(1, 1)
    return [Row("kws small", 37384, "cycles"), Row("over ideal", 1.021, "x")]


@pytest.fixture(autouse=True)
def _sample(monkeypatch: pytest.MonkeyPatch) -> None:
    """One quick bench in place of those of the package."""
    module = ModuleType("racelet.bench.sample")
    vars(module).update(DESCRIPTION="A sample", run=_run)
    monkeypatch.setitem(sys.modules, module.__name__, module)
    found = [SimpleNamespace(name=name) for name in ("row", "sample")]
    monkeypatch.setattr(bench.pkgutil, "iter_modules", lambda _: iter(found))


def test_without_a_name_all_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench"]) == 0
    assert capsys.readouterr().out.splitlines() == ["bench   measures", "sample  A sample"]
    assert main(["bench", "--json", "-"]) == 0
    listed = json.loads(capsys.readouterr().out)
    assert listed == {"benches": [{"name": "sample", "description": "A sample"}]}


def test_rows_are_printed_and_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "rows.json"
    assert main(["bench", "sample", "--json", str(file)]) == 0
    assert json.loads(file.read_text()) == {
        "bench": "sample",
        "rows": [
            {"name": "kws small", "value": 37384, "unit": "cycles"},
            {"name": "over ideal", "value": 1.021, "unit": "x"},
        ],
    }
    assert "kws small   37,384  cycles" in capsys.readouterr().out


@pytest.mark.parametrize("name", ["row", "simulator"])
def test_an_unknown_bench_names_the_known_ones(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", name]) == 2
    assert f"NAME must be one of sample, not {name}" in capsys.readouterr().err


def test_names_are_written_with_hyphens(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    module = ModuleType("racelet.bench.two_words")
    vars(module).update(DESCRIPTION="Two words", run=_run)
    monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.setattr(bench.pkgutil, "iter_modules", lambda _: iter([SimpleNamespace(name="two_words")]))
    assert main(["bench", "two-words"]) == 0
    assert "kws small" in capsys.readouterr().out
    assert main(["bench", "two_words"]) == 2
    assert "NAME must be one of two-words, not two_words" in capsys.readouterr().err


def _tables(rows: list[Row]) -> list[Table]:
    return [Table(["a"], [(row.name,) for row in rows]), Table(["b"], [(len(rows),)])]


def test_a_bench_may_have_tables_of_its_own(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys.modules["racelet.bench.sample"], "tables", _tables, raising=False)
    assert main(["bench", "sample"]) == 0
    assert capsys.readouterr().out.splitlines() == ["a", "kws small", "over ideal", "", "b", "2"]


def test_a_picture_is_written(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(bench.PICTURES, "sample", lambda rows: f"<svg>{len(rows)}</svg>")
    assert main(["bench", "sample", "--picture", str(tmp_path / "sample.svg")]) == 0
    assert (tmp_path / "sample.svg").read_text() == "<svg>2</svg>"
    assert main(["bench", "sample", "--picture", "sample.png"]) == 2
    assert "--picture must be a file name ending in .svg in a folder that is there" in capsys.readouterr().err


def test_several_pictures_have_names_of_their_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(bench.PICTURES, "sample", lambda _: {"-a": "<svg>a</svg>", "-b": "<svg>b</svg>"})
    assert main(["bench", "sample", "--picture", str(tmp_path / "sample.svg")]) == 0
    found = {file.name: file.read_text() for file in tmp_path.iterdir()}
    assert found == {"sample-a.svg": "<svg>a</svg>", "sample-b.svg": "<svg>b</svg>"}


def test_tables_are_written_into_a_page(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    titled = [Table(["name", "of"], [("a", 1234)], "first"), Table(["b"], [(2,)])]
    monkeypatch.setattr(sys.modules["racelet.bench.sample"], "tables", lambda _: titled, raising=False)
    page = tmp_path / "page.md"
    page.write_text("A\n<!-- first -->\nold\n<!-- end -->\nZ\n")
    assert main(["bench", "sample", "--page", str(page)]) == 0
    table = "| name | of |\n|---|---:|\n| a | 1,234 |\n"
    assert page.read_text() == f"A\n<!-- first -->\n{table}<!-- end -->\nZ\n"
    page.write_text("A\n")
    assert main(["bench", "sample", "--page", str(page)]) == 2
    assert "the page has no place for first: it needs lines <!-- first --> and <!-- end -->" in capsys.readouterr().err
    assert page.read_text() == "A\n"


@pytest.mark.parametrize("name", [[], ["sample"]])
def test_a_page_that_is_not_there_is_refused(name: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", *name, "--page", "nowhere.md"]) == 2
    assert "--page needs a NAME and a file that is there, not nowhere.md" in capsys.readouterr().err


@pytest.mark.parametrize("name", [[], ["sample"]])
def test_a_picture_of_another_bench_is_refused(name: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", *name, "--picture", "sample.svg"]) == 2
    known = ", ".join(bench.PICTURES)
    assert f"--picture needs a NAME among {known}, not {''.join(name) or 'none'}" in capsys.readouterr().err


def test_a_difference_is_told_and_exits_with_1(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(_: Progress) -> list[Row]:
        raise BenchFailure("input 1, output byte 3: 7, LiteRT says 8")

    monkeypatch.setattr(sys.modules["racelet.bench.sample"], "run", fail)
    assert main(["bench", "sample"]) == 1
    assert "input 1, output byte 3: 7, LiteRT says 8" in capsys.readouterr().err
