"""The two DuckDB files, rebuilt whole from every campaign's folder and the reference data.

`siei.duckdb` names nobody: each of its tables is declared, comes from Parquet files that name
nobody, and is written by a process that loads nothing else (builder.py). `listes.duckdb` names
people: it is its owner's alone from its first byte.
"""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any, Final

import polars as pl

from siei_match.output import MANIFESTE, PreparedCampaign
from siei_match.output.databases import builder
from siei_match.output.databases.coarse import (
    DECISIONS,
    MASKS,
    OUTCOMES,
    TABLE,
    coarsen_decisions,
    coarsen_links,
    without_traits,
)
from siei_match.output.memory.exclusions import EXCLUDED_PERSON
from siei_match.reference.contracts import declaration
from siei_match.reference.errors import ContractError, OutputError
from siei_match.reference.files import PRIVATE, SHARED, close_to_others, write_parquet

SQL: Final = Path(__file__).parent / "sql"
Statement = tuple[str, list[Any]]

OF_CAMPAIGNS: Final = ("identites", "identites_seuils", "liens", "decisions", "signalements", "mouvements", "rejets",
                        "redirections", "devenirs")  # fmt: skip
"""Tables of siei.duckdb that hold all campaigns, one Parquet file each per campaign's folder."""
LINKS: Final = "liens"
REJECTED: Final = "rejets"
DECIDED: Final = "decisions"
BECOME: Final = "devenirs"
OWNERS: Final[Mapping[str, str]] = {
    LINKS: TABLE,
    DECIDED: DECISIONS,
    BECOME: OUTCOMES,
    REJECTED: f"tables/{REJECTED}",
}
"""Those whose file is its owner's alone, and what the base has in their place: without what tells somebody, and
without the rows of who opposed."""

DUCKDB_TYPES: Final[Mapping[Any, str]] = {
    pl.String: "VARCHAR",
    pl.Boolean: "BOOLEAN",
    pl.Date: "DATE",
    pl.Float32: "FLOAT",
    pl.Float64: "DOUBLE",
    pl.Int8: "TINYINT",
    pl.Int16: "SMALLINT",
    pl.Int32: "INTEGER",
    pl.Int64: "BIGINT",
    pl.UInt8: "UTINYINT",
    pl.UInt16: "USMALLINT",
    pl.UInt32: "UINTEGER",
    pl.UInt64: "UBIGINT",
}

SIGNS: Final = re.compile(r"[*?\[]")
BASE_COMMENT: Final = "Code de la campagne."


def siei_statements(
    campagnes: Mapping[str, PreparedCampaign],
    references: Mapping[str, pl.DataFrame],
    travail: Path,
    coarseness: Mapping[str, int],
) -> list[Statement]:
    """Return the statements that build siei.duckdb.

    Input: each campaign by its code; the tables that are not in folders (campagnes, indicateurs,
    cohortes, psad, psad_communes, communes, diplomes, mef …), handed over as Parquet files under `travail`;
    how many people must share what is shown, by campaign.
    """
    statements: list[Statement] = []
    for name, frame in references.items():
        path = write_parquet(frame, travail / f"base_{name}.parquet", PRIVATE)
        statements += _table(name, f"tables/{name}")
        statements.append(_fill(name, path))
    masks: dict[str, Path] = {}
    for name in OF_CAMPAIGNS:
        told = OWNERS.get(name, f"tables/{name}")
        statements += _table(name, told, of_campaigns=True)
        for code, campaign in campagnes.items():
            if not campaign.has_table(name):
                continue  # an older version left none
            own = "campagne" in declaration(told).columns
            path = _to_share(name, campaign, travail, coarseness[code], masks)
            statements.append(_fill(name, path, None if own else code))
    statements += _table("masques", MASKS, of_campaigns=True)
    statements += [_fill("masques", path, code) for code, path in masks.items()]
    statements += [(_read(name), []) for name in ("identifiants", "vues")]
    words = {field["name"]: field["description"] for field in declaration(TABLE).fields}
    statements += [_comment_column("preuves", name, said) for name, said in words.items()]
    return statements


def table_mode(name: str) -> int:
    """Return who may read the file of a table in a campaign's folder."""
    return SHARED if name in OF_CAMPAIGNS and name not in OWNERS else PRIVATE


def _to_share(
    name: str, campaign: PreparedCampaign, travail: Path, fewest: int, masks: dict[str, Path]
) -> Path:
    """Return the file of a campaign's table that the builder reads: never one that tells somebody.

    The builder's own memory may end in the file: what it does not load cannot. With `decisions` the file
    of what it hides is made, and noted in `masks` under the campaign's code.
    """
    if name not in OWNERS:
        return campaign.table_path(name)
    # Earlier versions left it to the group.
    close_to_others(campaign.table_path(name))
    place = travail / f"base_{name}_{campaign.code}.parquet"
    if name == DECIDED:
        told, hidden = coarsen_decisions(campaign.table(name), fewest)
        path = travail / f"base_masques_{campaign.code}.parquet"
        masks[campaign.code] = write_parquet(hidden, path, PRIVATE)
        return write_parquet(told, place, PRIVATE)
    return write_parquet(_leave_out(name, campaign), place, PRIVATE)


def _leave_out(name: str, campaign: PreparedCampaign) -> pl.DataFrame:
    """Return what the base has of one of the other `OWNERS`."""
    if name == LINKS:
        return campaign.ask(name, coarsen_links)
    if name == BECOME:
        return without_traits(campaign.table(name))
    # Their number stays in the manifest: `rejetees`.
    return campaign.rows(name, pl.col("regle") != EXCLUDED_PERSON)


