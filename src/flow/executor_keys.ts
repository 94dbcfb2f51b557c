/** The keys of an entry of `executors:` and of what stands under its `uses:`. */
import { TRACING_KEYS } from "./tracing_keys.ts";
import { choice, flag, integer, list, oneOf, path, text, variables } from "./key.ts";

/** What runs the model, named after clip_server's three modules. */
export const RUNTIMES = ["torch", "onnx", "tensorrt"] as const;
/** A runtime: `torch` reads PyTorch checkpoints, `onnx` ONNX files, `tensorrt` runs on TensorRT. */
export type RuntimeName = (typeof RUNTIMES)[number];

const MIB = 1024 * 1024;
const MAX_BYTES = 2 ** 31 - 1;
const MAX_PORT = 65_535;
const MAX_REPLICAS = 64;

/** `executors[]`. */
export const EXECUTOR_KEYS = {
  name: text({
    doc: "The executor's name in logs and metrics, and for `targetExecutor` in requests.",
    pattern: /^[\w.\-/]{1,128}$/,
    expected: "a name of letters, digits, '_', '-', '.' and '/', at most 128 of them",
    default: null,
  }),
  replicas: integer({
    doc: "How many copies of the model run at a time. May also stand under `uses`.",
    min: 1,
    max: MAX_REPLICAS,
    default: null,
  }),
  timeout_ready: integer({
    doc: "Milliseconds the model may take to load, downloads included; -1 waits for ever. Jina's " +
      "default of 600000 is too short for big models, so there is none here.",
    min: -1,
    default: -1,
  }),
  monitoring: flag({
    doc: "Serve this executor's metrics on its own `port_monitoring`. If the key is not there, " +
      "the gateway's `monitoring` decides.",
    default: false,
  }),
  port_monitoring: integer({
    doc:
      "The port of the executor's metrics, which the gateway's page then leaves out. Without it " +
      "they are on the gateway's page.",
    min: 0,
    max: MAX_PORT,
    default: null,
  }),
  ...TRACING_KEYS,
  env: variables({
    doc: "Environment variables for the executor, for instance `CUDA_VISIBLE_DEVICES`.",
  }),
  py_modules: list({
    doc: "The runtime, as under `uses.metas`; that one wins.",
    item: text({
      doc: "",
      default: null,
      expected: "a module like clip_server.executors.clip_torch",
    }),
    default: null,
  }),
};

/** What an executor can be. */
export const EXECUTOR_JTYPES = ["CLIPEncoder", "AnnLiteIndexer"] as const;

/** `executors[].uses`. */
export const USES_KEYS = {
  jtype: {
    ...choice({
      doc: "What the executor is: `CLIPEncoder`, or `AnnLiteIndexer`, which has keys of its own " +
        "(see below).",
      words: ["CLIPEncoder"],
      default: "CLIPEncoder",
    }),
    expected: oneOf(EXECUTOR_JTYPES),
  },
  replicas: integer({
    doc: "The same as `replicas` beside `uses`, which wins over it.",
    min: 1,
    max: MAX_REPLICAS,
    default: null,
  }),
  py_modules: list({
    doc: "The runtime, as under `metas`; that one wins.",
    item: text({
      doc: "",
      default: null,
      expected: "a module like clip_server.executors.clip_torch",
    }),
    default: null,
  }),
};

/** `executors[].uses.metas`. */
export const METAS_KEYS = {
  py_modules: list({
    doc:
      "The runtime, by the name of clip_server's module: `clip_server.executors.clip_torch` (or " +
      "`executors/clip_torch.py`) reads PyTorch and safetensors checkpoints, `clip_onnx` ONNX " +
      "files, `clip_tensorrt` runs ONNX files on TensorRT. No Python is read. Without it: torch.",
    item: text({
      doc: "",
      default: null,
      expected: "a module like clip_server.executors.clip_torch",
    }),
    default: null,
  }),
  name: text({
    doc: "A name for the executor if `executors[].name` has none.",
    default: null,
  }),
};

