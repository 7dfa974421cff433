-- Counts by campaign, platform and indicator, zeros included: yearly figures need no outer join.
INSERT INTO indicateurs
WITH plateformes AS (
    SELECT code AS psad FROM psad
    UNION
    SELECT 'non_affecte'
    UNION
    -- Earlier campaigns may have had other platforms.
    SELECT psad FROM decisions
    UNION
    SELECT psad FROM bac_general
),
-- 1 for a campaign's signalement of somebody whom no earlier campaign had listed.
anciennete AS (
    SELECT
        s.campagne,
        s.id_personne,
        min(s.campagne) OVER (PARTITION BY coalesce(i.id_personne, s.id_personne)) = s.campagne
            AS nouveau
    FROM signalements AS s
    LEFT JOIN identifiants_reunis AS i ON i.id_ancien = s.id_personne
),
comptes AS (
    SELECT
        d.campagne,
        d.psad,
        count(*) AS personnes_champ,
        count(*) FILTER (statut = 'hors_champ') AS hors_champ,
        count(*) FILTER (statut = 'en_formation') AS en_formation,
        count(*) FILTER (statut = 'diplome') AS diplomes,
        count(*) FILTER (statut = 'retour') AS retours,
        count(*) FILTER (statut = 'sortant') AS sortants,
        count(*) FILTER (statut = 'sortant' AND motif = 'confirme') AS confirmes,
        count(*) FILTER (statut = 'sortant' AND motif = 'a_verifier') AS a_verifier,
        count(*) FILTER (statut = 'sortant' AND public = 'obligation_formation') AS obligation_formation,
        count(*) FILTER (statut = 'sortant' AND public = 'droit_retour') AS droit_retour,
        count(*) FILTER (statut = 'sortant' AND suivi_mission_locale) AS suivis_mission_locale,
        count(*) FILTER (statut = 'sortant' AND a.nouveau) AS nouveaux,
        count(*) FILTER (statut = 'sortant' AND NOT a.nouveau) AS deja_signales
    FROM decisions AS d
    JOIN masques USING (campagne, id_personne)
    LEFT JOIN anciennete AS a USING (campagne, id_personne)
    GROUP BY d.campagne, d.psad
),
grille AS (
    SELECT
        c.campagne, p.psad, COLUMNS(k.* EXCLUDE (campagne, psad)), b.valeur AS bac_general_suivis
    FROM campagnes AS c
    CROSS JOIN plateformes AS p
    LEFT JOIN comptes AS k ON k.campagne = c.campagne AND k.psad = p.psad
    LEFT JOIN bac_general AS b ON b.campagne = c.campagne AND b.psad = p.psad
)
SELECT campagne, psad, indicateur, coalesce(valeur, 0) AS valeur
FROM grille
UNPIVOT INCLUDE NULLS (valeur FOR indicateur IN (COLUMNS(* EXCLUDE (campagne, psad))))
ORDER BY campagne, psad, indicateur;
