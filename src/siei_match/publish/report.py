"""rapport.html: what a run read, linked, decided and listed, for people. Counts only.

One self-contained file: style and bars are inside, there is no script and no link outside, so
that it opens anywhere, prints, and tells nobody that it was opened.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import polars as pl
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from siei_match import __version__
from siei_match.publish.cohortes import DEVENIRS, describe_cohortes
from siei_match.publish.manifest import Execution, Intervalle
from siei_match.vocabulary import A_VERIFIER, AVERTISSEMENT, CONFIRME, NON_AFFECTE, REJET

if TYPE_CHECKING:
    from siei_match.publish.campaign import Resultats

EXTREMES: Final = 10
"""Platforms shown at the top and at the bottom; the whole table stands folded below."""

LIBELLES: Final[Mapping[str, str]] = {
    "scolarite": "Scolarité (Éducation nationale)",
    "diplomes": "Diplômes (Éducation nationale)",
    "agricole": "Enseignement agricole",
    "diplomes_agricoles": "Diplômes agricoles",
    "apprentissage": "Apprentissage (CFA)",
    "missions_locales": "Missions locales",
    "retours": "Retours des plateformes",
    "ine": "Même INE et traits concordants",
    "traits": "Traits identiques",
    "vraisemblance": "Ressemblance (modèle)",
    "seul": "Aucune autre ligne de la même personne",
    "lie": "Même personne",
    A_VERIFIER: "À vérifier",
    "ecarte": "Personnes différentes",
    "sortant": "Sortant sans diplôme",
    CONFIRME: "Confirmé",
    "en_formation": "En formation",
    "diplome": "Diplômé",
    "retour": "Réponse d’une plateforme",
    "hors_champ": "Hors champ",
    "age_moins_16": "Moins de 16 ans",
    "age_plus_25": "26 ans et plus",
    "baccalaureat": "Baccalauréat ou plus",
    "niveau_3": "Diplôme de niveau 3",
    "niveau_4": "Diplôme de niveau 4",
    "en_emploi": "En emploi",
    "doublon": "Doublon",
    "legale": "légale",
    "operationnelle": "opérationnelle",
}
STATUTS: Final = ("sortant", "en_formation", "diplome", "retour", "hors_champ")

ETAPES: Final[Mapping[str, str]] = {
    "lues": "Lignes lues",
    "valides": "Lignes valides",
    "rejetees": "Lignes rejetées",
    "rattachees": "Lignes rattachées à une personne",
    "personnes": "Personnes distinctes",
    "paires": "Paires jugées sur leur ressemblance",
    "liees": "Paires liées",
    "douteuses": "Paires à vérifier",
    "decidees": "Personnes dans le champ",
    "sortants": "Sortants sans diplôme",
    "a_verifier": "Sortants à vérifier",
    "listees": "Lignes des listes",
    "non_affectees": "Sortants sans plateforme",
    "rapprochement_lignes": "Rapprochement : lignes comparées",
    "rapprochement_fiches": "Rapprochement : fiches distinctes",
    "rapprochement_ine_de_remplissage": "Rapprochement : INE de remplissage, tenus pour absents",
    "rapprochement_paires_ine": "Rapprochement : paires de même INE",
    "rapprochement_conflits_ine": "Rapprochement : même INE, traits contraires",
    "rapprochement_paires_traits": "Rapprochement : paires de traits identiques",
    "rapprochement_paires_candidates": "Rapprochement : paires candidates",
    "rapprochement_paires_examinees": "Rapprochement : paires examinées",
    "rapprochement_doutes": "Rapprochement : paires de personnes en doute",
    "rapprochement_personnes": "Rapprochement : personnes",
    "rapprochement_revues_liantes": "Réponses de clercs appliquées",
    "rapprochement_revues_ambigues": "Réponses de clercs que plusieurs homonymes pourraient porter",
    "methode_ine": "Lignes rattachées par l’INE",
    "methode_traits": "Lignes rattachées par leurs traits",
    "methode_vraisemblance": "Lignes rattachées par ressemblance",
    "methode_seul": "Lignes seules de leur personne",
    "retours_livres": "Retours livrés avec les extraits",
    "retours_collectes": "Retours collectés auprès des plateformes",
    "retours_inconnus": "Retours sans signalement connu",
    "personnes_exclues": "Personnes exclues à leur demande ou par décision",
    "lignes_exclues": "Lignes des personnes exclues",
    "rectifications": "Valeurs rectifiées",
    "retours_autre_plateforme": "Retours d’une plateforme qui n’a jamais eu ce signalement",
    "retours_apres_le_jour": "Retours datés d’après le jour d’observation",
    "transferts": "Personnes transmises à une autre plateforme",
}

SANS_MESURE: Final[Mapping[str, str]] = {
    "mesure_desactivee": "la mesure est désactivée (réglage « mesure »)",
    "aucun_ine": "aucune ligne n’a d’INE",
    "trop_peu_de_personnes": "trop peu de personnes ont un INE dans plusieurs lignes",
}
PETITS: Final = 20
"""Pairs of sources with fewer links are not worth a line of the report."""
COURTS: Final[Mapping[str, str]] = {
    "scolarite": "Scolarité",
    "diplomes": "Diplômes",
    "agricole": "Agricole",
    "diplomes_agricoles": "Diplômes agricoles",
    "apprentissage": "Apprentissage",
    "missions_locales": "Missions locales",
}


@dataclass(frozen=True)
class Compte:
    """A named count and its share of a whole."""

    nom: str
    nombre: int
    part: float
    groupe: str = ""


def render_report(execution: Execution, resultats: "Resultats", etapes: Mapping[str, int]) -> str:
    """Return the report's HTML. No personal value: only counts, codes and names of files."""
    environment = Environment(
        loader=PackageLoader("siei_match.publish", "modeles"),
        autoescape=select_autoescape(["html", "j2"], default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(FILTRES)
    erreurs = execution.erreurs_estimees
    couples = [c for c in erreurs.couples if c.liens >= PETITS] if erreurs else []
    *listes, ailleurs = describe_listes(resultats)
    return environment.get_template("rapport.html.j2").render(
        campagne=execution.campagne,
        entrees=execution.entrees,
        reglages=execution.reglages,
        cle=execution.cle,
        avertissements=execution.avertissements,
        version=__version__,
        etapes=etapes,
        noms_etapes=ETAPES,
        rejets=describe_rejets(resultats.rejets),
        methodes=count_by(
            resultats.identites, "methode", ("ine", "traits", "vraisemblance", "seul")
        ),
        erreurs=erreurs,
        revues=execution.revues,
        motifs_sans_mesure=SANS_MESURE,
        couples=couples,
        petits=len(erreurs.couples) - len(couples) if erreurs else 0,
        seuil_petits=PETITS,
        seuils=execution.seuils,
        passes=sorted(execution.passes, key=lambda p: (-p.plus_grand_bloc, p.nom)),
        issues=count_by(resultats.liens, "issue", ("lie", A_VERIFIER, "ecarte")),
        decisions=describe_decisions(resultats.decisions),
        listes=listes,
        extremes=EXTREMES,
        ailleurs=ailleurs,
        courtes=[liste for liste in listes if liste["sortants"]][-EXTREMES:],
        vides=sum(liste["sortants"] == 0 for liste in listes),
        cohortes=describe_cohortes(execution.campagne.code, resultats.devenirs),
        devenirs=DEVENIRS,
        maximum=max(liste["sortants"] for liste in (*listes, ailleurs)),
        mineurs=resultats.listes.filter(pl.col("public") == "obligation_formation").height,
        suivis=resultats.listes.filter(pl.col("suivi_mission_locale") == "oui").height,
        synthetiques=resultats.psad.filter(pl.col("synthetique") == "oui").height,
    )


def count_by(frame: pl.DataFrame, column: str, order: Sequence[str]) -> list[Compte]:
    """Count the rows of each value of `column`, those of `order` first and always."""
    counts = dict(frame[column].value_counts().iter_rows())
    names = [*order, *sorted(set(counts) - set(order))]
    return [
        Compte(name, counts.get(name, 0), share(counts.get(name, 0), frame.height))
        for name in names
    ]


def describe_decisions(decisions: pl.DataFrame) -> list[tuple[Compte, list[Compte]]]:
    """Return each status with its reasons, both counted."""
    counts = (
        decisions.group_by("statut", "motif").len().sort("len", "motif", descending=[True, False])
    )
    found = []
    for statut in STATUTS:
        motifs = counts.filter(pl.col("statut") == statut)
        total = int(motifs["len"].sum())
        reasons = [
            Compte(motif, n, share(n, decisions.height), statut)
            for motif, n in motifs.select("motif", "len").iter_rows()
        ]
        found.append((Compte(statut, total, share(total, decisions.height)), reasons))
    return found


def describe_rejets(rejets: pl.DataFrame) -> dict[str, list[dict[str, Any]]]:
    """Return, for rejections and for warnings, the count of each rule by extract and file."""
    keys = ["extrait", "fichier", "regle", "colonne"]
    return {
        gravite: rejets.filter(pl.col("gravite") == gravite)
        .group_by(keys)
        .agg(nombre=pl.len())
        .sort("nombre", *keys, descending=[True, False, False, False, False], nulls_last=True)
        .to_dicts()
        for gravite in (REJET, AVERTISSEMENT)
    }


def describe_listes(resultats: "Resultats") -> list[dict[str, Any]]:
    """Return one line per platform, the longest list first, then `non_affecte`."""
    counts = resultats.listes.group_by("psad").agg(
        sortants=pl.len(),
        a_verifier=(pl.col("situation") == A_VERIFIER).sum(),
        mineurs=(pl.col("public") == "obligation_formation").sum(),
        suivis=(pl.col("suivi_mission_locale") == "oui").sum(),
    )
    nowhere = pl.DataFrame({"psad": [NON_AFFECTE], "nom": ["Sans plateforme"]})
    known = resultats.psad.select(psad="code", nom="nom")
    return (
        pl.concat([known, nowhere])
        .join(counts, on="psad", how="left", maintain_order="left")
        .with_columns(
            pl.col("sortants", "a_verifier", "mineurs", "suivis").fill_null(0).cast(pl.Int64)
        )
        .sort(pl.col("psad") == NON_AFFECTE, pl.col("sortants") * -1, "psad")
        .to_dicts()
    )


def share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0


def nombre(value: int) -> str:
    """1234567 → 1 234 567, with the narrow no-break spaces of French typography."""
    return f"{value:,}".replace(",", "\u202f")


def pourcent(value: float) -> str:
    """0.1234 → 12,3 %."""
    return f"{100 * value:.1f}".replace(".", ",") + "\u202f%"


def libelle(code: str) -> str:
    return LIBELLES.get(code, code)


def jour(value: Any) -> str:
    return f"{value:%d/%m/%Y}"


def decimal(value: float) -> str:
    """1234.5 → 1 234,5; from ten on, whole."""
    if value >= 10:
        return nombre(round(value))
    return f"{value:.1f}".replace(".", ",")


def pourcent_fin(value: float) -> str:
    """0.00123 → 0,12 %."""
    return f"{100 * value:.2f}".replace(".", ",") + "\u202f%"


def pour_cent_paires(value: Intervalle) -> str:
    """Say a rate per hundred with the ends of its interval."""
    middle, low, high = (
        f"{100 * rate:.2f}".replace(".", ",") for rate in (value.estimation, value.bas, value.haut)
    )
    return f"{middle} (de {low} à {high})"


FILTRES: Final = {
    "nombre": nombre,
    "pourcent": pourcent,
    "pourcent_fin": pourcent_fin,
    "decimal": decimal,
    "signe": lambda value: f"{value:+.2f}".replace(".", ",").replace("-", "\u2212"),
    "pour_cent_paires": pour_cent_paires,
    "libelle": libelle,
    "court": lambda code: COURTS.get(code, code),
    "jour": jour,
}
