"""Each provider's own way of writing the same lives: columns, cases, codes, date formats.

`write_*` take the rows delivered (true dates, typed identities) and return the text columns of
the contract, in order.
"""

from typing import Final

import numpy as np
import polars as pl

from siei_match.reference.french import FRENCH_DATE
from siei_match.simulate.noise import strip_accents
from siei_match.simulate.siecle import RECALLED

SIFA_COLUMNS: Final = (
    "INE_RNIE NUMERO_UAI TYPE_CFA SIT_FORM UAI_EPLE NAT_STR_JUR STATUT DIPLOME RNCP DUR_FORM_THEO "
    "DUR_FORM_REELLE AN_FORM NOM NOM2 PRENOM1 PRENOM2 PRENOM3 ADRESSE COD_POST COM_RESID "
    "TEL_JEUNE TEL_RESP1_PERSO TEL_RESP1_PRO TEL_RESP2_PERSO TEL_RESP2_PRO MAIL_JEUNE MAIL_RESP1 "
    "MAIL_RESP2 DATE_NAIS LIEU_NAIS SEXE REGIME_SCO PCS HANDI NATIO SIT_AV_APP DIP_OBT SIT_N_1 "
    "ETAB_N_1 TYPE_EMP DATE_ENTREE_CFA DATE_DEB_CONT DATE_RUPT_CONT COM_ETAB NAF_ETAB NBSAL_EMP "
    "SIRET_EMP"
).split()

ISO: Final = "%Y-%m-%d"
DIGITS: Final = "%d%m%Y"
SEX_DIGIT: Final = {"M": "1", "F": "2"}


def _number(column: str, digits: int) -> pl.Expr:
    return pl.col(column).cast(pl.String).str.zfill(digits)


def _birth(model: str) -> pl.Expr:
    """Return the birth date as typed; an unknown day or month is 00."""
    parts = {"j": _number("jour_n", 2), "m": _number("mois_n", 2), "a": _number("annee_n", 4)}
    return pl.concat_str([parts.get(letter, pl.lit(letter)) for letter in model])


def _sexe() -> pl.Expr:
    return pl.col("sexe").replace_strict(SEX_DIGIT, default=pl.col("sexe"))


def _annee_scolaire() -> pl.Expr:
    return pl.concat_str(pl.col("annee"), pl.lit("-"), pl.col("annee") + 1)


def _day(column: str, form: str = ISO) -> pl.Expr:
    return pl.col(column).dt.strftime(form)


def _upper(column: str) -> pl.Expr:
    return pl.col(column).str.to_uppercase()


def _null(name: str) -> pl.Expr:
    return pl.lit(None, pl.String).alias(name)


def write_scolarite(rows: pl.DataFrame) -> pl.DataFrame:
    """SIECLE: capitals with accents, birth name and name of usage, French dates.

    A school that another year's export recalls has no status; second guardians stand there where rows have them.
    """
    abroad = pl.col("pays").is_not_null()
    text = rows.select(
        ANNEE_SCOLAIRE=_annee_scolaire(),
        INE="ine",
        NOM_DE_FAMILLE=_upper("nom"),
        NOM_USAGE=_upper("nom_usage"),
        PRENOM="prenom",
        PRENOM2="prenom2",
        PRENOM3="prenom3",
        DATE_NAISS=_birth("j/m/a"),
        CODE_SEXE=_sexe(),
        CODE_PAYS_NAISS=pl.when(abroad)
        .then(pl.col("pays").str.slice(2))
        .when(pl.col("lieu").is_not_null())
        .then(pl.lit("100")),
        CODE_COMMUNE_INSEE_NAISS="lieu",
        VILLE_NAISS="ville",
        UAI="uai",
        # SIECLE writes the MEF with one more character than the nomenclature.
        CODE_MEF=pl.col("mef") + "0",
        CODE_STATUT=pl.when(pl.col("genre") == "double_ap")
        .then(pl.lit("AP"))
        .when(pl.col("genre") != RECALLED)
        .then(pl.lit("ST")),
        DATE_ENTREE=_day("debut", FRENCH_DATE),
        DATE_SORTIE=_day("fin", FRENCH_DATE),
        CODE_MOTIF_SORTIE="motif_sortie",
        LIGNE1_ADRESSE="ligne1",
        LIGNE2_ADRESSE="ligne2",
        CODE_POSTAL="code_postal",
        CODE_COMMUNE_INSEE="code_commune",
        CODE_PAYS=pl.lit("100"),
        TEL_PERSONNEL="resp_tel2",
        TEL_PORTABLE="tel",
        MEL="mel",
        RESP1_NOM=_upper("resp_nom"),
        RESP1_PRENOM="resp_prenom",
        RESP1_TEL="resp_tel",
        RESP1_MEL="resp_mel",
    )
    if "resp2_nom" not in rows.columns:
        return text
    return text.hstack(
        rows.select(
            RESP2_NOM=_upper("resp2_nom"),
            RESP2_PRENOM="resp2_prenom",
            RESP2_TEL="resp2_tel",
            RESP2_MEL="resp2_mel",
        )
    )


