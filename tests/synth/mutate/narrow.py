"""The bench of a slice of few bits: quick to build and to run."""

from pathlib import Path

from racelet.sim.lib.tb_stream_slice import verify_width


def verify(config: object, *, seed: int, waves: Path | None) -> None:
    """Run it on four bits."""
    del config
    verify_width(4, seed=seed, waves=waves)