/** `executors[].uses.with`. */
export const ENCODER_KEYS = {
  name: text({
    doc:
      "The model's name, for instance `ViT-B-32::openai` or `ViT-L-14::laion2b-s32b-b82k`. With `model_path` " +
      "it is only a label, by default the file's own name or its folder's.",
    default: "ViT-B-32::openai",
  }),
  model_path: path({
    doc:
      "The model's own files: a directory with the two ONNX files, or a checkpoint; on the disk, " +
      "or in a bucket (`s3://bucket/prefix`), from which they are copied into the cache once. " +
      "Nothing is downloaded from elsewhere then.",
    kind: "file or directory",
    buckets: true,
  }),
  device: text({
    doc:
      "Where the model runs: `cpu`, `cuda`, `cuda:N`, `tensorrt` or `webgpu`. `auto` takes the " +
      "best that works. What is named and cannot be had is an error, never a silent fallback.",
    pattern: /^(auto|cpu|webgpu|tensorrt|cuda(:\d{1,3})?)$/,
    expected: "auto, cpu, cuda, cuda:N, tensorrt or webgpu",
    words: ["auto", "cpu", "cuda", "cuda:0", "tensorrt", "webgpu"],
    meant: { gpu: "cuda", nvidia: "cuda", trt: "tensorrt", none: "auto", mps: "webgpu" },
    default: "auto",
  }),
  dtype: choice({
    doc: "The number format of the weights; without it `fp16` on a GPU that computes in it, else " +
      "`fp32`. `fp16` and `int8` are smaller and faster, and less exact; `int8` is for CPUs.",
    words: ["fp32", "fp16", "int8"],
    synonyms: {
      "float32": "fp32",
      "torch.float32": "fp32",
      "float": "fp32",
      "float16": "fp16",
      "torch.float16": "fp16",
      "half": "fp16",
      "torch.int8": "int8",
      "qint8": "int8",
    },
    default: null,
  }),
  jit: flag({
    doc:
      "Graphs are always optimised; with `jit` the optimised ones are kept, so that later starts " +
      "skip the optimiser.",
    default: false,
  }),
  minibatch_size: integer({
    doc: "The most items that run at once. Less needs less memory.",
    min: 1,
    max: 4096,
    default: 64,
  }),
  num_worker_preprocess: integer({
    doc: "Workers of each replica that decode images and tokenize texts.",
    min: 1,
    max: 128,
    default: 4,
  }),
  access_paths: text({
    doc:
      "Which documents of a tree are embedded if the request does not say: `@r` the roots, `@c` " +
      "their chunks, `@m` their matches, `@r,c` both.",
    aliases: ["traversal_paths"],
    pattern: /^@?[rcm][\w[\]:,.\s*@-]*$/,
    expected: "an access path like @r, @c or @r,cm",
    default: "@r",
  }),
  replicas: integer({
    doc: "The same as `replicas` beside `uses`, which wins over it.",
    min: 1,
    max: MAX_REPLICAS,
    default: null,
  }),
  max_wait_ms: integer({
    doc:
      "Milliseconds that an item may be expected to wait for those ahead of it, by the rate that " +
      "is measured; a request that would wait longer is refused at once and told when to come " +
      "back, and streams are read so slowly that theirs wait half as long; where calls leave no " +
      "room for that, streams bring as many items as those. 0 is no limit.",
    min: 0,
    default: 5_000,
  }),
  max_queue: integer({
    doc: "The most items that wait, whatever the time; beyond it requests are told to come back " +
      "later.",
    min: 1,
    max: 10_000_000,
    default: 10_000,
  }),
  max_queue_bytes: integer({
    doc: "The most bytes of waiting items.",
    min: MIB,
    default: 512 * MIB,
  }),
  cache_size: integer({
    doc:
      "Megabytes of embeddings to remember, so that an item seen before is not run again; 0 is " +
      "none.",
    min: 0,
    max: 1_048_576,
    default: 0,
  }),
  max_image_bytes: integer({
    doc: "The largest image file that is decoded, in bytes.",
    min: 1,
    max: MAX_BYTES,
    default: 32 * MIB,
  }),
  max_pixels: integer({
    doc: "The most pixels an image may have, against decompression bombs: 64 times 1024 times " +
      "1024, more than most cameras make. Pillow's own bound is 178956970.",
    min: 1,
    max: 4_294_967_295,
    default: 67_108_864,
  }),
  max_decode_bytes: integer({
    doc: "The most bytes that large images (over eight million pixels, or 64 MB) may take " +
      "together while they are decoded, by their headers; others wait. One that takes more by " +
      "itself is refused.",
    min: MIB,
    default: 768 * MIB,
  }),
  image_timeout_ms: integer({
    doc: "Milliseconds one image may take to be decoded.",
    min: 100,
    max: 3_600_000,
    default: 10_000,
  }),
  intra_op_num_threads: integer({
    doc: "Threads of one replica's session; 0 is the cores divided by the replicas.",
    min: 0,
    max: 1024,
    default: 0,
  }),
  minibatch_timeout_ms: integer({
    doc: "Milliseconds one minibatch may run before its replica counts as hung and is replaced.",
    min: 1000,
    default: 120_000,
  }),
  token_budget: integer({
    doc:
      "The most tokens, padding counted, of one minibatch of texts; 0 is `minibatch_size` times " +
      "77.",
    min: 0,
    max: 4096 * 77,
    default: 0,
  }),
};
