"""Reference crops: CLIP's image preprocessing with Pillow itself, for the exactness table.

    python3 tools/pillow_crops.py SIZE[,SIZE...] FILE... > index.json

Prints for each file what Pillow sees, and the SHA-256 of the RGB bytes of each crop, or the
exception that Pillow raises. With RAW=folder in the environment the crops are written there too.
The fixtures' figures come from Pillow 9.4.
"""
import hashlib
import json
import os
import sys
import warnings

from PIL import Image, features

warnings.simplefilter("ignore")


def resize(image, size):
    """torchvision 0.14, `functional.resize` for one side given."""
    width, height = image.size
    short, long = (width, height) if width <= height else (height, width)
    if short == size:
        return image
    long = int(size * long / short)
    return image.resize((size, long) if width <= height else (long, size), Image.BICUBIC)


def crop(image, size):
    """torchvision 0.14, `functional.center_crop` of an image not smaller than the crop."""
    width, height = image.size
    top = int(round((height - size) / 2.0))
    left = int(round((width - size) / 2.0))
    return image.crop((left, top, left + size, top + size))


def describe(path, sizes):
    entry = {"file": os.path.basename(path)}
    try:
        with Image.open(path) as image:
            entry.update(format=image.format, mode=image.mode, size=list(image.size))
        crops = {}
        for size in sizes:
            with Image.open(path) as image:
                rgb = crop(resize(image, size), size).convert("RGB").tobytes()
            crops[str(size)] = hashlib.sha256(rgb).hexdigest()
            if "RAW" in os.environ:
                name = os.path.join(os.environ["RAW"], f"{entry['file']}.{size}.rgb")
                with open(name, "wb") as out:
                    out.write(rgb)
        entry["crops"] = crops
    except Exception as error:  # whatever Pillow raises is the answer
        entry["error"] = f"{type(error).__name__}: {error}".replace(path, "FILE")
    return entry


if __name__ == "__main__":
    sizes = [int(size) for size in sys.argv[1].split(",")]
    images = [describe(path, sizes) for path in sys.argv[2:]]
    index = {"pillow": features.version("pil"), "sizes": sizes, "images": images}
    print(json.dumps(index, indent=1))