def write_diplomes(rows: pl.DataFrame) -> pl.DataFrame:
    """Examination results: capitals, birth name; 99xxx for a birth abroad."""
    return rows.select(
        INE="ine",
        NOM_DE_FAMILLE=_upper("nom"),
        PRENOM=_upper("prenom"),
        PRENOM2=_upper("prenom2"),
        DATE_NAISS=_birth("j/m/a"),
        CODE_SEXE=_sexe(),
        CODE_COMMUNE_INSEE_NAISS=pl.coalesce("pays", "lieu"),
        SESSION=pl.col("session").cast(pl.String),
        CODE_DIPLOME="code_diplome",
        RESULTAT="resultat",
    )


def write_agricole(rows: pl.DataFrame) -> pl.DataFrame:
    """FREGATA: usual names only, ISO dates, 99100 or nothing for France."""
    france = pl.when(pl.col("personne") % 2 == 0).then(pl.lit("99100"))
    return rows.select(
        ine="ine",
        nomUsuel=_upper("nom"),
        prenomUsuel="prenom",
        dateNaissance=_birth("a-m-j"),
        sexeId=_sexe(),
        communeNaissanceCodeInsee="lieu",
        paysNaissanceCodeInsee=pl.when(pl.col("pays").is_not_null())
        .then(pl.col("pays"))
        .when(pl.col("lieu").is_not_null())
        .then(france),
        statutApprenant=pl.when(pl.col("code").str.starts_with("AQ"))
        .then(pl.lit("2503"))
        .otherwise(pl.lit("2501")),
        codeMef=pl.col("mef") + "0",
        uai="uai",
        anneeScolaire=_annee_scolaire(),
        dateEntreeFormation=_day("debut"),
        dateSortieFormation=_day("fin"),
        adresseLigne1="ligne1",
        adresseLigne2="ligne2",
        communeCodePostal="code_postal",
        communeCodeInsee="code_commune",
        telephone=pl.coalesce("tel", "resp_tel"),
        courriel="mel",
    )


def _capitals(column: str) -> pl.Expr:
    """Return capitals without accents, as SIFA asks."""
    return pl.col(column).map_batches(strip_accents, return_dtype=pl.String).str.to_uppercase()


