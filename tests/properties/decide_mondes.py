"""Small random worlds for the laws of decision and routing, and the frames that hold them."""

import random
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import polars as pl
from hypothesis import strategies as st

from siei_match.reference.contracts import declaration
from siei_match.reference.people import People
from siei_match.stages.decide import Decisions, Observation, decide

Ligne = dict[str, Any]

EXTRAITS = ("scolarite", "diplomes", "agricole", "diplomes_agricoles", "apprentissage")
CYCLES = ("college", "niveau_3", "niveau_4", "baccalaureat", "superieur", "insertion", None)
NIVEAUX = ("aucun", "niveau_3", "niveau_4", "baccalaureat")
RETOURS = ("en_formation", "en_emploi", "service_civique", "decede", "suivi", "refus", None)
JOURS = (date(2026, 10, 15), date(2027, 2, 28), date(2027, 3, 1), date(2026, 9, 1))
# Dates crowd around the limits: the year's ends, the day, six months before it, and each other.
REPERES = (
    date(2025, 9, 1),
    date(2025, 9, 15),
    date(2026, 4, 15),
    date(2026, 8, 31),
    date(2026, 9, 1),
    date(2026, 10, 15),
    date(2027, 2, 28),
)
COMMUNES = ("75056", "13055", "69123", "99109", None)
UAIS = ("0750652B", "0590116F", "0010016M", None)


@dataclass
class Monde:
    """People as lists of plain rows, each with its `personne`; nothing of polars."""

    observation: Observation
    parcours: list[Ligne] = field(default_factory=list)
    titres: list[Ligne] = field(default_factory=list)
    naissances: list[Ligne] = field(default_factory=list)
    reponses: list[Ligne] = field(default_factory=list)
    doutes: list[tuple[str, str]] = field(default_factory=list)


def proche(*reperes: date) -> st.SearchStrategy[date]:
    return st.builds(
        lambda repere, ecart: repere + timedelta(days=ecart),
        st.sampled_from(reperes),
        st.sampled_from((-30, -16, -15, -14, -2, -1, 0, 0, 1, 2, 13, 14, 15, 40)),
    )


DATES = st.none() | proche(*REPERES)
PERSONNES = st.sampled_from("ABCDE")

INSCRIPTIONS = st.fixed_dictionaries(
    {
        "personne": PERSONNES,
        "extrait": st.sampled_from(("scolarite", "agricole", "apprentissage")),
        "annee": st.sampled_from((2025, 2025, 2025, 2026, 2024)),
        "debut": DATES,
        "fin": DATES,
        "rupture": st.none() | proche(date(2026, 4, 15), date(2026, 8, 31)),
        "cycle": st.sampled_from(CYCLES),
        "uai": st.sampled_from(UAIS),
        "formation": st.sampled_from(("CAP", "BAC PRO", None)),
        "commune": st.sampled_from(COMMUNES),
    }
)
CONTRATS = st.fixed_dictionaries(
    {
        "personne": PERSONNES,
        "extrait": st.just("contrats"),
        "annee": st.none(),
        "debut": proche(*REPERES, date(2026, 7, 1), date(2024, 9, 1)) | st.none(),
        "fin": st.none() | proche(*REPERES, date(2026, 7, 2), date(2027, 7, 2)),
        "rupture": st.none() | proche(date(2026, 4, 15), date(2026, 8, 31), date(2025, 9, 15)),
        "cycle": st.sampled_from(CYCLES),
        "uai": st.sampled_from(UAIS),
        "formation": st.sampled_from(("CAP", "BAC PRO", None)),
        "commune": st.sampled_from(COMMUNES),
    }
)
SUIVIS = st.fixed_dictionaries(
    {
        "personne": PERSONNES,
        "extrait": st.just("missions_locales"),
        "debut": DATES,
        "fin": DATES,
        "commune": st.sampled_from(COMMUNES),
        "structure_nom": st.sampled_from(("ML Nord", "ML Sud", None)),
        "situation": st.sampled_from((None, None, "Contrat en Alternance", "Scolarité")),
    }
)
TITRES = st.fixed_dictionaries({"personne": PERSONNES, "niveau": st.sampled_from(NIVEAUX)})
NAISSANCES = st.fixed_dictionaries(
    {
        "personne": PERSONNES,
        "extrait": st.sampled_from(EXTRAITS),
        "naissance_annee": st.sampled_from((2000, 2001, 2008, 2010, 2011)),
        "naissance_mois": st.sampled_from((None, 1, 2, 9, 10, 12)),
        "naissance_jour": st.sampled_from((None, 1, 14, 15, 16, 28)),
    }
)
REPONSES = st.fixed_dictionaries(
    {
        "personne": PERSONNES,
        "date_retour": st.none() | proche(date(2026, 9, 1), *JOURS),
        "retour": st.sampled_from(RETOURS),
    }
)
OBSERVATIONS = st.builds(
    Observation,
    st.sampled_from(JOURS),
    st.just(2026),
    st.sampled_from(("legale", "operationnelle")),
    st.sampled_from((0, 0, 1, 15)),
)


