"""Specification of the dwcpwc block."""
