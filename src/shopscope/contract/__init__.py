"""The wire: everything a client sends and gets, stated once.

Routes, client methods, OpenAPI, documentation and prices are read from these tables.
Imports nothing of the rest of the package.
"""
