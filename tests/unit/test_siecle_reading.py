"""SIECLE's XML as scolarite: pupils, their addresses and guardians, joined as they come."""

import zipfile
from pathlib import Path

import pytest
from pydantic import ValidationError

from siei_match.reference.errors import DeliveryError
from siei_match.stages.extract import read_file
from siei_match.stages.extract.siecle import list_companions
from siei_match.stages.extract.unlisted import require_listed, warn_unlisted
from siei_match.stages.validate import validate
from siei_match.stages.validate.plausible import FileCounter
from tests.livraisons import CAMPAGNE, assert_says, fichier

NAME = "ElevesAvecAdresses.xml"
BARE = "ElevesSansAdresses.xml"
PROLOGUE = '<?xml version="1.0" encoding="ISO-8859-15"?>\n'
PUPILS = (
    PROLOGUE
    + """<BEE_ELEVES VERSION="2.1">
 <PARAMETRES><UAJ>0750652B</UAJ><ANNEE_SCOLAIRE>2025</ANNEE_SCOLAIRE></PARAMETRES>
 <DONNEES><ELEVES>
  <ELEVE ELEVE_ID="11" ELENOET="5"><ID_NATIONAL>0494004062M</ID_NATIONAL>
   <NOM_DE_FAMILLE>QUÉLVENNEC</NOM_DE_FAMILLE><PRENOM>Maëlys</PRENOM><PRENOM2>Œuvrée</PRENOM2>
   <DATE_NAISS>12/05/2008</DATE_NAISS><CODE_SEXE>2</CODE_SEXE><CODE_PAYS>100</CODE_PAYS>
   <CODE_COMMUNE_INSEE_NAISS>2A004</CODE_COMMUNE_INSEE_NAISS><DATE_ENTREE>01/09/2025</DATE_ENTREE>
   <CODE_MEF>10310019110</CODE_MEF><CODE_STATUT>ST</CODE_STATUT><ADRESSE_ID>7</ADRESSE_ID>
   <SCOLARITE_AN_DERNIER><CODE_STRUCTURE>4A</CODE_STRUCTURE><CODE_RNE>0590116F</CODE_RNE>
    <CODE_MEF>10210001110</CODE_MEF></SCOLARITE_AN_DERNIER></ELEVE>
  <ELEVE ELEVE_ID="12" ELENOET="6"><NOM>LE GOFF</NOM><PRENOM>Yann &amp; fils</PRENOM>
   <DATE_NAISS>01/02/2009</DATE_NAISS><CODE_SEXE>1</CODE_SEXE><DATE_SORTIE>30/01/2026</DATE_SORTIE>
   <CODE_MEF>10310019110</CODE_MEF></ELEVE>
 </ELEVES>
 <STRUCTURES><STRUCTURES_ELEVE ELEVE_ID="11"><STRUCTURE><CODE_STRUCTURE>3A</CODE_STRUCTURE></STRUCTURE></STRUCTURES_ELEVE></STRUCTURES>
 <ADRESSES><ADRESSE ADRESSE_ID="7"><LIGNE1_ADRESSE>3 rue des Œillets</LIGNE1_ADRESSE>
  <CODE_POSTAL>01000</CODE_POSTAL><CODE_COMMUNE_INSEE>01053</CODE_COMMUNE_INSEE></ADRESSE></ADRESSES>
 </DONNEES></BEE_ELEVES>
"""
)
GUARDIANS = (
    PROLOGUE
    + """<BEE_RESPONSABLES VERSION="2.1"><DONNEES>
 <PERSONNES>
  <PERSONNE PERSONNE_ID="1"><NOM_DE_FAMILLE>QUÉLVENNEC</NOM_DE_FAMILLE><PRENOM>Anne</PRENOM>
   <TEL_PERSONNEL>0298000001</TEL_PERSONNEL><TEL_PORTABLE>0612345678</TEL_PORTABLE><MEL>anne@exemple.fr</MEL></PERSONNE>
  <PERSONNE PERSONNE_ID="2"><NOM>AUTRE</NOM><PRENOM>Luc</PRENOM></PERSONNE>
 </PERSONNES>
 <RESPONSABLES>
  <RESPONSABLE_ELEVE><ELEVE_ID>11</ELEVE_ID><PERSONNE_ID>2</PERSONNE_ID><RESP_LEGAL>2</RESP_LEGAL></RESPONSABLE_ELEVE>
  <RESPONSABLE_ELEVE><ELEVE_ID>11</ELEVE_ID><PERSONNE_ID>1</PERSONNE_ID><RESP_LEGAL>1</RESP_LEGAL></RESPONSABLE_ELEVE>
  <RESPONSABLE_ELEVE><ELEVE_ID>99</ELEVE_ID><PERSONNE_ID>1</PERSONNE_ID><RESP_LEGAL>1</RESP_LEGAL></RESPONSABLE_ELEVE>
 </RESPONSABLES></DONNEES></BEE_RESPONSABLES>
"""
)


