/**
 * The smallest dialect: a line of plain text in, a line of numbers out. What it has is all that a
 * dialect needs: routes, a codec and errors of its own.
 */
import { ClipError } from "../../src/errors.ts";
import type { DialectContext } from "../../src/dialects/context.ts";
import type { Dialect } from "../../src/exchange/dialect.ts";
import type { HttpAnswer } from "../../src/exchange/http.ts";
import type { Frame } from "../../src/exchange/websocket.ts";
import type { CallContext } from "../../src/service/service.ts";

const STATUS: Partial<Record<ClipError["kind"], number>> = { overloaded: 529, too_large: 499 };

/** Makes it. `POST /tiny` and the WebSocket `/tiny` embed each line; `GET /tiny` says hello. */
export function tinyDialect({ service }: DialectContext): Dialect {
  const embed = async (text: string, context: CallContext): Promise<string> => {
    const executor = service.executors.choose(undefined);
    const items = text.split("\n").map((line) =>
      line.startsWith("http") ? { uri: line } : { text: line }
    );
    const results = await service.encode(items, executor, context);
    return results.map((result) =>
      result instanceof ClipError ? `no: ${result.message}` : [...result].join(" ")
    ).join("\n");
  };
  return {
    name: "tiny",
    http: {
      routes: [
        { kind: "info", method: "GET", path: "/tiny", respond: () => plain("hello") },
        {
          kind: "data",
          method: "POST",
          path: "/tiny",
          async serve(call) {
            const text = new TextDecoder().decode(call.body);
            call.watch.read("/tiny", 1, text.length);
            return plain(await embed(text, { signal: call.signal }));
          },
        },
      ],
      refuse: (error) => plain(`tiny says: ${error.message}`, STATUS[error.kind] ?? 400),
    },
    websocket: [{
      path: "/tiny",
      open: () => ({
        kind: "frames",
        isEnd: ({ length }) => length === 0,
        async answer({ bytes }, { signal, flow, watch }) {
          const text = new TextDecoder().decode(bytes);
          watch.read("/tiny", 1, text.length);
          const line = await embed(text, { signal, wait: true, ...(flow ? { flow } : {}) });
          return { answer: frame(line), outcome: "ok" };
        },
        lingerAfterFailureMs: 0,
      }),
    }],
  };
}

function plain(text: string, status = 200): HttpAnswer {
  const body = new TextEncoder().encode(text);
  return { status, headers: { "content-type": "text/plain; charset=utf-8" }, body };
}

function frame(text: string): Frame {
  const bytes = new TextEncoder().encode(text);
  return { bytes, text: true, length: bytes.length };
}
