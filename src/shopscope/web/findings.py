"""Sentences of the quality report in the language of a page: the report itself is English."""

import re

from shopscope.web.columns import METRIC_LABELS
from shopscope.web.language import N_, Language

SENTENCES = (
    N_("%(metric)s: a later fact lowers the counter; windows that would be negative are 0"),
    N_(
        "%(metric)s: the counter's growth on the as-of day differs from the growth that is "
        "reported for it"
    ),
    N_("%(metric)s: a shorter window or the total is out of order"),
    N_("%(metric)s: video and live together exceed it"),
    N_("days without a fact between the first and the last"),
    N_("products without a category"),
    N_("products without a name"),
    N_(
        "facts left out: no rate for %(currency)s between %(first)s and %(last)s; load a table "
        "with the columns currency, day, usd"
    ),
    N_("products whose category %(name)s (%(locale)s) is in no loaded category tree"),
)
"""What `rollup.quality` says, with names for what differs."""


def _pattern(sentence: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"%\\\((\w+)\\\)s", r"(?P<\1>.+)", re.escape(sentence)), re.DOTALL)


_KNOWN = tuple((sentence, _pattern(sentence)) for sentence in SENTENCES)


def told(what: str, language: Language) -> str:
    """A sentence of the report; one that is not known stays as it is."""
    for sentence, pattern in _KNOWN:
        met = pattern.fullmatch(what)
        if met:
            values = met.groupdict()
            label = METRIC_LABELS.get(values.get("metric", ""))
            if label:
                values["metric"] = language.gettext(label)
            return language.gettext(sentence) % values
    return what
