"""Which rows of a campaign a clerk's judgement is about, by keyed fingerprints of records.

A judgement holds no value: only fingerprints of the two records that the clerk saw. In a later
campaign files, lines, addresses and phones are others; a record is known again by its source and

- `identified`: INE, names, birth date, birthplace and sex, all of them;
- else `ine`: INE and birth date (a name was corrected since);
- else `traits`: the same without the INE, where one of the two has none.

`content` covers every trait: it tells a record from its neighbours of the same identity.
"""

from typing import Final

import polars as pl

from siei_match.reference.keyed import keyed

LEVELS: Final = ("identite", "ine", "traits")
"""By which a record is known again, the strictest first."""
PRINTS: Final = ("contenu", *LEVELS)
SIDES: Final = ("a", "b")
_TRAITS: Final = (
    "extrait", "nom_naissance", "nom_usage", "prenom1", "sexe", "naissance_annee",
    "naissance_mois", "naissance_jour", "naissance_lieu",
)  # fmt: skip
_INE: Final = ("extrait", "ine", "naissance_annee", "naissance_mois", "naissance_jour")
_CONTENT: Final = (*_TRAITS, "ine", "prenom2", "prenom3", "adresse", "commune")
_LISTS: Final = ("telephones", "courriels")


def fingerprints(rows: pl.DataFrame, key: bytes, wanted: tuple[str, ...] = PRINTS) -> pl.DataFrame:
    """Return `rid` and the wanted fingerprints of rows of `tables/traits`.

    `ine` is null for a row without INE.
    """
    texts = {
        "contenu": pl.concat_str(
            *map(_plain, _CONTENT),
            *(pl.col(c).list.join(" ").fill_null("") for c in _LISTS),
            separator="|",
        ),
        "identite": pl.concat_str(*map(_plain, (*_TRAITS, "ine")), separator="|"),
        "ine": pl.when(pl.col("ine").is_not_null()).then(
            pl.concat_str(*map(_plain, _INE), separator="|")
        ),
        "traits": pl.concat_str(*map(_plain, _TRAITS), separator="|"),
    }
    return rows.select("rid", *(("revue|" + n + "|" + texts[n]).alias(n) for n in wanted)).pipe(
        lambda told: told.with_columns(_keyed_once(told[n], key) for n in wanted)
    )


def _plain(column: str) -> pl.Expr:
    return pl.col(column).cast(pl.String).fill_null("")


def _keyed_once(texts: pl.Series, key: bytes) -> pl.Series:
    """Return the fingerprint of each text, each distinct one computed once; null stays null."""
    distinct = texts.drop_nulls().unique()
    table = pl.DataFrame({"texte": distinct, "empreinte": keyed(distinct, key)})
    found = texts.rename("texte").to_frame().join(table, on="texte", how="left",
                                                  maintain_order="left")  # fmt: skip
    return found["empreinte"].alias(texts.name)


def name_pairs(pairs: pl.DataFrame, key: bytes) -> pl.Series:
    """Return the identifier of each pair, from `contenu_a` and `contenu_b`: the same either way."""
    ends = [f"contenu_{side}" for side in SIDES]
    text = pairs.select(
        id_paire="paire|" + pl.min_horizontal(ends) + "|" + pl.max_horizontal(ends)
    ).to_series()
    return ("d" + keyed(text, key).str.head(31)).alias("id_paire")


def keep_judged(rows: pl.DataFrame, judgements: pl.DataFrame, key: bytes) -> pl.DataFrame:
    """Keep the rows that bear a fingerprint of a judgement: the only ones that `match` can find.

    Args:
        rows: some of `tables/traits`.
        judgements: see `match`.
        key: the key under which their fingerprints were made.
    """
    prints = fingerprints(rows, key, LEVELS)
    told = [
        pl.col(level).is_in(
            pl.concat([judgements[f"{level}_{side}"] for side in SIDES]).unique().implode()
        )
        for level in LEVELS
    ]
    return rows.join(
        prints.filter(pl.any_horizontal(told)), on="rid", how="semi", maintain_order="left"
    )


def match(rows: pl.DataFrame, judgements: pl.DataFrame, key: bytes) -> pl.DataFrame:
    """Find the rows that judgements are about.

    Args:
        rows: `tables/traits`, or those of them that `keep_judged` keeps.
        judgements: `id_paire`, `reponse` (`meme`, `autre`, `conteste`), the fingerprints of both sides.
        key: the key under which they were made.

    Returns: `paire` (number of the judgement), `reponse`, `cote` (`a`, `b`), `rid`, `exact` (the row is
    the very record that the clerk saw). Nothing stands there for a side that has no row.
    """
    numbered = judgements.sort("id_paire").with_columns(
        paire=pl.int_range(pl.len(), dtype=pl.UInt32)
    )
    found = fingerprints(rows, key, LEVELS)
    sides = pl.concat(_side(numbered, side) for side in SIDES)
    kept = _best(pl.concat(_by(sides, found, rank, level) for rank, level in enumerate(LEVELS)))
    seen = fingerprints(rows.join(kept, on="rid", how="semi"), key, ("contenu",))
    return (
        kept.join(seen, on="rid")
        .with_columns(exact=pl.col("contenu") == pl.col("contenu_vu"))
        # Two records of one identity: only the very ones that were seen are meant.
        .filter(pl.col("exact") | ~pl.col("shared_identity"))
        .select("paire", "reponse", "cote", "rid", "exact")
        .sort("paire", "cote", "rid")
    )


def _side(judgements: pl.DataFrame, side: str) -> pl.DataFrame:
    """Return one side of each judgement; a print that both sides share tells neither: it is null."""
    other = "b" if side == "a" else "a"
    return judgements.select(
        "paire",
        "reponse",
        cote=pl.lit(side),
        contenu_vu=f"contenu_{side}",
        had_ine=pl.col(f"ine_{side}").is_not_null(),
        shared_identity=pl.col("identite_a") == pl.col("identite_b"),
        identite=f"identite_{side}",
        **{
            name: pl.when(pl.col(f"{name}_{side}").ne_missing(pl.col(f"{name}_{other}"))).then(
                f"{name}_{side}"
            )
            for name in ("ine", "traits")
        },
    )


def _by(sides: pl.DataFrame, found: pl.DataFrame, level: int, name: str) -> pl.DataFrame:
    ends = sides.drop(*({*LEVELS} - {name})).drop_nulls(name)
    met = ends.join(found.select("rid", name, a_ine=pl.col("ine").is_not_null()), on=name)
    if name == "traits":
        # Of two INE that differ, the same traits are a homonym's.
        met = met.filter(~(pl.col("had_ine") & pl.col("a_ine")))
    columns = ("paire", "reponse", "cote", "rid", "contenu_vu", "shared_identity")
    return met.select(*columns, niveau=pl.lit(level, pl.UInt8))


def _best(met: pl.DataFrame) -> pl.DataFrame:
    """Keep what the strictest print that finds anything has found."""
    side = ["paire", "cote"]
    return met.filter(pl.col("niveau") == pl.col("niveau").min().over(side)).drop("niveau")
