"""What can be wrong around the text: Parquet, campagne.toml, names of files, what stands there."""

import io
import os
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from bench.fuzz_base import Depot, Nu
from bench.fuzz_mutations import DATES, NOMBRES, Mutation

DEHORS = "dehors.csv"
"""A file beside the delivery, which no name of a delivery may reach."""
NOMS = (
    "../dehors.csv", "..\\dehors.csv", "/etc/passwd", "/dev/zero", "/dev/stdin", "/proc/self/mem",
    "a/../../dehors.csv", "scolarite.csv\0.txt", "", ".", "..", ".csv", ".cache.csv", "CON.csv", "nul:.csv",
    "-rf.csv", "scolarite\n.csv", "scolarite\x1b[2J.csv", "[/red].csv", "[link=x]y.csv", "<script>.csv",
    "x" * 240 + ".csv", "x" * 5000 + ".csv", "é.csv", "e\u0301.csv", "\u202evsc.csv", "scolarite.CSV",
    "scolarite.csv.gz.csv", "scolarite.exe", "scolarite.csv ", "{0}.csv", "%s.csv", "$HOME.csv", "~.csv",
    "'; drop table campagnes; --.csv", '".csv', "*.csv", "http:.csv", "campagne.toml", "\u00a0.csv",
)  # fmt: skip


def parquet(des: Random, depot: Depot) -> None:
    """Deliver the extract as Parquet, text everywhere."""
    _parquet(depot, _table(depot))


def parquet_types(des: Random, depot: Depot) -> None:
    table = _table(depot)
    for _ in range(des.choice((1, 3))):
        rang = des.randrange(table.num_columns)
        colonne = des.choice(_COLONNES)(table.num_rows, des)
        table = table.set_column(rang, table.column_names[rang], colonne)
    _parquet(depot, table)


def parquet_columns(des: Random, depot: Depot) -> None:
    table, rang = _table(depot), des.randrange(len(depot.cible.colonnes))
    nom = table.column_names[rang]
    autre = des.choice(
        (
            lambda: table.remove_column(rang),
            lambda: table.append_column(nom, table.column(rang)),
            lambda: table.append_column(
                des.choice(("ligne", "ZZ", "", "x" * 9999)), table.column(rang)
            ),
            lambda: table.select(list(range(table.num_columns))[::-1]),
            lambda: table.select([]),
            lambda: table.slice(0, 0),
        )
    )()
    _parquet(depot, autre)


def parquet_bytes(des: Random, depot: Depot) -> None:
    parquet(des, depot)
    octets = bytearray(depot.cible.encode())
    quoi = des.choice(("flip", "cut", "foot", "garbage"))
    if quoi == "cut":
        del octets[des.randrange(len(octets)) :]
    elif quoi == "foot":
        octets[-8:-4] = des.randbytes(4)
    else:
        for _ in range(1 if quoi == "flip" else 60):
            octets[des.randrange(len(octets))] = des.randrange(256)
    depot.cible.brut = bytes(octets)


def parquet_bomb(des: Random, depot: Depot) -> None:
    """A long value that many rows share, or very many absent ones: a small file all the same."""
    noms = depot.cible.colonnes
    n, valeur = des.choice(
        ((300_000, "ZQXX" * 2000), (3_000_000, None), (150_000, "ZQXX" * 20_000))
    )
    partage = pa.DictionaryArray.from_arrays(
        pa.array([0] * n, pa.int32()), pa.array([valeur], pa.string())
    )
    rien = pa.nulls(n, pa.string())
    colonne = rien if valeur is None else partage
    porte = des.randrange(len(noms))
    _parquet(depot, pa.table([colonne if i == porte else rien for i in range(len(noms))], noms))


def _table(depot: Depot) -> pa.Table:
    piece = depot.cible
    largeur = len(piece.colonnes)
    rangees = [(r + [""] * largeur)[:largeur] for r in piece.rangees]
    textes = [[r[i].encode("utf-8", "replace").decode() for r in rangees] for i in range(largeur)]
    return pa.table([pa.array(t, pa.string()) for t in textes], [str(c) for c in piece.colonnes])


def _parquet(depot: Depot, table: pa.Table) -> None:
    tampon = io.BytesIO()
    pq.write_table(table, tampon)
    depot.cible.nom = depot.cible.nom.partition(".")[0] + ".parquet"
    depot.cible.brut, depot.cible.compte = tampon.getvalue(), False


_COLONNES: tuple[Callable[[int, Random], pa.Array], ...] = (
    lambda n, _: pa.array(range(n), pa.int64()),
    lambda n, _: pa.array([2**64 - 1] * n, pa.uint64()),
    lambda n, des: pa.array([des.choice((1.0, 1.5, float("nan"), float("inf"), 1e300, None))] * n, pa.float64()),
    lambda n, _: pa.array([True] * n),
    lambda n, _: pa.nulls(n),
    lambda n, _: pa.array([["ZQXX"]] * n),
    lambda n, _: pa.array([{"a": "ZQXX", "b": [{"c": 1}]}] * n),
    lambda n, _: pa.array([[("ZQXX", 1)]] * n, pa.map_(pa.string(), pa.int32())),
    lambda n, _: pa.array([b"\xff\xfeZQXX"] * n, pa.binary()),
    lambda n, _: pa.array([b"ZQXX"] * n, pa.binary(4)),
    lambda n, des: pa.array([des.choice((0, -1, 10**15, -(10**15)))] * n, pa.timestamp("us", "Europe/Paris")),
    lambda n, des: pa.array([des.choice((0, 86_400_000 * 14000, -(2**62)))] * n, pa.timestamp("ns")),
    lambda n, des: pa.array([des.choice((0, 14000, 2**31 - 1, -(2**31)))] * n, pa.date32()),
    lambda n, _: pa.array([0] * n, pa.time32("s")),
    lambda n, _: pa.array([0] * n, pa.duration("s")),
    lambda n, _: pa.array([None] * n, pa.decimal128(38, 10)),
    lambda n, _: pa.array([10**30] * n, pa.decimal128(38, 0)),
    lambda n, _: pa.array(["ZQXX"] * n, pa.large_string()),
    lambda n, _: pa.array(["ZQXX"] * n).dictionary_encode(),
    lambda n, _: pa.array([14000] * n, pa.date32()).dictionary_encode(),
    lambda n, _: pa.array(["ZQXX" + "x" * 200_000] * n),
    lambda n, _: pa.StringArray.from_buffers(n, pa.array(range(0, 2 * n + 1, 2), pa.int32()).buffers()[1], pa.py_buffer(b"\xff\xfe" * n)),
    lambda n, des: pa.array([des.choice(DATES)] * n),
    lambda n, des: pa.array([des.choice(NOMBRES)] * n),
)  # fmt: skip


