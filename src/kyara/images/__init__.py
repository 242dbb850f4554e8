"""The only place that opens an image: `probe` without decoding, look through `Picture`, try in a child process.

Formats are told by content from a closed list. Knows bytes only: no paths of sources, no samples, no extractors.
"""

from kyara.images.child import decode_in_child
from kyara.images.encode import encoded
from kyara.images.header import EXTRAS, FORMATS, Header, Limits, probe
from kyara.images.picture import Picture
from kyara.images.resize import resized

__all__ = ["EXTRAS", "FORMATS", "Header", "Limits", "Picture", "decode_in_child", "encoded", "probe", "resized"]
