"""The declarations: the contract's columns, a Table Schema others can read, a page up to date."""

import json
import runpy
from pathlib import Path

import polars as pl
import pytest
from frictionless import Dialect, Resource, Schema

from siei_match.reference.contracts import build_model, conform_to, declaration, schemas_root
from siei_match.reference.errors import ContractError
from siei_match.reference.vocabulary import AVERTISSEMENT, EXTRACTS, REJET
from siei_match.stages.extract.headings import required_columns
from siei_match.stages.validate import valid_declaration, valid_model, validate
from siei_match.stages.validate.dates import BIRTH, DATE
from siei_match.stages.validate.readers import READERS
from tests.livraisons import CAMPAGNE, brut, colonnes, fichier, rangee, texte, write

ROOT = Path(__file__).parents[2]

DIPLOMES = """INE NOM_DE_FAMILLE PRENOM PRENOM2 DATE_NAISS CODE_SEXE CODE_COMMUNE_INSEE_NAISS SESSION
    CODE_DIPLOME RESULTAT"""
CONTRAT = {
    "scolarite": """ANNEE_SCOLAIRE INE NOM_DE_FAMILLE NOM_USAGE PRENOM PRENOM2 PRENOM3 DATE_NAISS
        CODE_SEXE CODE_PAYS_NAISS CODE_COMMUNE_INSEE_NAISS VILLE_NAISS UAI CODE_MEF CODE_STATUT
        DATE_ENTREE DATE_SORTIE CODE_MOTIF_SORTIE LIGNE1_ADRESSE LIGNE2_ADRESSE CODE_POSTAL
        CODE_COMMUNE_INSEE CODE_PAYS TEL_PERSONNEL TEL_PORTABLE MEL RESP1_NOM RESP1_PRENOM
        RESP1_TEL RESP1_MEL""",
    "diplomes": DIPLOMES,
    "diplomes_agricoles": DIPLOMES,
    "agricole": """ine nomUsuel prenomUsuel dateNaissance sexeId communeNaissanceCodeInsee
        paysNaissanceCodeInsee statutApprenant codeMef uai anneeScolaire dateEntreeFormation
        dateSortieFormation adresseLigne1 adresseLigne2 communeCodePostal communeCodeInsee
        telephone courriel""",
    "apprentissage": """INE_RNIE NUMERO_UAI TYPE_CFA SIT_FORM UAI_EPLE NAT_STR_JUR STATUT DIPLOME
        RNCP DUR_FORM_THEO DUR_FORM_REELLE AN_FORM NOM NOM2 PRENOM1 PRENOM2 PRENOM3 ADRESSE
        COD_POST COM_RESID TEL_JEUNE TEL_RESP1_PERSO TEL_RESP1_PRO TEL_RESP2_PERSO TEL_RESP2_PRO
        MAIL_JEUNE MAIL_RESP1 MAIL_RESP2 DATE_NAIS LIEU_NAIS SEXE REGIME_SCO PCS HANDI NATIO
        SIT_AV_APP DIP_OBT SIT_N_1 ETAB_N_1 TYPE_EMP DATE_ENTREE_CFA DATE_DEB_CONT DATE_RUPT_CONT
        COM_ETAB NAF_ETAB NBSAL_EMP SIRET_EMP""",
    "missions_locales": """idJeune civilite nomNaissance nomUsage prenom dateNaissance adresse
        complement codePostal commune communeCodeInsee mail telephone structureCode structureNom
        dateDebutAccompagnement dateFinAccompagnement situationCategorie situationEtat""",
    "contrats": """ine nom nomUsage prenom dateNaissance sexe dateInscriptionCfa dateDebut dateFin
        dateRupture uaiCfa siretCfa codeDiplome adresse codePostal codeCommuneInsee telephone
        courriel""",
    "retours": "id_signalement date_retour retour psad_destination commentaire",
}
FACULTATIVES = {"scolarite": "RESP2_NOM RESP2_PRENOM RESP2_TEL RESP2_MEL"}
"""What a file may have besides: SIECLE's second guardian."""
JAMAIS_LUES = {"apprentissage": {"HANDI", "NATIO", "PCS"}, "retours": {"commentaire"}}


@pytest.mark.parametrize("extrait", EXTRACTS)
def test_columns_are_those_of_the_contract_in_order(extrait):
    optional = FACULTATIVES.get(extrait, "").split()
    assert colonnes(extrait) == CONTRAT[extrait].split() + optional
    assert [c for c in colonnes(extrait) if c not in required_columns(extrait)] == [
        *(c for c in colonnes(extrait) if c in JAMAIS_LUES.get(extrait, ())),
        *optional,
    ]


