"""Triton's load tool against HTTP and gRPC, a short run each.

PERF_ANALYZER is the environment that has it, ACCEPT_GRPC the gRPC port's HOST:PORT."""

import csv
import glob
import json
import os
import struct
import subprocess
import tempfile

import _kit as k

url, c = k.base(), k.Checks()
model, home = k.model(url), os.environ["PERF_ANALYZER"]
# Its one library that no system has comes from PyPI too.
CUDA = glob.glob(f"{home}/lib/python3*/site-packages/nvidia/cuda_runtime/lib")[0]
folder = tempfile.TemporaryDirectory()
path = lambda name: os.path.join(folder.name, name)
# Bytes are given as Triton lays them out: their length first.
INPUTS = {"TEXT": k.TEXTS[:1], "IMAGE": {"b64": k.b64(struct.pack("<I", len(k.RED)) + k.RED)}}
for name, value in INPUTS.items():
    with open(path(f"{name}.json"), "w") as file:
        json.dump({"data": [{name: value}]}, file)


def measure(protocol, tensor, *more):
    address = url.split("//")[-1] if protocol == "http" else os.environ["ACCEPT_GRPC"]
    result = path(f"{protocol}-{tensor}.csv")
    command = [f"{home}/bin/perf_analyzer", "-m", model, "-u", address, "-i", protocol,
               "--input-data", path(f"{tensor}.json"), "--shape", f"{tensor}:1", "-f", result,
               "--measurement-interval", "200", "--stability-percentage", "999", *more]
    run = subprocess.run(command, capture_output=True, text=True, timeout=120, env={**os.environ, "LD_LIBRARY_PATH": CUDA})
    assert run.returncode == 0, (run.stdout + run.stderr)[-300:]
    with open(result) as file:
        rows = list(csv.DictReader(file))
    assert rows and all(float(row["Inferences/Second"]) > 0 for row in rows), rows
    return rows


for protocol in ("http", "grpc"):
    for name in INPUTS:
        c(f"{protocol}: {name}", lambda: len(measure(protocol, name)) == 1)
c("one and two at once, with what the server measured itself", lambda: all(
    float(row["Server Compute Infer"]) >= 0 for row in measure("http", "TEXT", "--concurrency-range", "1:2")))
c.end()
