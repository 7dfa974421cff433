"""SYGNE and FREGATA JSON as extracts: arrays and lines, read object by object."""

import gzip
import json
from pathlib import Path

import pytest
from pydantic import ValidationError

from siei_match.reference.errors import DeliveryError
from siei_match.stages.extract import read_file
from siei_match.stages.extract.json import first_object_of
from siei_match.stages.validate import validate
from tests.livraisons import CAMPAGNE, assert_says, fichier

PUPIL = {
    "ine": "0494004062M", "nom": "QUELVENNEC", "prenom": "Maëlys", "dateNaissance": "2008-05-12",
    "codeSexe": "2", "inseeCommuneNaissance": "2A004", "inseePaysNaissance": "100",
    "scolarite": {
        "codeStatut": "ST", "codeMefRatt": "10310019110", "codeUai": "0750652B", "classe": "3A",
        "anneeScolaire": "2025", "dateDebSco": "2025-09-01", "dateFinSco": "2026-06-30",
    },
    "adrResidenceEle": {
        "adresseLigne1": "3 rue des Œillets", "codePostal": "01000", "codeCommuneInsee": "01053", "codePays": "100",
    },
}  # fmt: skip
LEARNER = {
    "apprenant": {
        "ine": "0494004062M", "nomUsuel": "Quelvennec", "prenomUsuel": "Maëlys",
        "dateNaissance": "2008-05-12", "sexeId": 2, "communeCodeInsee": "2A004", "paysCodeInsee": "99100",
        "adressesApprenant": [
            {"estPrioritaire": False, "adresseIndividu": {"ligne4": "autre part"}},
            {"estPrioritaire": True, "adresseIndividu": {
                "ligne4": "3 rue des Œillets", "communeCodePostal": "01000", "communeCodeInsee": "01053"}},
        ],
    },
    "dateEntreeFormation": "2025-09-01", "dateSortieFormation": None, "dateSortieEtablissement": "2026-06-30",
    "statutApprenant": {"code": "2501"}, "sectionReference": {"codeMef": "27121010210"},
    "division": {"libelle": "2nde", "anneeScolaireId": 29}, "uai": "0750652B",
}  # fmt: skip


def read(folder: Path, extrait: str, content: str, name: str = "a.json", **described: object):
    octets = content.encode()
    (folder / name).write_bytes(gzip.compress(octets) if name.endswith(".gz") else octets)
    return read_file(folder, fichier(extrait, name, **described)).frame


def refused(folder: Path, content: str, extrait: str = "scolarite") -> DeliveryError:
    with pytest.raises(DeliveryError) as found:
        read(folder, extrait, content)
    return found.value


def test_a_pupil_of_sygne_is_a_row_of_scolarite(tmp_path):
    frame = read(tmp_path, "scolarite", json.dumps([PUPIL], ensure_ascii=False))
    valid = validate(frame, fichier("scolarite", "a.json"), CAMPAGNE)
    assert valid.rejets.height == 0
    row = valid.valides.row(0, named=True)
    assert (row["ANNEE_SCOLAIRE"], row["UAI"], row["CODE_MEF"]) == (
        "2025-2026",
        "0750652B",
        "10310019110",
    )
    assert (row["naissance_annee"], row["naissance_mois"], row["naissance_jour"]) == (2008, 5, 12)
    assert (row["LIGNE1_ADRESSE"], row["DATE_SORTIE"].isoformat()) == (
        "3 rue des Œillets",
        "2026-06-30",
    )


def test_a_learner_of_fregata_is_a_row_of_agricole_at_the_preferred_address(tmp_path):
    frame = read(tmp_path, "agricole", json.dumps([LEARNER]))
    valid = validate(frame, fichier("agricole", "a.json"), CAMPAGNE)
    assert valid.rejets.height == 0
    row = valid.valides.row(0, named=True)
    assert (row["anneeScolaire"], row["sexeId"], row["statutApprenant"]) == (
        "2025-2026",
        "2",
        "2501",
    )
    assert (row["adresseLigne1"], row["communeCodeInsee"]) == ("3 rue des Œillets", "01053")
    assert row["dateSortieFormation"].isoformat() == "2026-06-30"


