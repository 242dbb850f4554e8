"""The catalogue: results of many runs in one database, to find, compare, correct and hand on.

`opened` is the way in. It knows results and records, and no other room.
"""

from kyara.catalogue.opening import Catalogue, opened

__all__ = ["Catalogue", "opened"]
