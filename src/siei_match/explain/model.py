"""What an explanation says, as data: `siei explain --format json` (schemas/explication.schema.json).

Keys are stable: a key may be added, none is renamed or removed without raising `format`. Weights
are log2 Bayes factors ("bits"): one more bit makes "the same person" twice as likely.
"""

from datetime import date
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field

FORMAT: Final = 1

Reason = Literal[
    "seuil_lien_atteint",
    "liees_par_d_autres_lignes",
    "entre_les_seuils",
    "doute_sur_l_ensemble",
    "ensemble_contredit",
    "sous_seuil_doute",
    "clerc_meme",
    "clerc_autre",
    "clercs_en_desaccord",
    "reponses_contradictoires",
]


class _ExplainedRecord(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ExplainedThreshold(_ExplainedRecord):
    """A threshold of the run, as a probability and in bits."""

    probabilite: float
    bits: float


class ExplainedThresholds(_ExplainedRecord):
    """From `lien` on a pair is one person; from `doute` on it is in doubt."""

    lien: ExplainedThreshold
    doute: ExplainedThreshold


class ExplainedRow(_ExplainedRecord):
    """A row of an extract. `values` is nominative: null unless the input folder was given."""

    repere: str
    """How pairs name the row: 1, 2… are this person's, A, B… are other people's."""
    id_personne: str
    extrait: str
    fichier: str
    ligne: int
    methode: str
    """What ties the row to another of its person: ine, traits, vraisemblance, seul."""
    avertissements: tuple[str, ...] = ()
    """Fields that validation emptied: rule (column), as in rejets."""
    valeurs: dict[str, str | None] | None = None
    differe: tuple[str, ...] = ()
    """Of `values`, those that differ from what most of this person's rows say."""


class Part(_ExplainedRecord):
    """A compared trait: the level reached, and its share of the weight."""

    trait: str
    niveau: str
    poids: float


class ExplainedPair(_ExplainedRecord):
    """A pair that likeness decided, shown by the two rows that agree best."""

    a: str
    b: str
    """The `repere` of each row."""
    id_autre: str | None
    """The other person, when the pair was refused."""
    issue: Literal["lie", "a_verifier", "ecarte"]
    raison: Reason
    revue: Literal["meme", "autre", "conteste", "contradiction"] | None = None
    """What clerks judged of this pair, which wins over the model."""
    probabilite: float
    depart: float | None
    """Bits before any evidence: two rows drawn at random; null where it cannot be told."""
    depart_origine: Literal["probabilite", "modele"] | None
    """Derived from this pair's probability, or the model's for this pair of sources."""
    traits: tuple[Part, ...]
    menage: float
    """Taken off because twins, brothers and sisters, homonyms would share as much, or, of two people,
    because their other rows speak against it."""
    poids: float
    """All traits and `menage`."""
    total: float | None
    """`depart` + `poids`: the log2 odds of one person."""
    contre: tuple[str, ...]
    """What weighs against, heaviest first: traits, and `menage`."""


class ExplainedRule(_ExplainedRecord):
    """A rule of decision. `state`: it did not hold, it decided, or one before it had decided."""

    statut: str
    motif: str
    en_clair: str
    source: str
    etat: Literal["ne_tient_pas", "decide", "non_examinee"]


class Decision(_ExplainedRecord):
    """The decision of a person in scope, with every rule in the order of trial."""

    statut: str
    motif: str
    age: int
    psad: str
    suivi_mission_locale: bool
    date_derniere_sortie: date | None
    derniere_formation: str | None
    dernier_uai: str | None
    regles: tuple[ExplainedRule, ...]


class ExplainedAnswer(_ExplainedRecord):
    """What a platform answered about the person, and what the campaign did of it."""

    origine: Literal["livraison", "collecte"]
    fichier: str
    """Name of the file delivered, or start of the hash of the file collected."""
    ligne: int
    date_retour: date | None
    retour: str | None
    """None where the row only transfers the person."""
    psad: str | None
    """Who answered, if it was said."""
    psad_destination: str | None
    decide: bool
    """This answer gave the decision."""
    annulee: bool = False
    """It counts no more: taken back, or sent again since; or it takes another back."""
    transfere: bool
    """This answer gave the platform."""


class Explanation(_ExplainedRecord):
    """Everything that a campaign's tables say of one person."""

    format: Literal[1] = FORMAT
    campagne: str
    date_observation: date
    definition: str
    id_personne: str
    id_signalement: str | None
    """On this campaign's lists; null for a person who is on none."""
    seuils: ExplainedThresholds
    nominative: bool = False
    """True when `values` are filled."""
    lignes: tuple[ExplainedRow, ...] = Field(min_length=1)
    autres_lignes: tuple[ExplainedRow, ...] = ()
    """Rows of the other people of `refusees`."""
    paires: tuple[ExplainedPair, ...] = ()
    """Within the person, strongest first."""
    refusees: tuple[ExplainedPair, ...] = ()
    """With other people, the most likely first: the runner-up."""
    decision: Decision | None
    """Null for a person who is not in scope (contract, section 4)."""
    reponses: tuple[ExplainedAnswer, ...] = ()
    """By date. None too where the reader may not open them: they are their owner's alone."""
