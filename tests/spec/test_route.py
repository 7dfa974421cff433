"""Which platform, and what its list says: small tables in, lists out."""

from datetime import date

import polars as pl
import pytest

from siei_match.reference.contracts import declaration
from siei_match.reference.errors import ContractError, SettingsError
from siei_match.reference.people import People
from siei_match.stages.route import (
    Numbering,
    Transfers,
    apply_transfers,
    assign_psad,
    build_lists,
    find_split_rows,
)
from tests.spec.ascii_tables import build_table, read_header, read_table

JOUR = date(2026, 10, 15)

PSAD_COMMUNES = pl.DataFrame(
    {
        "code_commune": ["75056", "13055", "69123"],
        "psad": ["Paris", "Marseille", "Lyon"],
    }
)
ETABLISSEMENTS = pl.DataFrame(
    {
        "uai": ["0750652B", "0690026D"],
        "nom": ["Lycée Voltaire", "Lycée La Martinière"],
        "commune": ["75056", "69123"],
    }
)
AUCUN_ANTERIEUR = build_table("tables/signalements", [])


def write_cells(frame: pl.DataFrame, colonnes: list[str]) -> list[dict[str, str | None]]:
    return [
        {c: None if v is None else str(v) for c, v in zip(colonnes, rang, strict=True)}
        for rang in frame.select(colonnes).iter_rows()
    ]


def decided(personnes: list[str], statut: str = "sortant", **colonnes: object) -> pl.DataFrame:
    """Decisions as `decide` hands them over: without `psad`."""
    motif = {"sortant": "confirme", "diplome": "niveau_3"}[statut]
    rangs = [{"id_personne": p, "statut": statut, "motif": motif, "age": "18"} for p in personnes]
    frame = build_table("tables/decisions", [{**r, "suivi_mission_locale": "non"} for r in rangs])
    types = declaration("tables/decisions").polars_schema
    valeurs = {c: pl.lit(v, dtype=types[c]) for c, v in colonnes.items()}
    return frame.with_columns(**valeurs).drop("psad")


def world(texte: str) -> tuple[People, pl.DataFrame]:
    """Build the people, and coordonnees, from one table.

    `reside` is the code of the commune, `commune` its name as a list shows it. A row of an extract
    without enrolments (diplomes) has no row of parcours.
    """
    rangs = [{**r, "rid": str(n)} for n, r in enumerate(read_table(texte))]
    suivis = [r for r in rangs if not (r["extrait"] or "").startswith("diplomes")]
    identites = pl.DataFrame(
        {"rid": range(len(rangs)), "id_personne": [r["personne"] for r in rangs]},
        schema={"rid": pl.UInt32, "id_personne": pl.String},
    )
    traits = [{"naissance_annee": "2008", **r, "commune": r.get("reside")} for r in rangs]
    return (
        People(
            identites, build_table("tables/parcours", suivis), build_table("tables/traits", traits)
        ),
        build_table("tables/coordonnees", rangs),
    )


