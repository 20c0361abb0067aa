"""How staged rows meet the rows that are there, by the merge rule of the table.

Everything is a query over Parquet files. The usual load brings only new keys and is appended;
a partition is rewritten only where a row in it really changes.
"""

from collections.abc import Callable

import msgspec
import pyarrow as pa
import pyarrow.compute as pc
from duckdb import DuckDBPyConnection

from shopscope.lake.schema import Table


class Plan(msgspec.Struct, frozen=True):
    """What to write, as queries: rows that replace what `predicate` names, and rows to append."""

    staged: int
    added: int
    changed: int = 0
    predicate: str | None = None
    rewritten: str | None = None
    appended: str | None = None


def conform(table: Table, rows: pa.Table) -> pa.Table:
    """Rows with exactly the table's columns and types; `month` is made from `day`."""
    columns = []
    for field in table.schema:
        if field.name == "month":
            columns.append(_months(rows["day"]))
        elif field.name in rows.column_names:
            columns.append(rows[field.name].cast(field.type))
        else:
            columns.append(pa.nulls(rows.num_rows, field.type))
    return pa.Table.from_arrays(columns, schema=table.schema)


def _months(days: pa.ChunkedArray) -> pa.Array:
    """`yyyy-mm` of days; a table has few distinct ones, so each is written out once."""
    coded = days.combine_chunks().dictionary_encode()
    months = pc.utf8_slice_codeunits(coded.dictionary.cast(pa.string()), 0, 7)
    return months.take(coded.indices)


def scan(table: Table, files: list[str]) -> str:
    """A table expression over Parquet files, in DuckDB's SQL; no files: an empty table."""
    if not files:
        columns = ", ".join(f"NULL::{_sql_type(f.type)} AS {f.name}" for f in table.schema)
        return f"(SELECT {columns} WHERE false)"
    names = ", ".join(_literal(file) for file in files)
    if not table.partition:
        return f"read_parquet([{names}])"
    types = ", ".join(f"{name}: VARCHAR" for name in table.partition)
    return f"read_parquet([{names}], hive_partitioning = true, hive_types = {{{types}}})"


def plan(
    db: DuckDBPyConnection,
    table: Table,
    files: list[str],
    staged: list[str],
    fetch: Callable[[list[str]], list[str]],
) -> Plan:
    """Work out how the staged files change the table that `files` hold.

    `fetch` is asked to have files on this machine before they are read.
    """
    columns = ", ".join(table.schema.names)
    given = f"SELECT {columns} FROM read_parquet({staged})"
    count = _number(db, f"SELECT count(*) FROM ({given})")
    db.execute(f"CREATE OR REPLACE TEMP VIEW given AS {given}")
    unique = f"SELECT count(*) FROM (SELECT DISTINCT {', '.join(table.key)} FROM given)"
    db.execute("DROP VIEW IF EXISTS fresh; DROP TABLE IF EXISTS unique_rows")
    if _number(db, unique) == count:
        db.execute("CREATE TEMP VIEW fresh AS FROM given")
    else:
        merged = _merge(db, table, "given")
        db.execute(f"CREATE TEMP TABLE unique_rows AS SELECT {columns} FROM ({merged})")
        db.execute("CREATE TEMP VIEW fresh AS FROM unique_rows")
    touched = fetch(_touched(db, table, files))
    if not touched:
        added = _number(db, "SELECT count(*) FROM fresh")
        return Plan(count, added, appended="SELECT * FROM fresh")
    db.execute(f"CREATE OR REPLACE TEMP VIEW old AS SELECT {columns} FROM {scan(table, touched)}")
    same = _same_key(table)
    db.execute(
        "CREATE OR REPLACE TEMP TABLE met AS "
        f"SELECT o.* FROM old o WHERE EXISTS (SELECT 1 FROM fresh n WHERE {same})"
    )
    db.execute(
        "CREATE OR REPLACE TEMP TABLE new AS "
        f"SELECT n.* FROM fresh n WHERE NOT EXISTS (SELECT 1 FROM met o WHERE {same})"
    )
    added = _number(db, "SELECT count(*) FROM new")
    both = (
        f"(SELECT false AS newer, {columns} FROM met UNION ALL "
        f"SELECT true, {_prefixed('n', table)} FROM fresh n "
        f"WHERE EXISTS (SELECT 1 FROM met o WHERE {same}))"
    )
    db.execute(
        "CREATE OR REPLACE TEMP TABLE changed AS "
        f"SELECT {columns} FROM ({_merge(db, table, both)}) "
        f"WHERE hash({columns}) NOT IN (SELECT hash({columns}) FROM met)"
    )
    changed = _number(db, "SELECT count(*) FROM changed")
    if not changed:
        return Plan(count, added, appended="SELECT * FROM new" if added else None)
    return _rewrite(db, table, Plan(count, added, changed))


