"""Who is who: the gallery of known characters, matching against it with unknowns left unknown, and grouping a cast.

Everything here is arithmetic on embeddings and a journal on disk; pictures, extractors and results are not known here.
"""

from kyara.identity.gallery import Gallery, Known, Prototype, Reference
from kyara.identity.journal import GalleryError

__all__ = ["Gallery", "GalleryError", "Known", "Prototype", "Reference"]
