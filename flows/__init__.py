"""The campaign's story as Prefect flows, for those who schedule. Nothing else imports Prefect."""
