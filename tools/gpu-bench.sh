#!/usr/bin/env bash
# Measures this machine's GPU with one command: what is there, then bench/gpu.ts into gpu-bench.md.
# Runs without the internet where `deno` (or npx's copy) and node_modules are there already; the
# models are made on the spot. Arguments go to bench/gpu.ts, e.g. --device cuda --models ViT-B/32.
set -euo pipefail
cd "$(dirname "$0")/.."

out=${GPU_BENCH_OUT:-gpu-bench.md}
if command -v deno >/dev/null; then run=(deno); else run=(npx -y deno@2.9.6); fi

echo "== machine"
uname -srm
"${run[@]}" --version | head -1
if command -v nvidia-smi >/dev/null; then
  nvidia-smi --query-gpu=index,name,driver_version,memory.total --format=csv
else
  echo "no nvidia-smi"
fi
if command -v vulkaninfo >/dev/null; then
  vulkaninfo --summary 2>/dev/null | sed -n '/^GPU/,$p' || echo "vulkaninfo finds no GPU"
else
  echo "no vulkaninfo (apt-get install vulkan-tools)"
fi

echo "== CUDA and TensorRT"
ONNXRUNTIME_NODE_INSTALL=skip "${run[@]}" run -A tools/setup_cuda.ts || true

echo "== bench"
"${run[@]}" run -A --no-check bench/gpu.ts --out "$out" "$@"
echo "written to $out"
