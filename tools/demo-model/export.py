"""Write the trained model as transformers' CLIPModel: model.safetensors.gz, config.json, ...

`/usr/bin/python3 tools/demo-model/export.py` reads .cache/model.pt and writes models/demo.  The
weights are float16.  The token embedding has all 49408 rows; those of tokens that the toy world does
not use are one and the same row, so the gzipped file stays small.
"""

import argparse
import gzip
import json
import struct
from pathlib import Path

import numpy as np
import torch

from bpe import END, SIZE, START
from dataset import MEAN, STD
from model import Clip, Shape
from vocabulary import Vocabulary

ROOT = Path(__file__).resolve().parents[2]
CHECKPOINT = Path(__file__).parent / ".cache" / "model.pt"
TARGET = ROOT / "models" / "demo"
WEIGHTS = "model.safetensors.gz"


def _block(prefix, block):
    width = block.in_proj.weight.shape[1]
    out = {}
    for part, name in enumerate("qkv"):
        rows = slice(part * width, (part + 1) * width)
        out[f"self_attn.{name}_proj.weight"] = block.in_proj.weight[rows]
        out[f"self_attn.{name}_proj.bias"] = block.in_proj.bias[rows]
    for name, layer in (
        ("self_attn.out_proj", block.out_proj),
        ("layer_norm1", block.ln_1),
        ("layer_norm2", block.ln_2),
        ("mlp.fc1", block.c_fc),
        ("mlp.fc2", block.c_proj),
    ):
        out[f"{name}.weight"], out[f"{name}.bias"] = layer.weight, layer.bias
    return {f"{prefix}.{k}": v for k, v in out.items()}


def named_tensors(model: Clip, vocabulary: Vocabulary):
    """The tensors under transformers' names."""
    embedding = model.token_embedding.weight[torch.from_numpy(vocabulary.row_of)]
    text, vision = "text_model", "vision_model"
    out = {
        "logit_scale": model.logit_scale,
        f"{text}.embeddings.token_embedding.weight": embedding,
        f"{text}.embeddings.position_embedding.weight": model.text_positions,
        f"{text}.final_layer_norm.weight": model.ln_final.weight,
        f"{text}.final_layer_norm.bias": model.ln_final.bias,
        "text_projection.weight": model.text_projection.t(),
        f"{vision}.embeddings.class_embedding": model.class_embedding,
        f"{vision}.embeddings.patch_embedding.weight": model.conv1.weight,
        f"{vision}.embeddings.position_embedding.weight": model.vision_positions,
        f"{vision}.pre_layrnorm.weight": model.ln_pre.weight,
        f"{vision}.pre_layrnorm.bias": model.ln_pre.bias,
        f"{vision}.post_layernorm.weight": model.ln_post.weight,
        f"{vision}.post_layernorm.bias": model.ln_post.bias,
        "visual_projection.weight": model.image_projection.t(),
    }
    for i, block in enumerate(model.text_blocks):
        out.update(_block(f"{text}.encoder.layers.{i}", block))
    for i, block in enumerate(model.vision_blocks):
        out.update(_block(f"{vision}.encoder.layers.{i}", block))
    return {k: np.array(v.detach().numpy(), np.float16, order="C") for k, v in out.items()}


def safetensors(tensors) -> bytes:
    """The safetensors file: u64 header length, JSON header padded to 8, raw little-endian data."""
    header, offset = {"__metadata__": {"format": "pt"}}, 0
    for name in sorted(tensors):
        size = tensors[name].nbytes
        header[name] = {
            "dtype": "F16",
            "shape": list(tensors[name].shape),
            "data_offsets": [offset, offset + size],
        }
        offset += size
    head = json.dumps(header, separators=(",", ":")).encode()
    head += b" " * (-len(head) % 8)
    return struct.pack("<Q", len(head)) + head + b"".join(tensors[n].tobytes() for n in sorted(tensors))


def config(shape: Shape):
    def tower(kind, width, layers, **more):
        return {
            "model_type": f"clip_{kind}_model",
            "hidden_size": width,
            "intermediate_size": 4 * width,
            "num_attention_heads": width // 64,
            "num_hidden_layers": layers,
            "hidden_act": "quick_gelu",
            "layer_norm_eps": 1e-05,
            "projection_dim": shape.embed_dim,
            **more,
        }

    return {
        "architectures": ["CLIPModel"],
        "model_type": "clip",
        "projection_dim": shape.embed_dim,
        "logit_scale_init_value": 2.6592,
        "torch_dtype": "float16",
        "text_config": tower(
            "text", shape.text_width, shape.text_layers, vocab_size=SIZE,
            max_position_embeddings=shape.context, bos_token_id=START, eos_token_id=END,
            pad_token_id=0,
        ),
        "vision_config": tower(
            "vision", shape.vision_width, shape.vision_layers, image_size=shape.image_size,
            patch_size=shape.patch_size, num_channels=3,
        ),
    }  # fmt: skip


