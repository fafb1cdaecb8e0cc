"""One case: a file through the whole compile path, which may end in a sentence and in nothing else."""

import contextlib
import dataclasses
import resource
import signal
import sys
import traceback
import warnings
from collections.abc import Callable, Generator
from pathlib import Path
from types import FrameType
from typing import Any

import numpy as np

import racelet.nn.tflite
from racelet.golden.dwcpwc.config import PRESETS, DwcPwcConfig
from racelet.nn.errors import ModelError
from racelet.nn.evaluate import evaluate
from racelet.nn.fold import fold, keep_all
from racelet.nn.layers import build_network
from racelet.nn.lower import lower
from racelet.nn.plan import plan
from racelet.nn.tflite import parse_tflite
from tests.models import random_inputs

SECONDS = 20.0
"""Time limit of a case."""
ROOM = 1 << 30
"""Bytes of address space that a case may take."""
LONGEST = 400
"""Characters of a sentence."""
SMALL = 1_000_000
"""Multiplications up to which a network is evaluated."""
LARGEST = DwcPwcConfig(
    input_lanes=32, output_lanes=32, depthwise_lanes=32, requantizers=32, tile_pixels=64, tile_bytes=65536,
    weight_beat_bytes=1024, weight_bytes=4 << 20, activation_bytes=9 << 20, channels=65536, depthwise_channels=65536,
    layers=256,
)  # fmt: skip
CONFIGS = (*PRESETS.values(), LARGEST, dataclasses.replace(LARGEST, store="stream"))
_FOLDER = str(Path(racelet.nn.tflite.__file__).parent)

Feature = tuple[str, int] | str
"""A line of racelet.nn, or a sentence without its numbers."""


class Fault(Exception):
    """A case that did not end as it must.

    Parameters
    ----------
    where : str
        Kind of the fault and its place: the same for the same fault.
    detail : str
    """

    def __init__(self, where: str, detail: str = "") -> None:
        super().__init__(where)
        self.where, self.detail = where, detail


class _TimeUpError(BaseException):
    """Out of time; nothing in racelet catches it."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Ending:
    """How a case ended.

    Parameters
    ----------
    stage : str
        That which refused it, or "done".
    sentence : str
        Why it was refused.
    features : frozenset
        What it reached.
    inputs : int8 array or None
        Two inputs, where the network was small enough to be evaluated.
    outputs : dict of int to int8 array
        All activations for them.
    """

    stage: str
    sentence: str = ""
    features: frozenset[Feature] = frozenset()
    inputs: Any = None
    outputs: dict[int, Any] = dataclasses.field(default_factory=dict)


@contextlib.contextmanager
def guarded() -> Generator[None]:
    """Limit the memory of the process, once for all cases, and make warnings of numpy visible as faults."""
    before = resource.getrlimit(resource.RLIMIT_AS)
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + ROOM, before[1]))
    old = signal.signal(signal.SIGALRM, _out_of_time)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            yield
    finally:
        signal.signal(signal.SIGALRM, old)
        resource.setrlimit(resource.RLIMIT_AS, before)


def compile_model(data: bytes, config: DwcPwcConfig, *, traced: bool = True) -> Ending:
    """Read, fold, plan and lower a model; evaluate it if it is small.

    Parameters
    ----------
    data : bytes
        Content of a file.
    config : DwcPwcConfig
    traced : bool
        Find out which lines it reaches, which takes time.

    Returns
    -------
    Ending

    Raises
    ------
    Fault
        If anything but a ModelError comes out, a sentence is no sentence, or folding changes a byte.
    """
    lines: set[Feature] = set()
    stage = ["read"]
    signal.setitimer(signal.ITIMER_REAL, SECONDS)
    try:
        with _tracing(lines) if traced else contextlib.nullcontext():
            inputs, outputs = _compile(data, config, stage)
    except ModelError as error:
        _check_sentence(error)
        sentence = str(error)
        template = "".join("0" if letter.isdigit() else letter for letter in sentence)
        return Ending(stage=stage[0], sentence=sentence, features=frozenset(lines | {template}))
    except _TimeUpError as error:
        raise Fault(f"{stage[0]}: more than {SECONDS:.0f} s", traceback.format_exc()) from error
    except Exception as error:
        raise Fault(f"{stage[0]}: {_place(error)}", traceback.format_exc()) from error
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
    return Ending(stage="done", features=frozenset(lines), inputs=inputs, outputs=outputs)


def _compile(data: bytes, config: DwcPwcConfig, stage: list[str]) -> tuple[Any, dict[int, Any]]:
    graph = parse_tflite(data, "net")
    stage[0] = "build"
    network = build_network(graph)
    stage[0] = "fold"
    folded = fold(graph)
    stage[0] = "build folded"
    small = build_network(folded.graph)
    macs = sum(shape.macs for shape in network.shapes)
    inputs, outputs = None, {}
    if macs < SMALL and sum(int(np.prod(plane)) for plane in network.planes.values()) < SMALL:
        stage[0] = "evaluate"
        inputs = random_inputs(graph, 2, 0)
        outputs = evaluate(graph, inputs)
        stage[0] = "compare"
        _check_folding(folded.select(outputs), evaluate(folded.graph, inputs))
    for candidate, kind in ((small, "folded"), (build_network(keep_all(graph).graph), "whole")):
        stage[0] = f"plan {kind}"
        planned = plan(candidate, config)
        stage[0] = f"lower {kind}"
        lower(planned)
    return inputs, outputs


def _check_folding(expected: dict[int, Any], got: dict[int, Any]) -> None:
    for index, codes in expected.items():
        if not np.array_equal(codes, got[index]):
            raise AssertionError(f"folding changes tensor {index}")


def _check_sentence(error: ModelError) -> None:
    sentence = str(error)
    if isinstance(error.__cause__, MemoryError):
        raise Fault("a MemoryError became a sentence", sentence) from error
    if not sentence.isprintable() or len(sentence) > LONGEST:
        raise Fault(f"no sentence: {sentence[:40]!r}", sentence) from error


def _place(error: Exception) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    ours = [
        frame for frame in frames if f"{Path(_FOLDER).parent}/" in f"{frame.filename}" and "fuzz" not in frame.filename
    ]
    last = (ours or frames)[-1]
    return f"{type(error).__name__} at {Path(last.filename).name}:{last.lineno} ({error})"[:160]


def _out_of_time(*_: object) -> None:
    raise _TimeUpError


@contextlib.contextmanager
def _tracing(lines: set[Feature]) -> Generator[None]:
    """Collect the lines of racelet.nn that run."""

    def local(frame: FrameType, event: str, _: object) -> Callable[..., Any]:
        if event == "line":
            lines.add((frame.f_code.co_filename, frame.f_lineno))
        return local

    def called(frame: FrameType, event: str, _: object) -> Callable[..., Any] | None:
        del event
        return local if frame.f_code.co_filename.startswith(_FOLDER) else None

    before = sys.gettrace()
    sys.settrace(called)
    try:
        yield
    finally:
        sys.settrace(before)
