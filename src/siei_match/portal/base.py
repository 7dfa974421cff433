"""The page's own memory, DIR/memoire/portail.sqlite (0600): accounts, sessions, what waits.

No list and no name of a young person is in it: `suivis` and `annonces` know some by the identifier of lists alone.
"""

import secrets
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from siei_match.output import MEMOIRE
from siei_match.portal.vault import Vault
from siei_match.reference.creation import require_own_folder
from siei_match.reference.errors import OutputError
from siei_match.reference.files import PRIVATE, create, output_guard

FICHIER: Final = "portail.sqlite"
VERSION: Final = 1
SCHEMA: Final = """
create table comptes (
  id integer primary key,
  courriel text not null unique,
  nom text not null,
  roles text not null,
  actif integer not null default 1,
  hachage text,
  a_changer integer not null default 0,
  echecs integer not null default 0,
  bloque text,
  vu text
) strict;
create table droits (
  compte integer not null references comptes (id) on delete cascade,
  psad text not null,
  primary key (compte, psad)
) strict;
create table sessions (
  empreinte text primary key,
  compte integer not null references comptes (id) on delete cascade,
  jeton text not null,
  cree text not null,
  vu text not null,
  id_token text
) strict;
create table attentes (
  etat text primary key,
  nonce text not null,
  verifieur text not null,
  entree text not null,
  cree text not null
) strict;
create table depots (
  jeton text primary key,
  compte integer not null references comptes (id) on delete cascade,
  psad text not null,
  sha256 text not null,
  cree text not null
) strict;
create table secrets (nom text primary key, valeur text not null) strict;
"""
ADDED: Final = """
create table if not exists seconds (
  compte integer primary key references comptes (id) on delete cascade,
  secret text,
  attente text,
  pas integer not null default 0,
  echecs integer not null default 0,
  bloque text
) strict;
create table if not exists secours (
  compte integer not null references comptes (id) on delete cascade,
  empreinte text not null,
  primary key (compte, empreinte)
) strict;
create table if not exists passages (
  entree text primary key,
  compte integer not null references comptes (id) on delete cascade,
  cree text not null
) strict;
create table if not exists echeances (
  compte integer primary key references comptes (id) on delete cascade,
  vu text not null,
  revu text not null
) strict;
create table if not exists suivis (
  psad text not null,
  signalement text not null,
  compte integer not null references comptes (id) on delete cascade,
  quand text not null,
  primary key (psad, signalement)
) strict;
create table if not exists ouvertures (
  campagne text not null,
  psad text not null,
  quand text not null,
  primary key (campagne, psad)
) strict;
create table if not exists annonces (
  cle text primary key,
  quand text not null
) strict;
create table if not exists donnes (
  compte integer primary key references comptes (id) on delete cascade,
  quand text not null
) strict;
create table if not exists liens (
  empreinte text primary key,
  compte integer not null references comptes (id) on delete cascade,
  cree text not null
) strict;
"""
"""What came after version 1, which it completes: second factors, when rights end, who works on whom, messages, given passwords."""

AT_REST: Final = (
    ("secrets", "valeur"),
    ("seconds", "secret"),
    ("seconds", "attente"),
    ("sessions", "id_token"),
)
"""What is sealed where there is a key; addresses and rights are not: they are looked up by."""


class Base:
    """One connection, one caller at a time: what it does takes well under a millisecond."""

    def __init__(self, connection: sqlite3.Connection, vault: Vault | None = None) -> None:
        self._connection = connection
        self.vault = vault or Vault()
        self._lock = threading.RLock()
        self._secrets: dict[str, bytes] = {}

    @contextmanager
    def change(self) -> Iterator[sqlite3.Connection]:
        """Change several things, all or none."""
        with self._lock:
            self._connection.execute("begin immediate")
            try:
                yield self._connection
            except BaseException:
                self._connection.execute("rollback")
                raise
            self._connection.execute("commit")

    def rows(self, sql: str, *values: Any) -> Sequence[sqlite3.Row]:
        with self._lock:
            return self._connection.execute(sql, values).fetchall()

    def row(self, sql: str, *values: Any) -> sqlite3.Row | None:
        with self._lock:
            found: sqlite3.Row | None = self._connection.execute(sql, values).fetchone()
            return found

    def run(self, sql: str, *values: Any) -> int:
        """Change one thing; return how many rows it was."""
        with self.change() as connection:
            return connection.execute(sql, values).rowcount

    def secret(self, name: str) -> bytes:
        """Return a secret of this page, made at its first use."""
        with self._lock:
            if name not in self._secrets:
                made = self.vault.seal_text(secrets.token_hex(32))
                self.run("insert or ignore into secrets values (?, ?)", name, made)
                found = self.row("select valeur from secrets where nom = ?", name)
                told = str(found["valeur"] if found else made)
                self._secrets[name] = self.vault.open_text(told).encode()
            return self._secrets[name]

    def seal_all(self) -> None:
        """Seal by the key in force whatever is not: what was written before it, or under another.

        Raises:
            OutputError: something is sealed, and no key at hand opens it.
        """
        with self.change() as connection:
            for table, column in AT_REST:
                query = f"select rowid as line, {column} as told from {table} where {column} is not null"  # noqa: S608
                for row in connection.execute(query).fetchall():
                    plain = self.vault.open_text(row["told"])
                    if self.vault.closed and not self.vault.is_current(row["told"]):
                        connection.execute(
                            f"update {table} set {column} = ? where rowid = ?",  # noqa: S608
                            (self.vault.seal_text(plain), row["line"]),
                        )
        if self.vault.closed:
            # What was written in the clear before must not stay in the log of changes.
            self.rows("pragma wal_checkpoint(truncate)")

    def close(self) -> None:
        with self._lock:
            self._connection.close()


def open_base(sortie: Path, *, kept: bool = True, vault: Vault | None = None) -> Base:
    """Open the page's memory, made at its first use; without `kept` it ends with the process.

    `vault`: what is sealed in it is opened, and sealed, by that.

    Raises:
        OutputError: the folder cannot be written, or the file is damaged or of another version.
    """
    folder = sortie / MEMOIRE
    path = folder / FICHIER
    with output_guard(folder):
        folder.mkdir(mode=0o700, exist_ok=True)
        require_own_folder(folder)
        if kept and not path.exists():
            create(path, PRIVATE)
    try:
        place = path if kept else ":memory:"
        connection = sqlite3.connect(place, check_same_thread=False, isolation_level=None)
        connection.row_factory = sqlite3.Row
        for pragma in ("journal_mode = wal", "foreign_keys = on", "secure_delete = on"):
            connection.execute(f"pragma {pragma}")
        version = connection.execute("pragma user_version").fetchone()[0]
        if version == 0:
            connection.executescript(f"begin; {SCHEMA} pragma user_version = {VERSION}; commit;")
        elif version != VERSION:
            raise sqlite3.DatabaseError("version")
        connection.executescript(f"begin; {ADDED} commit;")
    except sqlite3.Error:
        raise OutputError(
            f"{path} is damaged, or of another version.",
            remedy="Restore it from a back-up; or move it away: accounts are then made again.",
        ) from None
    return Base(connection, vault)