@pytest.mark.parametrize("name", ["a.json", "a.json.gz", "a.jsonl"])
@pytest.mark.parametrize("form", ["array", "indented", "lines"])
def test_arrays_and_lines_say_the_same_however_they_are_cut(tmp_path, monkeypatch, name, form):
    monkeypatch.setattr("siei_match.stages.extract.json.CHUNK", 97)
    pupils = [{**PUPIL, "nom": f"N{i}"} for i in range(50)]
    content = {
        "array": json.dumps(pupils),
        "indented": "\ufeff" + json.dumps(pupils, indent=2) + "\n",
        "lines": "\n".join(map(json.dumps, pupils)),
    }[form]
    frame = read(tmp_path, "scolarite", content, name)
    assert frame["ligne"].to_list() == list(range(1, 51))
    assert frame["NOM_DE_FAMILLE"].to_list() == [f"N{i}" for i in range(50)]


def test_several_enrolments_are_several_rows(tmp_path):
    other = {**PUPIL["scolarite"], "codeUai": "0590116F"}
    frame = read(
        tmp_path, "scolarite", json.dumps([{**PUPIL, "scolarite": [PUPIL["scolarite"], other]}])
    )
    assert frame["UAI"].to_list() == ["0750652B", "0590116F"]


def test_a_path_may_be_described(tmp_path):
    content = json.dumps([{**LEARNER, "uai": None, "lieu": {"numero": "0590116F"}}])
    frame = read(tmp_path, "agricole", content, colonnes={"uai": "lieu.numero", "courriel": ""})
    assert frame["uai"].to_list() == ["0590116F"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "no JSON from object number 1"),
        ("[", "no JSON from object number 1"),
        ("nom;prenom\n", "no JSON from object number 1"),
        ("[" * 100_000, "no JSON from object number 1"),
        ('{"a":' * 100_000, "no JSON from object number 1"),
        (json.dumps([PUPIL, PUPIL])[:-20], "no JSON from object number 2"),
        (json.dumps([PUPIL]) + json.dumps([PUPIL]), "something follows the end of its array"),
        ("[1]", "its first object has not the keys of scolarite"),
        (json.dumps([LEARNER]), "its first object has not the keys of scolarite"),
        (json.dumps([PUPIL, 1]), "object number 2 is no object"),
        (json.dumps([PUPIL, {**PUPIL, "nom": ["x"]}]), "object number 2 holds no text for NOM_DE_FAMILLE"),
        (json.dumps([{**PUPIL, "x": "a" * (3 << 20)}]), "an object of more than 1 MB"),
        ("[" + json.dumps(PUPIL) + ", " + "9" * 9_000 + "]", "no JSON from object number 2"),
    ],
)  # fmt: skip
def test_what_is_no_such_json_is_told_with_its_place(tmp_path, content, said):
    error = refused(tmp_path, content)
    assert_says(error, "a.json", said)
    assert "QUELVENNEC" not in str(error)


def test_another_encoding_and_another_extract_are_told(tmp_path):
    (tmp_path / "a.json").write_bytes(
        json.dumps([PUPIL], ensure_ascii=False).encode("latin-1", "replace")
    )
    with pytest.raises(DeliveryError, match="a byte that is not utf-8"):
        read_file(tmp_path, fichier("scolarite", "a.json"))
    with pytest.raises(ValidationError, match="JSON is read of scolarite and agricole alone"):
        fichier("diplomes", "a.json")


def test_a_file_is_known_by_its_first_object(tmp_path):
    for extrait, element in (("scolarite", PUPIL), ("agricole", LEARNER), (None, {"a": 1})):
        (tmp_path / "a.json").write_text(json.dumps([element]), encoding="utf-8")
        assert first_object_of(tmp_path / "a.json") == extrait


def test_a_described_path_that_leads_nowhere_is_told(tmp_path):
    """An absent key says nothing, and a slip in its path would empty a column in silence."""
    described = {
        "telephone": "apprenant.telephone",
        "courriel": "apprenant.mel",
        "uai": "uai",
        "adresseLigne2": "",
    }
    told = [LEARNER, LEARNER | {"apprenant": LEARNER["apprenant"] | {"telephone": "0612345678"}}]
    for content, unmet in (
        (told, "courriel = apprenant.mel"),
        (told[:1] * 2, "courriel = apprenant.mel, telephone"),
    ):
        (tmp_path / "a.json").write_text(json.dumps(content), "utf-8")
        (notice,) = read_file(
            tmp_path, fichier("agricole", "a.json", colonnes=described)
        ).avertissements
        assert (
            f"a.json: nothing stands at a path that [fichiers.colonnes] describes: {unmet}"
            in str(notice)
        )