RESIDENCES = [
    (
        "La résidence de l'inscription commencée la dernière, au plus tard le jour",
        """
        personne | extrait   | annee | debut      | reside
        A        | scolarite | 2025  | 2025-09-01 | 75056
        A        | scolarite | 2026  | 2026-09-02 | 13055
        A        | scolarite | 2026  | 2026-10-16 | 69123
        B        | scolarite | 2026  | 2026-10-15 | 69123
        B        | scolarite | 2025  | 2025-09-01 | 75056
        """,
        {"A": "Marseille", "B": "Lyon"},
    ),
    (
        "Un suivi en mission locale compte ; une ligne sans adresse non",
        """
        personne | extrait          | annee | debut      | reside
        A        | scolarite        | 2025  | 2025-09-01 | 75056
        A        | missions_locales |       | 2026-06-01 | 13055
        B        | scolarite        | 2025  | 2025-09-01 | 75056
        B        | agricole         | 2025  | 2026-01-05 |
        """,
        {"A": "Marseille", "B": "Paris"},
    ),
    (
        "Le même jour : scolarite, agricole, apprentissage, missions_locales",
        """
        personne | extrait          | annee | debut      | reside
        A        | missions_locales |       | 2025-09-01 | 69123
        A        | apprentissage    | 2025  | 2025-09-01 | 13055
        A        | scolarite        | 2025  | 2025-09-01 | 75056
        B        | missions_locales |       | 2025-09-01 | 69123
        B        | apprentissage    | 2025  | 2025-09-01 | 13055
        C        | apprentissage    | 2025  | 2025-09-01 | 69123
        C        | agricole         | 2025  | 2025-09-01 | 13055
        """,
        {"A": "Paris", "B": "Marseille", "C": "Marseille"},
    ),
    (
        "Sans date d'entrée : le 1er septembre de l'année ; un suivi sans date vient en dernier",
        """
        personne | extrait          | annee | debut      | reside
        A        | scolarite        | 2025  |            | 75056
        A        | agricole         | 2025  | 2025-08-31 | 13055
        B        | agricole         | 2025  |            | 75056
        B        | agricole         | 2025  | 2025-09-02 | 13055
        C        | missions_locales |       |            | 69123
        C        | scolarite        | 2024  | 2024-09-01 | 13055
        D        | missions_locales |       |            | 69123
        """,
        {"A": "Paris", "B": "Marseille", "C": "Marseille", "D": "Lyon"},
    ),
    (
        "Deux enregistrements d'une même entrée au CFA : la plus récente année scolaire",
        """
        personne | extrait       | annee | debut      | reside
        A        | apprentissage | 2026  | 2024-09-02 | 13055
        A        | apprentissage | 2025  | 2024-09-02 | 75056
        """,
        {"A": "Marseille"},
    ),
]


@pytest.mark.parametrize(("titre", "texte", "attendu"), RESIDENCES, ids=[r[0] for r in RESIDENCES])
def test_psad_of_the_residence(titre: str, texte: str, attendu: dict[str, str]) -> None:
    people, _ = world(texte)
    decisions = decided(sorted(attendu), dernier_uai=None)
    affectees = assign_psad(decisions, people, PSAD_COMMUNES, ETABLISSEMENTS, JOUR)
    assert dict(affectees.select("id_personne", "psad").iter_rows()) == attendu


@pytest.mark.parametrize(
    ("reside", "dernier_uai", "psad"),
    [
        ("13055", "0750652B", "Marseille"),
        (None, "0750652B", "Paris"),
        ("99109", "0690026D", "Lyon"),
        (None, "0590116F", "non_affecte"),
        (None, None, "non_affecte"),
        ("99109", None, "non_affecte"),
    ],
    ids=["residence", "etablissement", "etranger", "uai_inconnu", "rien", "etranger_sans_uai"],
)
def test_psad_falls_back(reside: str | None, dernier_uai: str | None, psad: str) -> None:
    people, _ = world(f"personne | extrait | annee | reside\nA | scolarite | 2025 | {reside or ''}")
    affectees = assign_psad(
        decided(["A"], dernier_uai=dernier_uai),
        people,
        PSAD_COMMUNES,
        ETABLISSEMENTS,
        JOUR,
    )
    assert affectees["psad"].to_list() == [psad]
    assert affectees.columns == declaration("tables/decisions").columns


