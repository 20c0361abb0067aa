"""Finished answers: all of an answer but its request id and what its key is told, for a while."""

from collections import OrderedDict

import msgspec

from shopscope.api.coding import Begun, Wanted

ROOM_BYTES = 48 * 2**20
"""Of one worker, for one snapshot: some 2,000 pages of ten products as they are, or 10,000
compressed."""

_OVERHEAD = 1_500  # bytes for key, headers and the objects around the body

Asked = tuple[str, bytes, Wanted]
"""Operation id, query string as it came, and coding: the same for the same answer."""


class Finished(msgspec.Struct, frozen=True):
    """A success from a snapshot, as it goes to whoever asks the same.

    `tag` is its ETag, `body` the envelope up to its request id, `headers` are all that do not
    depend on the request.
    """

    tag: bytes
    headers: tuple[tuple[bytes, bytes], ...]
    body: Begun


class FinishedAnswers:
    """Answers from one snapshot; the least recently used leave when `room` bytes are passed.

    Used by the event loop's thread alone.
    """

    def __init__(self, room: int = ROOM_BYTES) -> None:
        self._room = room
        self._bytes = 0
        self._kept: OrderedDict[Asked, Finished] = OrderedDict()

    def get(self, asked: Asked) -> Finished | None:
        """The answer to what is asked, if it is kept."""
        finished = self._kept.get(asked)
        if finished is not None:
            self._kept.move_to_end(asked)
        return finished

    def put(self, asked: Asked, finished: Finished) -> None:
        """Keep an answer, unless it alone would take a quarter of the room."""
        size = _size(asked, finished)
        if asked in self._kept or size * 4 > self._room:
            return
        self._kept[asked] = finished
        self._bytes += size
        while self._bytes > self._room:
            self._bytes -= _size(*self._kept.popitem(last=False))

    @property
    def nbytes(self) -> int:
        """Bytes that the kept answers take."""
        return self._bytes


def _size(asked: Asked, finished: Finished) -> int:
    return len(asked[1]) + len(finished.body.start) + _OVERHEAD
