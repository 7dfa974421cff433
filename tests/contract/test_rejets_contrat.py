"""Rows that do not validate: every rule, with its line, in every format and encoding."""

import pytest

from tests.contract.conftest import Lancer
from tests.contract.livraison import Livraison, Personne, Resultat, octets, personnes

INTERDITS = (b"HANDIXQZ", b"NATIOXQZ", b"PCSXQZ")
LARGE = 1.0


def bon(n: int = 0) -> Personne:
    gens = personnes(300 + n)
    return next(gens)


# extrait, what is changed in a good row, gravite expected (None: no line in rejets), colonne.
CAS: list[tuple[str, dict[str, str], str | None, str | None]] = [
    ("scolarite", {"NOM_DE_FAMILLE": "", "NOM_USAGE": ""}, "rejet", None),
    ("scolarite", {"NOM_DE_FAMILLE": "", "NOM_USAGE": "SEULUSAGE"}, None, None),
    ("scolarite", {"PRENOM": ""}, "rejet", None),
    ("scolarite", {"PRENOM": "", "PRENOM2": "Second"}, None, None),
    ("scolarite", {"DATE_NAISS": ""}, "rejet", "DATE_NAISS"),
    ("scolarite", {"DATE_NAISS": "12/05/1899"}, "rejet", "DATE_NAISS"),
    ("scolarite", {"DATE_NAISS": "12/05/1900"}, None, None),
    ("scolarite", {"DATE_NAISS": "12/05/2027"}, "rejet", "DATE_NAISS"),
    ("scolarite", {"DATE_NAISS": "12/05/2026"}, None, None),
    ("scolarite", {"DATE_NAISS": "00/05/2008"}, None, None),
    ("scolarite", {"DATE_NAISS": "00/00/2008"}, None, None),
    ("scolarite", {"DATE_NAISS": "31/02/2008"}, "avertissement", "DATE_NAISS"),
    ("scolarite", {"UAI": "", "CODE_MEF": ""}, "rejet", None),
    ("scolarite", {"UAI": ""}, None, None),
    ("scolarite", {"CODE_MEF": ""}, None, None),
    ("scolarite", {"INE": "PASUNINE"}, "avertissement", "INE"),
    ("scolarite", {"INE": ""}, None, None),
    ("scolarite", {"CODE_SEXE": "7"}, "avertissement", "CODE_SEXE"),
    ("scolarite", {"CODE_COMMUNE_INSEE": "PARIS"}, "avertissement", "CODE_COMMUNE_INSEE"),
    ("scolarite", {"TEL_PORTABLE": "06 12"}, "avertissement", "TEL_PORTABLE"),
    ("scolarite", {"MEL": "pas un courriel"}, "avertissement", "MEL"),
    ("diplomes", {"NOM_DE_FAMILLE": ""}, "rejet", None),
    ("diplomes", {"PRENOM": ""}, "rejet", None),
    ("diplomes", {"DATE_NAISS": "ABCDEF"}, "rejet", "DATE_NAISS"),
    ("diplomes", {"INE": "1"}, "avertissement", "INE"),
    ("diplomes_agricoles", {"NOM_DE_FAMILLE": ""}, "rejet", None),
    ("agricole", {"nomUsuel": ""}, "rejet", None),
    ("agricole", {"prenomUsuel": ""}, "rejet", None),
    ("agricole", {"dateNaissance": "2008-02-31"}, "avertissement", "dateNaissance"),
    ("agricole", {"uai": "", "codeMef": ""}, "rejet", None),
    ("agricole", {"telephone": "x"}, "avertissement", "telephone"),
    ("apprentissage", {"NOM": "", "NOM2": ""}, "rejet", None),
    ("apprentissage", {"PRENOM1": ""}, "rejet", None),
    ("apprentissage", {"DATE_NAIS": "00002008"}, None, None),
    ("apprentissage", {"DATE_NAIS": "31022008"}, "avertissement", "DATE_NAIS"),
    ("apprentissage", {"NUMERO_UAI": "", "DIPLOME": ""}, "rejet", None),
    ("apprentissage", {"DIPLOME": ""}, None, None),
    ("apprentissage", {"NUMERO_UAI": ""}, None, None),
    ("apprentissage", {"SEXE": "X"}, "avertissement", "SEXE"),
    ("missions_locales", {"nomNaissance": "", "nomUsage": ""}, "rejet", None),
    ("missions_locales", {"nomNaissance": "", "nomUsage": "USAGE"}, None, None),
    ("missions_locales", {"prenom": ""}, "rejet", None),
    ("missions_locales", {"mail": "x"}, "avertissement", "mail"),
    ("missions_locales", {"civilite": "DR"}, "avertissement", "civilite"),
]  # fmt: skip
VARIANTES = {
    "csv": ([".csv"], ["utf-8"], ";"),
    "melange": (
        [".csv.gz", ".txt", ".txt.gz", ".csv"],
        ["utf-8-sig", "iso-8859-15", "windows-1252", "utf-8-sig", "iso-8859-15", "windows-1252"],
        "|",
    ),
    "parquet": ([".parquet"], ["utf-8"], ";"),
}
BLANCS = {"scolarite": "PRENOM", "diplomes": "PRENOM", "diplomes_agricoles": "PRENOM",
          "agricole": "prenomUsuel", "apprentissage": "PRENOM1", "missions_locales": "prenom"}  # fmt: skip


