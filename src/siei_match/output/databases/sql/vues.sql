-- Views for the usual questions. Each is created, then says in French what it answers, and what
-- its columns are. Those of `preuves` that come from `liens` are described there (databases.py).

CREATE VIEW bilan_campagnes AS
SELECT
    i.campagne,
    c.date_observation,
    c.annee_scolaire,
    i.indicateur,
    i.valeur
FROM indicateurs_territoires AS i
JOIN campagnes AS c USING (campagne)
WHERE i.niveau = 'pays'
ORDER BY i.campagne, i.indicateur;

COMMENT ON VIEW bilan_campagnes IS
'Combien de sortants, de diplômés… dans le pays, campagne par campagne ?';
COMMENT ON COLUMN bilan_campagnes.campagne IS
'Code de la campagne.';
COMMENT ON COLUMN bilan_campagnes.date_observation IS
'Jour auquel les âges et les inscriptions sont pris.';
COMMENT ON COLUMN bilan_campagnes.annee_scolaire IS
'Année scolaire en cours à la date d''observation (année N).';
COMMENT ON COLUMN bilan_campagnes.indicateur IS
'Ce qui est compté, comme dans la table indicateurs.';
COMMENT ON COLUMN bilan_campagnes.valeur IS
'Nombre de personnes, toutes plateformes ensemble.';

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
'Une ligne par campagne et plateforme : sortants, confirmés, à vérifier, mineurs, suivis, nouveaux ; absent si caché (petits effectifs).';
COMMENT ON COLUMN bilan_psad.campagne IS
'Code de la campagne.';
COMMENT ON COLUMN bilan_psad.psad IS
'Plateforme, ou non_affecte.';
COMMENT ON COLUMN bilan_psad.nom IS
'Nom de la plateforme.';
COMMENT ON COLUMN bilan_psad.departement IS
'Code du département.';
COMMENT ON COLUMN bilan_psad.region IS
'Région.';
COMMENT ON COLUMN bilan_psad.academie IS
'Académie.';
COMMENT ON COLUMN bilan_psad.sortants IS
'Sortants sans diplôme signalés à la plateforme.';
COMMENT ON COLUMN bilan_psad.confirmes IS
'Sortants qu''aucun doute ne concerne.';
COMMENT ON COLUMN bilan_psad.a_verifier IS
'Sortants dont un doute (rapprochement, date de deux sens) changerait la décision.';
COMMENT ON COLUMN bilan_psad.obligation_formation IS
'Sortants de moins de 18 ans.';
COMMENT ON COLUMN bilan_psad.suivis_mission_locale IS
'Sortants suivis par une mission locale au jour d''observation.';
COMMENT ON COLUMN bilan_psad.nouveaux IS
'Sortants qu''aucune campagne antérieure n''avait signalés.';
COMMENT ON COLUMN bilan_psad.personnes_champ IS
'Personnes dans le champ dont la résidence est dans le territoire de la plateforme.';

CREATE VIEW motifs AS
SELECT campagne, statut, motif, count(*) AS personnes
FROM decisions
GROUP BY ALL
ORDER BY campagne, statut, motif;

COMMENT ON VIEW motifs IS
'Pourquoi les personnes du champ sont-elles, ou non, sur une liste ?';
COMMENT ON COLUMN motifs.campagne IS
'Code de la campagne.';
COMMENT ON COLUMN motifs.statut IS
'Décision.';
COMMENT ON COLUMN motifs.motif IS
'Raison de la décision : la première règle qui tient (docs/decisions.md).';
COMMENT ON COLUMN motifs.personnes IS
'Nombre de personnes.';

CREATE VIEW sortants AS
SELECT
    d.campagne,
    d.id_personne,
    d.motif,
    d.age,
    m.public,
    d.psad,
    p.nom,
    p.departement,
    p.region,
    p.academie,
    d.suivi_mission_locale,
    d.date_derniere_sortie,
    d.derniere_formation,
    d.dernier_uai,
    m.masque,
    min(d.campagne) OVER personne AS premier_signalement,
    count(DISTINCT d.campagne) OVER personne AS nombre_signalements
