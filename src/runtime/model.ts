/** A CLIP model opened in a replica: both towers, their common shape, and the warm-up. */
import { join } from "node:path";
import type { ImageLibrary, ImageResize, TokenizerDescription } from "../checkpoint/state_dict.ts";
import { ClipError } from "../errors.ts";
import { firstNotFinite } from "../finite.ts";
import type { LockMemory } from "./device_lock.ts";
import { readTextInterface, readVisionInterface } from "./graph_interface.ts";
import { type ProviderChoice, Session, type SessionOptions } from "./session.ts";
import { type ShapeBuckets, ShapePolicy } from "./shape_policy.ts";
import { type Embeddings, TextTower, VisionTower } from "./towers.ts";

/** Where a model's graphs lie and how they are fed. */
export interface ModelFiles {
  /** Path of the text tower's ONNX file. */
  textual: string;
  /** Path of the vision tower's ONNX file. */
  visual: string;
  /** Image side in pixels, if known from a file beside the graphs; the graph must agree. */
  imageSize?: number;
  /** Image side of the model they are called after: used if neither graph nor file says it. */
  likelyImageSize?: number;
  /** Per-channel statistics, 0..1 units. */
  mean: readonly [number, number, number];
  std: readonly [number, number, number];
  /** How images become a square of that side; default: OpenAI's way. */
  resize?: ImageResize;
  /** Whose pixels they are then; default: torchvision's. */
  imageLibrary?: ImageLibrary;
  contextLength: number;
  vocabSize: number;
  /** What texts are filled up with; default: 0, as CLIP's. */
  padId?: number;
  /** How texts become ids; default: CLIP's own. A file that it names lies beside the graphs. */
  tokenizer?: TokenizerDescription;
  /** The graphs went through ONNX Runtime's optimiser already. */
  alreadyOptimized: boolean;
  /** The published model that they are taken for: another one's are refused. */
  published?: { name: string; embedDim: number };
}

/** How a model is opened. */
export interface OpenModelOptions {
  model: ModelFiles;
  /** In order of preference. */
  providers: readonly ProviderChoice[];
  /** Threads that compute one operator. */
  threads: number;
  /** ONNX Runtime's configuration entries. */
  config?: Readonly<Record<string, string>>;
  /** The only shapes to run; without them every shape is run as it comes. */
  buckets?: ShapeBuckets;
  /** For devices that one session may use at a time. */
  lock?: { memory: LockMemory; owner: number };
  /** Profiles both towers until `endProfile`, into files of this directory. */
  profileDirectory?: string;
}

/** What the opened graphs say: the main thread sizes the stores by it. */
export interface ModelShape {
  embedDim: number;
  imageSize: number;
  pixelType: "float32" | "uint8";
  contextLength: number;
  /** What texts are filled up with, up to the context's length. */
  padId: number;
  /** The text tower takes inputs shorter than the context. */
  freeTextLength: boolean;
}

/** Both towers of a model. */
export class OpenedModel {
  readonly shape: ModelShape;
  readonly #text: TextTower;
  readonly #vision: VisionTower;
  readonly #shapes: ShapePolicy;

