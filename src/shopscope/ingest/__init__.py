"""Outside to lake: files are recognized, parsed, checked, and loaded in one atomic step each.

A profile says how the columns of an export become facts. A row that can't be taken is written
to a rejects file with its line and the reason, never dropped in silence.
"""
