"""Writes src/model/catalog/open_clip.json: what open_clip_torch and timm say of published models.

    python -m venv v && v/bin/pip install --no-deps open_clip_torch==3.3.0 timm==1.0.31
    v/bin/python tools/catalog/read_open_clip.py [OUT]

Nothing of the two packages is run but the table of pretrained models: neither needs torch here.
Written are the table (addresses, image statistics, resize), the configs of the architectures in it,
and the sizes of timm's vision transformers that these name.
"""

import ast
import importlib.metadata
import importlib.util
import json
import pathlib
import sys
import types

OUT = pathlib.Path(__file__).parents[2] / "src" / "model" / "catalog" / "open_clip.json"
SIZES = ("patch_size", "embed_dim", "depth", "num_heads", "mlp_ratio")


def package_folder(name: str) -> pathlib.Path:
    for folder in map(pathlib.Path, sys.path):
        if (folder / name).is_dir():
            return folder / name
    raise SystemExit(f"{name} is not installed")


def pretrained_table(folder: pathlib.Path) -> dict:
    """`open_clip.pretrained`, without the package's `__init__`, which would want torch."""
    package = types.ModuleType("open_clip")
    package.__path__ = [str(folder)]
    sys.modules["open_clip"] = package
    if importlib.util.find_spec("tqdm") is None:
        sys.modules["tqdm"] = types.SimpleNamespace(tqdm=None)
    from open_clip import pretrained

    return pretrained._PRETRAINED


def timm_sizes(folder: pathlib.Path, wanted: set) -> dict:
    """`model_args` of the functions of these names."""
    found = {}
    for path in sorted((folder / "models").glob("*.py")):
        for node in ast.parse(path.read_text()).body:
            if not isinstance(node, ast.FunctionDef) or node.name not in wanted:
                continue
            for call in ast.walk(node):
                if isinstance(call, ast.Assign) and call.targets[0].id == "model_args":
                    found[node.name] = {
                        each.arg: eval(compile(ast.Expression(each.value), "", "eval"), {})
                        for each in call.value.keywords
                        if each.arg in SIZES
                    }
    return found


def main() -> None:
    folder = package_folder("open_clip")
    table = pretrained_table(folder)
    configs = {}
    for name in table:
        configs[name] = json.loads((folder / "model_configs" / f"{name}.json").read_text())
    wanted = {each["vision_cfg"].get("timm_model_name") for each in configs.values()}
    models = [
        {"architecture": architecture, "tag": tag, **{k: v for k, v in row.items() if v != ""}}
        for architecture, tags in table.items()
        if not architecture.endswith("-quickgelu")
        for tag, row in tags.items()
    ]
    versions = {
        name: importlib.metadata.version(name) for name in ("open_clip_torch", "timm")
    }
    data = {
        "versions": versions,
        "models": models,
        "configs": {name: each for name, each in configs.items() if not name.endswith("-quickgelu")},
        "timm": timm_sizes(package_folder("timm"), wanted),
    }
    out = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else OUT
    out.write_text(json.dumps(data, indent=2) + "\n")


if __name__ == "__main__":
    main()
