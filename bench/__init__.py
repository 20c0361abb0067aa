"""Benchmarks: how long a snapshot takes, a search, a request. Run `python -m bench`."""
