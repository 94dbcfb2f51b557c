"""Train the demonstration model: `/usr/bin/python3 tools/demo-model/train.py`.

Writes checkpoints to tools/demo-model/.cache; `--resume` goes on from the last one.  The loss is
CLIP's symmetric cross-entropy over the batch, with two additions that make it learn in minutes:

- a caption that happens to be true of another picture of the batch is left out of that picture's
  negatives;
- the image tower first learns to look: for the first `--look` steps it is trained alone, by linear
  read-outs of the picture's attributes (see readouts.py), which then fade out and are thrown away.
"""

import fast_start

if __name__ == "__main__":
    fast_start.restart()

import argparse
import math
import random
import time
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

from captions import caption, truth
from dataset import to_input, training_set
from model import Clip, Shape
from quality import quick_check
from readouts import Readouts
from vocabulary import Vocabulary

CACHE = Path(__file__).parent / ".cache"
SEED = 20261123


def contrastive_loss(images, texts, scale, also_true):
    """CLIP's loss; `also_true[i, j]` takes text j out of the negatives of image i."""
    logits = scale * F.normalize(images, dim=-1) @ F.normalize(texts, dim=-1).t()
    own = torch.eye(len(logits), dtype=torch.bool)
    logits = logits.masked_fill(also_true & ~own, float("-inf"))
    target = torch.arange(len(logits))
    return (F.cross_entropy(logits, target) + F.cross_entropy(logits.t(), target)) / 2


def learning_rate(step, steps, peak, warm_up=100):
    """Linear warm-up, then half a cosine down to a hundredth."""
    if step < warm_up:
        return peak * (step + 1) / warm_up
    done = (step - warm_up) / (steps - warm_up)
    return peak * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * done)))


def optimizer_of(model):
    decayed = [p for n, p in model.named_parameters() if p.ndim > 1 and "embedding" not in n]
    other = [p for n, p in model.named_parameters() if not (p.ndim > 1 and "embedding" not in n)]
    groups = [{"params": decayed, "weight_decay": 0.05}, {"params": other, "weight_decay": 0}]
    return torch.optim.AdamW(groups, lr=1e-3, betas=(0.9, 0.98), eps=1e-6)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=1700)
    parser.add_argument("--look", type=int, default=700, help="first steps, without captions")
    parser.add_argument("--batch", type=int, default=128, help="pictures per step, hard pairs")
    parser.add_argument("--pairs", type=int, default=30000, help="hard pairs of scenes to draw")
    parser.add_argument("--peak", type=float, default=1.5e-3, help="highest learning rate")
    parser.add_argument("--vision-width", type=int, default=128)
    parser.add_argument("--vision-layers", type=int, default=4)
    parser.add_argument("--name", default="model", help="name of the checkpoint in .cache")
    parser.add_argument("--stop", type=int, help="stop after this step, as if interrupted")
    parser.add_argument("--resume", action="store_true")
    options = parser.parse_args()

    torch.manual_seed(SEED)
    shape = Shape(vision_width=options.vision_width, vision_layers=options.vision_layers)
    vocabulary = Vocabulary()
    began = time.time()
    scenes, facts_of_scenes, pixels = training_set(SEED, options.pairs, shape.image_size, CACHE)
    print(f"{len(scenes)} pictures after {time.time() - began:.0f} s", flush=True)
    model = Clip(shape, vocabulary.rows)
    readouts = Readouts(shape.embed_dim)
    optimizer = optimizer_of(torch.nn.ModuleList([model, readouts]))
    path, first = CACHE / f"{options.name}.pt", 0
    if options.resume and path.exists():
        saved = torch.load(path)
        model.load_state_dict(saved["model"])
        readouts.load_state_dict(saved["readouts"])
        optimizer.load_state_dict(saved["optimizer"])
        first = saved["step"]

    began, losses = time.time(), []
    batches_per_epoch = len(scenes) // options.batch
    for step in range(first, min(options.steps, options.stop or options.steps)):
        rng = random.Random(SEED * 1000 + step)
        order = np.random.default_rng(SEED + step // batches_per_epoch).permutation(len(scenes) // 2)
        half = options.batch // 2
        at = step % batches_per_epoch * half
        index = (2 * order[at : at + half, None] + np.arange(2)).reshape(-1)
        # Two captions of every picture: one that says all, one that says some.
        written = [caption(rng, scenes[i], full=full) for full in (True, False) for i in index]
        stated = np.array([facts for _, facts in written])
        also_true = truth(facts_of_scenes[index], stated)
        lines = [text for text, _ in written]
        halves = (lines[: options.batch], lines[options.batch :])

        for group in optimizer.param_groups:
            group["lr"] = learning_rate(step, options.steps, options.peak)
        images = model.encode_image(torch.from_numpy(to_input(pixels[index])))
        told = readouts(images, facts_of_scenes[index])
        matched = torch.zeros(())
        if step >= options.look:
            scale = model.logit_scale.exp()
            for some, true in zip(halves, np.split(also_true, 2, axis=1)):
                rows, last = (torch.from_numpy(v) for v in vocabulary.batch(some, rng))
                texts = model.encode_text(rows, last)
                matched = matched + contrastive_loss(images, texts, scale, torch.from_numpy(true)) / 2
        losses.append((matched.item(), told.item()))
        # The read-outs' weight: 1 while looking, then from 1/2 to 0 at nine tenths of the training.
        left = (0.9 - step / options.steps) / (0.9 - options.look / options.steps)
        loss = matched + (1 if step < options.look else 0.5 * max(0, left)) * told
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        with torch.no_grad():
            model.logit_scale.clamp_(0, math.log(100))

        if (step + 1) % 50 == 0:
            speed = (time.time() - began) / (step + 1 - first)
            print(
                f"step {step + 1} loss {np.mean(losses[-50:], 0).round(3)} "
                f"scale {model.logit_scale.exp().item():.1f} {speed:.2f} s/step",
                flush=True,
            )
        if (step + 1) % 200 == 0 or step + 1 == options.steps:
            saved = {
                "model": model.state_dict(),
                "readouts": readouts.state_dict(),
                "optimizer": optimizer.state_dict(),
                "step": step + 1,
                "shape": shape,
                "steps": options.steps,
            }
            torch.save(saved, path)
            print("  held out:", quick_check(model, vocabulary), flush=True)


if __name__ == "__main__":
    main()
