"""The table of decision, line by line and limit by limit: small tables in, decisions out.

These cases are the manual: `test_decisions_manual.py` prints them in `docs/decisions.md`.
"""

from datetime import date

import polars as pl
import pytest

from siei_match.reference.people import People
from siei_match.stages.decide import REGLES, Decisions, Observation, decide, join_answers
from siei_match.stages.decide.standing import COLLECTED
from tests.spec.ascii_tables import build_table, read_header, read_table
from tests.spec.decisions_cas import NAISSANCE, SECTIONS, Cas

CAS = [cas for section in SECTIONS for cas in section.cas]


def run_cas(cas: Cas) -> Decisions:
    """Decide the people of one case."""
    monde = Monde()
    for naissance in [*read_table(cas.naissances), *born_by_default(cas)]:
        monde.add_naissance(naissance)
    parcours = monde.build("tables/parcours", cas.parcours)
    titres = monde.build("tables/titres", cas.titres, rang="0")
    doutes = [(d["a"], d["b"]) for d in read_table(cas.doutes)]
    return decide(
        People(
            monde.identites(),
            parcours,
            build_table("tables/traits", monde.traits),
            build_table("tables/dates_douteuses", monde.doubts(cas.dates)),
        ),
        titres,
        standing_answers(cas.reponses, cas.jour if cas.collected else None),
        pl.DataFrame(doutes, schema={"id_a": pl.String, "id_b": pl.String}, orient="row"),
        Observation(cas.jour, cas.annee, cas.definition, cas.delai_entree),
    )


def standing_answers(texte: str, collected_by: date | None = None) -> pl.DataFrame:
    """Join the answers of a case, in the order of its lines: each person is on a list of P, and of
    every platform that answers. With `collected_by`, platforms sent them themselves, and what bears a
    later date waits for the next campaign.
    """
    told = read_table(texte)
    retours = build_table(
        "tables/retours",
        [
            {
                "fichier": "retours.csv",
                "ligne": str(ligne),
                "id_signalement": rang["personne"],
                "date_retour": rang["date"],
                "retour": rang["retour"],
            }
            for ligne, rang in enumerate(told, start=1)
        ],
    ).with_columns(psad=pl.Series([r.get("plateforme") for r in told], dtype=pl.String))
    listed = {(r["personne"], r.get("plateforme") or "P") for r in told}
    signalements = build_table(
        "tables/signalements",
        [
            {"id_signalement": p, "id_personne": p, "campagne": "2026-03", "psad": psad}
            for p, psad in sorted(listed, key=str)
        ],
    )
    if collected_by is not None:
        retours = retours.with_columns(origine=pl.lit(COLLECTED), jour_ecrit=pl.lit(value=True))
    return join_answers(retours, signalements, collected_by).reponses


def born_by_default(cas: Cas) -> list[dict[str, str | None]]:
    """Whoever the case gives no birth date to is 18."""
    datees = {rang["personne"] for rang in read_table(cas.naissances)}
    citees = {rang["personne"] for rang in read_table(cas.parcours)}
    return [{"personne": p, "naissance": NAISSANCE} for p in sorted(citees - datees)]


class Monde:
    """Numbers the rows of a case across its tables, and remembers whose they are."""

    def __init__(self) -> None:
        self.personnes: list[str | None] = []
        self.traits: list[dict[str, str | None]] = []
        self.enrolments: dict[str | None, list[str]] = {}

    def number(self, rang: dict[str, str | None]) -> str:
        self.personnes.append(rang["personne"])
        return str(len(self.personnes) - 1)

    def add_naissance(self, rang: dict[str, str | None]) -> None:
        parties = [*(rang["naissance"] or "").split("-"), "", ""]
        annee, mois, jour = (partie if partie.isdigit() else None for partie in parties[:3])
        rid = self.number(rang)
        self.traits.append(
            {
                "rid": rid,
                "extrait": rang.get("extrait") or "scolarite",
                "naissance_annee": annee,
                "naissance_mois": mois,
                "naissance_jour": jour,
            }
        )

    def build(self, path: str, texte: str, **constantes: str) -> pl.DataFrame:
        rangs = [{"rid": self.number(r), **constantes, **r} for r in read_table(texte)]
        if path == "tables/parcours":
            for rang in rangs:
                self.enrolments.setdefault(rang["personne"], []).append(str(rang["rid"]))
        return build_table(path, rangs)

    def doubts(self, texte: str) -> list[dict[str, str | None]]:
        """Number the dates in doubt: of a person's first birth date, or of an enrolment of theirs."""
        first = {self.personnes[int(t["rid"] or 0)]: t["rid"] for t in reversed(self.traits)}
        return [
            {
                **rang,
                "colonne": rang["date"],
                "rid": self.enrolments[rang["personne"]][int(rang["inscription"] or 0) - 1]
                if rang.get("inscription")
                else first[rang["personne"]],
            }
            for rang in read_table(texte)
        ]

    def identites(self) -> pl.DataFrame:
        return pl.DataFrame(
            {"rid": range(len(self.personnes)), "id_personne": self.personnes},
            schema={"rid": pl.UInt32, "id_personne": pl.String},
        )


def show(rangs: pl.DataFrame, colonnes: list[str]) -> list[dict[str, str | None]]:
    """Write a frame as the cells of a text table."""
    ecrits = {True: "oui", False: "non", None: None}
    return [
        {
            c: ecrits[v] if isinstance(v, bool) or v is None else str(v)
            for c, v in zip(colonnes, rang, strict=True)
        }
        for rang in rangs.rename({"id_personne": "personne"}).select(colonnes).iter_rows()
    ]


@pytest.mark.parametrize("cas", CAS, ids=lambda cas: cas.titre)
def test_decision(cas: Cas) -> None:
    obtenues = run_cas(cas).explications
    attendues = read_table(cas.attendu)
    colonnes = read_header(cas.attendu)
    assert show(obtenues, colonnes) == attendues


def test_every_regle_is_shown_by_a_case() -> None:
    montrees = {
        (r["statut"], r["motif"]) for cas in CAS for r in read_table(cas.attendu) if r.get("motif")
    }
    assert montrees == {(regle.statut, regle.motif) for regle in REGLES}


def test_titles_are_unique() -> None:
    titres = [cas.titre for cas in CAS]
    assert len(titres) == len(set(titres))