def toml_value(des: Random, depot: Depot) -> None:
    ou: dict[str, Any] = des.choice((depot.campagne, depot.cible.toml))
    cles = (*ou, "lignes", "sha256", "encodage", "inconnue", "avertissements", "nom", "__class__")
    ou[des.choice(cles)] = des.choice((
        "", "x", "2026-10", "0" * 64, "é" * 5000, "../x", "\x1b[2J", Nu("2026-02-30"), Nu("0"), Nu("-1"),
        Nu("1e400"), Nu("nan"), Nu("[]"), Nu("{}"), Nu("true"), Nu("2026-10-15T25:00:00"), Nu("9" * 5000),
        Nu("9" * 25), Nu("0001-01-01"), Nu("9999-12-31"), Nu("2026-10-15T10:00:00Z"), "2026-13", "utf-16",
        "2026-2028", "9999-10000", "٢٠٢٦-١٠", "2026-10\n", Nu("12:00:00"), Nu("[[[[]]]]"), "rot13",
    ))  # fmt: skip


def toml_key_dropped(des: Random, depot: Depot) -> None:
    ou: dict[str, Any] = des.choice((depot.campagne, depot.cible.toml))
    if ou:
        del ou[des.choice(list(ou))]


def toml_bytes(des: Random, depot: Depot) -> None:
    octets = depot.declare().encode()
    milieu = des.randrange(len(octets))
    depot.toml = des.choice((
        octets[:milieu], b"\xef\xbb\xbf" + octets, octets.decode().encode("utf-16"), b"\0" + octets, b" ",
        octets[:milieu] + des.randbytes(3) + octets[milieu:], octets + b"\n[campagne]\n", des.randbytes(300),
        octets + b"\nx = " + b"[" * 50_000, octets + b"\n" + b"a." * 3000 + b"b = 1", octets * 2,
        octets + b"\n[[fichiers]]" * 20_000, octets + b"\n# " + b"x" * 8_000_000, b"fichiers = 3\ncampagne = 4\n",
        b"fichiers = [1, 2]\n" + octets.partition(b"\n[[")[0], octets + b'\n["\\u001b[2J"]\n',
    ))  # fmt: skip


def toml_special(des: Random, depot: Depot) -> None:
    depot.pose = des.choice((_zero, _fifo, _dangling, Path.mkdir, _loop, _etc))


def name_trick(des: Random, depot: Depot) -> None:
    depot.cible.nom = des.choice(NOMS)


def name_swapped(des: Random, depot: Depot) -> None:
    depot.cible.nom = depot.cible.extrait + des.choice(
        (".csv", ".txt", ".csv.gz", ".txt.gz", ".parquet")
    )
    depot.cible.compte = False


def extract_swapped(des: Random, depot: Depot) -> None:
    depot.cible.extrait = des.choice(
        ("scolarite", "diplomes", "agricole", "retours", "missions_locales")
    )
    depot.cible.compte = False


def file_twice(des: Random, depot: Depot) -> None:
    depot.pieces.append(depot.cible)


def file_missing(des: Random, depot: Depot) -> None:
    depot.cible.pose = lambda chemin: None


def file_unlisted(des: Random, depot: Depot) -> None:
    noms = (b"scolarite_oubliee.csv", b"scolarite\xff.csv", b"scolarite\x1b[2J.csv", b"scolarite[red].csv",
            b"notes.docx", b"scolarite\n.txt")  # fmt: skip
    nom = des.choice(noms)
    depot.autour.append(
        lambda dossier: Path(os.fsdecode(os.fsencode(dossier) + b"/" + nom)).touch()
    )


def file_special(des: Random, depot: Depot) -> None:
    depot.cible.pose = des.choice((_zero, _fifo, _dangling, Path.mkdir, _loop, _etc, _outside))
    depot.cible.compte = False


def _zero(chemin: Path) -> None:
    chemin.symlink_to("/dev/zero")


def _fifo(chemin: Path) -> None:
    os.mkfifo(chemin)


def _dangling(chemin: Path) -> None:
    chemin.symlink_to("nowhere")


def _loop(chemin: Path) -> None:
    chemin.symlink_to(chemin.name)


def _etc(chemin: Path) -> None:
    chemin.symlink_to("/etc/passwd")


def _outside(chemin: Path) -> None:
    chemin.symlink_to(chemin.parents[1] / DEHORS)


PIEGES: tuple[Mutation, ...] = (
    parquet, parquet_types, parquet_types, parquet_columns, parquet_bytes, parquet_bomb, toml_value, toml_value,
    toml_key_dropped, toml_bytes, toml_special, name_trick, name_trick, name_swapped, extract_swapped,
    file_twice, file_missing, file_unlisted, file_special,
)  # fmt: skip