def list_statements(campagnes: Mapping[str, PreparedCampaign]) -> list[Statement]:
    """Return the statements that build listes.duckdb: every list of every campaign."""
    statements = _table("listes", "tables/liste", of_campaigns=True)
    for campaign in campagnes.values():
        paths = [str(campaign.list_path(psad, "parquet")) for psad in campaign.platforms()]
        statements.append(_fill("listes", paths))
    return statements


def detail_statements(campagnes: Mapping[str, PreparedCampaign]) -> list[Statement]:
    """Return the statements of the database that hides nothing of a schooling: see `OWNERS`.

    Who opposed is in neither table. `rejets`, which tells their rows, is no part of it.
    """
    statements: list[Statement] = []
    for name in (DECIDED, BECOME):
        statements += _table(name, f"tables/{name}", of_campaigns=True)
        for code, campaign in campagnes.items():
            if campaign.has_table(name):
                own = "campagne" in declaration(f"tables/{name}").columns
                statements.append(_fill(name, campaign.table_path(name), None if own else code))
    return statements


class DatabaseBuild:
    """The databases being built, each in a process of its own."""

    def __init__(self) -> None:
        self._running: dict[Path, tuple[subprocess.Popen[bytes], int]] = {}

    def start(self, base: Path, statements: Sequence[Statement], mode: int) -> None:
        """Start to build `base`; what its statements read must stand already."""
        self._running[base] = (_start(base, statements), mode)

    def finish(self) -> None:
        """Wait for every file, and give it its mode.

        Raises:
            OutputError: the disk refused; ContractError: a table does not fit its declaration.
        """
        said = {base: process.communicate()[1] for base, (process, _) in self._running.items()}
        for base, (process, mode) in self._running.items():
            if process.returncode:
                raise _failure(base, said[base])
            base.chmod(mode)

    def abandon(self) -> None:
        """End what still runs: nobody will place it."""
        for process, _ in self._running.values():
            with process:  # which closes its pipe and waits
                if process.poll() is None:
                    process.kill()


@contextmanager
def building() -> Iterator[DatabaseBuild]:
    """Build databases while the rest is written; all are whole in the end, or none goes on.

    Raises:
        OutputError: the disk refused; ContractError: a table does not fit its declaration.
    """
    worksite = DatabaseBuild()
    try:
        yield worksite
        worksite.finish()
    finally:
        worksite.abandon()


def _start(base: Path, statements: Sequence[Statement]) -> "subprocess.Popen[bytes]":
    order = {"base": str(base), "statements": statements, "parent": os.getpid()}
    # Our settings hold a secret: they stay here.
    environment = {k: v for k, v in os.environ.items() if not k.startswith("SIEI_")}
    with TemporaryFile() as stdin:
        stdin.write(json.dumps(order).encode("utf-8"))
        stdin.seek(0)
        return subprocess.Popen(  # noqa: S603 - our own interpreter and file
            [sys.executable, "-P", str(builder.__file__)],
            stdin=stdin,
            stderr=subprocess.PIPE,
            env={**environment, **builder.ALLOCATOR},
        )


def _failure(base: Path, said: bytes) -> OutputError | ContractError:
    try:
        told = json.loads(said)
    except ValueError:
        told = {"erreur": "it stopped without a word", "disque": False}
    if told["disque"]:
        return OutputError(
            f"{base.name} cannot be written: the disk is full.",
            remedy="Free some space there, or choose another --sortie. Nothing was put in place.",
        )
    return ContractError(
        f"{base.name} could not be built ({told['erreur']}).",
        remedy=f"A campaign's folder may be damaged: compare it with its {MANIFESTE}, "
        "restore it or run that campaign again. Nothing was put in place.",
    )


def _table(name: str, path: str, *, of_campaigns: bool = False) -> list[Statement]:
    """Create a declared table, with its declaration's words as comments.

    DDL takes no parameters: the names and words put into it are those of schemas/, quoted.
    """
    declared = declaration(path)
    columns = [
        (field["name"], DUCKDB_TYPES[type_], field["description"])
        for field, type_ in zip(declared.fields, declared.polars_schema.values(), strict=True)
    ]
    if of_campaigns and "campagne" not in declared.columns:
        columns.insert(0, ("campagne", "VARCHAR", BASE_COMMENT))
    body = ", ".join(f"{_name(column)} {type_}" for column, type_, _ in columns)
    comment = f"{declared.title}. {declared.description}"
    return [
        (f"CREATE TABLE {_name(name)} ({body})", []),
        (f"COMMENT ON TABLE {_name(name)} IS {_literal(comment)}", []),
        *(_comment_column(name, column, words) for column, _, words in columns),
    ]


def _comment_column(table: str, column: str, words: str) -> Statement:
    return (f"COMMENT ON COLUMN {_name(table)}.{_name(column)} IS {_literal(words)}", [])


def _fill(table: str, path: Path | list[str], campagne: str | None = None) -> Statement:
    source = [_exact(one) for one in ([str(path)] if isinstance(path, Path) else path)]
    # The platform is a column of the file already: its folder's name is not read.
    rows = "FROM read_parquet(?, hive_partitioning = false)"
    if campagne is None:
        return f"INSERT INTO {_name(table)} BY NAME SELECT * {rows}", [source]
    dated = f"SELECT ? AS campagne, * {rows}"
    return f"INSERT INTO {_name(table)} BY NAME {dated}", [campagne, source]


def _exact(path: str) -> str:
    """Return the pattern that names this very file: DuckDB reads a path as a pattern."""
    return SIGNS.sub(r"[\g<0>]", path)


def _read(name: str) -> str:
    return (SQL / f"{name}.sql").read_text(encoding="utf-8")


def _name(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
