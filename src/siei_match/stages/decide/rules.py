"""The table of decision, rule by rule, in the contract's order (section 4).

Whoever reads the law checks this file: each rule names its status, its reason, the condition on
the facts (`facts.FAITS`), the same in French, and where it comes from.
"""

from dataclasses import dataclass
from typing import Final

import polars as pl

_CHAMP: Final = "Code de l'éducation, L. 313-7 et D. 313-59"
_MINEURS: Final = "CNIL, communiqué du 21 janvier 2011 : filtre automatique avant 16 ans"
_PUBLIC: Final = "CNIL, communiqué du 21 janvier 2011 : public de 16 à 25 ans"
_CFA: Final = f"{_CHAMP} ; Code du travail, L. 6222-18-2 et L. 6225-3-1"
_DIPLOME: Final = "Code de l'éducation, D. 313-59 (légale) ; DEPP, note 12.15 (opérationnelle)"
_RETOUR: Final = "Contrat, section 4 : réponses des plateformes"
_DOUTE: Final = "Contrat, section 5 : le doute va à a_verifier, jamais au silence"


@dataclass(frozen=True)
class DecisionRule:
    """One line of the table: when `when` holds and no rule before it does, this is decided."""

    statut: str
    motif: str
    quand: pl.Expr
    en_clair: str
    source: str

    @property
    def nom(self) -> str:
        return f"{self.statut}/{self.motif}"


def _enrolled(extrait: str, where: str, source: str) -> DecisionRule:
    return DecisionRule(
        "en_formation",
        extrait,
        pl.col(f"inscription_{extrait}"),
        f"une inscription de l'année N {where} couvre le jour, ou commence dans le délai d'entrée",
        source,
    )


def _diplome(motif: str, which: str) -> DecisionRule:
    enough = pl.col("niveau_obtenu") >= pl.col("niveau_requis")
    return DecisionRule(
        "diplome",
        motif,
        enough & (pl.col("diplome_obtenu") == motif),
        f"le plus haut diplôme obtenu est {which}, et il suffit à la définition retenue",
        _DIPLOME,
    )


def _retour(motif: str, answer: str) -> DecisionRule:
    return DecisionRule(
        "retour",
        motif,
        pl.col("reponse") == motif,
        f"la dernière réponse d'une plateforme depuis la rentrée N est : {answer}",
        _RETOUR,
    )


REGLES: Final[tuple[DecisionRule, ...]] = (
    DecisionRule(
        "hors_champ", "age_moins_16", pl.col("age") < 16, "moins de 16 ans le jour", _MINEURS
    ),
    DecisionRule(
        "hors_champ", "age_plus_25", pl.col("age") > 25, "26 ans ou plus le jour", _PUBLIC
    ),
    _enrolled("scolarite", "à l'Éducation nationale", _CHAMP),
    _enrolled("agricole", "dans l'enseignement agricole", _CHAMP),
    _enrolled(
        "apprentissage",
        "en CFA ou un contrat, non rompu depuis plus de six mois de date à date,",
        _CFA,
    ),
    _diplome("baccalaureat", "un baccalauréat, ou plus"),
    _diplome("niveau_4", "un diplôme professionnel de niveau 4"),
    _diplome("niveau_3", "un diplôme professionnel de niveau 3"),
    _retour("en_formation", "en formation"),
    _retour("en_emploi", "en emploi"),
    _retour("service_civique", "en service civique"),
    _retour("diplome", "diplômé"),
    _retour("decede", "décédé"),
    _retour("doublon", "doublon"),
    DecisionRule(
        "sortant",
        "a_verifier",
        pl.col("doute"),
        "rien de ce qui précède, mais un rapprochement douteux ou une date de deux sens l'aurait donné, "
        "une mission locale dit un apprentissage ou une scolarité en cours, ou seul un lien sous seuil_decision l'a donné",
        _DOUTE,
    ),
    DecisionRule(
        "sortant",
        "confirme",
        pl.lit(value=True),
        "rien de ce qui précède, et aucun doute qui le donnerait",
        _CHAMP,
    ),
)
"""The rules, in order: the first that holds decides. The last always holds."""


def apply_rules(facts: pl.DataFrame) -> pl.DataFrame:
    """Add `statut` and `motif` to the facts of each person."""
    premiere = pl.coalesce(
        pl.when(rule.quand).then(pl.lit(rang, dtype=pl.Int8)) for rang, rule in enumerate(REGLES)
    )
    ranks = dict(enumerate(REGLES))
    return (
        facts.with_columns(regle=premiere)
        .with_columns(
            statut=pl.col("regle").replace_strict(
                {rang: rule.statut for rang, rule in ranks.items()}, return_dtype=pl.String
            ),
            motif=pl.col("regle").replace_strict(
                {rang: rule.motif for rang, rule in ranks.items()}, return_dtype=pl.String
            ),
        )
        .drop("regle")
    )
