"""Exports a checkpoint as clip_server publishes its ONNX files, with clip_server's own model.

    python onnx_files.py CHECKPOINT.pt FOLDER
"""
import os
import sys

import torch
from clip_server.model.model import load_openai_model


class Text(torch.nn.Module):
    """Takes the mask that clip_server's runtime sends, and does nothing with it, as its files do."""

    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, input_ids, attention_mask):
        return self.model.encode_text(input_ids) + 0 * attention_mask[:, :1].float()


class Image(torch.nn.Module):
    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, pixel_values):
        return self.model.encode_image(pixel_values)


def export(module, example, names, path):
    axes = {name: {0: "batch"} for name in (*names, "output")}
    with torch.no_grad():
        torch.onnx.export(module.eval(), example, path, input_names=list(names),
                          output_names=["output"], dynamic_axes=axes, opset_version=17,
                          dynamo=False)


checkpoint, folder = sys.argv[1:3]
os.makedirs(folder, exist_ok=True)
model = load_openai_model(checkpoint, device="cpu", jit=False, dtype="fp32")
# The fused path of torch's attention has no ONNX form.
torch.backends.mha.set_fastpath_enabled(False)
ids = torch.ones(2, 77, dtype=torch.int32)
export(Text(model), (ids, ids), ("input_ids", "attention_mask"), f"{folder}/textual.onnx")
export(Image(model), (torch.zeros(2, 3, 224, 224),), ("pixel_values",), f"{folder}/visual.onnx")
