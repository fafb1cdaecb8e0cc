"""Ctrl-C and requests to end, at any moment: one exception, and what it was is known to the end."""

import contextlib
import signal
import sys
import threading
import warnings
from collections.abc import Generator
from types import FrameType
from typing import Any

WORDS = {signal.SIGINT: "interrupted", signal.SIGTERM: "terminated", signal.SIGHUP: "hung up"}
"""Signals that end a verb, and what is said of each."""
_AGAIN_S = 0.01


class Interruption:
    """What has interrupted the process so far.

    Parameters
    ----------
    number : int
        Of the first signal; 0 if there was none.
    """

    def __init__(self) -> None:
        self.number = 0

    @property
    def status(self) -> int:
        """Exit status, as shells have it: 130 for Ctrl-C."""
        return 128 + (self.number or signal.SIGINT)

    @property
    def sentence(self) -> str:
        """What to tell."""
        return f"racelet: {WORDS[signal.Signals(self.number or signal.SIGINT)]}"

    def arrived(self, number: int, _frame: FrameType | None) -> None:
        """Raise KeyboardInterrupt, for every signal alike, so that all clean up as they do for Ctrl-C."""
        # What is dropped half-made, such as a netlist, would be warned of.
        warnings.simplefilter("ignore")
        self.number = self.number or (signal.SIGINT if number == signal.SIGALRM else number)
        raise KeyboardInterrupt


@contextlib.contextmanager
def interruptible() -> Generator[Interruption]:
    """Turn the signals of ``WORDS`` into KeyboardInterrupt within the block.

    A signal that is ignored, as Ctrl-C is in a background job, stays ignored. An exception that arrives where Python
    can raise none, such as in a ``__del__``, is raised again a little later, and not printed.

    Yields
    ------
    Interruption
    """
    state = Interruption()
    if threading.current_thread() is not threading.main_thread():
        yield state
        return
    usual = (signal.SIG_DFL, signal.default_int_handler)
    before: dict[int, Any] = {number: signal.getsignal(number) for number in (*WORDS, signal.SIGALRM)}
    hook = sys.unraisablehook

    def unraisable(problem: Any) -> None:
        if not isinstance(problem.exc_value, KeyboardInterrupt):
            hook(problem)
        elif before[signal.SIGALRM] in usual:
            signal.signal(signal.SIGALRM, state.arrived)
            signal.setitimer(signal.ITIMER_REAL, _AGAIN_S)

    try:
        with warnings.catch_warnings():
            sys.unraisablehook = unraisable
            for number in WORDS:
                if before[number] in usual:
                    signal.signal(number, state.arrived)
            yield state
    finally:
        sys.unraisablehook = hook
        for number, handler in before.items():
            if handler in usual:
                signal.signal(number, handler)
