"""Benches of the racetrack controllers."""
