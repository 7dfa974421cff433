"""What a run says of itself: the manifest, and what the story gives to make it.

No clock, no key, no path of the machine: the same inputs, code and settings give the same bytes.
"""

from datetime import date
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, NonNegativeInt, model_validator

from siei_match import __version__
from siei_match.output.estimates import EstimatedErrors, GroupRecord, UnseenRecord
from siei_match.reference.files import dump_json
from siei_match.reference.tallies import ColumnTally, Implausibility, YearTally

FORMAT: Final = 1
Sha256 = Field(pattern="^[0-9a-f]{64}$")


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ManifestCampaign(_Record):
    """The campaign, as its campagne.toml says."""

    code: str = Field(pattern=r"^[0-9]{4}-[0-9]{2}$")
    date_observation: date
    annee_scolaire: str
    definition: Literal["legale", "operationnelle"]
    controles: Literal["arret", "publication"] = "arret"


class CompanionFile(_Record):
    """A file that is read beside a listed one: the guardians of an export of pupils."""

    nom: str
    sha256: str = Sha256


class ReceivedFile(_Record):
    """A file of the delivery, and what became of its rows."""

    extrait: str
    nom: str
    sha256: str = Sha256
    lignes: NonNegativeInt
    valides: NonNegativeInt
    rejetees: NonNegativeInt
    annee_scolaire: str | None = None
    """Of an enrolment extract."""
    compagnons: tuple[CompanionFile, ...] = ()
    """What was read beside it, listed nowhere."""
    colonnes: tuple[ColumnTally, ...] = ()
    """The columns that decide: what the next campaign is compared with."""
    date_extraction: date | None = None
    """As campagne.toml says; null from a version that did not note it."""
    dernier_fait: date | None = None
    """The last day before the extraction on which a row says that something began or ended."""

    @model_validator(mode="after")
    def balance(self) -> "ReceivedFile":
        if self.valides + self.rejetees != self.lignes:
            raise ValueError("valides + rejetees must be lignes")
        return self


class MemoryFile(_Record):
    """A file that outlives campaigns and that the run read: an input, like those delivered."""

    chemin: str
    """Relative to the output folder."""
    sha256: str = Sha256


class EarlierCampaign(_Record):
    """An earlier campaign of the same output folder, in the state in which the run read it."""

    code: str = Field(pattern=r"^[0-9]{4}-[0-9]{2}$")
    sha256: str = Sha256
    """Of the seals of the tables that later campaigns read (`output.freshness`)."""


class ChosenThresholds(_Record):
    """The probabilities from which a pair was a link, and in doubt."""

    lien: float
    doute: float
    origine: Literal["reglages", "tolerances"]
    """The settings, or chosen on the run's own data from the tolerances stated."""
    faux: float | None = None
    """Share of false links expected at these thresholds, where they were chosen."""
    manques: float | None = None
    """Share of links expected to be lost without a doubt, where they were chosen."""
    hors_portee: tuple[Literal["faux", "manques"], ...] = ()
    """Tolerances that no threshold within bounds keeps."""


class BlockingPassRecord(_Record):
    """A blocking pass: which pairs of records were brought together to be compared."""

    nom: str
    fiches: NonNegativeInt
    """Records that share a key with a record of another group."""
    blocs: NonNegativeInt
    paires: NonNegativeInt
    plus_grand_bloc: NonNegativeInt
    """Records of the largest block, before it is cut."""
    paires_laissees: NonNegativeInt
    """Pairs of blocks too large that agree on nothing more, and were not compared."""


class ReviewBand(_Record):
    """Pairs that clerks settled, the model's probability of which is from `de` to `a`."""

    de: float = Field(ge=0, le=1)
    a: float = Field(ge=0, le=1)
    reponses: NonNegativeInt
    meme: NonNegativeInt
    """Those found to be one person."""
    attendues: float = Field(ge=0)
    """As many as the model expected."""


class ThresholdShift(_Record):
    """How far clerks' judgements moved the thresholds (docs/linkage.md)."""

    reponses: NonNegativeInt
    """Settled pairs of the doubtful zone, from which the shift is learnt."""
    decalage: float
    """In bits: added to the log odds of the doubtful zone."""
    applique: bool
    """Too few answers are told and change nothing."""
    seuil_lien: float
    """The thresholds that the run applied."""
    seuil_doute: float


class JudgementsRecord(_Record):
    """Clerks' judgements on doubtful pairs, and what became of them in this run."""

    paires: NonNegativeInt
    """Pairs on which a standing answer is `meme` or `autre`."""
    meme: NonNegativeInt
    autre: NonNegativeInt
    contestees: NonNegativeInt
    """Two clerks disagree."""
    a_confirmer: NonNegativeInt = 0
    """One clerk alone said what would decide of a list: a second one is awaited."""
    perimees: NonNegativeInt = 0
    """Pairs of which no answer holds for this campaign any more."""
    liantes: NonNegativeInt
    """Pairs that are about records of this delivery."""
    ambigues: NonNegativeInt
    """Several records answer to a description and may be several people: nobody is bound."""
    introuvables: NonNegativeInt
    """A record of the pair is not in this delivery."""
    contradictions: NonNegativeInt
    """Pairs of `liens` whose answers cannot all hold."""
    bandes: tuple[ReviewBand, ...]
    recalage: ThresholdShift


