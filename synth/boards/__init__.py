"""Tops for boards that people have, with the pins, and their bitstreams."""