FROM decisions AS d
JOIN masques AS m USING (campagne, id_personne)
LEFT JOIN psad AS p ON p.code = d.psad
LEFT JOIN identifiants_reunis AS i ON i.id_ancien = d.id_personne
WHERE d.statut = 'sortant'
WINDOW personne AS (
    PARTITION BY coalesce(i.id_personne, d.id_personne) ORDER BY d.campagne
)
ORDER BY d.campagne, d.id_personne;

COMMENT ON VIEW sortants IS
'Qui sont les sortants ? Un par ligne et par campagne, avec sa plateforme, son académie, sa région.';
COMMENT ON COLUMN sortants.campagne IS
'Code de la campagne.';
COMMENT ON COLUMN sortants.id_personne IS
'Identifiant stable de la personne.';
COMMENT ON COLUMN sortants.motif IS
'confirme, ou a_verifier si un doute (rapprochement, date de deux sens) changerait la décision.';
COMMENT ON COLUMN sortants.age IS
'Âge au jour d''observation, si assez de personnes l''ont (réglage grossierete) ; vide sinon.';
COMMENT ON COLUMN sortants.public IS
'obligation_formation avant 18 ans, sinon droit_retour.';
COMMENT ON COLUMN sortants.psad IS
'Plateforme, ou non_affecte.';
COMMENT ON COLUMN sortants.nom IS
'Nom de la plateforme.';
COMMENT ON COLUMN sortants.departement IS
'Code du département de la plateforme.';
COMMENT ON COLUMN sortants.region IS
'Région de la plateforme.';
COMMENT ON COLUMN sortants.academie IS
'Académie de la plateforme.';
COMMENT ON COLUMN sortants.suivi_mission_locale IS
'Suivi ouvert en mission locale au jour d''observation.';
COMMENT ON COLUMN sortants.date_derniere_sortie IS
'Premier jour du mois où la dernière inscription a pris fin, si assez de personnes l''ont ; vide sinon.';
COMMENT ON COLUMN sortants.derniere_formation IS
'Libellé de la formation de cette dernière inscription, si assez de personnes l''ont ; vide sinon.';
COMMENT ON COLUMN sortants.dernier_uai IS
'Établissement de cette dernière inscription, si assez de personnes l''ont ; vide sinon.';
COMMENT ON COLUMN sortants.masque IS
'Une de ces valeurs est cachée : trop peu de personnes l''auraient eue avec les autres.';
COMMENT ON COLUMN sortants.premier_signalement IS
'Première campagne qui a signalé cette personne.';
COMMENT ON COLUMN sortants.nombre_signalements IS
'Nombre de campagnes qui l''ont signalée, celle-ci comprise.';

CREATE VIEW transitions AS
WITH suites AS (
    SELECT campagne, lead(campagne) OVER (ORDER BY campagne) AS campagne_suivante
    FROM campagnes
)
SELECT
    s.campagne,
    s.campagne_suivante,
    avant.statut,
    coalesce(apres.statut, 'plus_dans_le_champ') AS statut_suivant,
    apres.motif AS motif_suivant,
    count(*) AS personnes
FROM suites AS s
JOIN decisions AS avant ON avant.campagne = s.campagne
LEFT JOIN decisions AS apres
    ON apres.campagne = s.campagne_suivante AND apres.id_personne = avant.id_personne
WHERE s.campagne_suivante IS NOT NULL
GROUP BY ALL
ORDER BY ALL;

COMMENT ON VIEW transitions IS
'Que sont devenues, à la campagne suivante, les personnes d''une campagne ?';
COMMENT ON COLUMN transitions.campagne IS
'Code de la campagne.';
COMMENT ON COLUMN transitions.campagne_suivante IS
'Code de la campagne qui la suit.';
COMMENT ON COLUMN transitions.statut IS
'Décision à cette campagne.';
COMMENT ON COLUMN transitions.statut_suivant IS
'Décision à la suivante, ou plus_dans_le_champ : l''année N-1 a changé, ou la personne n''est plus dans les extraits.';
COMMENT ON COLUMN transitions.motif_suivant IS
'Raison de la décision suivante.';
COMMENT ON COLUMN transitions.personnes IS
'Nombre de personnes.';

