"""The store: the schema, its migrations, and every question that is asked of the database, by name.

The only door to SQLAlchemy and Alembic. Callers see values of `bot.model` and the few row values defined here, never a
query. `Db` is an open transaction: whoever opened it decides when it ends.
"""