def write(folder: Path, name: str, content: str) -> None:
    (folder / name).write_bytes(content.encode("iso-8859-15"))


def read(folder: Path, name: str = NAME):
    return read_file(folder, fichier("scolarite", name)).frame


def refused(folder: Path, content: str) -> DeliveryError:
    write(folder, NAME, content)
    with pytest.raises(DeliveryError) as found:
        read(folder)
    return found.value


def test_pupils_are_rows_of_scolarite_with_their_address_and_first_guardian(tmp_path):
    write(tmp_path, NAME, PUPILS)
    write(tmp_path, "ResponsablesAvecAdresses.xml", GUARDIANS)
    valid = validate(read(tmp_path), fichier("scolarite", NAME), CAMPAGNE)
    assert valid.rejets.height == 0
    one, former, two = valid.valides.rows(named=True)
    assert (one["ANNEE_SCOLAIRE"], one["UAI"], one["INE"]) == (
        "2025-2026",
        "0750652B",
        "0494004062M",
    )
    assert (one["NOM_DE_FAMILLE"], one["PRENOM2"], one["CODE_MEF"]) == (
        "QUÉLVENNEC",
        "Œuvrée",
        "10310019110",
    )
    assert (one["LIGNE1_ADRESSE"], one["CODE_COMMUNE_INSEE"]) == ("3 rue des Œillets", "01053")
    assert (one["RESP1_PRENOM"], one["RESP1_TEL"], one["RESP1_MEL"]) == (
        "Anne",
        "0612345678",
        "anne@exemple.fr",
    )
    assert (two["NOM_DE_FAMILLE"], two["PRENOM"], two["RESP1_NOM"]) == (
        "LE GOFF",
        "Yann & fils",
        None,
    )
    assert two["DATE_SORTIE"].isoformat() == "2026-01-30"
    assert (one["RESP2_NOM"], one["RESP2_PRENOM"], one["RESP2_MEL"]) == (
        "AUTRE",
        "Luc",
        None,
    )
    assert (former["INE"], former["ANNEE_SCOLAIRE"]) == (one["INE"], "2024-2025")
    assert (former["UAI"], former["CODE_MEF"]) == ("0590116F", "10210001110")
    assert (former["DATE_ENTREE"], former["CODE_STATUT"]) == (None, None)


def test_guardians_that_are_listed_have_no_row_and_nothing_is_said_of_it(tmp_path):
    """A national delivery lists thousands of them: a warning of each would hide the others."""
    write(tmp_path, NAME, PUPILS)
    write(tmp_path, "ResponsablesAvecAdresses.xml", GUARDIANS)
    told = read_file(tmp_path, fichier("scolarite", "ResponsablesAvecAdresses.xml"))
    assert (told.lignes, told.avertissements) == (0, ())
    write(tmp_path, NAME, PUPILS.partition("<ELEVE ")[0] + "</ELEVES></DONNEES></BEE_ELEVES>")
    (notice,) = read_file(tmp_path, fichier("scolarite", NAME)).avertissements
    assert str(notice) == f"{NAME} has no rows."


