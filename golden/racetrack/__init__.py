"""Skyrmion racetrack memory: the device, how words are written into it and read, codes of few ones."""
