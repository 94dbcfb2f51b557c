"""open_clip without a server: one task a line from standard input, one answer a line.

    python open_clip_loop.py CHECKPOINT.pt

A task has a list of `texts` or of files in `images`, `batch`, and `seconds` to go on for; the answer
has `items`, `seconds`, `cpuSeconds`, the times of all runs in `latenciesMs`, and the embedding of
the first item in `first`.
"""
import itertools
import json
import sys
import time

import open_clip
import torch
from PIL import Image

model, _, preprocess = open_clip.create_model_and_transforms(
    "ViT-B-32-quickgelu", pretrained=sys.argv[1], weights_only=False)
model.eval()
tokenize = open_clip.get_tokenizer("ViT-B-32-quickgelu")


def embed(task, chosen):
    with torch.inference_mode():
        if "texts" in task:
            return model.encode_text(tokenize(chosen)).numpy()
        return model.encode_image(torch.stack([preprocess(Image.open(p)) for p in chosen])).numpy()


def run(task):
    source = itertools.cycle(task.get("texts") or task["images"])
    runs, first, cpu, began = [], None, time.process_time(), time.perf_counter()
    while not runs or time.perf_counter() - began < task["seconds"]:
        start = time.perf_counter()
        embeddings = embed(task, list(itertools.islice(source, task["batch"])))
        runs.append(1000 * (time.perf_counter() - start))
        first = embeddings[0] if first is None else first
    return {"items": len(runs) * task["batch"], "seconds": time.perf_counter() - began,
            "cpuSeconds": time.process_time() - cpu, "latenciesMs": runs, "first": first.tolist()}


for line in sys.stdin:
    print(json.dumps(run(json.loads(line))), flush=True)
