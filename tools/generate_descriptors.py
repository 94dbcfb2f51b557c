"""Makes proto/descriptors.binpb, what reflection tells: the files of proto/ as protoc reads them.

    pip install grpcio-tools==1.85.1
    python3 tools/generate_descriptors.py
"""
from pathlib import Path

import grpc_tools
from grpc_tools import protoc

root = Path(__file__).parent.parent / "proto"
files = sorted(str(path.relative_to(root)) for path in root.rglob("*.proto"))
failed = protoc.main([
    "protoc",
    f"-I{root}",
    f"-I{Path(grpc_tools.__file__).parent / '_proto'}",
    "--include_imports",
    f"--descriptor_set_out={root / 'descriptors.binpb'}",
    *files,
])
raise SystemExit(failed)
