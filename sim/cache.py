"""Cache of built simulators, named by the digest of what they are built from.

A build happens in a private folder beside the finished ones and is renamed into place when complete, under a lock for
its digest: parallel runs build each thing once, and an interrupted or failed build leaves nothing behind that a later
run would take for a finished one. An entry that has been damaged since is built again. The place is ``RACELET_CACHE``
or the user's cache folder; entries unused for 30 days are removed.
"""

import contextlib
import hashlib
import os
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import filelock
import platformdirs

SUMS = "sha256sums"
"""File of an entry with the digests of the others."""
_UNUSED_S = 30 * 86400.0


def root() -> Path:
    """Folder of the cache: ``RACELET_CACHE`` if set and not empty, else the user's cache folder for racelet."""
    place = os.environ.get("RACELET_CACHE")
    return Path(place).resolve() if place else Path(platformdirs.user_cache_dir("racelet", appauthor=False))


def digest(*parts: str) -> str:
    """Hexadecimal name for a list of texts; no two different lists share one.

    Examples
    --------
    >>> digest("ab", "c") == digest("a", "bc")
    False
    >>> len(digest("netlist"))
    32
    """
    state = hashlib.sha256()
    for part in parts:
        data = part.encode()
        state.update(len(data).to_bytes(8, "little"))
        state.update(data)
    return state.hexdigest()[:32]


def obtain(name: str, build: Callable[[Path], None]) -> Path:
    """Folder of the entry ``name``, built first if it is not there.

    Parameters
    ----------
    name : str
        A digest, which may have a readable prefix.
    build : callable
        Called with an empty folder to fill. If it raises, nothing is published and its exception goes through.

    Returns
    -------
    Path
        The folder with what ``build`` wrote. To be read only.

    Raises
    ------
    OSError
        If the cache folder cannot be written.
    """
    entry = root() / "builds" / name
    if not is_whole(entry):
        _publish(entry, build)
    with contextlib.suppress(OSError):
        os.utime(entry)
    return entry


def _publish(entry: Path, build: Callable[[Path], None]) -> None:
    locks, work = root() / "locks", root() / "work"
    for folder in (locks, work, entry.parent):
        folder.mkdir(parents=True, exist_ok=True)
    with filelock.FileLock(locks / f"{entry.name}.lock"):
        if is_whole(entry):
            return
        if entry.is_dir():
            # Damaged since: a full disk under a copy, a tidying tool, a failing disk.
            _remove(entry)
        for leftover in work.glob(f"{entry.name}.*"):
            shutil.rmtree(leftover, ignore_errors=True)
        folder = Path(tempfile.mkdtemp(prefix=f"{entry.name}.", dir=work))
        try:
            build(folder)
            (folder / SUMS).write_text(_sums(folder))
            folder.rename(entry)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    _prune(entry.parent)


def _prune(builds: Path) -> None:
    oldest = time.time() - _UNUSED_S
    for entry in builds.iterdir():
        with contextlib.suppress(OSError):
            if entry.stat().st_mtime < oldest:
                _remove(entry)


def is_whole(entry: Path) -> bool:
    """Whether an entry is there with every byte that was built.

    Parameters
    ----------
    entry : Path
        Folder of the cache.

    Returns
    -------
    bool
        A library that is cut short would not be refused when it is opened but end the process.
    """
    try:
        return (entry / SUMS).read_text(encoding="utf-8") == _sums(entry)
    except (OSError, ValueError):
        return False


def _sums(folder: Path) -> str:
    """Digest and name of every file, as ``sha256sum`` writes and checks them."""
    files = sorted(file for file in folder.iterdir() if file.name != SUMS)
    return "".join(f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.name}\n" for file in files)


def _remove(entry: Path) -> None:
    """Out of the way in one step, so that nobody finds it half removed."""
    doomed = Path(tempfile.mkdtemp(dir=root() / "work"))
    entry.rename(doomed / entry.name)
    shutil.rmtree(doomed, ignore_errors=True)