@pytest.mark.parametrize(
    ("postal", "psad"),
    [
        ("13008", "Marseille-Sud"),
        (" 13008 ", "Marseille-Sud"),
        ("13001", "Marseille"),
        (None, "Marseille"),
        ("6000", "Marseille"),
    ],
)
def test_a_commune_that_is_split_is_placed_by_postal_code(postal: str | None, psad: str) -> None:
    people, coordonnees = world("personne | extrait | annee | reside\nA | scolarite | 2025 | 13055")
    split = pl.DataFrame(
        [("13055", "13008", "Marseille-Sud"), ("13055", "06000", "Marseille-Est")],
        ["code_commune", "code_postal", "psad"],
        orient="row",
    )
    if postal == "6000":
        split = split.filter(pl.col("code_postal") != "06000")
    written = coordonnees.with_columns(code_postal=pl.lit(postal, pl.String))
    found = find_split_rows(people.traits, split, lambda *columns: written.select(columns))
    placed = assign_psad(
        decided(["A"], dernier_uai=None), people, PSAD_COMMUNES, ETABLISSEMENTS, JOUR, split=found
    )
    assert placed["psad"].to_list() == [psad]


def test_coordonnees_are_not_read_where_no_commune_is_split() -> None:
    people, _ = world("personne | extrait | annee | reside\nA | scolarite | 2025 | 13055")
    nothing = dict.fromkeys(("code_commune", "code_postal", "psad"), pl.String)
    assert find_split_rows(people.traits, pl.DataFrame(schema=nothing), pytest.fail) is None


@pytest.mark.parametrize("table", ["psad_communes", "etablissements"])
def test_a_reference_table_with_a_repeated_code_is_refused(table: str) -> None:
    people, _ = world("personne | extrait | annee\nA | scolarite | 2025")
    communes, etablissements = PSAD_COMMUNES, ETABLISSEMENTS
    if table == "psad_communes":
        communes = pl.concat([communes, communes[:1].with_columns(psad=pl.lit("Lyon"))])
    else:
        etablissements = pl.concat([etablissements, etablissements[:1]])
    with pytest.raises(SettingsError, match=f"{table}: 1 rows repeat"):
        assign_psad(decided(["A"]), people, communes, etablissements, JOUR)


def list_of(
    texte: str,
    decisions: pl.DataFrame,
    anterieurs: pl.DataFrame = AUCUN_ANTERIEUR,
    campagne: str = "2026-10",
) -> pl.DataFrame:
    people, coordonnees = world(texte)
    affectees = assign_psad(decisions, people, PSAD_COMMUNES, ETABLISSEMENTS, JOUR)
    sortants = affectees.filter(pl.col("statut") == "sortant")
    ids = sortants.select("id_personne", id_signalement=pl.format("s{}", "id_personne"))
    return build_lists(
        affectees,
        people,
        coordonnees,
        ETABLISSEMENTS,
        Numbering(ids, anterieurs),
        campagne=campagne,
        day=JOUR,
    ).listes