CREATE VIEW historique_signalements AS
SELECT
    coalesce(i.id_personne, s.id_personne) AS id_personne,
    min(campagne) AS premiere_campagne,
    max(campagne) AS derniere_campagne,
    count(*) AS nombre,
    count(DISTINCT psad) AS plateformes
FROM signalements AS s
LEFT JOIN identifiants_reunis AS i ON i.id_ancien = s.id_personne
GROUP BY 1
ORDER BY 1;

COMMENT ON VIEW historique_signalements IS
'Depuis quand et combien de fois chaque personne est-elle signalée ?';
COMMENT ON COLUMN historique_signalements.id_personne IS
'Identifiant stable de la personne.';
COMMENT ON COLUMN historique_signalements.premiere_campagne IS
'Première campagne qui a signalé la personne.';
COMMENT ON COLUMN historique_signalements.derniere_campagne IS
'Dernière campagne qui a signalé la personne.';
COMMENT ON COLUMN historique_signalements.nombre IS
'Nombre de campagnes qui ont signalé la personne.';
COMMENT ON COLUMN historique_signalements.plateformes IS
'Nombre de plateformes différentes qui ont reçu le signalement.';

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
COMMENT ON COLUMN preuves.id_personne_a IS
'Personne à laquelle appartient la ligne a.';
COMMENT ON COLUMN preuves.id_personne_b IS
'Personne à laquelle appartient la ligne b ; la même si les lignes ont été liées.';
COMMENT ON COLUMN preuves.campagne IS
'Code de la campagne.';

CREATE VIEW rattachements AS
SELECT campagne, extrait, methode, count(*) AS lignes, count(DISTINCT id_personne) AS personnes
FROM identites
GROUP BY ALL
ORDER BY campagne, extrait, methode;

COMMENT ON VIEW rattachements IS
'Par quelle preuve les lignes de chaque extrait sont-elles rattachées à une personne ?';
COMMENT ON COLUMN rattachements.campagne IS
'Code de la campagne.';
COMMENT ON COLUMN rattachements.extrait IS
'Extrait d''où viennent les lignes.';
COMMENT ON COLUMN rattachements.methode IS
'Preuve la plus forte qui rattache la ligne à une autre de la même personne ; seul s''il n''y en a pas.';
COMMENT ON COLUMN rattachements.lignes IS
'Nombre de lignes.';
COMMENT ON COLUMN rattachements.personnes IS
'Nombre de personnes différentes.';

CREATE VIEW qualite_extraits AS
SELECT campagne, extrait, gravite, regle, colonne, count(*) AS lignes
FROM rejets
GROUP BY ALL
ORDER BY campagne, extrait, gravite, lignes DESC, regle, colonne;

COMMENT ON VIEW qualite_extraits IS
'Quelles règles les extraits reçus enfreignent-ils, et combien de fois ?';
COMMENT ON COLUMN qualite_extraits.campagne IS
'Code de la campagne.';
COMMENT ON COLUMN qualite_extraits.extrait IS
'Extrait.';
COMMENT ON COLUMN qualite_extraits.gravite IS
'rejet : la ligne est écartée ; avertissement : un champ est vidé.';
COMMENT ON COLUMN qualite_extraits.regle IS
'Nom de la règle enfreinte.';
COMMENT ON COLUMN qualite_extraits.colonne IS
'Colonne en cause, s''il y en a une seule.';
COMMENT ON COLUMN qualite_extraits.lignes IS
'Nombre de lignes.';

