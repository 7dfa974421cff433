"""Every rate of the fictive France, in one place, with its default; a TOML file draws others.

No measured error rate of these sources is published. What is measured is a register of the same
kind: between two snapshots of the national register of elected people (2025 and 2026, 238,329
people), one key of a surname changed for 0.16 %, of a first name for 0.24 %, a birth date for
0.65 %, of which three quarters by one digit. Schools and examinations, whose files are fed from
one base from year to year, stand there; agriculture twice, CFA some four times and missions
locales some eight times as high, which is held plausible and meant to be changed.
"""

import tomllib
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from siei_match.reference.errors import SettingsError
from siei_match.reference.toml_text import parse_toml


class SourceRates(BaseModel):
    """How one provider errs. Each rate is a share of the rows (or files) it can touch."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    faute_nom: float = Field(0.0016, ge=0, le=1, description="Surname mistyped by one key.")
    faute_prenom: float = Field(0.0024, ge=0, le=1, description="First name mistyped by one key.")
    oreille_nom: float = Field(0.0005, ge=0, le=1, description="Surname written by ear.")
    oreille_prenom: float = Field(0.001, ge=0, le=1, description="First name written by ear.")
    tronque: float = Field(0.02, ge=0, le=1, description="Compound surname cut to one part.")
    tronque_prenom: float = Field(0.02, ge=0, le=1, description="Compound first name cut.")
    ponctuation: float = Field(0.15, ge=0, le=1, description="Hyphen, space, apostrophe swapped.")
    accents: float = Field(0.05, ge=0, le=1, description="Accents lost.")
    particule: float = Field(0.03, ge=0, le=1, description="Particle dropped or joined.")
    usage_pour_naissance: float = Field(
        0.05, ge=0, le=1, description="Name of usage in place of the birth name, where one is."
    )
    nom_change: float = Field(0, ge=0, le=1, description="Known under another surname since.")
    inversion: float = Field(0.0005, ge=0, le=1, description="Surname and first name inverted.")
    diminutif: float = Field(0, ge=0, le=1, description="First name by its short form.")
    second_prenom: float = Field(
        0.3, ge=0, le=1, description="Usual second first name written first, where one is."
    )
    prenoms_permutes: float = Field(0.001, ge=0, le=1, description="Two first names swapped.")
    prenoms_absents: float = Field(0.1, ge=0, le=1, description="Second first names not given.")
    jour_inconnu: float = Field(0.0005, ge=0, le=1, description="Day of birth 00.")
    mois_inconnu: float = Field(0.0003, ge=0, le=1, description="Month and day of birth 00.")
    jour_mois: float = Field(0.001, ge=0, le=1, description="Day and month swapped.")
    chiffre_date: float = Field(0.003, ge=0, le=1, description="One digit of the birth date.")
    premier_janvier: float = Field(
        0.01, ge=0, le=1, description="Born abroad: 1 January in place of the true day."
    )
    decalage_utc: float = Field(0, ge=0, le=1, description="Birth date one day early.")
    sexe_absent: float = Field(0.001, ge=0, le=1, description="Sex missing.")
    sexe_faux: float = Field(0.001, ge=0, le=1, description="Sex wrong.")
    lieu_absent: float = Field(0.01, ge=0, le=1, description="Birthplace missing.")
    lieu_autre: float = Field(0.005, ge=0, le=1, description="Birthplace wrong.")
    commune_variante: float = Field(
        0.05,
        ge=0,
        le=1,
        description="Old, delegated or whole-city code, where the commune has one.",
    )
    ine_absent: float = Field(0.01, ge=0, le=1, description="INE missing.")
    ine_faute: float = Field(0.001, ge=0, le=1, description="INE mistyped, its key now wrong.")
    ine_autre: float = Field(0.0005, ge=0, le=1, description="INE mistyped, still well formed.")
    ine_voisin: float = Field(0.0003, ge=0, le=1, description="INE of another person.")
    ine_apprenti: float = Field(0, ge=0, le=1, description="INE that the CFA made of its own.")
    second_ine: float = Field(0.5, ge=0, le=1, description="Uses the second INE, where one is.")
    telephone_absent: float = Field(0.15, ge=0, le=1, description="Young person's phone missing.")
    telephone_change: float = Field(0.08, ge=0, le=1, description="Another phone number.")
    courriel_absent: float = Field(0.3, ge=0, le=1, description="E-mail missing.")
    courriel_change: float = Field(0.15, ge=0, le=1, description="Another e-mail.")
    responsable_absent: float = Field(0.1, ge=0, le=1, description="Parents' data missing.")
    adresse_absente: float = Field(0.01, ge=0, le=1, description="Street missing.")
    adresse_faute: float = Field(0.05, ge=0, le=1, description="Street mistyped or abbreviated.")
    zero_perdu: float = Field(0.002, ge=0, le=1, description="Leading zeros lost (spreadsheets).")
    illisible: float = Field(0.0005, ge=0, le=1, description="Unreadable phone, e-mail or sex.")
    uai_absent: float = Field(0.002, ge=0, le=1, description="UAI missing, the MEF stands.")
    doublon: float = Field(0.002, ge=0, le=1, description="Row delivered twice, typed again.")
    ressaisie: float = Field(
        0.04, ge=0, le=1, description="Identity typed again from one row to the next."
    )
    ligne_invalide: float = Field(
        0.003, ge=0, le=0.01, description="Further rows that break a rule that rejects."
    )


class SimulatedRates(BaseModel):
    """The world drawn: population, families, lives and, per source, errors."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    departements: tuple[str, ...] = Field((), description="Where families live; none: anywhere.")
    premier_nom: float = Field(0.0035, gt=0, lt=0.02, description="Share of the first surname.")
    naissances_multiples: float = Field(0.032, ge=0, lt=0.3, description="Births that are twins.")
    jumeaux_proches: float = Field(0.15, ge=0, le=1, description="Twins with similar first names.")
    homonymes_du_jour: float = Field(
        0.0004, ge=0, lt=0.2, description="People given the names and birth date of another."
    )
    homonymes_commune: float = Field(
        0.5, ge=0, le=1, description="Of these, born in the other's commune: one name, one place."
    )
    double_nom: float = Field(0.10, ge=0, le=1, description="Families with both parents' names.")
    nom_usage: float = Field(0.05, ge=0, le=1, description="People with a name of usage.")
    prenom_usuel_second: float = Field(0.02, ge=0, le=1, description="Called by the second name.")
    deux_prenoms: float = Field(0.75, ge=0, le=1, description="Have a second first name.")
    trois_prenoms: float = Field(0.45, ge=0, le=1, description="Have a third first name.")
    demenagement: float = Field(0.07, ge=0, le=1, description="Families that move, 2025 to 2027.")
    depart_seul: float = Field(0.08, ge=0, le=1, description="Adults who leave their parents.")
    deux_ine: float = Field(0.005, ge=0, le=1, description="People who hold two INE.")
    reussite: float = Field(1.0, gt=0, le=1.05, description="Multiplies exam success.")
    abandon: float = Field(1.0, ge=0, le=5, description="Multiplies leaving within the year.")
    passage_court: float = Field(0.006, ge=0, le=1, description="Under 15 days of schooling.")
    changement: float = Field(0.03, ge=0, le=1, description="Another school within the year.")
    arrivee_tardive: float = Field(0.012, ge=0, le=1, description="Arrives after September.")
    double_inscription: float = Field(0.01, ge=0, le=1, description="Enrolled in two sources.")
    rupture: float = Field(0.14, ge=0, le=1, description="Apprenticeship contracts broken.")
    suivi_sortant: float = Field(
        0.28, ge=0, le=1, description="Left within two years: followed by a mission locale."
    )
    suivi_ancien: float = Field(
        0.75, ge=0, le=1, description="Out of school for longer: followed by a mission locale."
    )
    suivi_diplome: float = Field(
        0.4, ge=0, le=1, description="Multiplies both for who holds a diploma."
    )
    suivi_autre: float = Field(0.02, ge=0, le=1, description="Enrolled, and followed by a ML.")
    diplome_entree_inconnu: float = Field(0.08, ge=0, le=1, description="DIP_OBT 99.")

    scolarite: SourceRates = SourceRates()
    diplomes: SourceRates = SourceRates(ine_absent=0.03, prenoms_absents=0.2)
    agricole: SourceRates = SourceRates(
        ine_absent=0.10, faute_nom=0.0032, faute_prenom=0.0048, oreille_nom=0.001,
        oreille_prenom=0.002, inversion=0.001, diminutif=0.002, decalage_utc=0.004,
        usage_pour_naissance=1.0, second_prenom=1.0,
    )  # fmt: skip
    diplomes_agricoles: SourceRates = SourceRates(ine_absent=0.05, prenoms_absents=0.2)
    apprentissage: SourceRates = SourceRates(
        ine_absent=0.35, ine_faute=0.01, ine_autre=0.004, ine_apprenti=0.05, faute_nom=0.0064,
        faute_prenom=0.0096, oreille_nom=0.002, oreille_prenom=0.004, ponctuation=0.6, tronque=0.12,
        tronque_prenom=0.1, particule=0.15, usage_pour_naissance=0.5, second_prenom=0.5,
        nom_change=0.001, inversion=0.003, diminutif=0.004, jour_mois=0.002, chiffre_date=0.008,
        lieu_absent=0.05, lieu_autre=0.02, decalage_utc=0.003, prenoms_permutes=0.005,
        prenoms_absents=0.5, telephone_change=0.2, ressaisie=0.1, zero_perdu=0.004, doublon=0.004,
        responsable_absent=0.4,
    )  # fmt: skip
    missions_locales: SourceRates = SourceRates(
        faute_nom=0.013, faute_prenom=0.019, oreille_nom=0.008, oreille_prenom=0.012,
        accents=0.4, ponctuation=0.35, tronque=0.25, tronque_prenom=0.2, particule=0.2,
        usage_pour_naissance=0.3, second_prenom=0.6, prenoms_permutes=0.005, nom_change=0.003,
        inversion=0.006, diminutif=0.012, jour_mois=0.004, chiffre_date=0.012, decalage_utc=0.003,
        sexe_absent=0.04, telephone_change=0.5, telephone_absent=0.05, courriel_absent=0.25,
        courriel_change=0.5, adresse_faute=0.1, doublon=0.015,
    )  # fmt: skip

    @classmethod
    def from_toml(cls, path: Path) -> "SimulatedRates":
        """Read rates from a TOML file; what it leaves out keeps its default.

        Raises:
            SettingsError: the file is missing, is no TOML, or names an unknown or absurd rate.
        """
        try:
            read = parse_toml(path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as cause:
            raise SettingsError(
                f"{path.name}: no readable TOML file.", remedy="Check its path and syntax."
            ) from cause
        default = cls().model_dump()
        for name, value in read.items():
            if isinstance(value, dict) and isinstance(default.get(name), dict):
                value = {**default[name], **value}
            default[name] = value
        try:
            return cls.model_validate(default)
        except ValidationError as cause:
            names = sorted({".".join(map(str, e["loc"])) for e in cause.errors()})
            raise SettingsError(
                f"{path.name}: unknown rate or value out of range: {', '.join(names)}.",
                remedy="Compare with siei_match.simulate.rates.SimulatedRates.",
            ) from cause