def ligne(extrait: str, p: Personne) -> dict[str, str]:
    match extrait:
        case "scolarite":
            return p.scolarite()
        case "diplomes" | "diplomes_agricoles":
            return p.diplome()
        case "agricole":
            return p.agricole()
        case "apprentissage":
            return p.apprentissage(HANDI="HANDIXQZ", NATIO="NATIOXQZ", PCS="PCSXQZ")
    return p.mission_locale()


def tout(livraison: Livraison) -> dict[int, tuple[str, str, int]]:
    """Add every case to a delivery; return where each stands."""
    return {
        rang: livraison.ajoute(extrait, ligne(extrait, bon(rang)) | change)
        for rang, (extrait, change, _, _) in enumerate(CAS)
    }


@pytest.fixture(scope="module")
def rendu(lancer: Lancer) -> tuple[Resultat, dict[int, tuple[str, str, int]]]:
    livraison = Livraison()
    refs = tout(livraison)
    livraison.ajoute("scolarite", b"une;ligne;courte", annee="2025-2026")
    livraison.ajoute("scolarite", bon(99).scolarite() | {"PRENOM": "Après"})
    livraison.ajoute("apprentissage", b";".join([b"X"] * 48))
    return lancer(livraison, taux_rejet_max=LARGE), refs


@pytest.mark.parametrize("rang", range(len(CAS)), ids=[f"{e}-{c}" for e, c, _, _ in CAS])
def test_each_rule(rendu, rang: int) -> None:  # type: ignore[no-untyped-def]
    resultat, refs = rendu
    extrait, fichier, numero = refs[rang]
    _, _, gravite, colonne = CAS[rang]
    trouve = resultat.table("rejets").filter(fichier=fichier, ligne=numero)
    if gravite is None:
        assert trouve.height == 0
    else:
        assert trouve["gravite"].to_list() == [gravite]
        assert trouve["extrait"].item() == extrait
        assert trouve["regle"].item()
        if colonne:
            assert trouve["colonne"].item() == colonne
    valide = resultat.table("identites").filter(fichier=fichier, ligne=numero).height
    assert valide == (0 if gravite == "rejet" else 1)


def test_number_of_fields(rendu) -> None:  # type: ignore[no-untyped-def]
    resultat, _refs = rendu
    scolarite = sum(e == "scolarite" for e, *_ in CAS)
    courtes = resultat.table("rejets").filter(regle="nombre_de_champs").sort("extrait")
    assert courtes.select("extrait", "ligne", "gravite").rows() == [
        ("apprentissage", sum(e == "apprentissage" for e, *_ in CAS) + 1, "rejet"),
        ("scolarite", scolarite + 1, "rejet"),
    ]
    assert resultat.table("identites").filter(
        extrait="scolarite", ligne=scolarite + 2
    ).height == 1  # fmt: skip


def test_valid_and_rejected_make_what_was_read(rendu) -> None:  # type: ignore[no-untyped-def]
    resultat, _ = rendu
    rejetees = resultat.table("rejets").filter(gravite="rejet").select("extrait", "ligne").unique()
    identites = resultat.table("identites")
    lues = {"scolarite": 2, "apprentissage": 1}
    for extrait in {e for e, *_ in CAS}:
        ecrites = sum(e == extrait for e, *_ in CAS) + lues.get(extrait, 0)
        valides = identites.filter(extrait=extrait)
        rejet = rejetees.filter(extrait=extrait).height
        assert valides.height + rejet == ecrites, extrait
    assert identites.select("fichier", "ligne").is_duplicated().sum() == 0


def test_rejets_columns(rendu) -> None:  # type: ignore[no-untyped-def]
    colonnes = ["extrait", "fichier", "ligne", "gravite", "regle", "colonne"]
    assert rendu[0].table("rejets").columns == colonnes


def test_forbidden_columns_reach_nothing(rendu) -> None:  # type: ignore[no-untyped-def]
    for nom, contenu in octets(rendu[0].sortie).items():
        for interdit in INTERDITS:
            assert interdit not in contenu, nom


@pytest.fixture(scope="module")
def mondes(lancer: Lancer) -> dict[str, Resultat]:
    """The same delivery in every format and encoding: accented names differ only by their bytes."""
    rendus = {}
    for variante, (suffixes, encodages, separateur) in VARIANTES.items():
        livraison = Livraison(separateur=separateur)
        for rang, extrait in enumerate(BLANCS):
            livraison.formats[extrait] = suffixes[rang % len(suffixes)]
            livraison.encodages[extrait] = encodages[rang % len(encodages)]
            livraison.ajoute(extrait, ligne(extrait, bon(100)))
            livraison.ajoute(extrait, ligne(extrait, bon(101).mais(nom="GŒFFROŸ", prenom="Zoé")))
        rendus[variante] = lancer(livraison)
    return rendus


@pytest.mark.parametrize("variante", VARIANTES)
def test_each_format_says_the_same(mondes: dict[str, Resultat], variante: str) -> None:
    ici, la = mondes["csv"], mondes[variante]
    assert la.table("rejets").height == 0
    assert la.table("identites").height == 12
    decisions = [r.table("decisions").sort("id_personne") for r in (ici, la)]
    assert decisions[0].equals(decisions[1])
    people = [
        r.table("identites").select("id_personne", "extrait", "ligne").sort("extrait", "ligne")
        for r in (ici, la)
    ]
    assert people[0].equals(people[1])


@pytest.mark.parametrize("variante", VARIANTES)
def test_no_forbidden_value_in_any_format(mondes: dict[str, Resultat], variante: str) -> None:
    for nom, contenu in octets(mondes[variante].sortie).items():
        for interdit in INTERDITS:
            assert interdit not in contenu, nom
