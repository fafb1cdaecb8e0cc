"""How many commands there were, and the first that went wrong."""

import dataclasses
from collections.abc import Sequence

from racelet.golden.racetrack.command import Error


@dataclasses.dataclass(frozen=True, kw_only=True)
class Log:
    """What is known of commands that were answered.

    Parameters
    ----------
    commands : int
        How many there were.
    error : str
        The first error since errors were forgotten.
    number : int
        How many commands had been answered before the one that it is of.
    """

    commands: int = 0
    error: Error = "NONE"
    number: int = 0


def logged(answers: Sequence[Error | None], forgets: Sequence[int], width: int) -> list[Log]:
    """What the log shows in each cycle.

    Parameters
    ----------
    answers : sequence of str or None
        Error of the command that is answered in each cycle, "NONE" if it has none.
    forgets : sequence of {0, 1}
        Whether errors of the cycles before are forgotten.
    width : int
        Bits of the numbers, which begin anew at zero.

    Examples
    --------
    >>> [(each.error, each.number) for each in logged(["NONE", "SLOT", "PORT", None], [0, 0, 0, 0], 32)]
    [('NONE', 0), ('NONE', 0), ('SLOT', 1), ('SLOT', 1)]
    """
    log = Log()
    shown: list[Log] = []
    for answer, forget in zip(answers, forgets, strict=True):
        shown.append(log)
        if forget:
            log = dataclasses.replace(log, error="NONE")
        if answer is None:
            continue
        if answer != "NONE" and log.error == "NONE":
            log = dataclasses.replace(log, error=answer, number=log.commands)
        log = dataclasses.replace(log, commands=(log.commands + 1) % (1 << width))
    return shown
