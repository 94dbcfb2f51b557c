"""Opens what jobs wrote with the libraries that people open it with.

read_outputs.py FOLDER: in FOLDER lie `expected.json` (a row each, as it was given to the job) and a
folder for each format. Ends with an assertion where anything is not as expected.
"""

import io
import json
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
from autofaiss import build_index
from embedding_reader import EmbeddingReader

root = Path(sys.argv[1])
expected = json.loads((root / "expected.json").read_text())
ids = [row["id"] for row in expected]
images = np.array([row["image"] for row in expected], dtype=np.float32)
texts = np.array([row["text_vector"] for row in expected], dtype=np.float32)


def parts(folder, name, ending):
    """The files of a matrix or table, in their order."""
    return sorted(folder.glob(f"{name}_*.{ending}"), key=lambda p: int(p.stem.rsplit("_", 1)[1]))


def matrix(folder, name):
    """All rows of a matrix. Each file is what numpy would have written, byte for byte."""
    loaded = []
    for path in parts(folder, name, "npy"):
        array = np.load(path)
        again = io.BytesIO()
        np.save(again, array)
        assert again.getvalue() == path.read_bytes(), path
        loaded.append(array)
    return np.concatenate(loaded)


def table(folder, name):
    """All rows of a table in parts, as pandas reads it."""
    return pd.concat([pd.read_parquet(path) for path in parts(folder, name, "parquet")])


def check_npy():
    for dtype in (np.float32, np.float16):
        folder = root / f"npy-{np.dtype(dtype).name}"
        for name, vectors in (("image_embeddings", images), ("text_embeddings", texts)):
            read = matrix(folder, name)
            assert read.dtype == dtype
            assert read.tobytes() == vectors.astype(dtype).tobytes(), name
        lines = [
            json.loads(line)
            for path in parts(folder, "ids", "jsonl")
            for line in path.read_text().splitlines()
        ]
        assert [line["id"] for line in lines] == ids
        assert [line["metadata"] for line in lines] == [row["metadata"] for row in expected]


def check_parquet():
    folder = root / "parquet"
    schema = pq.read_schema(folder / "embeddings_0.parquet")
    assert str(schema.field("image_embedding").type) == "list<element: float not null>"
    assert pq.ParquetFile(folder / "embeddings_0.parquet").metadata.num_rows == 20
    read = table(folder, "embeddings")
    assert list(read["id"]) == ids
    assert list(read["text"]) == [row["text"] for row in expected]
    assert np.array_equal(np.stack(read["image_embedding"]), images)
    assert np.array_equal(np.stack(read["text_embedding"]), texts)
    check_columns(read)
    reader = EmbeddingReader(
        embeddings_folder=str(folder),
        embedding_column="image_embedding",
        meta_columns=["id"],
        file_format="parquet",
    )
    assert reader.dimension == images.shape[1] and reader.count == len(ids)
    for batch, meta in reader(batch_size=7, start=0, end=len(ids), show_progress=False):
        for vector, key in zip(batch, meta["id"]):
            assert np.array_equal(vector, images[ids.index(key)])


def check_columns(read):
    """The columns of the metadata have the kinds of their values."""
    assert list(read["width"]) == [row["metadata"]["width"] for row in expected]
    assert read["width"].dtype == np.int64
    assert np.array_equal(read["score"], [row["metadata"]["score"] for row in expected])
    assert list(read["nsfw"]) == [row["metadata"]["nsfw"] for row in expected]
    # Mixed: what is no text is one as JSON.
    assert list(read["mixed"])[:2] == ["0", "one"]
    for value, row in zip(read["url"], expected):
        assert value == row["metadata"].get("url")


def check_jsonl():
    folder = root / "jsonl"
    rows = [
        json.loads(line)
        for path in parts(folder, "embeddings", "jsonl")
        for line in path.read_text().splitlines()
    ]
    assert [row["id"] for row in rows] == ids
    assert [row["metadata"] for row in rows] == [row["metadata"] for row in expected]
    read = np.array([row["image_embedding"] for row in rows], dtype=np.float32)
    assert np.array_equal(read, images)
    read = np.array([row["text_embedding"] for row in rows], dtype=np.float32)
    assert np.array_equal(read, texts)


def check_clip_retrieval():
    folder = root / "clip-retrieval"
    for name, vectors in (("img_emb", images), ("text_emb", texts)):
        read = matrix(folder / name, name)
        assert read.dtype == np.float16
        norms = np.linalg.norm(vectors.astype(np.float64), axis=1, keepdims=True)
        assert np.allclose(read, vectors / norms, atol=1e-3)
    metadata = table(folder / "metadata", "metadata")
    assert list(metadata.columns)[:3] == ["image_path", "caption", "key"]
    assert list(metadata["key"]) == ids
    assert list(metadata["caption"]) == [row["text"] for row in expected]
    assert list(metadata["image_path"]) == [f"in/{key}" for key in ids]
    # The input's own column of that name.
    assert list(metadata["key_"]) == [row["metadata"]["key"] for row in expected]
    check_columns(metadata)

    reader = EmbeddingReader(
        embeddings_folder=str(folder / "img_emb"),
        metadata_folder=str(folder / "metadata"),
        meta_columns=["key", "caption"],
        file_format="parquet_npy",
    )
    assert reader.count == len(ids) and reader.dimension == images.shape[1]
    norms = np.linalg.norm(images.astype(np.float64), axis=1, keepdims=True)
    seen = 0
    for batch, meta in reader(batch_size=9, start=0, end=len(ids), show_progress=False):
        for vector, key in zip(batch, meta["key"]):
            row = ids.index(key)
            assert np.allclose(vector, images[row] / norms[row], atol=1e-3)
            seen += 1
    assert seen == len(ids)

    # What `clip-retrieval index` does (clip_index.py).
    index, _ = build_index(
        embeddings=str(folder / "img_emb"),
        index_path=str(root / "image.index"),
        index_infos_path=str(root / "image.json"),
        max_index_memory_usage="1G",
        current_memory_available="2G",
        verbose=50,
    )
    assert index.ntotal == len(ids)


check_npy()
check_parquet()
check_jsonl()
check_clip_retrieval()
print("read all")