def preprocessor(shape: Shape):
    side = shape.image_size
    return {
        "image_processor_type": "CLIPImageProcessor",
        "do_resize": True,
        "size": {"shortest_edge": side},
        "resample": 3,
        "do_center_crop": True,
        "crop_size": {"height": side, "width": side},
        "do_convert_rgb": True,
        "do_rescale": True,
        "rescale_factor": 1 / 255,
        "do_normalize": True,
        "image_mean": [round(float(v), 8) for v in MEAN],
        "image_std": [round(float(v), 8) for v in STD],
    }


def load_export(folder: Path, vocabulary: Vocabulary) -> Clip:
    """Read models/demo back, from its files alone, as float32; wants the full embedding as written."""
    data = gzip.decompress((folder / WEIGHTS).read_bytes())
    (length,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + length])
    stated = json.loads((folder / "config.json").read_text())
    vision, text = stated["vision_config"], stated["text_config"]
    shape = Shape(
        vision["image_size"], vision["patch_size"], vision["hidden_size"],
        vision["num_hidden_layers"], text["hidden_size"], text["num_hidden_layers"],
        stated["projection_dim"],
    )  # fmt: skip

    def tensor(name):
        entry = header[name]
        a, b = (8 + length + o for o in entry["data_offsets"])
        return torch.from_numpy(
            np.frombuffer(data[a:b], np.float16).reshape(entry["shape"]).astype(np.float32)
        )

    model = Clip(shape, vocabulary.rows)
    full = tensor("text_model.embeddings.token_embedding.weight")
    unused = np.setdiff1d(np.arange(SIZE), vocabulary.used)
    assert full.shape[0] == SIZE and bool((full[unused] == full[unused[0]]).all())
    with torch.no_grad():
        model.token_embedding.weight[0] = full[unused[0]]
        model.token_embedding.weight[1:] = full[vocabulary.used]
        # Every other tensor, through the same names that were written.
        flat = {
            "logit_scale": model.logit_scale,
            "text_model.embeddings.position_embedding.weight": model.text_positions,
            "text_model.final_layer_norm.weight": model.ln_final.weight,
            "text_model.final_layer_norm.bias": model.ln_final.bias,
            "vision_model.embeddings.class_embedding": model.class_embedding,
            "vision_model.embeddings.patch_embedding.weight": model.conv1.weight,
            "vision_model.embeddings.position_embedding.weight": model.vision_positions,
            "vision_model.pre_layrnorm.weight": model.ln_pre.weight,
            "vision_model.pre_layrnorm.bias": model.ln_pre.bias,
            "vision_model.post_layernorm.weight": model.ln_post.weight,
            "vision_model.post_layernorm.bias": model.ln_post.bias,
        }
        for name, parameter in flat.items():
            parameter.copy_(tensor(name))
        model.text_projection.copy_(tensor("text_projection.weight").t())
        model.image_projection.copy_(tensor("visual_projection.weight").t())
        for tower, blocks in (("text", model.text_blocks), ("vision", model.vision_blocks)):
            for i, block in enumerate(blocks):
                for name, view in _block(f"{tower}_model.encoder.layers.{i}", block).items():
                    view.copy_(tensor(name))
    return model.eval()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--checkpoint", type=Path, default=CHECKPOINT)
    parser.add_argument("--target", type=Path, default=TARGET)
    options = parser.parse_args()
    vocabulary = Vocabulary()
    saved = torch.load(options.checkpoint)
    model = Clip(saved["shape"], vocabulary.rows)
    model.load_state_dict(saved["model"])
    tensors = named_tensors(model, vocabulary)
    raw = safetensors(tensors)
    options.target.mkdir(parents=True, exist_ok=True)
    packed = gzip.compress(raw, 9, mtime=0)
    (options.target / WEIGHTS).write_bytes(packed)
    for name, value in (
        ("config.json", config(saved["shape"])),
        ("preprocessor_config.json", preprocessor(saved["shape"])),
    ):
        (options.target / name).write_text(json.dumps(value, indent=2) + "\n")
    print(f"{WEIGHTS}: {len(packed)} bytes, unpacked {len(raw)}; step {saved['step']}")


if __name__ == "__main__":
    main()
