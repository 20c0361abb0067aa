"""Errors a person can act on, one class per fact, outside the wire.

    ShopscopeError
    ├── BadInput          a file, profile or argument is not what was expected
    ├── NotFound          something asked for by name does not exist
    ├── LakeError         the lake can't be read or written
    └── SnapshotError     a snapshot is missing, damaged or of another version

Every message names the value, what was expected and what to do. The command line prints the
message and exits with status 1; a trace is never shown.
"""


class ShopscopeError(Exception):
    """Base of every error that is reported to a person."""


class BadInput(ShopscopeError):
    """A file, profile or argument is not what was expected."""


class NotFound(ShopscopeError):
    """Something asked for by name does not exist."""


class LakeError(ShopscopeError):
    """The lake can't be read or written."""


class SnapshotError(ShopscopeError):
    """A snapshot is missing, damaged or of another version."""
