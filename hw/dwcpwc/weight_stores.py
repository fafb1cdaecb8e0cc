"""Kinds of weight store."""

from racelet.hw.dwcpwc.racetrack_weight_store import RacetrackWeightStore
from racelet.hw.dwcpwc.weight_store import BramWeightStore, StreamWeightStore

STORES = {"bram": BramWeightStore, "stream": StreamWeightStore, "racetrack": RacetrackWeightStore}
"""By ``config.store``."""
