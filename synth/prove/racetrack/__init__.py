"""Proofs of the racetrack's components."""