CREATE VIEW plan_national AS
WITH listes AS (
    SELECT c.annee_scolaire, s.id_personne, bool_or(s.suivi_mission_locale) AS suivi
    FROM sortants AS s
    JOIN campagnes AS c USING (campagne)
    GROUP BY ALL
),
-- What the last campaign that looked at them says; of two lists of one year, of the later one.
derniers AS (
    SELECT
        c.annee_scolaire,
        d.id_personne,
        arg_max(d.devenir, (d.campagne, d.campagne_liste)) AS devenir
    FROM devenirs AS d
    JOIN campagnes AS c ON c.campagne = d.campagne_liste
    GROUP BY ALL
),
comptes AS (
    SELECT
        l.annee_scolaire,
        count(*) AS sortants,
        count(*) FILTER (l.suivi OR d.devenir = 'suivi_mission_locale') AS suivis,
        count(d.devenir) AS revus,
        count(*) FILTER (starts_with(d.devenir, 'de_retour_')) AS de_retour
    FROM listes AS l
    LEFT JOIN derniers AS d USING (annee_scolaire, id_personne)
    GROUP BY ALL
)
SELECT
    annee_scolaire,
    CASE WHEN sortants = 0 OR sortants >= 5 THEN sortants END AS sortants,
    CASE WHEN least(suivis, sortants - suivis) >= 5 THEN suivis END AS suivis,
    CASE WHEN least(suivis, sortants - suivis) >= 5 THEN round(suivis / sortants, 3) END
        AS part_suivie,
    CASE WHEN revus = 0 OR revus >= 5 THEN revus END AS revus,
    CASE WHEN least(de_retour, revus - de_retour) >= 5 THEN de_retour END AS de_retour,
    CASE WHEN least(de_retour, revus - de_retour) >= 5 THEN round(de_retour / revus, 3) END
        AS part_de_retour
FROM comptes
ORDER BY annee_scolaire;

COMMENT ON VIEW plan_national IS
'Les indicateurs du plan national, par année scolaire : sortants, part suivie, part de retour en formation. Un effectif de moins de 5, ou dont le reste est de moins de 5, est caché.';
COMMENT ON COLUMN plan_national.annee_scolaire IS
'Année scolaire des campagnes qui ont signalé.';
COMMENT ON COLUMN plan_national.sortants IS
'Personnes signalées au moins une fois cette année-là.';
COMMENT ON COLUMN plan_national.suivis IS
'D''entre elles, suivies par une mission locale au jour d''une campagne de l''année, ou à la dernière qui les a revues.';
COMMENT ON COLUMN plan_national.part_suivie IS
'suivis / sortants.';
COMMENT ON COLUMN plan_national.revus IS
'Personnes qu''une campagne suivante a cherchées : celles dont on sait un devenir.';
COMMENT ON COLUMN plan_national.de_retour IS
'D''entre elles, de retour à l''école, dans l''enseignement agricole ou en CFA à la dernière campagne.';
COMMENT ON COLUMN plan_national.part_de_retour IS
'de_retour / revus.';

CREATE VIEW seuils AS
SELECT
    i.campagne,
    i.id_personne,
    coalesce(s.id_strict, i.id_personne) AS id_strict,
    coalesce(s.id_large, i.id_personne) AS id_large,
    i.extrait,
    i.fichier,
    i.ligne
FROM identites AS i
LEFT JOIN identites_seuils AS s USING (campagne, extrait, fichier, ligne);

COMMENT ON VIEW seuils IS
'Qui serait chaque ligne à un seuil plus strict, ou plus large ? De quoi refaire un compte aux trois seuils.';
COMMENT ON COLUMN seuils.campagne IS
'Code de la campagne.';
COMMENT ON COLUMN seuils.id_personne IS
'Identifiant stable de la personne.';
COMMENT ON COLUMN seuils.id_strict IS
'Qui serait la ligne si seuls les liens assez sûrs pour décider (seuil_decision) réunissaient.';
COMMENT ON COLUMN seuils.id_large IS
'Qui serait la ligne si toute paire en doute (seuil_doute) réunissait.';
COMMENT ON COLUMN seuils.extrait IS
'Extrait de la ligne.';
COMMENT ON COLUMN seuils.fichier IS
'Fichier de la ligne.';
COMMENT ON COLUMN seuils.ligne IS
'Ligne de données dans le fichier, à partir de 1.';
