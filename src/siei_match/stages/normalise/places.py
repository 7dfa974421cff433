"""Places: communes of today from any code or label, countries of birth."""

from functools import cache

import polars as pl

from siei_match.reference.nomenclatures import commune_history, commune_labels, communes
from siei_match.stages.normalise.text import fold_letters, squeeze

FRANCE = "99100"
PAYS = r"^99[1-5]\d{2}$"
"""Countries by continent. SIECLE's 990 (not defined) and 995 (unknown) become 99990 and 99995,
and say nothing (aplypro, InseeCountryCodeMapper)."""

COMPLEMENTS = r"\b(?:CEDEX|CDX)\b.*$"
ARRONDISSEMENT = (
    r"^(PARIS|LYON|MARSEILLE)(?: 0?\d{1,2}| \d{1,2}(?:ER|E|EME)\b.*| .*ARRONDISSEMENT.*)$"
)


def normalise_labels(values: pl.Series) -> pl.Series:
    """Return commune labels as they are looked up: `AIX EN PROVENCE CEDEX 5` → `AIX EN PROVENCE`.

    As names, plus: CEDEX and arrondissements dropped, the article first (`Havre (Le)`).
    """
    label = pl.col("libelle")
    return (
        fold_letters(values)
        .rename("libelle")
        .to_frame()
        .select(squeeze(label.str.replace_all(r"[^A-Z0-9]", " ")))
        .select(label.str.replace(ARRONDISSEMENT, "${1}").str.replace_all(r"[0-9]", ""))
        # Again once the digits are gone: they may have hidden the word.
        .select(squeeze(label.str.replace(COMPLEMENTS, "")))
        .select(label.str.replace(ARRONDISSEMENT, "${1}"))
        .select(label.str.replace_all(r"\bST\b", "SAINT").str.replace_all(r"\bSTE\b", "SAINTE"))
        .select(
            pl.when(label.str.contains(r"^(?:LE|LA|LES|L) "))
            .then(label)
            .otherwise(label.str.replace(r"^(.+) (LE|LA|LES|L)$", "${2} ${1}"))
            .alias("libelle")
        )["libelle"]
        .rename(values.name)
    )


def clean_code(code: pl.Expr) -> pl.Expr:
    """A commune or country code as INSEE writes it: capitals, the zero that a spreadsheet ate."""
    bare = code.str.to_uppercase().str.replace_all(r"[^0-9A-Z]", "")
    return bare.str.replace(r"^(\d{4})$", "0${1}")


def today(code: pl.Expr) -> pl.Expr:
    """Today's commune for a code of any time, absent for an unknown one."""
    history = commune_history()
    return code.replace_strict(
        history["code"], history["current_code"], default=None, return_dtype=pl.String
    )


def resolve_births(communes_naissance: pl.Series, pays: pl.Series) -> pl.Series:
    """Return the place of birth: a commune of today, or a country 99xxx.

    Args:
        communes_naissance: INSEE codes of communes, of any time, or 99xxx for a country.
        pays: countries where the source has them apart, three digits (SIECLE, 100 = France) or
            99xxx.

    A commune that exists wins over the country: it was picked from a list, and SIECLE leaves it
    empty for those born abroad. France without a commune, unknown codes, 990 and 995 are absent.
    """
    country = pl.col("pays")
    frame = pl.DataFrame(
        {"lieu": communes_naissance, "pays": pays}, {"lieu": pl.String, "pays": pl.String}
    )
    pairs = frame.unique(maintain_order=True)
    place = clean_code(pl.col("lieu"))
    resolved = pairs.with_columns(place=place, foreign=_country_code(country)).with_columns(
        resultat=pl.coalesce(
            today(pl.col("place")), _abroad(pl.col("place")), _abroad(pl.col("foreign"))
        )
    )
    return frame.join(
        resolved.select("lieu", "pays", "resultat"),
        on=["lieu", "pays"],
        how="left",
        nulls_equal=True,
        maintain_order="left",
    )["resultat"]


