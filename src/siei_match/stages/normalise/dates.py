"""Dates in doubt: which fact of a row each one bears on, and between which days it lies.

A date that validation could not read as one day, and one that the row's other date contradicts: an
exit before its entry, an entry after its school year. A contract broken before it began is none of
them: that break belongs to an earlier contract and decides nothing (contract, section 4).
"""

from collections.abc import Mapping
from typing import Final, NamedTuple

import polars as pl

from siei_match.reference.contracts import declaration
from siei_match.reference.enrolments import date_cloture
from siei_match.reference.people import no_doubts
from siei_match.reference.vocabulary import (
    AGRICOLE,
    APPRENTISSAGE,
    CONTRATS,
    DIPLOMES,
    DIPLOMES_AGRICOLES,
    MISSIONS_LOCALES,
    SCHOOLING_EXTRACTS,
    SCOLARITE,
)
from siei_match.stages.normalise.tables import NormalisedTables

DEBUT: Final = "debut"
FIN: Final = "fin"
RUPTURE: Final = "rupture"
NAISSANCE: Final = "naissance"


class Contract(NamedTuple):
    """The columns of an apprenticeship contract: its start, the entry into the CFA, the break."""

    start: str
    entry: str
    broken: str


CONTRACTS: Final[Mapping[str, Contract]] = {
    APPRENTISSAGE: Contract("DATE_DEB_CONT", "DATE_ENTREE_CFA", "DATE_RUPT_CONT"),
    CONTRATS: Contract("dateDebut", "dateInscriptionCfa", "dateRupture"),
}
SIFA: Final = CONTRACTS[APPRENTISSAGE]

MEANINGS: Final[Mapping[str, Mapping[str, str]]] = {
    SCOLARITE: {"DATE_ENTREE": DEBUT, "DATE_SORTIE": FIN, "DATE_NAISS": NAISSANCE},
    DIPLOMES: {"DATE_NAISS": NAISSANCE},
    DIPLOMES_AGRICOLES: {"DATE_NAISS": NAISSANCE},
    AGRICOLE: {
        "dateEntreeFormation": DEBUT,
        "dateSortieFormation": FIN,
        "dateNaissance": NAISSANCE,
    },
    APPRENTISSAGE: {SIFA.entry: DEBUT, SIFA.broken: RUPTURE, "DATE_NAIS": NAISSANCE},
    MISSIONS_LOCALES: {
        "dateDebutAccompagnement": DEBUT,
        "dateFinAccompagnement": FIN,
        "dateNaissance": NAISSANCE,
    },
    CONTRATS: {
        "dateDebut": DEBUT,
        "dateInscriptionCfa": DEBUT,
        "dateFin": FIN,
        "dateRupture": RUPTURE,
        "dateNaissance": NAISSANCE,
    },
}
"""What each provider's dates say. The start of a contract says which breaks are its own."""


def own_break(contract: Contract) -> pl.Expr:
    """The break of a row's contract; one before its start is of an earlier contract."""
    began = pl.coalesce(contract.start, contract.entry)
    earlier = (pl.col(contract.broken) < began).fill_null(value=False)
    return pl.when(~earlier).then(contract.broken)


def build_dates(
    valides: pl.DataFrame,
    made: NormalisedTables,
    received: pl.DataFrame | None,
    extrait: str,
) -> pl.DataFrame:
    """List the dates of a file that are in doubt: `tables/dates_douteuses`.

    Args:
        valides: its valid rows.
        made: what was made of them.
        received: `tables/dates_recues` of the file.
        extrait: the extract.
    """
    schema = pl.Schema(declaration("tables/dates_douteuses").polars_schema)
    doubtful = [no_doubts()]
    if received is not None and received.height:
        numbered = received.join(made.traits.select("rid", "ligne"), on="ligne", how="inner")
        meant = numbered.with_columns(
            pl.col("colonne").replace_strict(MEANINGS[extrait], default=None)
        ).drop_nulls("colonne")
        doubtful.append(meant.select(schema.names()))
        if extrait in CONTRACTS:
            doubtful = [pl.concat(doubtful).filter(pl.col("colonne") != RUPTURE)]
            rows = valides.join(numbered.select("rid", "ligne").unique(), on="ligne")
            doubtful.append(_breaks(rows, numbered, CONTRACTS[extrait]).select(schema.names()))
    if extrait in SCHOOLING_EXTRACTS:
        doubtful += [_contradicted(made.parcours).select(schema.names())]
    # A date that is two of these is in doubt already, and better bounded so.
    return pl.concat(doubtful).unique(["rid", "colonne"], keep="first", maintain_order=True)


def _contradicted(parcours: pl.DataFrame) -> pl.DataFrame:
    """Exits before their entry, which may be an earlier stay's; entries after their school year."""
    # A contract has no school year of its own: its entry cannot be out of it.
    rows = parcours.filter(pl.col("annee").is_not_null() | (pl.col("extrait") == CONTRATS))
    exits = rows.filter(pl.col("fin") < pl.col("debut")).select(
        "rid", colonne=pl.lit(FIN), au_plus_tot="fin", au_plus_tard=pl.lit(None, pl.Date)
    )
    entries = rows.filter(pl.col("debut") > date_cloture(pl.col("annee"))).select(
        "rid", colonne=pl.lit(DEBUT), au_plus_tot=pl.lit(None, pl.Date), au_plus_tard="debut"
    )
    return pl.concat([exits, entries])


def _breaks(lignes: pl.DataFrame, received: pl.DataFrame, contract: Contract) -> pl.DataFrame:
    """Breaks in doubt, or whose contract began on a day in doubt, as far as they are its own."""

    def bounds(column: str, name: str) -> pl.DataFrame:
        told = received.filter(colonne=column)
        return told.select(
            "rid",
            pl.col("au_plus_tot").alias(f"{name}_tot"),
            pl.col("au_plus_tard").alias(f"{name}_tard"),
            pl.lit(value=True).alias(name),
        )

    began, broke = bounds(contract.start, "start"), bounds(contract.broken, "broken")
    rows = (
        lignes.select("rid", contract.start, contract.entry, contract.broken)
        .join(pl.concat([began.select("rid"), broke.select("rid")]).unique(), on="rid", how="semi")
        .join(began, on="rid", how="left")
        .join(broke, on="rid", how="left")
        .with_columns(
            tot=pl.coalesce(contract.broken, "broken_tot"),
            tard=pl.coalesce(contract.broken, "broken_tard"),
            from_=pl.coalesce(contract.start, "start_tot", contract.entry),
            until=pl.coalesce(contract.start, "start_tard", contract.entry),
        )
        .filter(pl.col(contract.broken).is_not_null() | pl.col("broken"))
    )
    # A reading before every start decides nothing; one before some of them may.
    perhaps_none = (pl.col("tot") < pl.col("until")).fill_null(value=False)
    return rows.filter((pl.col("tard") >= pl.col("from_")).fill_null(value=True)).select(
        "rid",
        colonne=pl.lit(RUPTURE),
        au_plus_tot=pl.max_horizontal("tot", "from_"),
        au_plus_tard=pl.when(~perhaps_none).then("tard"),
    )
