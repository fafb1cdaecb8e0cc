import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from racelet.sim import cache

BUILD = """
import sys, time
from pathlib import Path
from racelet.sim import cache

def build(folder):
    with open(sys.argv[1], "a") as log:
        log.write("built\\n")
    (folder / "first").write_text("1")
    time.sleep(0.5)
    (folder / "second").write_text("2")

entry = cache.obtain("demo", build)
print(sorted(path.name for path in entry.iterdir()))
"""


@pytest.fixture(autouse=True)
def private(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("RACELET_CACHE", str(tmp_path / "cache"))
    return tmp_path


def write(folder: Path) -> None:
    (folder / "product").write_text("done")


def refuse(folder: Path) -> None:
    raise AssertionError(f"built again in {folder}")


def left_over() -> list[Path]:
    return [*(cache.root() / "work").iterdir(), *(cache.root() / "builds").iterdir()]


def test_the_second_time_nothing_is_built() -> None:
    first = cache.obtain("demo", write)
    assert cache.obtain("demo", refuse) == first
    assert (first / "product").read_text() == "done"


def test_another_name_is_built() -> None:
    cache.obtain("demo", write)
    with pytest.raises(AssertionError, match="built again"):
        cache.obtain("other", refuse)


def test_parallel_processes_build_once_and_all_see_it_whole(private: Path) -> None:
    log = private / "log"
    command = [sys.executable, "-c", BUILD, str(log)]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    outputs = [process.communicate()[0] for process in running]
    assert outputs == ["['first', 'second', 'sha256sums']\n"] * 4
    assert log.read_text() == "built\n"


@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError(28, "No space left on device"), RuntimeError("failed")])
def test_an_interrupted_build_leaves_nothing(error: BaseException | type[BaseException]) -> None:
    def stop(folder: Path) -> None:
        write(folder)
        raise error

    with pytest.raises(error if isinstance(error, type) else type(error)):
        cache.obtain("demo", stop)
    assert left_over() == []
    cache.obtain("demo", write)


def test_a_killed_build_is_done_anew_and_its_remains_removed(private: Path) -> None:
    process = subprocess.Popen([sys.executable, "-c", BUILD, str(private / "log")])
    deadline = time.monotonic() + 20
    while not list((cache.root() / "work").glob("demo.*/first")) and time.monotonic() < deadline:
        time.sleep(0.01)
    process.kill()
    process.wait()
    assert not (cache.root() / "builds" / "demo").exists()
    entry = cache.obtain("demo", write)
    assert sorted(path.name for path in entry.iterdir()) == ["product", cache.SUMS]
    assert left_over() == [entry]


def test_entries_unused_for_long_are_removed() -> None:
    old, recent = cache.obtain("old", write), cache.obtain("recent", write)
    for entry, days in ((old, 31), (recent, 29)):
        then = time.time() - days * 86400
        os.utime(entry, (then, then))
    new = cache.obtain("new", write)
    assert sorted(left_over()) == sorted([recent, new])


def test_use_keeps_an_entry() -> None:
    old = cache.obtain("old", write)
    os.utime(old, (0, 0))
    cache.obtain("old", refuse)
    cache.obtain("new", write)
    assert old.is_dir()


def test_the_place_is_the_users_cache_folder_by_default(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("RACELET_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache.root() == tmp_path / "racelet"


@pytest.mark.parametrize("damage", ["cut", "changed", "missing", "more", "no sums"])
def test_a_damaged_entry_is_built_again(damage: str) -> None:
    product = cache.obtain("demo", write) / "product"
    if damage == "cut":
        product.write_text("do")
    elif damage == "changed":
        product.write_text("dome")
    elif damage == "missing":
        product.unlink()
    elif damage == "more":
        (product.parent / "more").write_text("")
    else:
        (product.parent / cache.SUMS).unlink()
    entry = cache.obtain("demo", write)
    assert (entry / "product").read_text() == "done"
    assert left_over() == [entry]
    assert cache.obtain("demo", refuse) == entry
