"""Writes a checkpoint in OpenAI's layout as a Hugging Face directory, tokenizer included.

    python hugging_face_files.py CHECKPOINT.pt FOLDER
"""
import json
import os
import sys

import open_clip.tokenizer
import torch
from transformers import CLIPConfig, CLIPImageProcessor, CLIPModel, CLIPProcessor, CLIPTokenizerFast

PARTS = {
    "ln_1": "layer_norm1", "ln_2": "layer_norm2", "mlp.c_fc": "mlp.fc1", "mlp.c_proj": "mlp.fc2",
    "attn.out_proj": "self_attn.out_proj",
}


def tower(state, source, target, renamed):
    """One tower's tensors by their names in transformers."""
    for name, value in state.items():
        if source and not name.startswith(source):
            continue
        name = name[len(source):]
        if name.startswith("transformer.resblocks."):
            _, _, layer, part = name.split(".", 3)
            prefix = f"{target}.encoder.layers.{layer}"
            if part.startswith("attn.in_proj_"):
                kind = part.removeprefix("attn.in_proj_")
                for which, piece in zip("qkv", value.chunk(3)):
                    yield f"{prefix}.self_attn.{which}_proj.{kind}", piece
            else:
                module, kind = part.rsplit(".", 1)
                yield f"{prefix}.{PARTS[module]}.{kind}", value
        elif name in renamed:
            yield renamed[name], value


def weights(state):
    vision, text = "vision_model", "text_model"
    named = dict(tower(state, "visual.", vision, {
        "conv1.weight": f"{vision}.embeddings.patch_embedding.weight",
        "class_embedding": f"{vision}.embeddings.class_embedding",
        "positional_embedding": f"{vision}.embeddings.position_embedding.weight",
        "ln_pre.weight": f"{vision}.pre_layrnorm.weight",
        "ln_pre.bias": f"{vision}.pre_layrnorm.bias",
        "ln_post.weight": f"{vision}.post_layernorm.weight",
        "ln_post.bias": f"{vision}.post_layernorm.bias",
    }))
    named |= tower({k: v for k, v in state.items() if not k.startswith("visual.")}, "", text, {
        "token_embedding.weight": f"{text}.embeddings.token_embedding.weight",
        "positional_embedding": f"{text}.embeddings.position_embedding.weight",
        "ln_final.weight": f"{text}.final_layer_norm.weight",
        "ln_final.bias": f"{text}.final_layer_norm.bias",
    })
    named["visual_projection.weight"] = state["visual.proj"].T
    named["text_projection.weight"] = state["text_projection"].T
    named["logit_scale"] = state["logit_scale"]
    return {name: value.float().contiguous() for name, value in named.items()}


def tokenizer(folder):
    """CLIP's vocabulary as open_clip ships it, in the two files of Hugging Face."""
    source = open_clip.tokenizer.SimpleTokenizer()
    merges = sorted(source.bpe_ranks, key=source.bpe_ranks.get)
    with open(f"{folder}/merges.txt", "w") as file:
        file.write("#version: 0.2\n" + "".join(f"{a} {b}\n" for a, b in merges))
    rename = {"<start_of_text>": "<|startoftext|>", "<end_of_text>": "<|endoftext|>"}
    vocabulary = {rename.get(key, key): value for key, value in source.encoder.items()}
    with open(f"{folder}/vocab.json", "w") as file:
        json.dump(vocabulary, file)
    return CLIPTokenizerFast(f"{folder}/vocab.json", f"{folder}/merges.txt")


checkpoint, folder = sys.argv[1:3]
os.makedirs(folder, exist_ok=True)
state = torch.jit.load(checkpoint, map_location="cpu").state_dict()
# The defaults of transformers' configuration are those of ViT-B/32.
model = CLIPModel(CLIPConfig(projection_dim=512))
missing, unexpected = model.load_state_dict(weights(state), strict=False)
if unexpected or any("position_ids" not in name for name in missing):
    sys.exit(f"The checkpoint does not fit: missing {missing}, unexpected {unexpected}")
model.save_pretrained(folder)
CLIPProcessor(CLIPImageProcessor(), tokenizer(folder)).save_pretrained(folder)
