"""Where each provider puts what: the columns of an extract, by what they mean."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

SEXES: Final[Mapping[str, str]] = {
    "1": "M",
    "2": "F",
    "M": "M",
    "F": "F",
    "M.": "M",
    "MME": "F",
    "MLLE": "F",
}


@dataclass(frozen=True)
class ProviderColumns:
    """A provider's columns. An empty tuple or None: the provider does not have it.

    Attributes:
        address: the lines of the address, in order.
        telephones: the young person's; `guardian_phones` their guardians', best first.
        responsable: the first guardian's name parts, in the order in which a list shows them;
            `second_guardian` and its like are the second's, whom no list shows in a column.
        pays_naissance: country of birth, when apart from the commune of birth.
        libelle_commune: label of the commune of residence, for sources that give one.
        pays: country of residence, for sources that have it apart.
    """

    nom_naissance: str | None
    nom_usage: str | None
    prenoms: tuple[str, ...]
    sexe: str
    ine: str | None = None
    commune_naissance: str | None = None
    pays_naissance: str | None = None
    uai: str | None = None
    address: tuple[str, ...] = ()
    code_postal: str | None = None
    commune: str | None = None
    libelle_commune: str | None = None
    pays: str | None = None
    telephones: tuple[str, ...] = ()
    courriels: tuple[str, ...] = ()
    responsable: tuple[str, ...] = ()
    guardian_phones: tuple[str, ...] = ()
    guardian_mails: tuple[str, ...] = ()
    second_guardian: tuple[str, ...] = ()
    second_phones: tuple[str, ...] = ()
    second_mails: tuple[str, ...] = ()
