"""The outfits by the name of their cut, as `cast.toml` uses it."""

from kyara.demo.outfits.casual import CASUAL
from kyara.demo.outfits.garments import Cut
from kyara.demo.outfits.gowns import GOWNS
from kyara.demo.outfits.olden import OLDEN
from kyara.demo.outfits.tailored import TAILORED

CUTS: dict[str, Cut] = CASUAL | TAILORED | GOWNS | OLDEN
