"""The history of the schema, run by `opening.py` through Alembic. Old revisions are never edited."""
