"""A wrong declaration is told: file, line, key, what is expected, the nearest known word."""

import copy
import re
import tomllib
from contextlib import suppress
from pathlib import Path
from random import Random
from typing import Any

import polars as pl
import pytest

from siei_match.reference.errors import SettingsError, SieiError
from siei_match.stages.link import link, read_rows, read_spec
from siei_match.stages.link.declared.spec import build_spec
from siei_match.stages.link.engine import default_thresholds

DECLARED = """\
sources = ["left", "right"]
un_par_source = true

[dates.born]
colonnes = ["year", "month", "day"]
forme = "AAAA-MM-JJ"

[traits.surname]
genre = "noms"
colonnes = ["surname"]

[traits.first]
genre = "prenoms"
colonnes = ["first", "second"]
croise = "surname"
surnoms = [["ROBERT", "BOB"]]
ecrit_dans = "mails"

[traits.second]
genre = "autres_prenoms"
colonnes = ["first", "second"]

[traits.birth]
genre = "date"
colonnes = ["year", "month", "day"]

[traits.sex]
genre = "categorie"
colonnes = ["sex"]
redit = { trait = "first", jusqu_a = "proche" }

[traits.home]
genre = "domicile"
parties = { rue = "street", code_postal = "postcode" }

[traits.mail]
genre = "ensemble"
colonnes = ["mails"]
separateur = ";"

[traits.height]
genre = "nombre"
colonnes = ["height"]
ecarts = [2, 5]

[traits.card]
genre = "identifiant"
colonnes = ["card"]
niveaux.egal = { m = 0.98, u = 0.001 }

[classes.jumeaux]
taux = 0.03

[classes.namesakes]
taux = 0.001
traits = ["home", "card"]
memes = ["surname", "first", "birth"]
autres = ["card"]
plafonds = { home = 5.0 }

[certitude]
identifiant = "card"
memes = ["surname", "first", "birth"]
contredit = ["sex"]

[seuils]
lien = 0.8
doute = 0.2

[blocs]
decoupe = ["sex", "month"]
colonnes = ["school"]

[[blocs.passes]]
nom = "names"
cle = ["year", "paire"]

[[blocs.passes]]
nom = "school"
cle = ["school", "son", "lettre"]
cherchent = "sans_identifiant"

[[blocs.passes]]
nom = "mails"
cle = ["mails", "street:4"]
"""

