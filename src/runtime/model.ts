/** A CLIP model opened in a replica: both towers, their common shape, and the warm-up. */
import { ClipError } from "../errors.ts";
import { readTextInterface, readVisionInterface } from "./graph_interface.ts";
import { type ProviderChoice, Session, type SessionOptions } from "./session.ts";
import { type Embeddings, TextTower, VisionTower } from "./towers.ts";

/** Where a model's graphs lie and how they are fed. */
export interface ModelFiles {
  /** Path of the text tower's ONNX file. */
  textual: string;
  /** Path of the vision tower's ONNX file. */
  visual: string;
  /** Image side in pixels, if known from a file beside the graphs. */
  imageSize?: number;
  /** Per-channel statistics, 0..1 units. */
  mean: readonly [number, number, number];
  std: readonly [number, number, number];
  contextLength: number;
  vocabSize: number;
  /** The graphs went through ONNX Runtime's optimiser already. */
  alreadyOptimized: boolean;
}

/** How a model is opened. */
export interface OpenModelOptions {
  model: ModelFiles;
  /** In order of preference. */
  providers: readonly ProviderChoice[];
  /** Threads that compute one operator. */
  threads: number;
}

/** What the opened graphs say: the main thread sizes the stores by it. */
export interface ModelShape {
  embedDim: number;
  imageSize: number;
  pixelType: "float32" | "uint8";
  contextLength: number;
  /** The text tower takes inputs shorter than the context. */
  freeTextLength: boolean;
}

/** Both towers of a model. */
export class OpenedModel {
  readonly shape: ModelShape;
  readonly #text: TextTower;
  readonly #vision: VisionTower;

  constructor(shape: ModelShape, text: TextTower, vision: VisionTower) {
    this.shape = shape;
    this.#text = text;
    this.#vision = vision;
  }

  /** Embeds token ids; `gathered` is called when the slots have been read. */
  embedTexts(
    ids: Int32Array,
    slots: readonly number[],
    lengths: readonly number[],
    gathered?: () => void,
  ): Promise<Embeddings> {
    const store = { data: ids, stride: this.shape.contextLength };
    return this.#text.embed(store, slots, lengths, gathered);
  }

  /** Embeds pixels; `gathered` is called when the slots have been read. */
  embedImages(
    pixels: Float32Array | Uint8Array,
    slots: readonly number[],
    gathered?: () => void,
  ): Promise<Embeddings> {
    const stride = 3 * this.shape.imageSize * this.shape.imageSize;
    return this.#vision.embed({ data: pixels, stride }, slots, gathered);
  }

  /**
   * Runs each tower once per batch size, so that the first request pays no lazy initialisation.
   * @throws {ClipError} "model" if an output does not have the declared shape.
   */
  async warmUp(batches: readonly number[]): Promise<void> {
    const { contextLength, imageSize, pixelType } = this.shape;
    const ids = new Int32Array(contextLength);
    const plane = 3 * imageSize * imageSize;
    const pixels = pixelType === "uint8" ? new Uint8Array(plane) : new Float32Array(plane);
    for (const batch of batches) {
      const slots = new Array<number>(batch).fill(0);
      const text = await this.embedTexts(ids, slots, slots.map(() => Math.min(contextLength, 16)));
      const image = await this.embedImages(pixels, slots);
      if (text.dim !== image.dim || text.dim !== this.shape.embedDim) {
        throw dimMismatch(text.dim, image.dim);
      }
    }
  }

  /** Frees both sessions. */
  async release(): Promise<void> {
    await this.#text.release();
    await this.#vision.release();
  }
}

/**
 * Opens both graphs and checks that they belong together.
 * @throws {ClipError} "model" with the reason if they do not fit; "backend" if a provider is missing.
 */
export async function openModel(spec: OpenModelOptions): Promise<OpenedModel> {
  const { model } = spec;
  const options: SessionOptions = {
    providers: spec.providers,
    threads: spec.threads,
    alreadyOptimized: model.alreadyOptimized,
  };
  const textSession = await Session.open(model.textual, options);
  const textFace = readTextInterface(model.textual, textSession.inputs, textSession.outputs);
  const visionSession = await Session.open(model.visual, options);
  const visionFace = readVisionInterface(model.visual, visionSession.inputs, visionSession.outputs);
  const imageSize = visionFace.imageSize ?? model.imageSize;
  if (imageSize === undefined) {
    throw new ClipError(
      "model",
      `${model.visual} does not say its image size: put the model's preprocessor_config.json beside it`,
    );
  }
  if (visionFace.imageSize && model.imageSize && visionFace.imageSize !== model.imageSize) {
    throw new ClipError(
      "model",
      `${model.visual} takes images of ${visionFace.imageSize} pixels, but the configuration beside it says ${model.imageSize}`,
    );
  }
  const text = new TextTower(textSession, textFace);
  const vision = new VisionTower(visionSession, visionFace, imageSize);
  const shape: ModelShape = {
    embedDim: textFace.embedDim ?? visionFace.embedDim ?? 0,
    imageSize,
    pixelType: visionFace.pixels.type,
    contextLength: Math.min(textFace.fixedLength ?? model.contextLength, model.contextLength),
    freeTextLength: textFace.fixedLength === undefined,
  };
  if (textFace.embedDim && visionFace.embedDim && textFace.embedDim !== visionFace.embedDim) {
    throw dimMismatch(textFace.embedDim, visionFace.embedDim);
  }
  const opened = new OpenedModel(shape, text, vision);
  if (shape.embedDim > 0) return opened;
  // Neither graph says its width: one run tells.
  const probe = await opened.embedTexts(new Int32Array(shape.contextLength), [0], [1]);
  return new OpenedModel({ ...shape, embedDim: probe.dim }, text, vision);
}

function dimMismatch(text: number, image: number): ClipError {
  return new ClipError(
    "model",
    `The two graphs do not belong together: texts have ${text} dimensions, images ${image}`,
  );
}
