"""Measures servers in alternating rounds, everything pinned to one CPU."""