def write_apprentissage(rows: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    """SIFA: 47 columns in order, JJMMAAAA, with the HANDI, NATIO and PCS that must vanish."""
    n = rows.height

    def draw(values: str) -> pl.Series:
        choices = pl.Series(values.split())
        return choices.gather(rng.integers(0, len(choices), n))

    columns: dict[str, pl.Expr | pl.Series] = {
        "INE_RNIE": pl.col("ine"),
        "NUMERO_UAI": pl.col("uai"),
        "TYPE_CFA": draw("01 02 03 10"),
        "SIT_FORM": pl.col("uai"),
        "STATUT": pl.lit("APP"),
        "DIPLOME": pl.col("diplome"),
        "DUR_FORM_THEO": pl.lit("24"),
        "DUR_FORM_REELLE": draw("12 24 24 24 36"),
        "AN_FORM": pl.when(pl.col("code").str.ends_with("2"))
        .then(pl.lit("2"))
        .otherwise(pl.lit("1")),
        "NOM": _capitals("nom"),
        "NOM2": _capitals("nom_usage"),
        "PRENOM1": _capitals("prenom"),
        "PRENOM2": _capitals("prenom2"),
        "PRENOM3": _capitals("prenom3"),
        "ADRESSE": pl.col("ligne1"),
        "COD_POST": pl.col("code_postal"),
        "COM_RESID": pl.col("code_commune"),
        "TEL_JEUNE": pl.col("tel"),
        "TEL_RESP1_PERSO": pl.col("resp_tel"),
        "TEL_RESP1_PRO": pl.col("resp_tel2"),
        "MAIL_JEUNE": pl.col("mel"),
        "MAIL_RESP1": pl.col("resp_mel"),
        "DATE_NAIS": _birth("jma"),
        "LIEU_NAIS": pl.coalesce("pays", "lieu"),
        "SEXE": _sexe(),
        "REGIME_SCO": draw("0 1 2"),
        "PCS": draw("10 21 33 46 54 62 67 99"),
        "HANDI": draw("0 0 0 0 0 0 0 0 0 1"),
        "NATIO": draw("1 1 1 1 1 1 2 3"),
        "SIT_AV_APP": draw("01 02 05 09"),
        "DIP_OBT": pl.col("dip_obt"),
        "SIT_N_1": draw("3001 3101 4001 9900"),
        "ETAB_N_1": pl.coalesce(pl.col("uai_avant"), pl.lit("995")),
        "TYPE_EMP": draw("11 12 13"),
        "DATE_ENTREE_CFA": _day("debut", DIGITS),
        "DATE_DEB_CONT": _day("contrat", DIGITS),
        "DATE_RUPT_CONT": _day("rupture", DIGITS),
        "COM_ETAB": pl.col("code_commune"),
        "NAF_ETAB": draw("4711F 5610A 4332A 9602A 1071C"),
        "NBSAL_EMP": draw("1 3 8 12 45"),
        "SIRET_EMP": pl.Series(rng.integers(10**13, 10**14, n)).cast(pl.String),
    }
    return rows.select(
        columns[name].alias(name) if name in columns else _null(name) for name in SIFA_COLUMNS
    )


def write_contracts(rows: pl.DataFrame) -> pl.DataFrame:
    """Contracts as they are declared: ISO dates, both names, no birthplace; each ends with its year."""
    end = pl.date(pl.col("annee").cast(pl.Int32) + 1, 8, 31)
    return rows.select(
        ine="ine",
        nom=_upper("nom"),
        nomUsage=_upper("nom_usage"),
        prenom=pl.concat_str("prenom", "prenom2", separator=" ", ignore_nulls=True),
        dateNaissance=_birth("a-m-j"),
        sexe="sexe",
        dateInscriptionCfa=_day("debut"),
        dateDebut=_day("contrat").fill_null(_day("debut")),
        dateFin=end.dt.strftime(ISO),
        dateRupture=_day("rupture"),
        uaiCfa="uai",
        siretCfa=_null("siretCfa"),
        codeDiplome="diplome",
        adresse="ligne1",
        codePostal="code_postal",
        codeCommuneInsee="code_commune",
        telephone="tel",
        courriel="mel",
    )


def write_missions_locales(rows: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    """i-milo: no INE, no birthplace, a label of commune, names typed by ear."""
    n = rows.height
    open_ = pl.col("fin").is_null()
    categories = "Emploi|Contrat en Alternance|Formation|Immersion|Pmsmp|Volontariat|Scolarité|Demandeur d'emploi"
    choices = pl.Series(categories.split("|") + ["Demandeur d'emploi"] * 8)
    category = choices.gather(rng.integers(0, len(choices), n))
    state = pl.when(open_).then(pl.lit("EN_COURS")).otherwise(pl.lit("TERMINE"))
    return rows.select(
        idJeune=(pl.col("personne").cast(pl.Int64) * 7919 % 9_999_991 + 10**7).cast(pl.String),
        civilite=pl.col("sexe").replace({"F": "MME"}),
        nomNaissance=_upper("nom"),
        nomUsage=_upper("nom_usage"),
        prenom="prenom",
        dateNaissance=_birth("a-m-j"),
        adresse="ligne1",
        complement="ligne2",
        codePostal="code_postal",
        commune="nom_commune",
        communeCodeInsee="code_commune",
        mail="mel",
        telephone="tel",
        structureCode="ML" + pl.col("arrondissement").str.zfill(4),
        structureNom="Mission locale de " + pl.col("nom_arrondissement"),
        dateDebutAccompagnement=_day("debut"),
        dateFinAccompagnement=_day("fin"),
        # A history of situations tells each; else one is drawn.
        situationCategorie="situation" if "situation" in rows.columns else category,
        situationEtat="etat_situation" if "situation" in rows.columns else state,
    )
