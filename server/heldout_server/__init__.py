"""Heldout's server: holds the hidden labels, scores submissions, shows the live board."""

__version__ = "0.1.0"
