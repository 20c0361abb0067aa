"""What templates know: texts and numbers of a language, files, links, the pieces of ui.html."""

import re
from pathlib import Path
from typing import Any

import msgspec
from jinja2 import BytecodeCache, Environment, FileSystemLoader, StrictUndefined
from jinja2.bccache import Bucket
from jinja2.ext import Extension
from markupsafe import Markup

from shopscope.web.files import Files
from shopscope.web.language import Language, languages
from shopscope.web.links import link
from shopscope.web.numbers import KINDS, Numbers

_TEMPLATES = FileSystemLoader(Path(__file__).parent / "templates")


def environment_of(
    language: Language, numbers: Numbers, files: Files, *, product_images: bool
) -> Environment:
    """The templates in one language; `product_images`: pages show those from elsewhere."""
    environment = Environment(
        loader=_TEMPLATES,
        bytecode_cache=_compiled,
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n", _Flush],
    )
    environment.install_gettext_callables(  # type: ignore[attr-defined]
        language.gettext, language.ngettext, newstyle=True
    )
    for name in KINDS:
        environment.filters[name] = getattr(numbers, name)
    environment.filters |= {"humane": numbers.humane, "in_full": numbers.in_full, "json": _json}
    environment.globals["static"] = files.url
    environment.globals["product_images"] = product_images
    environment.globals["link"] = link
    environment.globals["languages"] = languages()
    environment.globals["ui"] = environment.get_template("ui.html").module
    return environment


class _Compiled(BytecodeCache):
    """Templates as Python code: compiled once in a process, whatever the language."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[str, bytes]] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        checksum, code = self._known.get(bucket.key, ("", b""))
        if checksum == bucket.checksum:
            bucket.bytecode_from_string(code)

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._known[bucket.key] = bucket.checksum, bucket.bytecode_to_string()


_compiled = _Compiled()


class _Flush(Extension):
    """Lines begin at the margin: how templates are indented is of no use to browsers."""

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:
        return _INDENT.sub("", source)


_INDENT = re.compile(r"^[ \t]+", re.MULTILINE)


def _json(value: Any) -> Markup:
    """A value as JSON that may stand inside an element of HTML, a script of data too."""
    text = msgspec.json.encode(value).decode()
    return Markup(text.translate(_NO_MARKUP))  # noqa: S704 - what could be markup is escaped


_NO_MARKUP = {ord(character): f"\\u{ord(character):04x}" for character in "<>&'\u2028\u2029"}
