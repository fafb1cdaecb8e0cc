"""Some of the proofs, as quick as they are; the command has them all."""

import pytest

from racelet.synth.prove.attempt import Prover
from racelet.synth.prove.subject import Subject, subjects
from racelet.synth.prove.verdict import Judge

QUICK = ("field_check", "packet_end", "start_queue", "tile_counter")


@pytest.mark.parametrize("subject", [each for each in subjects() if each.name in QUICK], ids=lambda each: each.name)
def test_the_hardware_holds_its_properties(subject: Subject) -> None:
    results = {verdict.name: verdict.result for verdict in Judge(Prover(), 100).verdicts(subject)}
    assert set(results.values()) <= {"proved", "covered"}
