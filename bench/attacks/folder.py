"""Attacks on what lies in the output folder: 2, 3, 4, 7, 10 and 12."""

import hashlib
import json
import os
import shutil
import stat
from datetime import date
from pathlib import Path
from typing import Final

import duckdb
import polars as pl

from bench.attacks.common import CODE, COMMENT, NEXT, Found, as_nobody, siei

NAMES: Final = ("ine", "nom_naissance", "nom_usage", "prenoms", "date_naissance", "adresse", "telephones", "courriel",
                "commentaire")  # fmt: skip
FLOATS: Final = ("DOUBLE", "FLOAT", "DECIMAL", "HUGEINT")


def attack_2(place: Path) -> Found:
    """Weights drawn from how rare a name is, in what the group reads (rates: bench.guess)."""
    out = place / "out"
    faults = []
    for path in sorted(out.rglob("*.parquet")):
        if stat.S_IMODE(path.stat().st_mode) & 0o077:
            schema = pl.read_parquet_schema(path)
            faults += [f"{path.name}.{n}" for n, kind in schema.items() if kind.is_float()]
    with duckdb.connect(out / "siei.duckdb", read_only=True) as base:
        told = base.sql(
            "SELECT table_name, column_name FROM information_schema.columns"
            f" WHERE data_type IN {FLOATS} AND table_name IN ('liens', 'preuves')"
        ).fetchall()
        columns = base.sql("SELECT column_name FROM information_schema.columns").fetchall()
    faults += [".".join(row) for row in told]
    named = {name for (name,) in columns} & {*NAMES}
    closed = [out / "campagnes" / CODE / "liens.parquet", *out.rglob("mouvements.csv")]
    opened = [p.name for p in closed if stat.S_IMODE(p.stat().st_mode) & 0o077
              or (os.geteuid() == 0 and not as_nobody("cat", str(p)).returncode)]  # fmt: skip
    held = not faults and not opened and not named and len(closed) > 1
    return held, (
        f"numbers that the group reads: {faults or 'none'}; names: {sorted(named) or 'none'};"
        f" open files: {opened or 'none'}"
    )


def attack_3(place: Path) -> Found:
    """Movements, answers' comments, and files that a platform did not confirm outlive their subject."""
    out = shutil.copytree(place / "out", place / "three", symlinks=True)
    waiting = out / "memoire" / "depots"
    waiting.mkdir(mode=0o700, exist_ok=True)
    (waiting / "jeton.csv").write_text("id_signalement;nom\ns;NOM-QUI-RESTE\n")
    done = siei("purge", "--avant", f"{date(2030, 1, 1)}", "--tout", "--sortie", str(out))
    left = [p.name for p in out.rglob("*") if p.is_file() and b"NOM-QUI-RESTE" in p.read_bytes()]
    moved, moves = excluded_mover(place)
    held = done.returncode == 0 and not left and not moved and moves > 0
    return (
        held,
        f"files that still have the name: {left or 'none'}; of {moves} movers one, excluded: {moved or 'none'}",
    )


def excluded_mover(place: Path) -> tuple[list[str], int]:
    """Exclude somebody whom mouvements.csv names; return where they still are, and the file's rows.

    A comment of a platform is looked for in the same bytes.
    """
    from tests.golden.test_purge import readings

    out = shutil.copytree(place / "out", place / "three-moved", symlinks=True)
    told = [pl.read_csv(p, separator=";", infer_schema=False) for p in
            (out / "campagnes").rglob("mouvements.csv")]  # fmt: skip
    movers = pl.concat([frame for frame in told if frame.height])
    answers = place / "answers.csv"
    one = movers["id_signalement"][0]
    answers.write_text(
        f"id_signalement;date_retour;retour;commentaire\n{one};2027-03-12;suivi;{COMMENT}\n"
    )
    siei("collect", str(answers), "--sortie", str(out))
    done = siei("personne", "exclude", one, "--motif", "autre", "--jusqu-au", "2035-01-01",
                "--sortie", str(out))  # fmt: skip
    if done.returncode:
        return [done.stderr], movers.height
    # Once the exclusion ends the answer decides again: it stays, the owner's alone, with no name or comment.
    kept = f"{out}/memoire/retours/"
    return [
        p.relative_to(out).as_posix() for p in sorted(out.rglob("*"))
        if p.is_file() and any(COMMENT.encode() in c or (one.encode() in c and not str(p).startswith(kept))
                             for c in readings(p))
    ], movers.height  # fmt: skip


