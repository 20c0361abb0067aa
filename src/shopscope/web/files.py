"""Static files: held in memory, compressed once, named by their contents and kept for good."""

import gzip
import hashlib
import mimetypes
from functools import cache
from pathlib import Path
from typing import NamedTuple

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

FOLDER = Path(__file__).parent / "static"

_KEEP = "public, max-age=31536000, immutable"
_ASK_AGAIN = "no-cache"
_COMPRESSED = (".css", ".js", ".svg", ".json", ".txt", ".toml")
_TYPES = {".js": "text/javascript", ".toml": "text/plain", ".woff2": "font/woff2"}
_DIGEST = 12


class File(NamedTuple):
    """One file: the hash of its contents, its type, its bytes, and those of its gzip form."""

    digest: str
    type: str
    body: bytes
    compressed: bytes | None


class Files:
    """The files below one folder; each is read once in a process, when it is first asked for."""

    def __init__(self, folder: Path = FOLDER) -> None:
        self._paths = {
            path.relative_to(folder).as_posix(): path
            for path in folder.rglob("*")
            if path.is_file()
        }

    def warm(self) -> None:
        """Read and compress every file."""
        for name in self._paths:
            self.file(name)

    def url(self, name: str) -> str:
        """The address of a file, which is another one when its contents are.

        Raises:
            KeyError: there is no such file.
        """
        return f"/static/{self.file(name).digest}/{name}"

    def file(self, name: str) -> File:
        """One file by its path below the folder; raises KeyError."""
        return _read(self._paths[name])

    async def answer(self, request: Request) -> Response:
        """The file that a request asks for: kept for good where the hash is that of its contents.

        With another hash it is the file of an older or newer page, which gets what there is.
        """
        name = request.path_params["name"]
        if name not in self._paths:
            raise HTTPException(404)
        found = self.file(name)
        fresh = request.path_params["digest"] == found.digest
        headers = {
            "cache-control": _KEEP if fresh else _ASK_AGAIN,
            "x-content-type-options": "nosniff",
            "vary": "accept-encoding",
        }
        body = found.body
        if found.compressed is not None and "gzip" in request.headers.get("accept-encoding", ""):
            body = found.compressed
            headers["content-encoding"] = "gzip"
        return Response(body, headers=headers, media_type=found.type)


@cache
def _read(path: Path) -> File:
    body = path.read_bytes()
    guessed, _ = mimetypes.guess_type(path.name)
    type_ = _TYPES.get(path.suffix) or guessed or "application/octet-stream"
    compressed = gzip.compress(body, 9, mtime=0) if path.suffix in _COMPRESSED else None
    return File(hashlib.sha256(body).hexdigest()[:_DIGEST], type_, body, compressed)