WRONG = [
    # (what is changed, into what, where the message says it is, what it says beside)
    ('genre = "noms"', 'genre = "nom"', "traits.surname.genre", "no kind nom, the nearest is noms"),
    ('genre = "noms"', 'genre = "no.such.Feature"', "traits.surname.genre", "cannot be imported"),
    ('genre = "noms"', "", "traits.surname.genre", "it is missing"),
    ('colonnes = ["surname"]', "", "traits.surname.colonnes", "reads 1 or more columns, not 0"),
    ('colonnes = ["surname"]', 'colonnes = "surname"', "traits.surname.colonnes", "a list is expected"),
    ('colonnes = ["surname"]', 'colonne = ["surname"]', "traits.surname.colonne", "the nearest is colonnes"),
    ('colonnes = ["surname"]', 'colonnes = ["source"]', "traits.surname.colonnes", "rename it in the file"),
    ('colonnes = ["surname"]', 'colonnes = ["surname", "surname"]', "traits.surname.colonnes", "twice"),
    ('colonnes = ["surname"]', 'colonnes = ["height"]', "colonnes", "height as a number and as a text"),
    ('colonnes = ["surname"]', 'colonnes = ["month"]', "colonnes", "month as a date and as a text"),
    ('colonnes = ["sex"]', 'colonnes = ["sex", "height"]', "traits.sex.colonnes", "reads 1 columns, not 2"),
    ('[traits.surname]', "[traits.prior]", "traits.prior", "take another name"),
    ('croise = "surname"', 'croise = "surnam"', "traits.first.croise", "the nearest is surname"),
    ('croise = "surname"', 'croise = "home"', "traits.first.croise", "of kind domicile; noms is expected"),
    ('croise = "surname"', 'plafond = -3', "traits.first.plafond", "greater than 0"),
    ('croise = "surname"', 'frequences = "prenom"', "traits.first.frequences", "'patronymes', 'prenoms' or 'lieux'"),
    ('croise = "surname"', 'appris = "perhaps"', "traits.first.appris", "true or false is expected"),
    ('croise = "surname"', "arguments = { a = 1 }", "traits.first.arguments", "a feature's only"),
    ('croise = "surname"', "ecarts = [2]", "traits.first.ecarts", "ecarts is of the kind nombre"),
    ('croise = "surname"', 'appris_si = { egaux = ["surname"], un_de = [] }', "traits.first.appris_si.un_de", "at least 1"),
    ('croise = "surname"', 'appris_si = { egaux = ["surnam"], un_de = ["home"] }', "traits.first.appris_si.egaux", "nearest is surname"),
    ('surnoms = [["ROBERT", "BOB"]]', 'surnoms = [["BOB"]]', "traits.first.surnoms", "two names or more"),
    ('surnoms = [["ROBERT", "BOB"]]', 'surnoms = "none.csv"', "none.csv", "cannot be read"),
    ('colonnes = ["card"]', 'colonnes = ["card"]\npropres = "(A"', "traits.card.propres", "no regular expression"),
    ('croise = "surname"', 'propres = "^A"', "traits.first.propres", "propres is of the kind identifiant"),
    ('ecrit_dans = "mails"', 'ecrit_dans = "mail"', "traits.first.ecrit_dans", "the nearest is mails"),
    ('genre = "autres_prenoms"\ncolonnes = ["first", "second"]', 'genre = "autres_prenoms"\ncolonnes = ["first", "third"]',
     "traits.second.colonnes", "no trait of kind prenoms has the same columns"),
    ('genre = "date"\ncolonnes = ["year", "month", "day"]', 'genre = "date"\ncolonnes = ["year", "month"]',
     "traits.birth.colonnes", "reads 3 columns, not 2"),
    ('colonnes = ["year", "month", "day"]\nforme', 'colonnes = ["y", "m", "d"]\nforme', "dates.born.colonnes", "no trait and no key has y, m, d"),
    ('colonnes = ["year", "month", "day"]\nforme', 'colonnes = ["year", "month"]\nforme', "dates.born.colonnes.2", "it is missing"),
    ('forme = "AAAA-MM-JJ"', 'forme = "YYYY-MM-DD"', "dates.born.forme", "AAAA, MM and JJ are expected once each"),
    ('forme = "AAAA-MM-JJ"', 'forme = "AAAA-MM-JJ HH"', "dates.born.forme", "signs between them"),
    ('jusqu_a = "proche"', 'jusqu_a = "proches"', "traits.sex.redit.jusqu_a", "the nearest is proche"),
    ('redit = { trait = "first"', 'redit = { trait = "sex"', "traits.sex.redit.trait", "cannot repeat itself"),
    ('redit = { trait = "first"', 'parmi = { first = "proches" }\nredit = { trait = "first"', "traits.sex.parmi.first", "the nearest is proche"),
    ('redit = { trait = "first"', 'parmi = { sex = "egal" }\nredit = { trait = "first"', "traits.sex.parmi.sex", "says nothing of itself"),
    ('redit = { trait = "first"', 'parmi = { home = "egal" }\nredit = { trait = "first"', "traits.sex.parmi", "of kind domicile"),
    ("niveaux.egal = { m = 0.98, u = 0.001 }", "niveaux.egal = { m = 0.9, u = 0.1, parmi = 0.5 }\nniveaux.voisin = { m = 0.05, u = 0.1, parmi = 0.1 }\nniveaux.different = { m = 0.05, u = 0.8, parmi = 0.4 }",
     "traits.card.niveaux.egal.parmi", "names no parmi"),
    ('redit = { trait = "first", jusqu_a = "proche" }', 'redit = { trait = "first" }', "traits.sex.redit.jusqu_a", "it is missing"),
    ('parties = { rue = "street", code_postal = "postcode" }', 'parties = { rue = "street" }', "traits.home.parties", "localite or code_postal"),
    ('parties = { rue = "street", code_postal = "postcode" }', 'parties = { rue = "street", ville = "town" }', "traits.home.parties.ville",
     "'numero', 'rue', 'localite' or 'code_postal'"),
    ("ecarts = [2, 5]", "ecarts = [5, 2]", "traits.height.ecarts", "the smaller first"),
    ("niveaux.egal = { m = 0.98, u = 0.001 }", "niveaux.egal = { m = 1.2, u = 0.001 }", "traits.card.niveaux.egal.m", "less than 1"),
    ("niveaux.egal = { m = 0.98, u = 0.001 }", "niveaux.egale = { m = 0.98, u = 0.001 }", "traits.card.niveaux.egale", "the nearest is egal"),
    ("niveaux.egal = { m = 0.98, u = 0.001 }", "niveaux.egal = { m = 0.98 }", "traits.card.niveaux.egal.u", "it is missing"),
    ("niveaux.egal = { m = 0.98, u = 0.001 }", "niveaux.egal = { m = 0.9, u = 0.1 }\nniveaux.voisin = { m = 0.2, u = 0.1 }",
     "traits.card.niveaux", "m of its levels sum to 1.1"),
    ("niveaux.egal = { m = 0.98, u = 0.001 }", "niveaux.egal = { m = 0.9, u = 0.1 }\nniveaux.voisin = { m = 0.05, u = 0.1 }\n"
     "niveaux.different = { m = 0.05, u = 0.9 }", "traits.card.niveaux", "u of its levels sum to 1.1, not to 1"),
    ("niveaux.egal = { m = 0.98, u = 0.001 }", "niveaux.egal = { m = 0.9, u = 0.1, jumeaux = 0.5 }", "traits.card.niveaux", "some levels only"),
    ("niveaux.egal = { m = 0.98, u = 0.001 }", "niveaux.egal = { m = 0.9, u = 0.1, seuil = 1 }", "traits.card.niveaux.egal", "a feature's only"),
    ('[classes.jumeaux]\ntaux = 0.03', '[classes.jumeaux]\ntaux = 0.03\ntraits = ["home"]', "classes.jumeaux.traits", "leave it out"),
    ('taux = 0.03', "taux = 0", "classes.jumeaux.taux", "greater than 0"),
    ('traits = ["home", "card"]\n', "", "classes.namesakes", "that tell such people apart"),
    ('autres = ["card"]\n', "", "classes.namesakes.memes", "go together"),
    ('autres = ["card"]', 'autres = ["home"]', "classes.namesakes.autres", "of kind domicile"),
    ("plafonds = { home = 5.0 }", "plafonds = { hom = 5.0 }", "classes.namesakes.plafonds.hom", "the nearest is home"),
    ('identifiant = "card"', 'identifiant = "cart"', "certitude.identifiant", "the nearest is card"),
    ('identifiant = "card"', 'identifiant = "surname"', "certitude.identifiant", "of kind noms"),
    ('contredit = ["sex"]', 'contredit = ["home"]', "certitude.contredit", "of kind domicile"),
    ("doute = 0.2", "doute = 0.9", "seuils.doute", "above seuils.lien"),
    ("lien = 0.8", "lien = 1", "seuils.lien", "less than 1"),
    ("[seuils]", "[seuil]", "seuil", "the nearest is seuils"),
    ('decoupe = ["sex", "month"]', 'decoupe = ["sex", "mont"]', "blocs.decoupe", "the nearest is month"),
    ('decoupe = ["sex", "month"]', 'decoupe = ["mails"]', "blocs.decoupe", "holds lists"),
    ('cle = ["year", "paire"]', 'cle = ["years", "paire"]', "blocs.passes.0.cle", "the nearest is year"),
    ('cle = ["year", "paire"]', 'cle = ["town", "paire"]', "blocs.passes.0.cle", "name it in blocs.colonnes"),
    ('cle = ["year", "paire"]', 'cle = ["surname:x"]', "blocs.passes.0.cle", "a number of characters"),
    ('cle = ["year", "paire"]', 'cle = ["surname:0"]', "blocs.passes.0.cle", "1 or more"),
    ('cle = ["year", "paire"]', 'cle = ["year:2"]', "blocs.passes.0.cle", "year is no text"),
    ('cle = ["year", "paire"]', 'cle = ["paire", "lettre"]', "blocs.passes.0.cle", "needs son beside it"),
    ('cle = ["year", "paire"]', 'cle = ["son", "paire"]', "blocs.passes.0.cle", "several keys"),
    ('cle = ["year", "paire"]', 'cle = "paire"', "blocs.passes.0.cle", "a list is expected"),
    ('cle = ["year", "paire"]', "cle = []", "blocs.passes.0.cle", "at least 1"),
    ('cherchent = "sans_identifiant"', 'cherchent = "sans_identifant"', "blocs.passes.1.cherchent", "'sans_identifiant'"),
    ('nom = "school"', 'nom = "names"', "blocs.passes", "2 passes are named names"),
    ('nom = "school"', 'name = "school"', "blocs.passes.1.nom", "it is missing"),
    ('sources = ["left", "right"]', 'sources = ["left", "left"]', "sources", "left stands there 2 times"),
    ('sources = ["left", "right"]', 'sources = ["left"]', "un_par_source", "with one source"),
    ('sources = ["left", "right"]', 'sources = "left"', "sources", "a list is expected"),
    ("un_par_source = true", 'un_par_source = "oui"', "un_par_source", "true or false"),
    ("un_par_source = true", 'reprend = "essai.toml"', "reprend", "no other declaration"),
    ("un_par_source = true", "reprend = 3", "reprend", "no other declaration"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "place", "said"), WRONG)
