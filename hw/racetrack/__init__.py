"""Hardware of the racetrack memory."""
