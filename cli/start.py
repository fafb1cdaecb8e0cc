"""Entry of the command line; Ctrl-C is one line and status 130 while the rest of it is still being imported, too."""

import os
import signal
import sys
import warnings


def start() -> int:
    """Run the command line as a process of its own.

    Returns
    -------
    int
        Exit status, as :func:`racelet.cli.main.main`.
    """
    listening = signal.getsignal(signal.SIGINT) is signal.default_int_handler
    if listening:
        signal.signal(signal.SIGINT, _leave)
    _open_streams()
    # Verbs look at components that they do not elaborate; Amaranth takes each for a slip.
    warnings.filterwarnings("ignore", ".* created but never used$")
    from racelet.cli.main import main

    try:
        if listening:
            signal.signal(signal.SIGINT, signal.default_int_handler)
        return main()
    except KeyboardInterrupt:
        _leave()
        raise
    finally:
        # All is done and told: the interpreter's own end is not to be disturbed.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        warnings.simplefilter("ignore")


def _open_streams() -> None:
    """Give the process the streams that it was started without, lest a file that it opens gets their numbers."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_RDWR), mode))


def _leave(*_: object) -> None:
    """End at once: nothing has begun that would have to be cleaned up."""
    os.write(2, b"racelet: interrupted\n")
    os._exit(128 + signal.SIGINT)


if __name__ == "__main__":
    sys.exit(start())