def test_the_year_before_is_no_contradiction_and_is_not_counted_in_the_file(tmp_path):
    write(tmp_path, NAME, PUPILS)
    file = fichier("scolarite", NAME)
    valid = validate(read(tmp_path), file, CAMPAGNE)
    assert "annee_scolaire_concordante" not in valid.rejets["regle"].to_list()
    counter = FileCounter(file, CAMPAGNE)
    counter.add(valid.valides)
    assert (valid.valides.height, counter.rows) == (3, 2)


def test_an_export_of_another_year_than_announced_is_refused(tmp_path):
    write(tmp_path, NAME, PUPILS.replace("<ANNEE_SCOLAIRE>2025", "<ANNEE_SCOLAIRE>2026"))
    with pytest.raises(DeliveryError, match="says itself that it is of 2026-2027"):
        read(tmp_path)


def test_pupils_without_addresses_have_those_of_the_file_beside(tmp_path):
    write(tmp_path, NAME, PUPILS)
    write(tmp_path, BARE, PUPILS.partition(" <ADRESSES>")[0] + " </DONNEES></BEE_ELEVES>")
    assert list_companions(tmp_path, fichier("scolarite", BARE)) == (NAME,)
    assert read(tmp_path, BARE)["CODE_POSTAL"].to_list() == ["01000", "01000", None]
    write(tmp_path, "ResponsablesAvecAdresses.xml", GUARDIANS)
    assert list_companions(tmp_path, fichier("scolarite", NAME)) == (
        "ResponsablesAvecAdresses.xml",
    )
    (tmp_path / NAME).unlink()
    assert read(tmp_path, BARE)["CODE_POSTAL"].null_count() == 3


def test_the_inactive_leave_on_their_day_of_exit_and_are_told_without_one(tmp_path):
    inactive = PUPILS.replace("<CODE_STRUCTURE>3A", "<CODE_STRUCTURE>INACTIFS")
    write(tmp_path, NAME, inactive)
    (notice,) = read_file(tmp_path, fichier("scolarite", NAME)).avertissements
    assert "1 pupils of a division of inactive ones have no date of exit" in str(notice)
    left = inactive.replace(
        "<CODE_STATUT>ST", "<DATE_SORTIE>05/01/2026</DATE_SORTIE><CODE_STATUT>ST"
    )
    write(tmp_path, NAME, left)
    told = read_file(tmp_path, fichier("scolarite", NAME))
    assert told.avertissements == ()
    assert told.frame["DATE_SORTIE"].to_list() == ["05/01/2026", None, "30/01/2026"]


def test_a_zip_holds_both_and_says_the_same(tmp_path):
    write(tmp_path, NAME, PUPILS)
    write(tmp_path, "ResponsablesAvecAdresses.xml", GUARDIANS)
    with zipfile.ZipFile(tmp_path / "export.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in (
            (NAME, PUPILS),
            ("ResponsablesAvecAdresses.xml", GUARDIANS),
            ("Nomenclature.xml", "<a/>"),
        ):
            archive.writestr(name, content.encode("iso-8859-15"))
    assert read(tmp_path, "export.zip").equals(read(tmp_path))


def test_guardians_may_be_missing_and_are_no_forgotten_file(tmp_path):
    write(tmp_path, NAME, PUPILS)
    assert read(tmp_path)["RESP1_NOM"].null_count() == 3
    write(tmp_path, "ResponsablesAvecAdresses.xml", GUARDIANS)
    write(tmp_path, "Nomenclature.xml", "<a/>")
    assert list(warn_unlisted(tmp_path, [fichier("scolarite", NAME)])) == []


