"""Writes into the folder given what img2dataset and WebDataset write, with the libraries they use."""

import json
import sys

import pyarrow as pa
import pyarrow.parquet as pq
import webdataset as wds

folder = sys.argv[1]


def jpeg(i):
    return bytes([0xFF, 0xD8, 0xFF, 0xE0]) + bytes([i % 256]) * (100 + i)


def shard(name, numbers):
    """As img2dataset's WebDatasetSampleWriter."""
    with wds.TarWriter(f"{folder}/{name}") as writer:
        for i in numbers:
            meta = {"caption": f"a cat {i}", "url": f"http://host/{i}.jpg", "width": 32, "exif": {"a": i}}
            sample = {"__key__": f"{i:09d}", "jpg": jpeg(i), "json": json.dumps(meta).encode()}
            if i % 5 != 3:
                sample["txt"] = f"a cat {i}".encode()
            writer.write(sample)


shard("00000.tar", range(8))
shard("00001.tar", range(8, 16))
shard("00002.tar.gz", range(16, 20))
with wds.TarWriter(f"{folder}/long.tar") as writer:
    writer.write({"__key__": "very/" + "long" * 60 + "/é", "png": jpeg(1), "cls": 7, "seg.png": jpeg(2)})

rows = [
    {
        "url": f"http://host/{i}.jpg",
        "key": f"{i:09d}",
        "caption": None if i == 7 else f"a dog {i}",
        "width": 2**40 + i,
        "huge": 2**62 + i,
        "tags": ["a", f"t{i}"],
        "when": i * 1000,
        "score": i / 4,
        "jpg": None if i in (5, 7) else jpeg(i % 200),
        "image": {"bytes": jpeg(i % 200), "path": "x.jpg"},
    }
    for i in range(250)
]
# The schema of img2dataset's ParquetSampleWriter, and the image column of Hugging Face's datasets.
schema = pa.schema(
    [
        ("url", pa.string()),
        ("key", pa.string()),
        ("caption", pa.string()),
        ("width", pa.int64()),
        ("huge", pa.int64()),
        ("tags", pa.list_(pa.string())),
        ("when", pa.timestamp("ms")),
        ("score", pa.float64()),
        ("jpg", pa.binary()),
        ("image", pa.struct([("bytes", pa.binary()), ("path", pa.string())])),
    ]
)
table = pa.Table.from_pylist(rows, schema)
for codec in ["none", "snappy", "gzip", "brotli", "zstd", "lz4"]:
    version = "2.0" if codec in ("zstd", "gzip") else "1.0"
    pq.write_table(
        table, f"{folder}/{codec}.parquet", compression=codec, row_group_size=100, data_page_version=version
    )
# Pages smaller than a window of rows, and windows smaller than the group.
wide = pa.table({"image": [jpeg(i % 256) * 60 for i in range(4000)], "text": [f"text {i}" for i in range(4000)]})
pq.write_table(wide, f"{folder}/wide.parquet", data_page_size=100_000, write_batch_size=50)