def test_what_is_wrong_is_told_with_its_place(
    tmp_path: Path, old: str, new: str, place: str, said: str
) -> None:
    wrong = DECLARED.replace(old, new, 1)
    assert wrong != DECLARED
    (tmp_path / "essai.toml").write_text(wrong, "utf-8")
    with pytest.raises(SettingsError) as refused:
        read_spec(tmp_path / "essai.toml")
    message = refused.value.what
    assert place in message
    assert said in message
    assert "essai.toml" in message
    found = re.search(r"line (\d+) of essai\.toml", message)
    if "reprend" in new or "none.csv" in new:
        return
    # The line of the key, of its table where it is missing, of its file where the table is.
    assert found or place == "seuil"
    if found:
        line = wrong.splitlines()[int(found[1]) - 1]
        assert any(str(part) in line for part in place.split(".")), line


def test_all_that_is_wrong_is_told_at_once() -> None:
    raw = tomllib.loads(DECLARED)
    raw["traits"]["first"]["croise"] = "nobody"
    raw["certitude"]["contredit"] = ["home"]
    raw["blocs"]["decoupe"] = ["town"]
    with pytest.raises(SettingsError, match=r"croise.*contredit.*decoupe"):
        build_spec(raw)


def rows_of(count: int, seed: int) -> dict[str, pl.DataFrame]:
    dice = Random(seed)
    columns = "born surname first second sex street postcode mails height card school".split()
    files = {}
    for source in ("left", "right"):
        rows = [
            [f"{1990 + k % 9}-0{1 + k % 9}-1{k % 9}", f"SUR{k}X", f"FIRST{k % 7}", "SECOND", "MF"[k % 2],
             f"ROAD {k}", f"440{k:02}", f"a{k}@x;b{k}@y", str(150 + k % 40), f"{k:04}", f"S{k % 3}"]
            for k in range(count)
        ]  # fmt: skip
        for row in rows:
            row[dice.randrange(len(columns))] = ""
        files[source] = pl.DataFrame(rows, schema=dict.fromkeys(columns, pl.String), orient="row")
    return files