def test_pupils_come_by_parts_in_their_order(tmp_path, monkeypatch):
    monkeypatch.setattr("siei_match.stages.extract.siecle.reading.LOT", 7)
    monkeypatch.setattr("siei_match.stages.extract.xml.CHUNK", 101)
    pupil = '<ELEVE ELEVE_ID="{0}"><NOM>N{0}</NOM><ADRESSE_ID>7</ADRESSE_ID></ELEVE>'
    many = "".join(pupil.format(i) for i in range(100))
    head, _, rest = PUPILS.partition("<ELEVES>")
    write(tmp_path, NAME, f"{head}<ELEVES>{many}</ELEVES>{rest.partition('</ELEVES>')[2]}")
    frame = read(tmp_path)
    assert frame["ligne"].to_list() == list(range(1, 101))
    assert frame["NOM_DE_FAMILLE"].to_list() == [f"N{i}" for i in range(100)]
    assert frame["CODE_POSTAL"].unique().to_list() == ["01000"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (PUPILS[:-40], "is no XML, or is damaged or cut short at line 18"),
        (GUARDIANS, "begins with another element than BEE_ELEVES"),
        (PUPILS.replace("<BEE_ELEVES", '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><BEE_ELEVES', 1), "a document type"),
        (PUPILS.replace("<ELEVES>", "<ELEVES>" + "<a>" * 70, 1), "nested more than 64 deep"),
        (PUPILS.replace("&amp;", "&inconnu;"), "is no XML"),
        (PUPILS.replace("ISO-8859-15", "KLINGON"), "an encoding that cannot be read"),
        (PUPILS.replace("ISO-8859-15", "utf-7"), "an encoding that cannot be read"),
        (PUPILS.replace("ISO-8859-15", "shift_jis"), "an encoding that cannot be read"),
        ("", "is no XML"),
        ("nom;prenom\n", "is no XML"),
    ],
)  # fmt: skip
def test_what_is_no_export_is_told(tmp_path, content, said):
    error = refused(tmp_path, content)
    assert_says(error, NAME, said)
    assert "LVENNEC" not in str(error)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (GUARDIANS[:-40], "is no XML, or is damaged or cut short"),
        (PUPILS, "begins with another element than BEE_RESPONSABLES"),
        ("<!DOCTYPE x []><BEE_RESPONSABLES/>", "a document type"),
    ],
)
def test_what_is_wrong_with_guardians_is_told_of_their_own_file(tmp_path, content, said):
    write(tmp_path, NAME, PUPILS)
    write(tmp_path, "ResponsablesAvecAdresses.xml", content)
    with pytest.raises(DeliveryError) as found:
        read(tmp_path)
    assert str(found.value).startswith("ResponsablesAvecAdresses.xml: ")
    assert said in str(found.value)


def zip_of(path: Path, **documents: str) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in documents.items():
            archive.writestr(f"ExportXML/{name}.xml", content.encode("iso-8859-15"))


def test_each_document_may_stand_in_a_zip_of_its_own(tmp_path):
    """As SIECLE's menus hand them out."""
    write(tmp_path, NAME, PUPILS)
    write(tmp_path, "ResponsablesAvecAdresses.xml", GUARDIANS)
    expected = read(tmp_path)
    zip_of(tmp_path / "ElevesAvecAdresses_9.zip", ElevesAvecAdresses=PUPILS)
    zip_of(tmp_path / "ResponsablesAvecAdresses_9.zip", ResponsablesAvecAdresses=GUARDIANS)
    pupils = fichier("scolarite", "ElevesAvecAdresses_9.zip")
    assert list_companions(tmp_path, pupils) == ("ResponsablesAvecAdresses_9.zip",)
    assert read_file(tmp_path, pupils).frame.equals(expected)
    (tmp_path / "ResponsablesAvecAdresses_9.zip").write_bytes(b"PK")
    with pytest.raises(DeliveryError, match=r"^ResponsablesAvecAdresses_9.zip: .*damaged"):
        read_file(tmp_path, pupils)


def test_of_pupils_told_twice_in_a_zip_those_with_their_addresses_are_read(tmp_path):
    bare = PUPILS.partition(" <ADRESSES>")[0] + " </DONNEES></BEE_ELEVES>"
    zip_of(
        tmp_path / "e.zip", ElevesSansAdresses=bare, ElevesAvecAdresses=PUPILS, Nomenclature="<x/>"
    )
    frame = read(tmp_path, "e.zip")
    assert (frame.height, frame["CODE_POSTAL"][0]) == (3, "01000")
    zip_of(tmp_path / "two.zip", ElevesAvecAdresses=PUPILS, ElevesAvecAdresses_2=PUPILS)
    zip_of(tmp_path / "none.zip", Nomenclature="<x/>")
    for name, said in (("two.zip", "2 of its 2 files"), ("none.zip", "none of its files")):
        with pytest.raises(DeliveryError) as found:
            read(tmp_path, name)
        assert (found.value.code, said in str(found.value)) == ("archive", True)


