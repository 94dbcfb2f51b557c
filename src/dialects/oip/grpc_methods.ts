/** The methods of `inference.GRPCInferenceService`. */
import { inSlices } from "../../encoding/slices.ts";
import { ClipError } from "../../errors.ts";
import type { GrpcMethod, ToldMethod } from "../../exchange/grpc.ts";
import type { Answered, MessageContext } from "../../exchange/message.ts";
import type { InferAnswer } from "./infer_answer.ts";
import type { Inference } from "./inference.ts";
import type { Models } from "./models.ts";
import { type NamedInferRequest, readInferRequest } from "./proto/read_infer_request.ts";
import {
  encodeFlag,
  encodeIndex,
  encodeModelConfig,
  encodeModelMetadata,
  encodeServerMetadata,
  encodeStatistics,
  type ModelQuestion,
  readModelQuestion,
  readOnlyReady,
} from "./proto/told.ts";
import {
  encodeStreamedFailure,
  writeInferAnswer,
  writeStreamedAnswer,
} from "./proto/write_infer_answer.ts";
import { NO_LOG_SETTINGS, NO_REPOSITORY, NO_SHARED_MEMORY, NO_TRACE } from "./refusals.ts";
import type { Statistics } from "./statistics.ts";

/** What the methods are made of. */
export interface OipMethodOptions {
  models: Models;
  statistics: Statistics;
  inference: Inference;
}

const SERVICE = "/inference.GRPCInferenceService/";

/** All of them, by full path. */
export function oipMethods(options: OipMethodOptions): Map<string, GrpcMethod> {
  const { models } = options;
  const methods: Record<string, GrpcMethod> = {
    ServerLive: { ...told(() => encodeFlag(true)), open: true },
    ServerReady: { ...told(() => encodeFlag(models.ready)), open: true },
    ModelReady: asked((question) => encodeFlag(isReady(question, models))),
    ServerMetadata: told(encodeServerMetadata),
    ModelMetadata: asked(({ name, version }) =>
      encodeModelMetadata(models.metadata(name, version))
    ),
    ModelConfig: asked(({ name, version }) => encodeModelConfig(models.metadata(name, version))),
    ModelStatistics: asked((question) => encodeStatistics(statisticsOf(question, options))),
    RepositoryIndex: told((message) => {
      const onlyReady = readOnlyReady(message);
      return encodeIndex(models.index().filter(({ ready }) => ready || !onlyReady));
    }),
    ModelInfer: { kind: "unary", answer: (message, context) => infer(message, context, options) },
    ModelStreamInfer: {
      kind: "stream",
      answer: (message, context) => inferOfStream(message, context, options),
    },
    RepositoryModelLoad: refused(NO_REPOSITORY),
    RepositoryModelUnload: refused(NO_REPOSITORY),
    SystemSharedMemoryStatus: refused(NO_SHARED_MEMORY),
    SystemSharedMemoryRegister: refused(NO_SHARED_MEMORY),
    SystemSharedMemoryUnregister: refused(NO_SHARED_MEMORY),
    CudaSharedMemoryStatus: refused(NO_SHARED_MEMORY),
    CudaSharedMemoryRegister: refused(NO_SHARED_MEMORY),
    CudaSharedMemoryUnregister: refused(NO_SHARED_MEMORY),
    TraceSetting: refused(NO_TRACE),
    LogSettings: refused(NO_LOG_SETTINGS),
  };
  return new Map(Object.entries(methods).map(([name, method]) => [`${SERVICE}${name}`, method]));
}

function told(answer: ToldMethod["answer"]): ToldMethod {
  return { kind: "told", answer };
}

function asked(answer: (question: ModelQuestion) => Uint8Array): ToldMethod {
  return told((message) => answer(readModelQuestion(message)));
}

function refused(reason: string): ToldMethod {
  return told(() => {
    throw new ClipError("invalid", reason);
  });
}

/** A model that is not there is not ready: that is no failure of the call. */
function isReady({ name, version }: ModelQuestion, models: Models): boolean {
  try {
    return models.isReady(name, version);
  } catch (thrown) {
    if (thrown instanceof ClipError) return false;
    throw thrown;
  }
}

function statisticsOf(
  { name, version }: ModelQuestion,
  { models, statistics }: OipMethodOptions,
): Parameters<typeof encodeStatistics>[0] {
  const found = name === "" ? models.all() : [models.find(name, version)];
  return found.map(({ name, executor }) => ({ name, statistics: statistics.tell(executor) }));
}

function read(
  message: Uint8Array,
  { signal }: MessageContext,
  { inference }: OipMethodOptions,
): NamedInferRequest | Promise<NamedInferRequest> {
  return inSlices((slices) => readInferRequest(message, inference.limits, slices), signal);
}

async function serve(
  began: number,
  request: NamedInferRequest,
  message: Uint8Array,
  context: MessageContext,
  { models, inference }: OipMethodOptions,
  write: (answer: InferAnswer) => Uint8Array | Promise<Uint8Array>,
): Promise<Answered<Uint8Array>> {
  const model = models.find(request.model, request.version);
  const inquiry = { model, request, bytes: message.length, began };
  return { answer: await inference.serve(inquiry, context, write), outcome: "ok" };
}

async function infer(
  message: Uint8Array,
  context: MessageContext,
  options: OipMethodOptions,
): Promise<Answered<Uint8Array>> {
  const began = performance.now();
  const request = await read(message, context, options);
  return await serve(
    began,
    request,
    message,
    context,
    options,
    (answer) => inSlices((slices) => writeInferAnswer(answer, slices), context.signal),
  );
}

/** What fails of a stream is told in its place, and the stream goes on. */
async function inferOfStream(
  message: Uint8Array,
  context: MessageContext,
  options: OipMethodOptions,
): Promise<Answered<Uint8Array>> {
  const began = performance.now();
  let id = "";
  try {
    const request = await read(message, context, options);
    ({ id } = request);
    return await serve(
      began,
      request,
      message,
      context,
      options,
      (answer) => inSlices((slices) => writeStreamedAnswer(answer, slices), context.signal),
    );
  } catch (thrown) {
    if (!(thrown instanceof ClipError) || endsStream(thrown)) throw thrown;
    return { answer: encodeStreamedFailure(thrown.message, id), outcome: thrown.kind };
  }
}

/** There is nobody to answer to, or no more answers to come. */
function endsStream({ kind }: ClipError): boolean {
  return kind === "unavailable" || kind === "cancelled";
}
