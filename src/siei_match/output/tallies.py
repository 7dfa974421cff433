"""What a campaign's manifest counted of its delivery, for the next one to be compared with."""

from siei_match.output.manifest import Manifest
from siei_match.reference.tallies import FileTally, PreviousTallies


def recall_tallies(manifest: Manifest) -> PreviousTallies:
    """Return the counts of a manifest, and which of them were themselves not to be believed."""
    files = (
        FileTally(f.extrait, f.nom, f.annee_scolaire, f.valides, f.colonnes)
        for f in manifest.entrees
    )
    doubted = frozenset(
        (said.extrait, said.annee_scolaire)
        for said in manifest.invraisemblances
        if said.colonne is None
    )
    campagne = manifest.campagne
    return PreviousTallies(
        campagne.code, campagne.annee_scolaire, tuple(files), manifest.annees, doubted
    )
