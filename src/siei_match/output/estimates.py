"""What a run estimates of itself, as its manifest tells it: errors, and what it did for groups."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, NonNegativeInt, model_validator

Dimension = Literal[
    "sexe", "age", "niveau", "naissance", "territoire", "academie", "extrait"
]  # fmt: skip
"""By what people are grouped to compare what the run did for them; never by a name."""


class Record(BaseModel):
    """A part of the manifest."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class IntervalRecord(Record):
    """An estimate and the ends of its 95 % interval."""

    estimation: float = Field(ge=0)
    bas: float = Field(ge=0)
    haut: float = Field(ge=0)

    @model_validator(mode="after")
    def order(self) -> "IntervalRecord":
        if not self.bas <= self.estimation <= self.haut:
            raise ValueError("bas <= estimation <= haut")
        return self


class ExplainedErrors(Record):
    """Expected errors among pairs of rows of which one at least has no INE."""

    methode: Literal["ine_caches", "modele", "ine_caches_et_modele"]
    """Measured by hiding known INE, or what the model expects where a source gives none."""
    liens: NonNegativeInt
    """Such pairs that the run put together."""
    personnes_testees: NonNegativeInt
    manques: IntervalRecord
    """Pairs of one person that the run left apart."""
    taux_manques: IntervalRecord
    """Their share of the pairs that there are."""
    faux: IntervalRecord
    """Pairs of two people that the run put together."""
    taux_faux: IntervalRecord
    """Their share of the pairs put together."""
    part_douteuse: float | None = Field(ge=0, le=1)
    """Share of the missed pairs that are in doubt (`a_verifier`), not lost in silence."""
    manques_attendus: float = Field(ge=0)
    """What the model alone expects: a check of the model where the INE tell."""
    faux_attendus: float = Field(ge=0)


class CoupleErrors(ExplainedErrors):
    """The same for one pair of sources."""

    extrait_a: str
    extrait_b: str


class CoupleAgain(Record):
    """The missed pairs of rows of one pair of sources, by the second estimate."""

    extrait_a: str
    extrait_b: str
    manques: IntervalRecord


class SecondEstimateRecord(Record):
    """The same errors estimated without hiding any INE (docs/performance-estimation.md)."""

    personnes: NonNegativeInt
    """People none of whose rows has an INE."""
    cherchees: NonNegativeInt
    """Those sought again, by every two facts."""
    manques: IntervalRecord
    jamais_comparees: IntervalRecord
    """Of the missed pairs, those that no blocking pass brought together."""
    faux: IntervalRecord
    desaccords: tuple[Literal["manques", "faux"], ...] = ()
    """The errors of which the intervals of the two estimates do not meet."""
    couples: tuple[CoupleAgain, ...] = ()


class EstimatedErrors(Record):
    """What the run measured of its own linkage (docs/linkage.md), or why it could not."""

    motif: Literal["mesure_desactivee", "aucun_ine", "trop_peu_de_personnes"] | None = None
    personnes_testees: NonNegativeInt = 0
    ensemble: ExplainedErrors | None = None
    """All the pairs of sources."""
    mesurees: ExplainedErrors | None = None
    """Those that hiding INE measures."""
    couples: tuple[CoupleErrors, ...] = ()
    seconde: SecondEstimateRecord | None = None
    """The second estimate; null from a version that made none, or where the measure is off."""

    @model_validator(mode="after")
    def tell_why(self) -> "EstimatedErrors":
        if (self.motif is None) == (self.ensemble is None):
            raise ValueError("either an estimate or the reason why there is none")
        return self


class GroupRecord(Record):
    """What the run did for one group of people; a count that is null is hidden, it is small.

    Errors are of pairs of rows of the people tested (hidden INE), with those of everybody else of
    the same dimension.
    """

    dimension: Dimension
    groupe: str
    personnes: NonNegativeInt | None
    rapprochees: NonNegativeInt | None
    """People of whom a row hangs on the others by likeness."""
    doutes: NonNegativeInt | None
    """People of a pair in doubt."""
    decidees: NonNegativeInt | None
    """People in scope and of age."""
    sortants: NonNegativeInt | None
    a_verifier: NonNegativeInt | None
    personnes_testees: NonNegativeInt = 0
    taux_manques: IntervalRecord | None = None
    taux_manques_ailleurs: IntervalRecord | None = None
    taux_faux: IntervalRecord | None = None
    taux_faux_ailleurs: IntervalRecord | None = None


class UnseenRecord(Record):
    """How many of a past list were in training on its day, without a file to say so. Small counts are null."""

    campagne: str
    """The code of the past campaign."""
    listes: NonNegativeInt
    vus_depuis: NonNegativeInt | None
    """Whom this campaign's files show enrolled on that list's day."""
    renseignes: NonNegativeInt | None
    """Of whom a platform has since found out what they do."""
    en_formation: NonNegativeInt | None
    """Whom it found in training."""