LISTES = [
    (
        "Le nom vient de scolarite, puis des examens, du CFA, de la mission locale, de l'agricole",
        """
        personne | extrait          | annee | nom_naissance | nom_usage | prenoms
        A        | apprentissage    | 2026  | LEFEVRE       |           | ZOE
        A        | scolarite        | 2025  | Lefèvre       | Martin    | Zoé, Anne
        B        | agricole         | 2026  |               | Petit     | Luc
        B        | missions_locales |       | Petit-Jean    |           | Luc
        C        | missions_locales |       | Roux          |           | Ana
        C        | diplomes         |       | Roûx          |           | Ana Maria
        D        | agricole         | 2025  |               | Durand    | Eva
        """,
        """
        id_signalement | nom_naissance | nom_usage | prenoms
        sD             |               | Durand    | Eva
        sA             | Lefèvre       | Martin    | Zoé, Anne
        sB             | Petit-Jean    |           | Luc
        sC             | Roûx          |           | Ana Maria
        """,
    ),
    (
        "Adresse, courriel et responsable : de la ligne la plus récente qui en a",
        """
        personne | extrait   | annee | reside | adresse    | code_postal | commune   | courriel  | responsable_nom | responsable_telephone
        A        | scolarite | 2025  | 75056  | 1 rue Lune | 75001       | Paris     | a@ex.fr   | Léa Roux        | 06 00 00 00 01
        A        | agricole  | 2026  | 13055  | 2 rue Cap  | 13001       | Marseille |           |                 |
        B        | scolarite | 2025  | 75056  | 1 rue Lune | 75001       | Paris     | b@ex.fr   | Léa Roux        | 06 00 00 00 01
        B        | agricole  | 2026  |        |            |             |           | b2@ex.fr  | Max Roux        |
        C        | scolarite | 2025  |        | 3 Weg      |             | Bonn      |           |                 |
        """,
        """
        id_signalement | psad        | adresse    | code_postal | commune   | courriel | responsable_nom | responsable_telephone
        sA             | Marseille   | 2 rue Cap  | 13001       | Marseille | a@ex.fr  | Léa Roux        | 06 00 00 00 01
        sB             | Paris       | 1 rue Lune | 75001       | Paris     | b2@ex.fr | Max Roux        |
        sC             | non_affecte | 3 Weg      |             | Bonn      |          |                 |
        """,
    ),
    (
        "L'adresse montrée est celle qui a désigné la plateforme",
        """
        personne | extrait   | annee | debut      | reside | adresse    | commune
        A        | scolarite | 2025  | 2025-09-01 | 75056  | 1 rue Lune | Paris
        A        | scolarite | 2026  | 2026-09-01 |        | 3 Weg      | Bonn
        A        | scolarite | 2026  | 2026-11-01 | 13055  | 2 rue Cap  | Marseille
        """,
        """
        id_signalement | psad  | adresse    | commune
        sA             | Paris | 1 rue Lune | Paris
        """,
    ),
    (
        "Tous les téléphones du jeune, le plus récent d'abord, chacun une fois",
        """
        personne | extrait       | annee | telephones
        A        | scolarite     | 2024  | 01 00 00 00 01, 06 00 00 00 02
        A        | scolarite     | 2026  | 06 00 00 00 03, 06 00 00 00 02
        B        | apprentissage | 2025  |
        """,
        """
        id_signalement | telephones
        sA             | 06 00 00 00 03, 06 00 00 00 02, 01 00 00 00 01
        sB             |
        """,
    ),
    (
        "INE, sexe et naissance : ce que disent le plus de lignes, puis le premier extrait",
        """
        personne | extrait          | annee | ine         | sexe | naissance_annee | naissance_mois | naissance_jour
        A        | apprentissage    | 2025  | 0100007108D | F    | 2008            | 5              | 12
        A        | scolarite        | 2025  | 0494004062M | M    | 2008            |                |
        A        | missions_locales |       |             | F    | 2008            | 6              |
        B        | scolarite        | 2025  |             |      | 2008            | 6              |
        C        | scolarite        | 2025  |             |      | 2008            |                | 12
        """,
        """
        id_signalement | ine         | sexe | date_naissance
        sA             | 0494004062M | F    | 2008-05-12
        sB             |             |      | 2008-06
        sC             |             |      | 2008
        """,
    ),
    (
        "L'ordre est celui du dictionnaire : ni accents, ni casse, ni traits d'union",
        """
        personne | extrait   | annee | nom_naissance | prenoms
        A        | scolarite | 2025  | Zola          | Ève
        B        | scolarite | 2025  | Élan          | Luc
        C        | scolarite | 2025  | ELAN          | Ana
        D        | scolarite | 2025  | de La Tour    | Ana
        E        | scolarite | 2025  | Œuf           | Ana
        F        | scolarite | 2025  | Odet          | Ana
        G        | scolarite | 2025  | DE-LA TOUR    | Zoé
        H        | scolarite | 2025  | Élan          | Ana
        """,
        """
        id_signalement | nom_naissance | prenoms
        sD             | de La Tour    | Ana
        sG             | DE-LA TOUR    | Zoé
        sC             | ELAN          | Ana
        sH             | Élan          | Ana
        sB             | Élan          | Luc
        sF             | Odet          | Ana
        sE             | Œuf           | Ana
        sA             | Zola          | Ève
        """,
    ),
]


