"""Tones: the base, shade, light and line colour of one material, and the palettes behind the label ids.

Colours are (red, green, blue), 0 to 255. Knows nothing of shapes or of who wears what.
"""

from dataclasses import dataclass

RGB = tuple[int, int, int]

WHITE: RGB = (255, 255, 255)
INK: RGB = (46, 30, 52)


def mix(a: RGB, b: RGB, share: float) -> RGB:
    """`share` of b in a."""
    red, green, blue = (round(x + (y - x) * share) for x, y in zip(a, b, strict=True))
    return red, green, blue


def from_hex(text: str) -> RGB:
    """'#rrggbb' as RGB."""
    return int(text[1:3], 16), int(text[3:5], 16), int(text[5:7], 16)


@dataclass(frozen=True, slots=True)
class Tones:
    """What cel shading needs of one material."""

    base: RGB
    shade: RGB
    light: RGB
    line: RGB


def tones(base: RGB, shade: RGB | None = None, light: RGB | None = None, line: RGB | None = None) -> Tones:
    """Tones of a material; what is not given is derived from the base."""
    cool = (base[0] * 66 // 100, base[1] * 64 // 100, base[2] * 78 // 100)
    dark = shade or mix(cool, (70, 60, 130), 0.12)
    return Tones(base, dark, light or mix(base, WHITE, 0.45), line or mix(dark, INK, 0.6))


def cloth(text: str) -> Tones:
    """Tones of a cloth given as '#rrggbb'."""
    return tones(from_hex(text))


HAIR = {
    "black": tones((56, 55, 68), (32, 31, 44), (112, 116, 146)),
    "brown": tones((134, 86, 54), (94, 55, 40), (196, 142, 98)),
    "blonde": tones((248, 216, 120), (217, 163, 82), (255, 244, 192)),
    "red": tones((208, 50, 54), (148, 26, 48), (250, 122, 106)),
    "orange": tones((244, 136, 50), (200, 90, 36), (255, 194, 116)),
    "pink": tones((248, 158, 190), (218, 110, 156), (255, 214, 228)),
    "purple": tones((144, 96, 194), (98, 60, 150), (196, 158, 236)),
    "blue": tones((66, 114, 210), (40, 72, 160), (136, 184, 248)),
    "aqua": tones((92, 208, 212), (50, 156, 176), (184, 244, 240)),
    "green": tones((82, 168, 100), (46, 120, 84), (158, 220, 150)),
    "white": tones((250, 250, 254), (226, 228, 243), (255, 255, 255), (136, 134, 164)),
    "gray": tones((158, 162, 172), (114, 118, 134), (210, 214, 222)),
}

IRIS: dict[str, RGB] = {
    "brown": (148, 88, 50),
    "blue": (52, 128, 230),
    "green": (52, 168, 92),
    "gray": (132, 142, 156),
    "amber": (224, 150, 30),
    "red": (222, 44, 58),
    "purple": (146, 82, 214),
    "pink": (240, 104, 164),
    "yellow": (244, 204, 40),
    "orange": (242, 124, 36),
    "aqua": (44, 196, 204),
    "black": (58, 54, 66),
}

SKIN = {
    "fair": tones((255, 233, 220), (243, 194, 180), (255, 247, 240)),
    "light": tones((255, 224, 202), (238, 178, 156), (255, 242, 228)),
    "tan": tones((238, 186, 146), (206, 140, 110), (252, 216, 182)),
    "olive": tones((224, 174, 132), (188, 130, 100), (244, 206, 168)),
    "brown": tones((168, 112, 80), (128, 78, 62), (202, 146, 108)),
    "deep": tones((124, 80, 60), (90, 54, 48), (162, 112, 86)),
}
