"""siei.duckdb and listes.duckdb, built again from the folders of the campaigns."""