def test_the_declaration_itself_is_right_and_links() -> None:
    spec = build_spec(tomllib.loads(DECLARED))
    found = link(read_rows(rows_of(40, 1), spec), spec=spec, population=1000)
    assert found.thresholds.link == 0.8
    assert found.groupes["personne"].n_unique() == 40


def places_of(raw: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [at] if at else []
    if isinstance(raw, dict):
        found += [p for key, value in raw.items() for p in places_of(value, (*at, key))]
    if isinstance(raw, list):
        found += [p for key, value in enumerate(raw) for p in places_of(value, (*at, key))]
    return found


VALUES: list[Any] = ["", "x", "first", "son", "mails", "month", "noms", 0, -1, 1.5, True, [], ["x"], {},
                     {"x": 1}, ["son"], ["first"], [[]], "sex:2", ["sex:2"], "different"]  # fmt: skip


@pytest.mark.parametrize("seed", range(300))
def test_whatever_is_written_links_or_is_told(seed: int) -> None:
    """Law: a key taken away, renamed or given another value never ends in an exception of ours or of Python."""
    dice = Random(seed)
    raw = copy.deepcopy(tomllib.loads(DECLARED))
    for _ in range(dice.choice((1, 1, 2))):
        *parents, last = dice.choice(places_of(raw))
        place: Any = raw
        for key in parents:
            place = place[key]
        value = place.pop(last)
        if dice.random() < 0.7:
            value = dice.choice(VALUES)
        if isinstance(place, list):
            place.insert(last, value)
        elif dice.random() < 0.85:
            place[last if dice.random() < 0.85 else dice.choice(["x", "m", "nom", "traits"])] = (
                value
            )
    with suppress(SieiError):
        spec = build_spec(raw)
        rows = read_rows(rows_of(25, seed), spec)
        if seed % 4 == 0:
            link(rows, spec=spec, population=1000)


@pytest.mark.parametrize(
    ("identifier", "declared", "given", "expected"),
    [
        (True, {}, (None, None), (0.9, 0.25)),
        (False, {}, (None, None), (0.5, 0.1)),
        (False, {"lien": 0.7}, (None, None), (0.7, 0.1)),
        (False, {"lien": 0.05}, (None, None), (0.05, 0.05)),
        (True, {"lien": 0.7, "doute": 0.3}, (None, None), (0.7, 0.3)),
        (True, {"lien": 0.7, "doute": 0.3}, (0.8, 0.4), (0.8, 0.4)),
    ],
)
def test_thresholds_are_those_given_or_declared_or_what_the_data_allow(
    *,
    identifier: bool,
    declared: dict[str, float],
    given: tuple[float | None, float | None],
    expected: tuple[float, float],
) -> None:
    raw = tomllib.loads(DECLARED) | {"seuils": declared}
    if not identifier:
        del raw["certitude"]["identifiant"]
        del raw["blocs"]["passes"][1]["cherchent"]
    found = default_thresholds(build_spec(raw), *given)
    assert (found.link, found.doubt) == expected


def test_few_people_have_few_namesakes() -> None:
    """A name and a date that agree: two rows of a whole register are one person's, of France's eight million perhaps not."""
    raw = {
        "sources": ["left", "right"],
        "un_par_source": True,
        "traits": {
            "surname": {"genre": "noms", "colonnes": ["surname"]},
            "first": {"genre": "prenoms", "colonnes": ["first"]},
            "birth": {"genre": "date", "colonnes": ["year", "month", "day"]},
        },
        "blocs": {"passes": [{"nom": "names", "cle": ["paire"]}]},
    }
    columns = ["surname", "first", "year", "month", "day"]
    people = [[f"SUR{'ABCDEFGH'[k % 8]}", f"FIRST{'JKLMNOPQ'[k // 8]}", f"{1950 + k % 40}", f"{1 + k % 12}", f"{1 + k % 28}"]
              for k in range(64)]  # fmt: skip
    # Of one in two the month is a slip: what agrees is common here.
    copies = [
        [*row[:3], str(1 + (int(row[3]) + k % 2) % 12), row[4]] for k, row in enumerate(people)
    ]
    files = {
        source: pl.DataFrame(rows, schema=dict.fromkeys(columns, pl.String), orient="row")
        for source, rows in (("left", people), ("right", copies))
    }
    linked = {}
    for size in (64, 8_000_000):
        spec = build_spec(raw | {"population": size})
        found = link(read_rows(files, spec), spec=spec)
        linked[size] = 128 - found.groupes["personne"].n_unique()
    assert linked[64] == 64
    assert linked[8_000_000] < 64
