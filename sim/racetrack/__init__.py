"""Benches of the racetrack memory."""
