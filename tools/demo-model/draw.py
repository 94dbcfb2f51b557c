"""Scenes as pictures: anti-aliased shapes on plain, graded or noisy grounds."""

import colorsys
import math
import random

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from world import (
    BACKGROUND_NAMES, BACKGROUNDS, COLOUR_NAMES, COLOURS, POSITION_XY, SHAPES, UNNAMED, Scene,
)  # fmt: skip

SUPERSAMPLING = 4


def _shade(rng: random.Random, rgb, amount: float):
    """A colour near `rgb`: hue, saturation and lightness moved a little."""
    h, l, s = colorsys.rgb_to_hls(*(c / 255 for c in rgb))
    h += rng.uniform(-0.012, 0.012) * amount
    l = min(1, max(0, l + rng.uniform(-0.045, 0.045) * amount))
    paler = rng.uniform(0.85, 1.1)
    s = min(1, s * (paler if amount else 1))
    return tuple(int(round(255 * c)) for c in colorsys.hls_to_rgb(h % 1, l, s))


def _unnamed(rng: random.Random, ground):
    """A colour that is far from every named one and from the ground."""
    while True:
        rgb = tuple(rng.randrange(256) for _ in range(3))
        near = lambda other: sum((a - b) ** 2 for a, b in zip(rgb, other)) ** 0.5
        if near(ground) > 110 and min(near(c) for c in COLOURS.values()) > 70:
            return rgb


def _regular(points, scale, turn):
    c, s = math.cos(turn), math.sin(turn)
    return [(scale * (1 + c * x - s * y), scale * (1 + s * x + c * y)) for x, y in points]


def _mask(shape: str, side: int, turn: float) -> Image.Image:
    """A shape as an 8-bit mask of side x side pixels; `turn` in radians."""
    mask = Image.new("L", (side, side), 0)
    d = ImageDraw.Draw(mask)
    h = side / 2

    def disc(x, y, r, fill=255):
        d.ellipse([h + h * (x - r), h + h * (y - r), h + h * (x + r), h + h * (y + r)], fill=fill)

    if shape == "circle":
        disc(0, 0, 0.95)
    elif shape == "ring":
        disc(0, 0, 0.97)
        disc(0, 0, 0.55, 0)
    elif shape == "square":
        k = 0.8
        d.polygon(_regular([(-k, -k), (k, -k), (k, k), (-k, k)], h, turn), fill=255)
    elif shape == "triangle":
        points = [(math.sin(a), -math.cos(a)) for a in (0, 2.0944, 4.18879)]
        d.polygon(_regular(points, h, turn), fill=255)
    elif shape == "star":
        points = []
        for i in range(10):
            r = 1 if i % 2 == 0 else 0.42
            points.append((r * math.sin(i * math.pi / 5), -r * math.cos(i * math.pi / 5)))
        d.polygon(_regular(points, h, turn), fill=255)
    elif shape == "cross":
        w = 0.3
        for box in ([(-w, -0.95), (w, -0.95), (w, 0.95), (-w, 0.95)],
                    [(-0.95, -w), (0.95, -w), (0.95, w), (-0.95, w)]):  # fmt: skip
            d.polygon(_regular(box, h, turn), fill=255)
    elif shape == "heart":
        points = []
        corners = 40 if side < 1000 else 200
        for i in range(corners):
            t = 2 * math.pi * i / corners
            x = 16 * math.sin(t) ** 3
            y = 13 * math.cos(t) - 5 * math.cos(2 * t) - 2 * math.cos(3 * t) - math.cos(4 * t)
            points.append((x / 17.5, -(y + 2.5) / 17.5))
        d.polygon(_regular(points, h, turn), fill=255)
    elif shape == "moon":
        disc(0, 0, 0.97)
        disc(0.5 * math.cos(turn), 0.5 * math.sin(turn), 0.75, 0)
    return mask


_TURN = {"square": 0.16, "triangle": 0.22, "star": 0.35, "cross": 0.2, "heart": 0.25, "moon": 0.5}