@st.composite
def mondes(draw: st.DrawFn) -> Monde:
    naissances = draw(st.lists(NAISSANCES, max_size=6))
    # Normalisation gives every row a birth year: so has everybody.
    defaut = {"extrait": "missions_locales", "naissance_annee": 2008}
    inconnus = {"naissance_mois": None, "naissance_jour": None}
    naissances += [{"personne": p, **defaut, **inconnus} for p in "ABCDE"]
    return Monde(
        draw(OBSERVATIONS),
        parcours=draw(st.lists(INSCRIPTIONS, max_size=10))
        + draw(st.lists(CONTRATS, max_size=4))
        + draw(st.lists(SUIVIS, max_size=3)),
        titres=draw(st.lists(TITRES, max_size=3)),
        naissances=naissances,
        reponses=draw(st.lists(REPONSES, max_size=3)),
        doutes=draw(st.lists(st.tuples(PERSONNES, PERSONNES), max_size=3)),
    )


@dataclass(frozen=True)
class Tables:
    """The frames of a world, as the stages before `decide` would write them."""

    people: People
    titres: pl.DataFrame
    reponses: pl.DataFrame
    pairs: pl.DataFrame
    observation: Observation

    def decide(self) -> Decisions:
        return decide(self.people, self.titres, self.reponses, self.pairs, self.observation)

    def shuffle(self, graine: int) -> "Tables":
        """The same world with the rows of every frame in another order."""
        hasard = random.Random(graine)

        def shuffle(frame: pl.DataFrame) -> pl.DataFrame:
            return frame[hasard.sample(range(frame.height), frame.height)]

        return Tables(
            People(*map(shuffle, vars(self.people).values())),
            *map(shuffle, (self.titres, self.reponses, self.pairs)),
            observation=self.observation,
        )


def build_tables(monde: Monde, graine: int = 0) -> Tables:
    """Build the frames; `graine` renumbers the rows, as another order in the files would."""
    lignes = [
        *(("parcours", ligne) for ligne in monde.parcours),
        *(("titres", ligne) for ligne in monde.titres),
        *(("traits", ligne) for ligne in monde.naissances),
    ]
    if graine:
        random.Random(graine).shuffle(lignes)
    numerotees = [(table, {**ligne, "rid": rid}) for rid, (table, ligne) in enumerate(lignes)]
    par_table = {
        table: [ligne for t, ligne in numerotees if t == table]
        for table in ("parcours", "titres", "traits")
    }
    identites = [(ligne["rid"], ligne["personne"]) for _, ligne in numerotees]
    return Tables(
        People(
            pl.DataFrame(
                identites, schema={"rid": pl.UInt32, "id_personne": pl.String}, orient="row"
            ),
            frame_of("tables/parcours", par_table["parcours"]),
            frame_of("tables/traits", par_table["traits"]),
        ),
        frame_of("tables/titres", par_table["titres"]),
        pl.DataFrame(
            [
                (r["personne"], r["date_retour"], r["retour"], n)
                for n, r in enumerate(monde.reponses)
            ],
            schema={
                "id_personne": pl.String,
                "date_retour": pl.Date,
                "retour": pl.String,
                "reception": pl.UInt32,
            },
            orient="row",
        ),
        pl.DataFrame(monde.doutes, schema={"id_a": pl.String, "id_b": pl.String}, orient="row"),
        monde.observation,
    )


def frame_of(path: str, lignes: list[Ligne]) -> pl.DataFrame:
    schema = declaration(path).polars_schema
    return pl.DataFrame(
        {
            nom: pl.Series(nom, [li.get(nom) for li in lignes], genre)
            for nom, genre in schema.items()
        }
    )