def reader(db: DuckDBPyConnection, table: Table, sql: str) -> pa.RecordBatchReader:
    """The result of a query as a stream of batches in the table's exact schema."""
    columns = ", ".join(table.schema.names)
    batches = db.sql(f"SELECT {columns} FROM ({sql})").to_arrow_reader(100_000)
    return pa.RecordBatchReader.from_batches(
        table.schema, (batch.cast(table.schema) for batch in batches)
    )


def _rewrite(db: DuckDBPyConnection, table: Table, counts: Plan) -> Plan:
    """Replace every partition that holds a changed row; append what is new in the others."""
    db.execute(
        "CREATE OR REPLACE TEMP TABLE kept AS SELECT o.* FROM old o "
        f"WHERE NOT EXISTS (SELECT 1 FROM changed n WHERE {_same_key(table)})"
    )
    everything = "SELECT * FROM kept UNION ALL SELECT * FROM changed UNION ALL SELECT * FROM new"
    if not table.partition:
        return msgspec.structs.replace(counts, rewritten=everything)
    part = ", ".join(table.partition)
    cells = db.execute(f"SELECT DISTINCT {part} FROM changed ORDER BY ALL").fetchall()
    here = " OR ".join(
        "("
        + " AND ".join(f"{c} = {_literal(v)}" for c, v in zip(table.partition, cell, strict=True))
        + ")"
        for cell in cells
    )
    rest = f"SELECT * FROM new WHERE NOT ({here})"
    return msgspec.structs.replace(
        counts,
        predicate=here,
        rewritten=f"SELECT * FROM ({everything}) WHERE {here}",
        appended=rest if _number(db, f"SELECT count(*) FROM ({rest})") else None,
    )


def _touched(db: DuckDBPyConnection, table: Table, files: list[str]) -> list[str]:
    """The files of the partitions that have staged rows."""
    if not table.partition:
        return files
    part = ", ".join(table.partition)
    cells = db.execute(f"SELECT DISTINCT {part} FROM fresh").fetchall()
    folders = {
        "/" + "/".join(f"{c}={v}" for c, v in zip(table.partition, cell, strict=True)) + "/"
        for cell in cells
    }
    return [file for file in files if any(folder in file for folder in folders)]


def _merge(db: DuckDBPyConnection, table: Table, rows: str) -> str:
    """A query that leaves one row a key, by the table's merge rule."""
    key = ", ".join(table.key)
    rest = [c for c in table.schema.names if c not in table.key]
    match table.merge:
        case "versions":
            return (
                f"SELECT {key}, min(valid_from) AS valid_from, max(valid_to) AS valid_to "
                f"FROM {rows} GROUP BY {key}"
            )
        case "whole":
            return (
                f"SELECT * FROM {rows} QUALIFY row_number() "
                f'OVER (PARTITION BY {key} ORDER BY "row" DESC) = 1'
            )
        case "replace":
            newest = "newer DESC, " if rows != "given" else ""
            return (
                f"SELECT * FROM {rows} QUALIFY row_number() "
                f"OVER (PARTITION BY {key} ORDER BY {newest}{', '.join(rest)}) = 1"
            )
        case "largest":
            return _largest(db, table, rows, key, rest)


def _largest(db: DuckDBPyConnection, table: Table, rows: str, key: str, rest: list[str]) -> str:
    amounts = {c.name for c in table.columns if c.kind == "money"}
    mixed = "currency" in rest and _number(
        db, f"SELECT count(DISTINCT coalesce(currency, 'USD')) > 1 FROM {rows}"
    )
    if not mixed:
        largest = ", ".join(f"max({c}) AS {c}" for c in rest)
        return f"SELECT {key}, {largest} FROM {rows} GROUP BY {key}"
    largest = ", ".join(
        f"max({c}) FILTER (currency IS NOT DISTINCT FROM top) AS {c}" if c in amounts
        else f"max({c}) AS {c}"
        for c in rest
    )  # fmt: skip
    ranked = f"SELECT *, max(currency) OVER (PARTITION BY {key}) AS top FROM {rows}"
    return f"SELECT {key}, {largest} FROM ({ranked}) GROUP BY {key}"


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _same_key(table: Table) -> str:
    return " AND ".join(f"o.{c} IS NOT DISTINCT FROM n.{c}" for c in table.key)


def _prefixed(alias: str, table: Table) -> str:
    return ", ".join(f"{alias}.{c}" for c in table.schema.names)


def _number(db: DuckDBPyConnection, sql: str) -> int:
    return int(db.execute(sql).fetchall()[0][0])


def _sql_type(kind: pa.DataType) -> str:
    if pa.types.is_list(kind):
        return "VARCHAR[]"
    return {
        pa.int64(): "BIGINT",
        pa.int8(): "TINYINT",
        pa.float64(): "DOUBLE",
        pa.date32(): "DATE",
        pa.timestamp("us"): "TIMESTAMP",
    }.get(kind, "VARCHAR")
