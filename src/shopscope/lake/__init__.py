"""Facts at rest: the tables, their schemas, and commits that are atomic and repeatable."""
