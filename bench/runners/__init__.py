"""Engines that answer the same product list requests over the same products."""
