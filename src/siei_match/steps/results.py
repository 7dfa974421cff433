"""What each step hands to the next: counts and names of files, never a row."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from siei_match.errors import ContractError


@dataclass(frozen=True)
class Compte:
    """One file's rows: read = valid + rejected, always. Warnings are counted apart."""

    extrait: str
    fichier: str
    lues: int
    valides: int
    rejetees: int
    avertissements: int

    def __post_init__(self) -> None:
        require_equal(f"{self.fichier}: read", self.lues, "valid + rejected", self.lignes_comptees)

    @property
    def lignes_comptees(self) -> int:
        return self.valides + self.rejetees

    @property
    def taux_rejet(self) -> float:
        return self.rejetees / self.lues if self.lues else 0.0


@dataclass(frozen=True)
class Controle:
    """After validation: one count per file, and the rows per broken rule."""

    fichiers: tuple[Compte, ...]
    regles: Mapping[tuple[str, str, str], int]
    """Rows by (extrait, gravite, regle)."""

    def total(self, nom: str) -> int:
        return sum(getattr(compte, nom) for compte in self.fichiers)


@dataclass(frozen=True)
class Normalisation:
    """After normalisation: rows by table."""

    traits: int
    parcours: int
    titres: int
    retours: int


@dataclass(frozen=True)
class Liaison:
    """After linkage: people, pairs, doubts, and the model's own counts."""

    personnes: int
    liens: int
    doutes: int
    methodes: Mapping[str, int]
    comptes: Mapping[str, Any]


@dataclass(frozen=True)
class Verdict:
    """After decision: people in scope by (statut, motif); answers that name nobody listed."""

    personnes: int
    motifs: Mapping[tuple[str, str], int]
    retours_inconnus: int

    @property
    def sortants(self) -> int:
        return sum(count for (statut, _), count in self.motifs.items() if statut == "sortant")


@dataclass(frozen=True)
class Routage:
    """After routing: rows over all lists, platforms that receive any, sortants without platform."""

    lignes: int
    plateformes: int
    non_affectes: int


def require_equal(what: str, left: int, other: str, right: int) -> None:
    """Hold a counting law: nothing is lost between two steps, nothing is counted twice.

    Raises:
        ContractError: the two counts differ.
    """
    if left != right:
        raise ContractError(
            f"Counting law broken: {what} = {left}, but {other} = {right}.",
            remedy="This is a defect of siei-match: please report it with these counts.",
        )
