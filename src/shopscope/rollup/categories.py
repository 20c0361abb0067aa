"""The category tree of today: the newest name and place of every category."""

from collections.abc import Iterator

import pyarrow as pa

from shopscope.contract.vocab import FALLBACK_LOCALE, ROOT_CATEGORY

NEWEST_SCHEMA = pa.schema(
    [
        ("id", pa.string()),
        ("level", pa.int8()),
        ("parent_id", pa.string()),
        ("locale", pa.string()),
        ("name", pa.string()),
    ]
)


class CategoryTree:
    """Places by id, one for all languages; names by language and id."""

    def __init__(self, names: pa.Table) -> None:
        """Take the newest of each from the lake's table `category_name`.

        A name is the newest in its language. A place (level and parent) is the newest in any
        language; seen on the same day, the one of the fallback language.
        """
        self.places: dict[str, tuple[int, str]] = {}
        self.names: dict[tuple[str, str], str] = {}
        rows = names.to_pylist()
        rows.sort(key=lambda r: (r["valid_to"], r["valid_from"], r["source"], r["name"]))
        for row in rows:
            self.names[row["locale"], row["id"]] = row["name"]
        rows.sort(key=lambda r: (r["valid_to"], r["locale"] == FALLBACK_LOCALE))
        for row in rows:
            self.places[row["id"]] = (row["level"], row["parent_id"])

    def table(self) -> pa.Table:
        """One row for each language of each category: id, level, parent_id, locale, name."""
        rows = [
            {"id": id_, "level": level, "parent_id": parent, "locale": locale, "name": name}
            for (locale, id_), name in sorted(self.names.items())
            for level, parent in (self.places[id_],)
        ]
        return pa.Table.from_pylist(rows, schema=NEWEST_SCHEMA)

    def path(self, category: str) -> list[str]:
        """The ids from level 1 down to `category`; a parent that is unknown ends the walk."""
        path = [category]
        while (place := self.places.get(path[0])) is not None:
            parent = place[1]
            if parent == ROOT_CATEGORY or parent in path or parent not in self.places:
                break
            path.insert(0, parent)
        return path

    def paths(self) -> pa.Table:
        """For each category the ids of its levels 1 to 3: leaf, l1, l2, l3."""
        rows = []
        for category in self.places:
            levels = {self.places[id_][0]: id_ for id_ in self.path(category)}
            rows.append({"leaf": category, **{f"l{n}": levels.get(n) for n in (1, 2, 3)}})
        columns = ("leaf", "l1", "l2", "l3")
        return pa.Table.from_pylist(rows, schema=pa.schema([(c, pa.string()) for c in columns]))

    def ids_by_name(self) -> pa.Table:
        """Which category a name means in a language: locale, label, named.

        A name that the language lacks is looked up in the fallback language; of several
        categories of one name the highest in the tree is meant, then the smallest id.
        """
        ids: dict[tuple[str, str], str] = {}
        for locale, label, category in self._labels():
            known = ids.get((locale, label))
            if known is None or self._rank(category) < self._rank(known):
                ids[locale, label] = category
        fallback = {label: id_ for (locale, label), id_ in ids.items() if locale == FALLBACK_LOCALE}
        for locale in {locale for locale, _ in ids}:
            for label, category in fallback.items():
                ids.setdefault((locale, label), category)
        rows = [{"locale": lo, "label": la, "named": id_} for (lo, la), id_ in sorted(ids.items())]
        columns = ("locale", "label", "named")
        return pa.Table.from_pylist(rows, schema=pa.schema([(c, pa.string()) for c in columns]))

    def _labels(self) -> Iterator[tuple[str, str, str]]:
        return ((locale, name, id_) for (locale, id_), name in self.names.items())

    def _rank(self, category: str) -> tuple[int, int, str]:
        return (self.places[category][0], len(category), category)
