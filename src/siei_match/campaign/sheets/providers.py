"""Who delivers which extract, as a sheet addresses them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from siei_match.reference.vocabulary import (
    AGRICOLE,
    APPRENTISSAGE,
    CONTRATS,
    DIPLOMES,
    DIPLOMES_AGRICOLES,
    MISSIONS_LOCALES,
    RETOURS,
    SCOLARITE,
)


@dataclass(frozen=True)
class Provider:
    """Who is asked to correct: `code` stands in the file's name, `name` on its first sheet."""

    code: str
    name: str
    extracts: tuple[str, ...]


PROVIDERS: Final = (
    Provider("education_nationale", "Éducation nationale", (SCOLARITE, DIPLOMES)),
    Provider("agriculture", "Enseignement agricole", (AGRICOLE, DIPLOMES_AGRICOLES)),
    Provider("cfa", "Centres de formation d’apprentis", (APPRENTISSAGE,)),
    Provider("contrats", "Contrats d’apprentissage", (CONTRATS,)),
    Provider("missions_locales", "Missions locales", (MISSIONS_LOCALES,)),
    Provider("plateformes", "Plateformes (PSAD)", (RETOURS,)),
)
OTHERS: Final = Provider("campagne", "Préparation de la campagne", ())
"""What no provider can correct: campagne.toml, the folder."""
_BY_EXTRACT: Final[Mapping[str, Provider]] = {
    extrait: provider for provider in PROVIDERS for extrait in provider.extracts
}


def provider_of(extrait: str | None) -> Provider:
    """Return who delivers an extract; who prepares the campaign where nobody does."""
    return _BY_EXTRACT.get(extrait or "", OTHERS)