@pytest.mark.parametrize("extrait", EXTRACTS)
def test_what_may_not_be_read_is_marked(extrait):
    marked = {
        f["name"]
        for f in declaration(f"extraits/{extrait}").fields
        if f["siei"]["kind"] == "jamais_lu"
    }
    assert marked == JAMAIS_LUES.get(extrait, set())
    assert not marked & set(valid_declaration(extrait).columns)


@pytest.mark.parametrize("extrait", EXTRACTS)
def test_every_field_is_described_and_has_a_known_kind_and_severity(extrait):
    declared = declaration(f"extraits/{extrait}")
    for field in declared.fields:
        assert field["title"]
        assert field["description"].endswith(".")
        said = field["siei"]
        assert said["kind"] in {*READERS, DATE, BIRTH, "jamais_lu"}
        assert ("rule" in said) == ("gravite" in said)
        assert said.get("gravite", AVERTISSEMENT) == AVERTISSEMENT
    for regle in declared.siei["regles"]:
        assert regle["gravite"] in {REJET, AVERTISSEMENT}
        assert set(regle["colonnes"]) <= set(declared.columns)


@pytest.mark.parametrize("path", sorted(schemas_root().glob("*/*.json")), ids=lambda p: p.stem)
def test_frictionless_accepts_every_declaration(path):
    descriptor = json.loads(path.read_text(encoding="utf-8"))
    assert [f.name for f in Schema.from_descriptor(descriptor).fields] == [
        f["name"] for f in descriptor["fields"]
    ]


def frictionless_errors(dossier, extrait, *rangees):
    """Let frictionless validate a file against the declaration; return its errors."""
    entete = extrait != "apprentissage"
    contenu = texte(extrait, rangees)
    if not entete:
        contenu = ";".join(colonnes(extrait)) + "\n" + contenu
    write(dossier, "f.csv", contenu)
    resource = Resource(
        path="f.csv",
        basepath=str(dossier),
        dialect=Dialect.from_descriptor({"csv": {"delimiter": ";"}}),
        schema=Schema.from_descriptor(
            json.loads((schemas_root() / "extraits" / f"{extrait}.json").read_text("utf-8"))
        ),
    )
    return [
        (e.row_number - 1, e.field_name) for task in resource.validate().tasks for e in task.errors
    ]


@pytest.mark.parametrize("extrait", EXTRACTS)
def test_frictionless_finds_nothing_wrong_with_a_good_file(tmp_path, extrait):
    valeurs = {"TEL_PORTABLE": "0612345678"} if extrait == "scolarite" else {}
    assert frictionless_errors(tmp_path, extrait, rangee(extrait, **valeurs)) == []


def test_frictionless_flags_the_cells_that_validation_flags(tmp_path):
    bad = [
        {},
        {"INE": "049400406M", "CODE_SEXE": "3"},
        {"CODE_COMMUNE_INSEE_NAISS": "Paris", "CODE_DIPLOME": "CAP"},
        {"RESULTAT": "OUI", "SESSION": "hier"},
    ]
    rejets = validate(brut("diplomes", *bad), fichier("diplomes"), CAMPAGNE).rejets
    flagged = frictionless_errors(
        tmp_path, "diplomes", *[rangee("diplomes", **valeurs) for valeurs in bad]
    )
    assert sorted(flagged) == sorted(rejets.select("ligne", "colonne").rows())
    assert len(flagged) == 6


@pytest.mark.parametrize("extrait", EXTRACTS)
def test_the_model_of_a_valid_frame_refuses_another(extrait):
    valides = validate(brut(extrait, {}), fichier(extrait), CAMPAGNE).valides
    path = f"extraits/{extrait}"
    assert conform_to(valides, valid_model(extrait), path).equals(valides)
    with pytest.raises(ContractError, match="missing"):
        conform_to(valides.drop("ligne"), valid_model(extrait), path)
    field = next(f for f in valid_declaration(extrait).fields if "enum" in f.get("constraints", {}))
    wrong = valides.with_columns(**{field["name"]: pl.lit("QUELVENNEC")})
    with pytest.raises(ContractError, match=field["name"]) as echec:
        conform_to(wrong, build_model(valid_declaration(extrait)), path)
    assert "QUELVENNEC" not in str(echec.value)


def test_the_page_of_columns_is_up_to_date():
    page = runpy.run_path(str(ROOT / "tools" / "make_colonnes.py"))["render"]()
    committed = (ROOT / "docs" / "colonnes.md").read_text(encoding="utf-8")
    assert page == committed, "run `python tools/make_colonnes.py`"
