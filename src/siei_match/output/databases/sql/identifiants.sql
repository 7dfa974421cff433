-- Redirections follow one another in time only, so the walk ends; an identifier redirects once.
CREATE VIEW identifiants_reunis AS
WITH RECURSIVE suite AS (
    SELECT id_ancien, id_personne, campagne FROM redirections
    UNION ALL
    SELECT s.id_ancien, r.id_personne, r.campagne
    FROM suite AS s
    JOIN redirections AS r ON r.id_ancien = s.id_personne AND r.campagne >= s.campagne
)
SELECT id_ancien, max_by(id_personne, campagne) AS id_personne
FROM suite
GROUP BY id_ancien
ORDER BY id_ancien;

COMMENT ON VIEW identifiants_reunis IS
'Quel identifiant porte aujourd''hui une personne dont deux identifiants ont été réunis ?';
COMMENT ON COLUMN identifiants_reunis.id_ancien IS
'Identifiant qui n''est plus porté.';
COMMENT ON COLUMN identifiants_reunis.id_personne IS
'Identifiant qui reste.';
