"""The loop of the fuzzer: draws a model, changes it, tries it, and keeps it if it reached something new."""

import dataclasses
import hashlib
import time
from collections import Counter
from pathlib import Path

import numpy as np

from tests.fuzz.compile import CONFIGS, Ending, Fault, Feature, compile_model, guarded
from tests.fuzz.litert import LiteRtProcess
from tests.fuzz.mutate import mutate
from tests.fuzz.repair import repaired
from tests.fuzz.seeds import seed_models

REPAIRS = 12
"""Most sentences in a row that are obeyed."""
REFUSED = 0.1
"""Share of the cases that begin with a file that the reader refuses."""


@dataclasses.dataclass(kw_only=True)
class Report:
    """What came of a run.

    Parameters
    ----------
    endings : Counter
        Cases by the stage that refused them, or "done".
    faults : dict of str to bytes
        The first file of each fault.
    details : dict of str to str
    litert : Counter
        Survivors by what LiteRT said.
    ended : dict of str to list of bytes
        Files that ended LiteRT's process, by how.
    corpus : int
        Files that reached something new.
    """

    endings: Counter[str] = dataclasses.field(default_factory=Counter)
    faults: dict[str, bytes] = dataclasses.field(default_factory=dict)
    details: dict[str, str] = dataclasses.field(default_factory=dict)
    litert: Counter[str] = dataclasses.field(default_factory=Counter)
    ended: dict[str, list[bytes]] = dataclasses.field(default_factory=dict)
    corpus: int = 0

    @property
    def cases(self) -> int:
        """Cases tried."""
        return sum(self.endings.values())

    def save(self, folder: Path) -> None:
        """Write every fault, and every file that ended LiteRT: the file, and what happened beside it."""
        folder.mkdir(parents=True, exist_ok=True)
        found = [(where, data) for where, data in self.faults.items()]
        found += [(f"LiteRT {how}", data) for how, files in self.ended.items() for data in files]
        for where, data in found:
            name = hashlib.sha256(data).hexdigest()[:12]
            (folder / f"{name}.tflite").write_bytes(data)
            (folder / f"{name}.txt").write_text(f"{where}\n\n{self.details.get(where, '')}")


def fuzz(cases: int, seed: int, *, seconds: float | None = None, litert: bool = True) -> Report:
    """Try cases, the same ones for the same seed.

    Parameters
    ----------
    cases : int
        How many, at most.
    seed : int
    seconds : float or None
        Stop after this time.
    litert : bool
        Give what survives to LiteRT too, and compare.

    Returns
    -------
    Report
    """
    rng = np.random.default_rng((seed, 7))
    report = Report()
    reached: set[Feature] = set()
    corpus, refused = seed_models(), []
    reference = LiteRtProcess() if litert else None
    end = None if seconds is None else time.monotonic() + seconds
    try:
        with guarded():
            for data in corpus:
                reached |= _try(data, report, rng, reference).features
            while report.cases < cases and (end is None or time.monotonic() < end):
                # What the reader refuses hides what is behind it, so it is seldom changed further. The newest files
                # are the least explored.
                pool = refused if refused and rng.random() < REFUSED else corpus
                data = mutate(pool[-1 - int(len(pool) * rng.random() ** 2)], corpus, rng)
                for _ in range(REPAIRS):
                    ending = _try(data, report, rng, reference)
                    if not ending.features <= reached:
                        reached |= ending.features
                        (refused if ending.stage == "read" else corpus).append(data)
                    obeyed = repaired(data, ending.sentence, rng) if ending.sentence else None
                    if obeyed is None or obeyed == data:
                        break
                    data = obeyed
    finally:
        if reference is not None:
            reference.close()
    report.corpus = len(corpus) + len(refused)
    return report


def _try(data: bytes, report: Report, rng: np.random.Generator, reference: LiteRtProcess | None) -> Ending:
    try:
        ending = compile_model(data, CONFIGS[rng.integers(len(CONFIGS))])
        if reference is not None and ending.inputs is not None:
            _compare(data, ending, report, reference)
    except Fault as fault:
        report.endings["fault"] += 1
        report.faults.setdefault(fault.where, data)
        report.details.setdefault(fault.where, fault.detail)
        return Ending(stage="fault")
    report.endings[ending.stage] += 1
    return ending


def _compare(data: bytes, ending: Ending, report: Report, reference: LiteRtProcess) -> None:
    theirs = reference.run(data, ending.inputs)
    if isinstance(theirs, str):
        report.litert[theirs[:90]] += 1
        if theirs.startswith(("ended", "hung")):
            report.ended.setdefault(theirs, []).append(data)
        return
    for number, activations in enumerate(theirs):
        for index, codes in activations.items():
            if not np.array_equal(ending.outputs[index][number], codes[0]):
                report.litert["different"] += 1
                raise Fault(f"differs from LiteRT in the output of {_maker(data, index)}", f"tensor {index}")
    report.litert["equal"] += 1


def _maker(data: bytes, tensor: int) -> str:
    from racelet.nn.tflite import parse_tflite

    graph = parse_tflite(data)
    return next((op.kind for op in graph.operators if tensor in op.outputs), "nothing")
