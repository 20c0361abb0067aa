"""Insights: request to answer, from an open snapshot."""