class DriftRecord(_Record):
    """How far the run's own data are from what a model from outside was taught."""

    quoi: Literal["m", "u", "motifs", "candidates", "fiches_par_personne"]
    ou: str
    """Where it moved most."""
    mesure: float
    borne: float


class AppliedModel(_Record):
    """A model from outside that the run applied (`siei train`)."""

    nom: str
    sha256: str = Sha256
    ecarts: tuple[DriftRecord, ...]
    appris: dict[str, Any]
    """What the run learnt aside from its own rows: what a next model is trained from."""


class ReleaseCheck(_Record):
    """What a gate of the release found at the end of the run, by that day's thresholds; in French."""

    nom: str
    tenu: bool
    """It would hold the release back."""
    constat: str


class Execution(_Record):
    """What the story knows of its run and no table says. Counts and names, never a value."""

    campagne: ManifestCampaign
    entrees: tuple[ReceivedFile, ...]
    reglages: dict[str, Any]
    """The settings that change results; never the key (`Settings.public()`)."""
    cle: str | None = None
    """The key's identifier, which tells two keys apart and gives none away."""
    zones: dict[str, str] = {}
    """SHA-256 of the tables of the platforms' zones, by name; their place is the machine's."""
    annees: tuple[YearTally, ...] = ()
    """The extracts and their school years: what the next campaign is compared with."""
    invraisemblances: tuple[Implausibility, ...] = ()
    """What hardly anybody would believe of the delivery: it holds the release."""
    etapes: dict[str, NonNegativeInt] = {}
    """Counts of the steps that no table shows, e.g. `paires_comparees`."""
    avertissements: tuple[str, ...] = ()
    """In French: the report shows them as they are."""
    modele: dict[str, Any] | None = None
    """The weights that the linkage applied: learnt from its own rows, or from outside."""
    modele_applique: AppliedModel | None = None
    """The model from outside; null where the run learnt its own."""
    erreurs_estimees: EstimatedErrors | None = None
    """What the run measured of its own linkage."""
    passes: tuple[BlockingPassRecord, ...] = ()
    """How the pairs to compare were found."""
    groupes: tuple[GroupRecord, ...] = ()
    """What the run did for groups of people: by sex, age, place …"""
    invisibles: UnseenRecord | None = None
    """How many of the last campaign's lists were in training unseen; null for the first."""
    seuils: ChosenThresholds | None = None
    revues: JudgementsRecord | None = None
    """What clerks judged; null where nobody ever did."""
    memoire: tuple[MemoryFile, ...] = ()
    """What earlier campaigns left and the run read: answers collected from platforms."""
    anterieures: tuple[EarlierCampaign, ...] | None = None
    """The earlier campaigns that the run read; null from a version that did not say."""
    controles: tuple[ReleaseCheck, ...] = ()
    """What the gates found as the run ended; the release looks again."""


class SealedFile(_Record):
    """A file of the campaign's folder; `lignes` where it is a table."""

    chemin: str
    sha256: str = Sha256
    lignes: NonNegativeInt | None = None


class Manifest(_Record):
    """manifeste.json, the proof of a campaign (schemas/manifeste.schema.json)."""

    format: Literal[1] = FORMAT
    version: str = __version__
    campagne: ManifestCampaign
    entrees: tuple[ReceivedFile, ...]
    reglages: dict[str, Any]
    cle: str | None
    zones: dict[str, str] = {}
    annees: tuple[YearTally, ...] = ()
    invraisemblances: tuple[Implausibility, ...] = ()
    etapes: dict[str, NonNegativeInt]
    avertissements: tuple[str, ...]
    modele: dict[str, Any] | None
    modele_applique: AppliedModel | None = None
    erreurs_estimees: EstimatedErrors | None = None
    passes: tuple[BlockingPassRecord, ...] = ()
    groupes: tuple[GroupRecord, ...] = ()
    invisibles: UnseenRecord | None = None
    seuils: ChosenThresholds | None = None
    revues: JudgementsRecord | None = None
    memoire: tuple[MemoryFile, ...] = ()
    anterieures: tuple[EarlierCampaign, ...] | None = None
    controles: tuple[ReleaseCheck, ...] = ()
    fichiers: tuple[SealedFile, ...]

    def text(self) -> str:
        """Return the file's text."""
        return dump_json(self.model_dump(mode="json"))


def parse_manifest(content: bytes) -> Manifest:
    """Return what a manifest says. Fields that older versions did not write have their default.

    Raises:
        ValueError: it is damaged, or says what this version does not know.
    """
    return Manifest.model_validate_json(content)
