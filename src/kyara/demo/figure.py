"""A whole figure on its own layer, drawn from back to front. Knows the order of things, not how any of them looks."""

from dataclasses import dataclass

from PIL import Image

from kyara.demo import face, hair, headwear, manes, trinkets
from kyara.demo.body import FRONT_POSES, draw_arm, draw_neck
from kyara.demo.cast import Character, Mood, Pose, builds
from kyara.demo.colours import SKIN, cloth
from kyara.demo.frames import body_frame, head_frame
from kyara.demo.layer import Layer, Pen
from kyara.demo.outfits import CUTS
from kyara.demo.outfits.garments import Wear


@dataclass(frozen=True, slots=True)
class Place:
    """Where a figure stands on its layer: the pit of its neck in pixels, and pixels per unit."""

    neck: tuple[float, float]
    scale: float


def draw_figure(size: tuple[int, int], who: Character, pose: Pose, mood: Mood, place: Place) -> Layer:
    """The figure on a layer of its own, with the regions "head" (hair to the chin and headwear) and "hair" marked."""
    layer = Layer(size)
    body = Pen(layer, body_frame(place.neck, place.scale, pose.lean), place.scale)
    build = builds()[who.build]
    at = body.on_canvas([(0, -build.rise)])[0]
    frame = head_frame((float(at[0]), float(at[1])), place.scale, pose.yaw, pose.pitch, pose.roll + pose.lean)
    head = Pen(layer, frame, place.scale)
    fabric = who.outfit
    wear = Wear(body, build, SKIN[who.skin], cloth(fabric.main), cloth(fabric.second), cloth(fabric.accent))
    _behind(layer, head, wear, who)
    _clothed(wear, who, pose, front=False)
    _head(layer, head, who, mood, pose)
    _clothed(wear, who, pose, front=True)
    return layer


def _behind(layer: Layer, head: Pen, wear: Wear, who: Character) -> None:
    trinkets.draw_behind(wear, who)
    manes.draw_tails(head, who.hair)
    with layer.marking("mane"):
        manes.draw_mane(head, who.hair)


def _clothed(wear: Wear, who: Character, pose: Pose, front: bool) -> None:
    """The body and its clothes; `front` draws only the arms that cross before everything else."""
    cut = CUTS[who.outfit.cut]
    sleeve = cut.sleeve(wear)
    arms = list(zip((-1, 1), pose.arms, strict=True))
    if front:
        for side, arm in arms:
            if arm in FRONT_POSES:
                draw_arm(wear.pen, wear.build, side, arm, wear.skin, sleeve)
        trinkets.draw_held(wear, pose.arms)
        return
    for side, arm in arms:
        if arm == "behind":
            draw_arm(wear.pen, wear.build, side, arm, wear.skin, sleeve)
    cut.lower(wear)
    draw_neck(wear.pen, wear.build, wear.skin)
    cut.top(wear)
    for side, arm in arms:
        if arm not in (*FRONT_POSES, "behind"):
            draw_arm(wear.pen, wear.build, side, arm, wear.skin, sleeve)
    cut.over(wear)
    trinkets.draw_worn(wear, who)


def _head(layer: Layer, head: Pen, who: Character, mood: Mood, pose: Pose) -> None:
    with layer.marking("head"):
        face.draw_ears(head, who)
        clip = face.draw_skin(head, who)
        hair.draw_fringe_shadow(head, who.hair, SKIN[who.skin], clip)
        face.draw_features(head, who, mood, pose.gaze)
    with layer.marking("mane"):
        hair.draw_locks(head, who.hair)
    face.draw_beard(head, who)
    with layer.marking("head"):
        manes.draw_buns(head, who.hair)
        with layer.marking("hair"):
            hair.draw_front(head, who.hair)
            manes.draw_front_curls(head, who.hair)
        face.draw_brows(head, who, mood)
        with layer.marking("headwear"):
            headwear.draw_headwear(head, who)
    layer.region("hair").paste(0, mask=layer.region("headwear"))
    chin = head.on_canvas(face.contour(who))[:, 1].max()
    _join_mane(layer, int(chin))


def _join_mane(layer: Layer, chin: int) -> None:
    """Hair that hangs is head down to the chin and body below it."""
    mane = layer.region("mane").copy()
    mane.paste(0, (0, min(chin, layer.size[1]), *layer.size))
    layer.region("head").paste(255, mask=mane)


def alpha(layer: Layer) -> Image.Image:
    """Everything drawn of the figure, as a mask."""
    return layer.image.getchannel("A")