def attack_4(place: Path) -> Found:
    """The audit log without its seals, an act changed, chained again; then an honest act."""
    out = shutil.copytree(place / "out", place / "four", symlinks=True)
    log = out / "memoire" / "audit.jsonl"
    lines = [json.loads(line) for line in log.read_text("utf-8").splitlines()]
    before = hashlib.sha256(b"siei-match audit 1").hexdigest()
    for line in lines:
        line |= {"par": "quelqu'un d'autre", "cle": None, "sceau": None, "precedent": before}
        del line["empreinte"]
        text = json.dumps(line, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        before = line["empreinte"] = hashlib.sha256(text.encode()).hexdigest()
    log.write_text("".join(
        json.dumps(line, sort_keys=True, ensure_ascii=False, separators=(",", ":")) + "\n"
        for line in lines
    ))  # fmt: skip
    tete = json.dumps({"n": len(lines), "empreinte": before}) + "\n"
    (out / "memoire" / "audit.tete").write_text(tete)
    found = [siei("audit", "verify", "--sortie", str(out)).returncode]
    siei("purge", "--avant", "2020-01-01", "--sortie", str(out))
    found.append(siei("audit", "verify", "--sortie", str(out)).returncode)
    return found == [1, 1], f"verify before and after an honest act: {found} (1: broken log told)"


def attack_7(place: Path) -> Found:
    """A link laid in a folder that everybody writes, where a draft will be."""
    shared = place / "shared"
    shared.mkdir()
    shared.chmod(0o777)
    theirs = place / "theirs"
    link = shared / f".liste-{CODE}-non_affecte.csv.en-cours"
    as_nobody("ln", "-s", str(theirs), str(link))
    done = siei("export", CODE, "--psad", "non_affecte", "--sortie", str(place / "out"),
                "--vers", str(shared))  # fmt: skip
    left = [p.name for p in shared.iterdir() if not p.is_symlink()]
    held = done.returncode == 1 and not theirs.exists() and not left
    return held, f"export ended {done.returncode}; written there: {left or 'nothing'}"


def attack_10(place: Path) -> Found:
    """Small counts of places, by adding and subtracting all that the base and the report tell."""
    from bench.subtraction import play

    return play(place / "out", NEXT, 60)


def attack_12(place: Path) -> Found:
    """Who opposed, read by the group; a name that is not one's own; real people's lists in a demonstration."""
    out = shutil.copytree(place / "out", place / "twelve", symlinks=True)
    with duckdb.connect(out / "siei.duckdb", read_only=True) as base:
        [(one,)] = base.sql("SELECT id_signalement FROM signalements ORDER BY 1 LIMIT 1").fetchall()
    siei("personne", "exclude", one, "--motif", "opposition", "--jusqu-au", "2035-01-01",
         "--par", "MINISTRE", "--sortie", str(out))  # fmt: skip
    with duckdb.connect(out / "siei.duckdb", read_only=True) as base:
        [(marked,)] = base.sql(
            "SELECT count(*) FROM rejets WHERE regle = 'personne_exclue'"
        ).fetchall()
    files = [p for p in out.glob("campagnes/*/rejets.parquet") if p.stat().st_mode & 0o077]
    lines = (out / "memoire" / "audit.jsonl").read_text("utf-8").splitlines()
    last = [entry for line in lines if (entry := json.loads(line))["par"] == "MINISTRE"]
    declared = bool(last) and all("utilisateur_systeme" in entry["details"] for entry in last)
    demo = siei("portal", "--demo", "--sortie", str(out))
    held = not marked and not files and declared and demo.returncode == 1
    return held, (
        f"rows that mark who opposed: {marked}; rejets open to the group: {len(files)}; declared names marked: "
        f"{declared}; demonstration of an unmarked folder ended {demo.returncode}"
    )
