"""Sentences of the quality report in both languages."""

import re

import pytest

from shopscope.web.findings import told
from shopscope.web.language import languages

SAID = {
    "sale_gmv: a later fact lowers the counter; windows that would be negative are 0": "GMV",
    "sale: the counter's growth on the as-of day differs from the growth that is reported for it": (
        "销量"
    ),
    "views: a shorter window or the total is out of order": "播放量",
    "sale: video and live together exceed it": "销量",
    "days without a fact between the first and the last": "首日",
    "products without a category": "类目",
    "products without a name": "名称",
    "facts left out: no rate for THB between 2026-01-02 and 2026-03-04; load a table with the "
    "columns currency, day, usd": "2026-01-02 至 2026-03-04 没有 THB",
    "products whose category 'a: b (c)' (en-US) is in no loaded category tree": "'a: b (c)'（en-US",
}


@pytest.mark.parametrize(("what", "chinese"), SAID.items())
def test_what_the_report_says_is_told_in_chinese(what: str, chinese: str) -> None:
    text = told(what, languages()["zh"])
    assert chinese in text
    assert not re.search(r"\b(the|is|are|without|between)\b", text)


def test_english_stays_but_for_the_names_of_metrics() -> None:
    english = languages()["en"]
    assert told("sale_gmv: video and live together exceed it", english) == (
        "GMV: video and live together exceed it"
    )
    assert told("products without a name", english) == "products without a name"


def test_what_is_not_known_stays_as_it_is() -> None:
    for what in ("<script>alert(1)</script>", "odd: 100 % new", ""):
        assert told(what, languages()["zh"]) == what
