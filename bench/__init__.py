"""Benchmarks of PlaniPref: `python -m bench`, or `make bench`."""
