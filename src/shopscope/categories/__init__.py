"""The category tree as it is asked for: one level, one parent, one language."""
