"""A campaign delivered as providers have it, and described: the same people, decisions and lists."""

import csv
import gzip
import io
import json
from pathlib import Path

import polars as pl

from siei_match.campaign.story import run_campaign
from siei_match.reference.contracts import declaration
from tests.golden.conftest import EXPLOITANT
from tests.workbooks import write_ods, write_xlsx

CODE = "2026-10"
RESULTS = {"ADMIS": "Reçu", "AJOURNE": "Refusé", "ABSENT": "Non présenté"}


def read_rows(path: Path, encoding: str = "utf-8", separator: str = ";") -> list[list[str]]:
    """Return the rows of a text with as many fields as its first one: what stands there beyond is spoilt."""
    raw = path.read_bytes()
    text = (gzip.decompress(raw) if path.suffix == ".gz" else raw).decode(encoding)
    quoting = csv.QUOTE_NONE if path.name.startswith("apprentissage") else csv.QUOTE_MINIMAL
    rows = list(csv.reader(io.StringIO(text), delimiter=separator, quoting=quoting))
    return [row for row in rows if len(row) == len(rows[0])]


def month_first(day: str) -> str:
    """Write 2026-09-03 as an American would; a date that is spoilt stays."""
    year, _, rest = day.partition("-")
    month, _, day_ = rest.partition("-")
    return f"{month}/{day_}/{year}" if len(year) == 4 and month and day_ else day


def declare(
    target: Path, extrait: str, name: str, *, year: str | None = None, more: str = ""
) -> None:
    with (target / "campagne.toml").open("a", encoding="utf-8") as toml:
        toml.write(
            f'\n[[fichiers]]\nextrait = "{extrait}"\nnom = "{name}"\ndate_extraction = 2026-10-10\n'
        )
        toml.write(f'annee_scolaire = "{year}"\n' if year else "")
        toml.write(more)


def describe_all(source: Path, target: Path) -> None:
    """Deliver a campaign in other headings, words, orders, separators, dates and forms."""
    head = (source / "campagne.toml").read_text("utf-8").partition("[[fichiers]]")[0]
    (target / "campagne.toml").write_text(head, "utf-8")
    for year in ("2025-2026", "2026-2027"):
        name = f"scolarite_{year}.csv.gz"
        rows = read_rows(source / name)
        rows[0] = [heading.replace("_", " ").capitalize() for heading in rows[0]]
        text = "\n".join("\t".join(reversed(row)) for row in rows)
        (target / f"siecle_{year}.txt").write_bytes(text.encode("utf-8-sig"))
        declare(target, "scolarite", f"siecle_{year}.txt", year=year, more='separateur = "\\t"\n')
    rows = read_rows(source / "diplomes.csv.gz")
    place = rows[0].index("RESULTAT")
    told = [[RESULTS.get(v, v) if i == place else v for i, v in enumerate(row)] for row in rows]
    told[0][place] = "Décision du jury"
    frame = pl.DataFrame(told[1:], schema=told[0], orient="row").with_columns(Remarque=pl.lit("x"))
    frame.write_parquet(target / "cyclades.parquet")
    words = "".join(f'"{word}" = "{meant}"\n' for meant, word in RESULTS.items())
    declare(
        target, "diplomes", "cyclades.parquet",
        more='[fichiers.colonnes]\nRESULTAT = "decision du jury"\n[fichiers.valeurs.RESULTAT]\n' + words,
    )  # fmt: skip
    describe_agriculture(source, target)
    describe_apprentices(source, target)
    follow_ups = pl.read_parquet(source / "missions_locales.parquet")
    cells = [["Export i-milo"], [], [*follow_ups.columns, "Conseiller"]]
    cells += [[v or "" for v in row] + ["x"] for row in follow_ups.rows()]
    write_xlsx(target / "export.xlsx", cells)
    declare(target, "missions_locales", "export.xlsx", more='feuille = "export"\n')


