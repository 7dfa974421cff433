"""Deliveries that lie and read well: open quotes, joined files, spoilt letters, files twice, other years."""

import codecs
from copy import deepcopy
from pathlib import Path
from random import Random

from bench.fuzz_base import PERSONNES, Depot, Nu, letters
from bench.fuzz_mutations import Mutation, put_bytes, put_cell

SPOILT = ("ZQXXÃ©", "ZQXXÃƒÂ©", "ZQXX├®", "ZQXX√©", "Ã", "ZQXX&eacute;", "&#233;ZQXX", "&#10;ZQXX", "&#0;", "&;",
          "&#8238;ZQXX", "&" * 500, "&amp;" * 200 + "eacute;", "Ã" * 400, "ZQ?X", "?ZQXX", "ZQXX\ufffd", "ZQXXï¿½",
          "&#61;ZQXX()", "&lt;script&gt;ZQXX", "ZQXX&#x1F600;", "ÃƒÆ’Ã‚Â©ZQXX")  # fmt: skip


def quotes_anywhere(des: Random, depot: Depot) -> None:
    """Put quotes at any place of the rows, most at the start of a field."""
    octets = depot.cible.encode()
    debut = octets.find(b"\n") + 1 if depot.cible.entete else 0
    for _ in range(des.choice((1, 2, 2, 3, 6))):
        ou = des.randrange(debut, len(octets) + 1)
        if des.random() < 0.7:
            ou = max(octets.find(b";", ou), debut - 1) + 1
        octets = octets[:ou] + b'"' + octets[ou:]
    put_bytes(depot, octets)


def quotes_everywhere(des: Random, depot: Depot) -> None:
    """Quote every field, then lose a quote or two."""
    lignes = [depot.cible.colonnes, *depot.cible.rangees]
    texte = "".join(";".join(f'"{cellule}"' for cellule in ligne) + "\n" for ligne in lignes)
    octets = texte.encode("utf-8", "replace")
    for _ in range(des.choice((0, 1, 2))):
        ou = octets.find(b'"', des.randrange(len(octets)))
        octets = octets[:ou] + octets[ou + 1 :] if ou >= 0 else octets
    put_bytes(depot, octets)


def headings_within(des: Random, depot: Depot) -> None:
    for _ in range(des.choice((1, 1, 3))):
        rang = des.randrange(len(depot.cible.rangees) + 1)
        depot.cible.rangees.insert(rang, list(map(str, depot.cible.colonnes)))


def marks_within(des: Random, depot: Depot) -> None:
    """Join the file with itself, byte order marks and headings included."""
    octets = codecs.BOM_UTF8 + depot.cible.encode()
    put_bytes(depot, octets * des.choice((2, 3)))


def letters_misread(des: Random, depot: Depot) -> None:
    put_cell(des, depot, "ZQXXéà")
    lu = depot.cible.encode().decode("cp1252", "replace")
    put_bytes(depot, lu.encode("utf-8"))


def letters_spoilt(des: Random, depot: Depot) -> None:
    for _ in range(des.choice((1, 3))):
        put_cell(des, depot, des.choice(SPOILT))


def file_doubled(des: Random, depot: Depot) -> None:
    double = deepcopy(depot.cible)
    double.nom = "bis_" + double.nom
    if "annee_scolaire" in double.toml and des.random() < 0.5:
        double.toml["annee_scolaire"] = "2026-2027"
    depot.pieces.append(double)


def part_unlisted(des: Random, depot: Depot) -> None:
    nom = des.choice(("suite.csv", "SIECLE_partie2.csv", "x.txt", "agricole.xlsx", "notes.json", "y.csv.gz",
                      "a.parquet", "LISEZMOI.txt", "sifa\x1b[2J.txt"))  # fmt: skip
    octets = des.choice((depot.cible.encode(), b"", b"\x1f\x8b", b"PAR1", b";" * 46, b"ZQXX\n" * 9))
    depot.autour.append(lambda dossier: _leave(dossier / nom, octets))


def _leave(chemin: Path, octets: bytes) -> None:
    chemin.write_bytes(octets)


def year_other(des: Random, depot: Depot) -> None:
    if "annee_scolaire" in depot.cible.toml:
        depot.cible.toml["annee_scolaire"] = des.choice(("2024-2025", "2026-2027"))
    depot.campagne["date_observation"] = Nu(des.choice(("2026-10-15", "2027-03-15")))


MENSONGES: tuple[Mutation, ...] = (
    quotes_anywhere, quotes_anywhere, quotes_anywhere, quotes_everywhere, headings_within, marks_within,
    letters_misread, letters_spoilt, letters_spoilt, file_doubled, part_unlisted, year_other,
)  # fmt: skip
"""One case in three has one of them, after what else is done to it."""


def owners(texte: str) -> set[int]:
    """Say whose names stand in a text: of one row, one person's at most."""
    return {p for p in range(PERSONNES) if letters(p) in texte.upper()}