def _country_code(country: pl.Expr) -> pl.Expr:
    """A country as INSEE writes it, 99xxx, from SIECLE's three digits or FREGATA's five."""
    return country.str.replace_all(r"[^0-9]", "").str.replace(r"^(\d{3})$", "99${1}")


def _abroad(code: pl.Expr) -> pl.Expr:
    return pl.when(code.str.contains(PAYS) & (code != FRANCE)).then(code)


def resolve_communes(
    codes: pl.Series, labels: pl.Series, postal: pl.Series, pays: pl.Series | None = None
) -> pl.Series:
    """Return the commune of residence of today: by its code, else its label, else its postal code.

    Args:
        codes: INSEE codes of communes, of any time, or 99xxx for a country.
        labels: looked up with the postal code, then in the département that it names.
        postal: decides alone where it serves one commune only.
        pays: countries of residence where the source has them apart, as in `resolve_births`.

    A commune that exists wins over the country; without one, whoever lives abroad has none: a
    foreign postal code may be a French one too (6000 is Charleroi's, and Nice's without its zero).
    """
    schema = dict.fromkeys(("code", "libelle", "code_postal", "pays"), pl.String)
    nulls = pl.repeat(None, len(codes), dtype=pl.String, eager=True)
    columns = (codes, labels, postal, nulls if pays is None else pays)
    frame = pl.DataFrame(dict(zip(schema, columns, strict=True)), schema)
    keys = frame.unique(maintain_order=True)
    place = clean_code(pl.col("code"))
    abroad = pl.coalesce(_abroad(place), _abroad(_country_code(pl.col("pays"))))
    found = keys.with_columns(resultat=today(place))
    settled = pl.col("resultat").is_not_null() | abroad.is_not_null()
    missing = found.filter(~settled).drop("resultat")
    solved = found.filter(settled).vstack(_by_label(missing))
    return frame.join(solved, on=list(schema), how="left", nulls_equal=True, maintain_order="left")[
        "resultat"
    ]


def _by_label(rows: pl.DataFrame) -> pl.DataFrame:
    postal = pl.col("code_postal").str.replace_all(r"[^0-9]", "").str.pad_start(5, "0")
    named = rows.with_columns(nom=normalise_labels(rows["libelle"]), postal=postal)
    placed = named.with_columns(departement=_departement(pl.col("postal")))
    served, alone = _postal_communes()
    return (
        placed.join(served, on=["nom", "postal"], how="left", maintain_order="left")
        .join(
            commune_labels().rename({"libelle": "nom", "commune": "par_departement"}),
            on=["nom", "departement"],
            how="left",
            maintain_order="left",
        )
        .join(alone, on="postal", how="left", maintain_order="left")
        .select(
            *rows.columns,
            resultat=pl.coalesce("par_postal", "par_departement", "alone"),
        )
    )


def _departement(postal: pl.Expr) -> pl.Expr:
    """The département of a postal code; Corsica's start with 20, two islands with 971."""
    two = postal.str.slice(0, 2)
    return (
        pl.when(postal.str.contains("^20[01]"))
        .then(pl.lit("2A"))
        .when(two == "20")
        .then(pl.lit("2B"))
        .when(postal == "97133")
        .then(pl.lit("977"))
        .when(postal == "97150")
        .then(pl.lit("978"))
        .when(two.is_in(["97", "98"]))
        .then(postal.str.slice(0, 3))
        .otherwise(two)
    )


@cache
def _postal_communes() -> tuple[pl.DataFrame, pl.DataFrame]:
    """Communes by label and postal code; postal codes that serve one commune only."""
    named = communes().select("code", "nom", postal="codes_postaux").explode("postal")
    named = named.drop_nulls("postal")
    served = named.with_columns(nom=normalise_labels(named["nom"])).select(
        "nom", "postal", par_postal="code"
    )
    alone = (
        named.group_by("postal")
        .agg(pl.col("code"))
        .filter(pl.col("code").list.len() == 1)
        .select("postal", alone=pl.col("code").list.first())
    )
    return served.unique(["nom", "postal"], keep="none"), alone
