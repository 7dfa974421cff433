-- Counts that no table of a campaign gives: they leave with the connection.
CREATE TEMP TABLE bac_general AS SELECT campagne, psad, valeur FROM read_parquet(?, hive_partitioning = false);
