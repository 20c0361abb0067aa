"""Errors a person can act on, one class per fact, outside the wire.

    ShopscopeError
    ├── BadInput          a file, profile or argument is not what was expected
    ├── NotFound          something asked for by name does not exist
    ├── LakeError         the lake can't be read or written
    ├── EngineError       the cluster that computes a rollup can't be reached, or gave up
    ├── SnapshotError     a snapshot is missing, damaged or of another version
    ├── AccountsError     the accounts are of another version, or made by another program
    │   └── StoreUnavailable  the accounts can't be reached or written for now
    └── ExportFailed      the process that encodes an export has ended before it was done

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


class EngineError(ShopscopeError):
    """The cluster that computes a rollup can't be reached, or gave up."""


class SnapshotError(ShopscopeError):
    """A snapshot is missing, damaged or of another version."""


class StorageError(ShopscopeError):
    """Object storage can't be reached for now, or refuses what was asked."""


class AccountsError(ShopscopeError):
    """The accounts database is of another version, or no database of accounts."""


class StoreUnavailable(AccountsError):
    """The accounts database can't be reached or written for now; nothing was booked."""


class ExportFailed(ShopscopeError):
    """The process that encodes an export has ended before it was done."""