@pytest.mark.parametrize(("titre", "texte", "attendu"), LISTES, ids=[li[0] for li in LISTES])
def test_liste(titre: str, texte: str, attendu: str) -> None:
    personnes = sorted({r["personne"] or "" for r in read_table(texte)})
    listes = list_of(texte, decided(personnes))
    assert write_cells(listes, read_header(attendu)) == read_table(attendu)


def test_only_sortants_are_listed_and_age_says_the_public() -> None:
    texte = """
        personne | extrait   | annee | reside
        A        | scolarite | 2025  | 75056
        B        | scolarite | 2025  | 75056
        C        | scolarite | 2025  | 75056
        """
    decisions = pl.concat(
        [
            decided(["A"], "diplome"),
            decided(["B"], age=17, motif="a_verifier"),
            decided(["C"], dernier_uai="0690026D", date_derniere_sortie=date(2026, 6, 30)),
        ],
    )
    attendu = """
        id_signalement | age | public               | situation  | dernier_etablissement | date_sortie
        sB             | 17  | obligation_formation | a_verifier |                       |
        sC             | 18  | droit_retour         | confirme   | Lycée La Martinière   | 2026-06-30
        """
    listes = list_of(texte, decisions)
    assert write_cells(listes, read_header(attendu)) == read_table(attendu)


def test_mission_locale_is_the_one_that_follows_on_the_day() -> None:
    texte = """
        personne | extrait          | annee | debut      | fin        | structure_nom
        A        | missions_locales |       | 2026-01-01 |            | ML Nord
        A        | missions_locales |       | 2026-05-01 |            | ML Sud
        A        | missions_locales |       | 2026-06-01 | 2026-10-14 | ML Est
        A        | missions_locales |       | 2026-10-16 |            | ML Ouest
        B        | missions_locales |       | 2026-06-01 | 2026-10-14 | ML Est
        """
    decisions = pl.concat([decided(["A"], suivi_mission_locale=True), decided(["B"])])
    attendu = """
        id_signalement | suivi_mission_locale | mission_locale
        sA             | oui                  | ML Sud
        sB             | non                  |
        """
    listes = list_of(texte, decisions)
    assert write_cells(listes, read_header(attendu)) == read_table(attendu)


def test_earlier_campaigns_are_counted_and_later_ones_left_aside() -> None:
    texte = "personne | extrait | annee\nA | scolarite | 2025\nB | scolarite | 2025"
    anterieurs = build_table(
        "tables/signalements",
        read_table(
            """
            id_signalement | id_personne | campagne | psad
            sA             | A           | 2026-03  | Lyon
            sA             | A           | 2025-10  | Lyon
            sA             | A           | 2026-10  | Lyon
            sB             | B           | 2027-03  | Lyon
            """
        ),
    )
    attendu = """
        id_signalement | campagne | premier_signalement | nombre_signalements
        sA             | 2026-10  | 2025-10             | 3
        sB             | 2026-10  | 2026-10             | 1
        """
    listes = list_of(texte, decided(["A", "B"]), anterieurs)
    assert write_cells(listes, read_header(attendu)) == read_table(attendu)


@pytest.mark.parametrize("ids", [[], ["s1", "s2"]], ids=["missing", "twice"])
def test_a_sortant_without_one_identifier_stops_the_run(ids: list[str]) -> None:
    people, coordonnees = world("personne | extrait | annee\nA | scolarite | 2025")
    decisions = decided(["A"]).with_columns(psad=pl.lit("Lyon"))
    table = pl.DataFrame(
        {"id_personne": ["A"] * len(ids), "id_signalement": ids},
        schema={"id_personne": pl.String, "id_signalement": pl.String},
    )
    with pytest.raises(ContractError, match="sortants"):
        build_lists(
            decisions,
            people,
            coordonnees,
            ETABLISSEMENTS,
            Numbering(table, AUCUN_ANTERIEUR),
            campagne="2026-10",
            day=JOUR,
        )