def _paste(canvas, rng, t, rgb, texture, x, y, r, jitter, rims):
    """Draw one thing with its middle at (x, y) and radius r, in pixels."""
    shape = SHAPES[t.shape]
    side = max(4, int(round(2 * r)))
    big = side * SUPERSAMPLING
    mask = _mask(shape, big, rng.uniform(-1, 1) * _TURN.get(shape, 0))
    rgb = _shade(rng, rgb, jitter)
    patch = Image.new("RGB", (big, big), rgb)
    if texture:
        pattern = patch.copy()
        d = ImageDraw.Draw(pattern)
        dark = sum(rgb) < 300 or (sum(rgb) < 480 and rng.random() < 0.5)
        ink = tuple(int(c * 0.25 + 255 * 0.75) if dark else int(c * 0.42) for c in rgb)
        if texture == 1:
            step = big / rng.uniform(3.2, 5)
            if rng.random() < 0.5:
                for i in range(7):
                    d.rectangle([i * step, 0, (i + 0.42) * step, big], fill=ink)
            else:
                for i in range(7):
                    d.rectangle([0, i * step, big, (i + 0.42) * step], fill=ink)
        else:
            step = big / rng.uniform(3.6, 5)
            q = step * 0.27
            for i in range(8):
                for j in range(8):
                    cx, cy = (i + 0.5 * (j % 2)) * step, (j + 0.3) * step
                    d.ellipse([cx - q, cy - q, cx + q, cy + q], fill=ink)
        # A rim stays plain: the outline shows even where the pattern has the colour of the ground.
        if rims:
            inner = mask.resize((side, side), Image.BOX)
            inner = inner.filter(ImageFilter.MinFilter(2 * (side // 32) + 3))
            patch.paste(pattern, mask=inner.resize((big, big), Image.BILINEAR))
        else:
            patch = pattern
    at = (int(round(x - side / 2)), int(round(y - side / 2)))
    canvas.paste(
        patch.resize((side, side), Image.BOX), at, mask.resize((side, side), Image.BOX)
    )


def _ground(rng, nprng, scene, width, height, jitter):
    rgb = _shade(rng, BACKGROUNDS[BACKGROUND_NAMES[scene.background]], jitter)
    if scene.style == 0:
        return Image.new("RGB", (width, height), rgb)
    base = np.array(rgb, np.float32)
    if scene.style == 1:
        span = rng.uniform(22, 42)
        angle = rng.uniform(0, 2 * math.pi)
        yy, xx = np.mgrid[0:height, 0:width].astype(np.float32)
        ramp = math.cos(angle) * (xx / width - 0.5) + math.sin(angle) * (yy / height - 0.5)
        pixels = base + (2 * span * ramp)[..., None]
    else:
        grain = rng.choice([1, 2, 3])
        small = nprng.normal(0, rng.uniform(13, 24), (height // grain + 1, width // grain + 1))
        noise = small.repeat(grain, 0).repeat(grain, 1)[:height, :width]
        pixels = base + noise[..., None]
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))


_COUNT_RADIUS = {2: (0.13, 0.195), 3: (0.125, 0.17), 4: (0.11, 0.145), 5: (0.1, 0.13)}


def _places(rng, scene):
    """(thing, x, y, radius) of every object, in units of the square's side."""
    a, b = scene.first, scene.second
    if b is not None:
        out = []
        for t, sign in ((a, -1), (b, 1)):
            r = rng.uniform(*((0.1, 0.13), (0.195, 0.235), (0.145, 0.18))[t.size])
            along = 0.5 + sign * rng.uniform(0.22, 0.255)
            across = 0.5 + rng.uniform(-0.1, 0.1)
            x, y = (along, across) if scene.axis == 0 else (across, along)
            out.append((t, x, y, r))
        return out
    if scene.count == 1:
        r = rng.uniform(*((0.105, 0.145), (0.25, 0.34), (0.17, 0.215))[a.size])
        x, y = POSITION_XY[scene.position]
        if scene.position:
            # Big things move inwards only as far as they must.
            x, y = (min(max(v, r + 0.015), 0.985 - r) if v != 0.5 else v for v in (x, y))
        j = 0.045
        return [(a, x + rng.uniform(-j, j), y + rng.uniform(-j, j), r)]
    r = rng.uniform(*_COUNT_RADIUS[scene.count])
    if rng.random() < 0.2 and r * 2.1 * scene.count < 0.98:  # in a row
        gap = 0.98 / scene.count
        row = [(gap * (i + 0.5) + 0.01, 0.5 + rng.uniform(-0.03, 0.03)) for i in range(scene.count)]
        if rng.random() < 0.3:
            row = [(y, x) for x, y in row]
        return [(a, x, y, r) for x, y in row]
    while True:
        spots = []
        for _ in range(60):
            x, y = rng.uniform(r + 0.02, 0.98 - r), rng.uniform(r + 0.02, 0.98 - r)
            if all((x - u) ** 2 + (y - v) ** 2 > (2.15 * r) ** 2 for u, v in spots):
                spots.append((x, y))
                if len(spots) == scene.count:
                    return [(a, x, y, r * rng.uniform(0.92, 1.05)) for x, y in spots]
        r *= 0.95


def render(
    scene: Scene, seed: int, side: int, aspect: float = 1, jitter: float = 1, rims: bool = True
) -> Image.Image:
    """The scene as an RGB picture whose shorter side has `side` pixels.

    The objects lie in the central square, so a centre crop loses none.  `aspect` is width / height;
    `jitter` scales the variation of colours (0: the pure ones).  `rims`: patterns keep off outlines.
    """
    rng = random.Random(seed)
    width = int(round(side * max(1, aspect)))
    height = int(round(side * max(1, 1 / aspect)))
    canvas = _ground(rng, np.random.default_rng(seed), scene, width, height, jitter)
    left, top = (width - side) / 2, (height - side) / 2
    places = _places(rng, scene)
    free = None
    if scene.first.colour == UNNAMED:
        free = _unnamed(rng, BACKGROUNDS[BACKGROUND_NAMES[scene.background]])
    for t, x, y, r in places:
        rgb = free or COLOURS[COLOUR_NAMES[t.colour]]
        _paste(canvas, rng, t, rgb, scene.texture, left + x * side, top + y * side, r * side, jitter, rims)
    return canvas
