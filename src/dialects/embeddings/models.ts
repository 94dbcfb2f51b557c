/** `GET …/models`: OpenAI's list, with what infinity's has beside. */
import { ClipError } from "../../errors.ts";
import { type HttpHead, type InfoRoute, json } from "../../exchange/http.ts";
import type { Executor, ExecutorTable } from "../../service/executors.ts";

/** Routes that list models, or tell of one (`below`). */
export function modelRoutes(
  executors: ExecutorTable,
  { lists, below = [] }: { lists: readonly string[]; below?: readonly string[] },
): InfoRoute[] {
  const created = Math.floor(Date.now() / 1000);
  const describe = (executor: Executor, id: string) => describeModel(executor, id, created);
  const route = { kind: "info", method: "GET" } as const;
  const list = () => ({
    object: "list",
    data: executors.all.map((executor) => describe(executor, executors.idOf(executor))),
  });
  return [
    ...lists.map((path): InfoRoute => ({ ...route, path, respond: () => json(list()) })),
    ...below.map((path): InfoRoute => ({
      ...route,
      path: `${path}/*`,
      respond(head) {
        const id = idIn(head, path);
        return json(describe(executors.named(id), id));
      },
    })),
  ];
}

/** The name in a path: `/` in it may be percent-encoded or not. */
function idIn({ path }: HttpHead, list: string): string {
  const encoded = path.slice(list.length + 1);
  try {
    return decodeURIComponent(encoded);
  } catch {
    throw new ClipError("invalid", "The model's name in the path is not percent-encoded UTF-8");
  }
}

function describeModel({ encoder, description }: Executor, id: string, created: number) {
  const { waiting, running, maxQueue, minibatchSize } = encoder.state;
  const queued = waiting.text + waiting.image;
  return {
    id,
    object: "model",
    created,
    // infinity's own client (0.0.78) takes nothing else here, and nobody else looks at it.
    owned_by: "infinity",
    stats: {
      queue_fraction: queued / maxQueue,
      queue_absolute: queued,
      results_pending: running,
      batch_size: minibatchSize,
    },
    backend: description["provider"] ?? "",
    capabilities: ["embed", "image_embed", "classify", "rerank"],
  };
}
