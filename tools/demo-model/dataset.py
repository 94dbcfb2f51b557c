"""The training pictures: drawn once by all cores, cached as bytes at the model's resolution."""

import io
import multiprocessing
import random
from pathlib import Path

import numpy as np
from PIL import Image

from draw import render
from world import Scene, draw_scene, features, is_held_out, mutate

MEAN = np.array([0.48145466, 0.4578275, 0.40821073], np.float32)
STD = np.array([0.26862954, 0.26130258, 0.27577711], np.float32)
UNNAMED_SHARE = 0.4  # of the scenes with one kind of object: see world.draw_scene


def preprocess(image: Image.Image, side: int) -> np.ndarray:
    """OpenAI's transform up to the bytes: bicubic resize of the shorter side, centre crop, RGB."""
    w, h = image.size
    short, long = min(w, h), max(w, h)
    new = (side, int(side * long / short)) if w <= h else (int(side * long / short), side)
    image = image.resize(new, Image.BICUBIC)
    left, top = round((new[0] - side) / 2), round((new[1] - side) / 2)
    return np.asarray(image.crop((left, top, left + side, top + side)).convert("RGB"))


def weathered(scene: Scene, seed: int, rims: bool = True) -> Image.Image:
    """The scene as it may reach a server: any size and aspect, resampled, compressed."""
    rng = random.Random(seed)
    side = rng.choice([64, 72, 80, 96, 96, 112, 128, 128, 160, 192, 224])
    aspect = rng.uniform(0.65, 1.6) if rng.random() < 0.25 else 1
    image = render(scene, seed, side, aspect, rims=rims)
    if rng.random() < 0.2:
        k = rng.uniform(0.6, 1.5)
        size = (max(48, int(image.width * k)), max(48, int(image.height * k)))
        image = image.resize(size, rng.choice([Image.BILINEAR, Image.LANCZOS, Image.BICUBIC]))
    if rng.random() < 0.35:
        buffer = io.BytesIO()
        image.save(buffer, "JPEG", quality=rng.randint(45, 95))
        image = Image.open(buffer)
    return image


def _part(job):
    seed, pairs, side, rims = job
    rng = random.Random(seed)
    scenes, pixels = [], np.empty((2 * pairs, side, side, 3), np.uint8)
    while len(scenes) < 2 * pairs:
        a = draw_scene(rng, unnamed=UNNAMED_SHARE)
        b = mutate(rng, a)
        if is_held_out(a) or is_held_out(b):
            continue
        for scene in (a, b):
            pixels[len(scenes)] = preprocess(weathered(scene, rng.getrandbits(31), rims), side)
            scenes.append(scene)
    return scenes, pixels


def training_set(seed: int, pairs: int, side: int, rims: bool, cache: Path):
    """(scenes, features [N, F], pixels [N, S, S, 3] bytes); items 2k and 2k + 1 are a hard pair."""
    import pickle

    path = cache / f"scenes-{seed}-{pairs}-{side}{'' if rims else '-rimless'}.pickle"
    if not path.exists():
        cache.mkdir(parents=True, exist_ok=True)
        jobs = [(seed * 100003 + i, 500, side, rims) for i in range(pairs // 500)]
        with multiprocessing.Pool() as pool:
            parts = pool.map(_part, jobs, chunksize=1)
        scenes = [s for part in parts for s in part[0]]
        pixels = np.concatenate([part[1] for part in parts])
        path.write_bytes(pickle.dumps((scenes, pixels), protocol=5))
    scenes, pixels = pickle.loads(path.read_bytes())
    return scenes, np.array([features(s) for s in scenes]), pixels


def shifted(pixels: np.ndarray, rng: random.Random, reach: int = 2) -> np.ndarray:
    """Every picture moved by up to `reach` pixels, its border drawn out."""
    side = pixels.shape[1]
    wide = np.pad(pixels, ((0, 0), (reach, reach), (reach, reach), (0, 0)), mode="edge")
    out = np.empty_like(pixels)
    for i, picture in enumerate(wide):
        y, x = rng.randint(0, 2 * reach), rng.randint(0, 2 * reach)
        out[i] = picture[y : y + side, x : x + side]
    return out


def to_input(pixels: np.ndarray) -> np.ndarray:
    """[N, S, S, 3] bytes -> [N, 3, S, S] float32, normalised as OpenAI does."""
    return np.ascontiguousarray(((pixels / np.float32(255) - MEAN) / STD).transpose(0, 3, 1, 2))
