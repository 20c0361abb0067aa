"""A generated market: invented products, shops, creators and advertising, as files to load."""