  constructor(shape: ModelShape, text: TextTower, vision: VisionTower, shapes: ShapePolicy) {
    this.shape = shape;
    this.#text = text;
    this.#vision = vision;
    this.#shapes = shapes;
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
   * Runs every shape of the buckets, so that the first request pays for nothing that is done once,
   * and looks at what comes out.
   * @param batches sizes for where there are no buckets. A first run costs there what every run
   * costs: one text and one image tell whether the graphs compute anything.
   * @throws {ClipError} "model" if an output does not have the declared shape, or is NaN or infinite.
   */
  async warmUp(batches: readonly number[] = [1]): Promise<void> {
    const { contextLength, freeTextLength, imageSize, pixelType } = this.shape;
    const ids = new Int32Array(contextLength);
    const plane = 3 * imageSize * imageSize;
    const pixels = pixelType === "uint8" ? new Uint8Array(plane) : new Float32Array(plane);
    const warm = new Set<number>();
    let image: Embeddings | undefined;
    for (const { batch, length } of this.#shapes.warmUps(batches, contextLength)) {
      // A graph of one length has one shape per batch.
      if (!freeTextLength && warm.has(batch)) continue;
      const slots = new Array<number>(batch).fill(0);
      const text = await this.embedTexts(ids, slots, slots.map(() => length));
      checkOutput("texts", text);
      if (image === undefined || !warm.has(batch)) {
        image = await this.embedImages(pixels, slots);
        checkOutput("images", image);
      }
      warm.add(batch);
      if (text.dim !== image.dim || text.dim !== this.shape.embedDim) {
        throw dimMismatch(text.dim, image.dim);
      }
    }
  }

  /** Ends the profiles of both towers; their files are whole afterwards. */
  async endProfile(): Promise<void> {
    await this.#text.endProfile();
    await this.#vision.endProfile();
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
    ...(spec.config === undefined ? {} : { config: spec.config }),
    ...(spec.lock === undefined ? {} : { lock: spec.lock }),
  };
  const profiled = (tower: string): SessionOptions =>
    spec.profileDirectory === undefined
      ? options
      : { ...options, profilePrefix: join(spec.profileDirectory, tower) };
  const shapes = new ShapePolicy(spec.buckets);
  const textSession = await Session.open(model.textual, profiled("textual"));
  const textFace = readTextInterface(model.textual, textSession.inputs, textSession.outputs);
  const visionSession = await Session.open(model.visual, profiled("visual"));
  const visionFace = readVisionInterface(model.visual, visionSession.inputs, visionSession.outputs);
  const imageSize = visionFace.imageSize ?? model.imageSize ?? model.likelyImageSize;
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
  const padId = model.padId ?? 0;
  const text = new TextTower(textSession, textFace, shapes, padId);
  const vision = new VisionTower(visionSession, visionFace, imageSize, shapes);
  const pixelType = visionFace.pixels.type;
  const contextLength = Math.min(
    textFace.fixedLength ?? model.contextLength,
    model.contextLength,
  );
  // Where a graph does not say its width, one run tells.
  const plane = 3 * imageSize ** 2;
  const pixels = pixelType === "uint8" ? new Uint8Array(plane) : new Float32Array(plane);
  const ids = new Int32Array(contextLength);
  const textDim = textFace.embedDim ??
    (await text.embed({ data: ids, stride: contextLength }, [0], [1])).dim;
  const imageDim = visionFace.embedDim ??
    (await vision.embed({ data: pixels, stride: plane }, [0])).dim;
  if (textDim !== imageDim) throw dimMismatch(textDim, imageDim);
  if (model.published !== undefined && model.published.embedDim !== textDim) {
    throw new ClipError(
      "model",
      `${model.textual} is not of ${model.published.name}: its embeddings have ${textDim} dimensions ` +
        `instead of ${model.published.embedDim}`,
    );
  }
  const freeTextLength = textFace.fixedLength === undefined;
  const shape = { embedDim: textDim, imageSize, pixelType, contextLength, padId, freeTextLength };
  return new OpenedModel(shape, text, vision, shapes);
}

/** A graph whose weights are broken answers NaN for everything. */
function checkOutput(what: "texts" | "images", { data }: Embeddings): void {
  const at = firstNotFinite(data);
  if (at < 0) return;
  throw new ClipError(
    "model",
    `The model's graph for ${what} computes nothing but ${
      data[at]
    }: its weights hold NaN or infinity, or its number format is too narrow for them (with fp16 try ` +
      "dtype fp32). Check the files, or use others",
  );
}

function dimMismatch(text: number, image: number): ClipError {
  return new ClipError(
    "model",
    `The two graphs do not belong together: texts have ${text} dimensions, images ${image}`,
  );
}
