"""Self-hosted TikTok Shop product intelligence."""

__version__ = "0.1.0"  # stated here and nowhere else; the build reads it
