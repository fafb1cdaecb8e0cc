"""The page lists what the command knows, and every component of the hardware has its proofs."""

from pathlib import Path

from racelet.hw.dwcpwc.accelerator import Accelerator
from racelet.synth.prove.subject import subjects
from tests.contract.components import classes

ROOT = Path(__file__).resolve().parents[3]


TOO_LARGE = {Accelerator}
"""What is proved part by part only."""


def test_every_component_is_a_subject() -> None:
    made = {type(subject.make()) for subject in subjects()}
    # Some are shown with what is around them.
    assert set(classes()) - TOO_LARGE == {kind for kind in made if kind.__module__.startswith("racelet.hw.")}


def test_the_page_lists_every_property() -> None:
    rows = [
        tuple(cell.strip() for cell in line.strip("|").split("|"))
        for line in (ROOT / "docs/proofs.md").read_text().splitlines()
        if line.startswith("| ") and line.count("|") == 5
    ]
    known = [
        (subject.name, each.name)
        for subject in subjects()
        for each in subject.harness().properties
        if each.kind != "assume"
    ]
    assert sorted(row[:2] for row in rows[1:]) == sorted(known)
    assert {row[2] for row in rows[1:]} <= {"proved", "covered"}


def test_no_two_subjects_share_a_name() -> None:
    names = [subject.name for subject in subjects()]
    assert len(names) == len(set(names))
