"""Who may ask, how fast, and for how many credits."""
