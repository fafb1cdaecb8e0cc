"""Damaged, hostile and odd models through the whole compile path: ``python -m tests.fuzz``."""
