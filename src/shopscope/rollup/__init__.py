"""Facts to rows: as-of windows, flags, the category tree, and a report of their quality."""