def test_no_sortant_makes_empty_lists() -> None:
    texte = "personne | extrait | annee\nA | scolarite | 2025"
    listes = list_of(texte, decided(["A"], "diplome"))
    assert listes.is_empty()
    assert listes.columns == declaration("tables/liste").columns


TRANSFERTS = [
    (
        "La dernière transmission l'emporte ; sans date, elle ne se range nulle part",
        """
        personne | date       | vers
        A        | 2026-05-01 | Lyon
        A        | 2026-06-01 | Marseille
        B        | 2026-10-15 | marseille
        C        | 2026-10-16 | Marseille
        D        |            | Marseille
        """,
        "A B C D",
        {"A": "Marseille", "B": "Marseille", "C": "Marseille", "D": "Paris"},
        0,
    ),
    (
        "Une plateforme inconnue ne déplace personne, et ne cache pas la transmission d'avant",
        """
        personne | date       | vers
        A        | 2026-06-01 | Atlantide
        B        | 2026-05-01 | Lyon
        B        | 2026-06-01 | non_affecte
        """,
        "A B",
        {"A": "Paris", "B": "Lyon"},
        2,
    ),
]


@pytest.mark.parametrize(("titre", "reponses", "qui", "attendu", "inconnus"), TRANSFERTS)
def test_transfers(
    titre: str, reponses: str, qui: str, attendu: dict[str, str], inconnus: int
) -> None:
    lignes = "personne | extrait | annee | debut | reside\n"
    lignes += "\n".join(f"{p} | scolarite | 2025 | 2025-09-01 | 75056" for p in qui.split())
    moved = transfer(lignes, reponses, sorted(attendu))
    assert dict(moved.decisions.select("id_personne", "psad").iter_rows()) == attendu, titre
    assert moved.unknown == inconnus
    assert set(moved.appliques["id_personne"]) == {p for p, v in attendu.items() if v != "Paris"}


@pytest.mark.parametrize(
    ("debut", "reside", "plateforme"),
    [
        ("2026-06-02", "69123", "Lyon"),  # an address of after the transfer says otherwise
        ("2026-06-01", "69123", "Marseille"),  # not after
        ("2026-06-02", "", "Marseille"),  # no address
        ("2026-06-02", "99109", "Marseille"),  # an address in nobody's zone says nothing
        ("2026-10-16", "69123", "Marseille"),  # not begun yet
    ],
)
def test_an_address_that_began_after_a_transfer_ends_it(
    debut: str, reside: str, plateforme: str
) -> None:
    lignes = f"""
        personne | extrait          | annee | debut      | reside
        A        | scolarite        | 2025  | 2025-09-01 | 75056
        A        | missions_locales |       | {debut}    | {reside}
    """
    reponses = """
        personne | date       | vers
        A        | 2026-06-01 | Marseille
    """
    moved = transfer(lignes, reponses, ["A"])
    assert moved.decisions["psad"].to_list() == [plateforme]


def transfer(lignes: str, reponses: str, qui: list[str]) -> Transfers:
    people, _ = world(lignes)
    placed = assign_psad(decided(qui), people, PSAD_COMMUNES, ETABLISSEMENTS, JOUR)
    dites = pl.DataFrame(
        [
            (r["personne"], date.fromisoformat(r["date"]) if r["date"] else None, r["vers"])
            for r in read_table(reponses)
        ],
        schema={"id_personne": pl.String, "date_retour": pl.Date, "psad_destination": pl.String},
        orient="row",
    )
    return apply_transfers(placed, dites, people, PSAD_COMMUNES, PSAD_COMMUNES["psad"], JOUR)
