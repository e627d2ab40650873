"""Looking after an installation: backups, moving to another database, examinations."""
