"""What is released, as the page reads it: whole, checked against its manifest, never written."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Final

import polars as pl

from siei_match.output import MANIFESTE, list_name, movements_name
from siei_match.output.manifest import parse_manifest
from siei_match.portal.lists.keeping import Kept
from siei_match.reference.errors import OutputError
from siei_match.reference.files import bytes_sha256
from siei_match.release.released import COMPTES, ETAT, Released, folder_of, read_releases
from siei_match.release.workbooks import CLASSEUR

FORMATS: Final = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
    "parquet": "application/vnd.apache.parquet",
}
LISTED: Final = "signalements.parquet"
"""Beside the lists of a release: who is on which, without a name."""
Stamp = tuple[int, int, int]
"""What tells a file from the one that replaces it."""
TRIES: Final = 4
"""A release that is replaced while it is read is read again."""


@dataclass(frozen=True)
class ListTallies:
    """Counts of one list (schemas/tables/comptes.json)."""

    psad: str
    nom: str
    inscrits: int
    nouveaux: int
    deja_signales: int
    a_verifier: int
    mineurs: int
    suivis: int


@dataclass(frozen=True)
class ReleasedCampaign:
    """A released campaign: who released it, its counts, the seals of its files."""

    released: Released
    observation: str
    counts: Mapping[str, ListTallies]
    seals: Mapping[str, str]
    rows: Mapping[str, int]
    """Of each file of a list, by its name."""


@dataclass(frozen=True)
class FileToSend:
    """A file to send: its bytes and their hash."""

    contenu: bytes
    sha256: str
    lignes: int


class ListReader:
    """Reads DIR/publiees/; what it keeps in memory is replaced when a release is."""

    def __init__(self, sortie: Path) -> None:
        self._sortie = sortie
        self._known: dict[str, tuple[Stamp, ReleasedCampaign]] = {}
        self._tables: Kept[pl.DataFrame | None] = Kept()
        self._listed: Kept[Mapping[str, frozenset[str]]] = Kept()

    def publications(self) -> dict[str, ReleasedCampaign]:
        """Return every release, newest first."""
        found = {code: self.publication(code) for code in read_releases(self._sortie)}
        return {code: publication for code, publication in found.items() if publication}

    def forget_gone(self) -> list[str]:
        """Keep nothing in memory of a release that was withdrawn, or is another by now; return the others."""
        standing = [
            code
            for code in read_releases(self._sortie)
            if (known := self._known.get(code)) and known[0] == self.version(code)
        ]
        self._tables.keep_only(standing)
        self._listed.keep_only(standing)
        return standing

    def version(self, code: str) -> Stamp | None:
        """Return what changes whenever a release does; None where there is none."""
        try:
            with _Folder(folder_of(self._sortie, code)) as dossier:
                return dossier.stamp(ETAT)
        except FileNotFoundError:
            return None

    def publication(self, code: str) -> ReleasedCampaign | None:
        """Return a release; None where there is none.

        Raises:
            OutputError: it is damaged.
        """
        for _ in range(TRIES):
            try:
                with _Folder(folder_of(self._sortie, code)) as dossier:
                    return self._read(code, dossier)
            except FileNotFoundError:
                continue
        return None

    def _read(self, code: str, dossier: "_Folder") -> ReleasedCampaign:
        stamp = dossier.stamp(ETAT)
        known = self._known.get(code)
        if known is not None and known[0] == stamp:
            return known[1]
        try:
            manifest = parse_manifest(dossier.read(MANIFESTE))
            table = pl.read_parquet(BytesIO(dossier.read(COMPTES)))
            workbooks = table.select("psad", "classeur_sha256").drop_nulls().iter_rows()
            publication = ReleasedCampaign(
                Released.model_validate_json(dossier.read(ETAT)),
                manifest.campagne.date_observation.isoformat(),
                {
                    row["psad"]: ListTallies(**row)
                    for row in table.drop("classeur_sha256").to_dicts()
                },
                {file.chemin: file.sha256 for file in manifest.fichiers}
                | {list_name(psad, CLASSEUR): sha256 for psad, sha256 in workbooks},
                {file.chemin: file.lignes or 0 for file in manifest.fichiers}
                | {list_name(row["psad"], CLASSEUR): row["inscrits"] for row in table.to_dicts()},
            )
        except (ValueError, KeyError, TypeError, pl.exceptions.PolarsError):
            raise OutputError(
                f"publiees/{code} is damaged.",
                remedy="Withdraw the campaign and release it again.",
            ) from None
        self._known[code] = (stamp, publication)
        return publication

    def read(self, code: str, psad: str, format: str) -> FileToSend | None:  # noqa: A002
        """Return a list as it was released; None where there is none.

        Raises:
            OutputError: it is not the file of its manifest.
        """
        return self._read_file(code, psad, list_name(psad, format))

    def read_moves(self, code: str, psad: str) -> FileToSend | None:
        """Return what entered and left a list, as it was released; None where nothing tells it.

        Raises:
            OutputError: it is not the file of its manifest.
        """
        return self._read_file(code, psad, movements_name(psad))

    def table(self, code: str, psad: str, name: str) -> pl.DataFrame | None:
        """Return a table of a release, as `read` does its bytes: read once for as long as its file is the same.

        Raises:
            OutputError: it is not the file of its manifest.
        """

        def read() -> pl.DataFrame | None:
            found = self._read_file(code, psad, name)
            if found is None:
                return None
            if name.endswith(".csv"):
                return pl.read_csv(BytesIO(found.contenu), separator=";", infer_schema=False)
            return pl.read_parquet(BytesIO(found.contenu))

        return self._tables.get((code, psad, name), self._stamps(code, name), read)

    def _stamps(self, code: str, name: str) -> tuple[Stamp, ...]:
        """Return what changes whenever a release or this file of it does."""
        try:
            with _Folder(folder_of(self._sortie, code)) as dossier:
                return dossier.stamp(ETAT), dossier.stamp(name)
        except FileNotFoundError:
            return ()

    def listed(self, code: str, psad: str) -> frozenset[str]:
        """Return the signalements of a list, without a name; none where an older version released it.

        Raises:
            OutputError: the table is not the one of the manifest.
        """

        def sort_out() -> Mapping[str, frozenset[str]]:
            named: dict[str, set[str]] = {}
            for holder, one in self.all_listed(code).iter_rows():
                named.setdefault(holder, set()).add(one)
            return {holder: frozenset(ones) for holder, ones in named.items()}

        told = self._listed.get((code,), self._stamps(code, LISTED), sort_out)
        return told.get(psad, frozenset())

    def all_listed(self, code: str) -> pl.DataFrame:
        """Return `psad`, `id_signalement` of every list of a release; none where it is older than that.

        Raises:
            OutputError: the table is not the one of the manifest.
        """
        publication = self.publication(code)
        one = next(iter(publication.counts), None) if publication else None
        columns = {"psad": pl.String, "id_signalement": pl.String}
        found = self.table(code, one, LISTED) if one else None
        return pl.DataFrame(schema=columns) if found is None else found.select(*columns)

    def _read_file(self, code: str, psad: str, name: str) -> FileToSend | None:
        for _ in range(TRIES):
            try:
                with _Folder(folder_of(self._sortie, code)) as dossier:
                    publication = self._read(code, dossier)
                    sealed = publication.seals.get(name)
                    if psad not in publication.counts or sealed is None:
                        return None
                    content = dossier.read(name)
            except FileNotFoundError:
                continue
            sha256 = bytes_sha256(content)
            if sha256 != sealed:
                raise OutputError(
                    f"publiees/{code}/{name} is not the file of its manifest.",
                    remedy="Withdraw the campaign and release it again.",
                )
            return FileToSend(content, sha256, publication.rows[name])
        return None


class _Folder:
    """A release's folder, held open: what replaces it in the meantime is another one."""

    def __init__(self, path: Path) -> None:
        try:
            self._descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
        except NotADirectoryError:
            raise FileNotFoundError(path) from None

    def __enter__(self) -> "_Folder":
        return self

    def __exit__(self, *failure: object) -> None:
        os.close(self._descriptor)

    def read(self, name: str) -> bytes:
        descriptor = os.open(name, os.O_RDONLY | os.O_NOFOLLOW, dir_fd=self._descriptor)
        with os.fdopen(descriptor, "rb") as file:
            return file.read()

    def stamp(self, name: str) -> Stamp:
        found = os.stat(name, dir_fd=self._descriptor)
        return found.st_ino, found.st_mtime_ns, found.st_size
