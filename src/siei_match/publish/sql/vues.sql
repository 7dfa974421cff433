-- Views for the usual questions. Each is created, then says in French what it answers.

CREATE VIEW bilan_campagnes AS
SELECT
    i.campagne,
    c.date_observation,
    c.annee_scolaire,
    i.indicateur,
    sum(i.valeur)::BIGINT AS valeur
FROM indicateurs AS i
JOIN campagnes AS c USING (campagne)
GROUP BY ALL
ORDER BY i.campagne, i.indicateur;

COMMENT ON VIEW bilan_campagnes IS
'Combien de sortants, de diplômés… dans le pays, campagne par campagne ?';

CREATE VIEW bilan_psad AS
SELECT
    i.campagne,
    i.psad,
    p.nom,
    p.departement,
    p.region,
    p.academie,
    sum(i.valeur) FILTER (i.indicateur = 'sortants')::BIGINT AS sortants,
    sum(i.valeur) FILTER (i.indicateur = 'confirmes')::BIGINT AS confirmes,
    sum(i.valeur) FILTER (i.indicateur = 'a_verifier')::BIGINT AS a_verifier,
    sum(i.valeur) FILTER (i.indicateur = 'obligation_formation')::BIGINT AS obligation_formation,
    sum(i.valeur) FILTER (i.indicateur = 'suivis_mission_locale')::BIGINT AS suivis_mission_locale,
    sum(i.valeur) FILTER (i.indicateur = 'nouveaux')::BIGINT AS nouveaux,
    sum(i.valeur) FILTER (i.indicateur = 'personnes_champ')::BIGINT AS personnes_champ
FROM indicateurs AS i
LEFT JOIN psad AS p ON p.code = i.psad
GROUP BY ALL
ORDER BY i.campagne, i.psad;

COMMENT ON VIEW bilan_psad IS
'Une ligne par campagne et plateforme : sortants, confirmés, à vérifier, mineurs, suivis, nouveaux.';

CREATE VIEW motifs AS
SELECT campagne, statut, motif, count(*) AS personnes
FROM decisions
GROUP BY ALL
ORDER BY campagne, statut, motif;

COMMENT ON VIEW motifs IS
'Pourquoi les personnes du champ sont-elles, ou non, sur une liste ?';

CREATE VIEW historique_signalements AS
SELECT
    id_personne,
    min(campagne) AS premiere_campagne,
    max(campagne) AS derniere_campagne,
    count(*) AS nombre,
    count(DISTINCT psad) AS plateformes
FROM signalements
GROUP BY id_personne
ORDER BY id_personne;

COMMENT ON VIEW historique_signalements IS
'Depuis quand et combien de fois chaque personne est-elle signalée ?';

CREATE VIEW preuves AS
SELECT a.id_personne AS id_personne_a, b.id_personne AS id_personne_b, l.*
FROM liens AS l
JOIN identites AS a
    ON a.campagne = l.campagne
    AND a.extrait = l.extrait_a
    AND a.fichier = l.fichier_a
    AND a.ligne = l.ligne_a
JOIN identites AS b
    ON b.campagne = l.campagne
    AND b.extrait = l.extrait_b
    AND b.fichier = l.fichier_b
    AND b.ligne = l.ligne_b;

COMMENT ON VIEW preuves IS
'Sur quoi deux lignes ont-elles été liées, mises en doute ou séparées ? Avec les deux personnes.';

CREATE VIEW rattachements AS
SELECT campagne, extrait, methode, count(*) AS lignes, count(DISTINCT id_personne) AS personnes
FROM identites
GROUP BY ALL
ORDER BY campagne, extrait, methode;

COMMENT ON VIEW rattachements IS
'Par quelle preuve les lignes de chaque extrait sont-elles rattachées à une personne ?';

CREATE VIEW qualite_extraits AS
SELECT campagne, extrait, gravite, regle, colonne, count(*) AS lignes
FROM rejets
GROUP BY ALL
ORDER BY campagne, extrait, gravite, lignes DESC, regle, colonne;

COMMENT ON VIEW qualite_extraits IS
'Quelles règles les extraits reçus enfreignent-ils, et combien de fois ?';
