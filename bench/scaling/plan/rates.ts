/** What one pod was measured to serve, each with the page that has it. */

/** A kind of pod. */
export interface MeasuredPod {
  readonly model: string;
  readonly dtype: "fp32" | "fp16" | "int8";
  readonly device: "cpu" | "h100";
  /** Documents a second: captions, and JPEGs of 640 × 480. */
  readonly texts: number;
  readonly images: number;
  readonly dimensions: number;
  /**
   * Resident memory at its peak (of a GPU: its own memory), and what the model takes on the disk,
   * converted: MB.
   */
  readonly memoryMB: number;
  readonly diskMB: number;
  readonly source: string;
}

/** A pod of two cores (AMD EPYC), or of one H100 with sixteen. */
export const CORES = { cpu: 2, h100: 16 } as const;

/**
 * Models beside ViT-B/32 on a CPU were measured on a busy machine: of them the quotient to ViT-B/32
 * in the same table counts.
 */
const scaled = (rate: number, measured: number, base: number) => rate * measured / base;

const B32_TEXTS = 129;
const B32_IMAGES = 19.9;
const BUSY = { texts: 56.0, images: 12.3 };

/** All of them. */
export const PODS: readonly MeasuredPod[] = [
  {
    model: "ViT-B-32",
    dtype: "fp32",
    device: "cpu",
    texts: B32_TEXTS,
    images: B32_IMAGES,
    dimensions: 512,
    memoryMB: 1153,
    diskMB: 606,
    source: "performance-peers.md",
  },
  {
    model: "ViT-B-32",
    dtype: "int8",
    device: "cpu",
    texts: 368,
    images: 50.8,
    dimensions: 512,
    memoryMB: 781,
    diskMB: 188,
    source: "performance-peers.md",
  },
  {
    model: "ViT-B-16",
    dtype: "fp32",
    device: "cpu",
    texts: scaled(B32_TEXTS, 54.3, BUSY.texts),
    images: scaled(B32_IMAGES, 2.35, BUSY.images),
    dimensions: 512,
    memoryMB: 1096,
    diskMB: 599,
    source: "models.md, over its ViT-B-32",
  },
  {
    model: "ViT-L-14",
    dtype: "fp32",
    device: "cpu",
    texts: scaled(B32_TEXTS, 43.1, BUSY.texts),
    images: scaled(B32_IMAGES, 0.69, BUSY.images),
    dimensions: 768,
    memoryMB: 2120,
    diskMB: 1711,
    source: "models.md, over its ViT-B-32",
  },
  {
    model: "ViT-B-32",
    dtype: "fp16",
    device: "h100",
    texts: 21_437,
    images: 948,
    dimensions: 512,
    memoryMB: 1700,
    diskMB: 303,
    source: "gpu.md, CUDA",
  },
  {
    model: "ViT-L-14",
    dtype: "fp16",
    device: "h100",
    texts: 16_032,
    images: 693,
    dimensions: 768,
    memoryMB: 4800,
    diskMB: 856,
    source: "gpu.md, CUDA",
  },
];

/**
 * Documents a second at which one process's main thread has no time left, in requests of 32
 * (docs/performance.md, "The gateway alone").
 */
export const GATEWAY = {
  http: { texts: 45_125, images: 2478 },
  grpc: { texts: 74_929, images: 2609 },
  websocket: { texts: 98_779, images: 3404 },
} as const;

/** A way to speak to the server. */
export type PlanProtocol = keyof typeof GATEWAY;