def describe_agriculture(source: Path, target: Path) -> None:
    rows = read_rows(source / "agricole_2026-2027.csv")
    dates = [i for i, heading in enumerate(rows[0]) if heading.startswith("date")]
    told = [[month_first(v) if i in dates else v for i, v in enumerate(row)] for row in rows]
    told[0] = rows[0]
    text = io.StringIO()
    csv.writer(text, delimiter=",").writerows(told)
    (target / "agricole_2026-2027.csv").write_text(text.getvalue(), "utf-8")
    declare(
        target, "agricole", "agricole_2026-2027.csv", year="2026-2027",
        more='separateur = ","\nformats_dates = ["MM/JJ/AAAA"]\n',
    )  # fmt: skip
    rows = read_rows(source / "agricole_2025-2026.csv")
    elements = [fregata(dict(zip(rows[0], row, strict=True))) for row in rows[1:]]
    (target / "fregata.json").write_text(json.dumps(elements), "utf-8")
    declare(target, "agricole", "fregata.json", year="2025-2026")
    rows = read_rows(source / "diplomes_agricoles.csv")
    write_ods(target / "diplomes_agricoles.ods", rows)
    declare(target, "diplomes_agricoles", "diplomes_agricoles.ods")


def fregata(row: dict[str, str]) -> dict[str, object]:
    """Write a row of agricole as FREGATA answers."""
    home = {"ligne4": row["adresseLigne1"], "ligne5": row["adresseLigne2"]}
    home |= {name: row[name] for name in ("communeCodePostal", "communeCodeInsee")}
    learner = {
        name: row[name]
        for name in (
            "ine",
            "nomUsuel",
            "prenomUsuel",
            "dateNaissance",
            "sexeId",
            "telephone",
            "courriel",
        )
    }
    learner |= {
        "communeCodeInsee": row["communeNaissanceCodeInsee"],
        "paysCodeInsee": row["paysNaissanceCodeInsee"],
    }
    return {
        "apprenant": learner
        | {"adressesApprenant": [{"estPrioritaire": True, "adresseIndividu": home}]},
        "statutApprenant": {"code": row["statutApprenant"]},
        "sectionReference": {"codeMef": row["codeMef"]},
        "division": {
            "anneeScolaireId": int(row["anneeScolaire"][:4]) - 1996
            if row["anneeScolaire"]
            else None
        },
        "uai": row["uai"],
        "dateEntreeFormation": row["dateEntreeFormation"],
        "dateSortieFormation": row["dateSortieFormation"],
    }


def describe_apprentices(source: Path, target: Path) -> None:
    columns = declaration("extraits/apprentissage").columns
    for year, encoding, separator in (
        ("2025-2026", "iso-8859-15", "|"),
        ("2026-2027", "utf-8", ";"),
    ):
        rows = [columns, *read_rows(source / f"apprentissage_{year}.txt", encoding, separator)]
        write_xlsx(target / f"sifa_{year}.xlsx", rows)
        declare(target, "apprentissage", f"sifa_{year}.xlsx", year=year)


def test_the_same_campaign_described_gives_the_same_people_and_lists(
    deliveries, published, settings, tmp_path
) -> None:
    target = tmp_path / CODE
    target.mkdir()
    describe_all(deliveries[CODE], target)
    run_campaign(target, tmp_path / "out", settings, actor=EXPLOITANT)
    mine, theirs = (out / "campagnes" / CODE for out in (tmp_path / "out", published[0]))
    people = [
        pl.read_parquet(folder / "identites.parquet")
        .drop("fichier")
        .sort("extrait", "ligne", "id_personne")
        for folder in (mine, theirs)
    ]
    assert people[0].equals(people[1])
    lists = sorted(path.relative_to(theirs) for path in theirs.glob("listes/*/liste.csv"))
    assert lists
    for path in lists:
        assert (mine / path).read_bytes() == (theirs / path).read_bytes(), path
