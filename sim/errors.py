"""What can go wrong around a simulation, as opposed to inside the simulated hardware."""


class ToolError(RuntimeError):
    """A tool is missing, too old or failed.

    Parameters
    ----------
    message : str
        One sentence naming the tool and, for a missing one, the Debian package that has it. The command line prints
        it and exits with 2.
    detail : str
        Output of the tool, for a log; empty for a missing one.
    """

    def __init__(self, message: str, detail: str = "") -> None:
        super().__init__(message)
        self.detail = detail

    def __str__(self) -> str:
        return f"{self.args[0]}\n{self.detail}" if self.detail else str(self.args[0])


class ToolTimeout(ToolError):
    """A tool took longer than it was given."""


class SimulationError(RuntimeError):
    """A simulation ran and did not come to its expected end."""


class BenchFailure(SimulationError, AssertionError):
    """Tests of a bench failed; the message names them and ends with the tail of the log."""