def test_an_export_in_a_zip_that_nobody_lists_stops_the_run(tmp_path):
    """Its pupils would be listed as having left."""
    write(tmp_path, NAME, PUPILS)
    listed = [fichier("scolarite", NAME)]
    zip_of(tmp_path / "photos.zip", photo="<x/>")
    (tmp_path / "cut.zip").write_bytes(b"PK\x03\x04")
    require_listed(tmp_path, listed)
    zip_of(tmp_path / "export_2.zip", ElevesAvecAdresses=PUPILS)
    with pytest.raises(DeliveryError, match=r"not listed in campagne.toml: export_2.zip"):
        require_listed(tmp_path, listed)


def test_a_bomb_in_a_zip_is_refused_as_it_unfolds(tmp_path, monkeypatch):
    monkeypatch.setattr("siei_match.stages.extract.archives.LEAST_INFLATION", 1 << 20)
    with zipfile.ZipFile(tmp_path / "e.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(
            NAME, PUPILS.replace("<DONNEES>", "<DONNEES>" + " " * (1 << 24)).encode("iso-8859-15")
        )
    with pytest.raises(DeliveryError, match="over 100 times its own size"):
        read(tmp_path, "e.zip")


def test_xml_is_of_scolarite_alone_and_says_its_own_encoding():
    with pytest.raises(ValidationError, match="XML is read of scolarite alone"):
        fichier("agricole", "a.xml")
    with pytest.raises(ValidationError, match="XML says its own encoding"):
        fichier("scolarite", "a.xml", encodage="windows-1252")


def test_a_zip_whose_directory_places_a_file_before_its_beginning_is_told(tmp_path):
    with zipfile.ZipFile(tmp_path / "e.zip", "w") as archive:
        archive.writestr(NAME, PUPILS.encode("iso-8859-15"))
    whole = (tmp_path / "e.zip").read_bytes()
    (tmp_path / "e.zip").write_bytes(whole[100:])
    with pytest.raises(DeliveryError, match="is damaged"):
        read(tmp_path, "e.zip")


def test_guardians_that_are_listed_too_hold_no_row_of_their_own(tmp_path):
    write(tmp_path, "ResponsablesAvecAdresses.xml", GUARDIANS)
    with pytest.raises(DeliveryError) as found:
        read(tmp_path, "ResponsablesAvecAdresses.xml")
    assert_says(found.value, "ResponsablesAvecAdresses.xml", "guardians", "ElevesAvecAdresses.xml")
    write(tmp_path, NAME, PUPILS)
    assert read(tmp_path, "ResponsablesAvecAdresses.xml").height == 0
    assert read(tmp_path)["RESP1_PRENOM"].to_list()[0] == "Anne"


def test_addresses_beside_pupils_without_are_no_forgotten_file(tmp_path):
    write(tmp_path, BARE, PUPILS)
    write(tmp_path, NAME, PUPILS)
    require_listed(tmp_path, [fichier("scolarite", BARE)])
    with pytest.raises(DeliveryError, match="not listed"):
        require_listed(tmp_path, [fichier("scolarite", "ElevesAvecAdresses_2.xml")])


def test_a_warning_on_a_pupil_is_told_once_not_again_with_last_year(tmp_path):
    spoilt = PUPILS.replace("<CODE_SEXE>2</CODE_SEXE>", "<CODE_SEXE>7</CODE_SEXE>").replace(
        "<CODE_RNE>0590116F</CODE_RNE>", "<CODE_RNE>0590116Z</CODE_RNE>"
    )
    write(tmp_path, NAME, spoilt)
    told = validate(read(tmp_path), fichier("scolarite", NAME), CAMPAGNE)
    assert told.valides.height == 3
    assert told.rejets.select("ligne", "colonne").rows() == [(1, "CODE_SEXE"), (2, "UAI")]
