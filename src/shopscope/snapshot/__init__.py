"""Snapshots: immutable files made for reading, built apart and published by one atomic step."""
