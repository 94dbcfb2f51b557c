/** What takes spans in JSON in a collector's place, and answers as a test wants. */
import { type OtlpTraces, type Span, spansOf } from "./otel_collector/spans.ts";

/** How an export is answered; undefined: taken. */
export type Answer = (request: Request) => Response | undefined | Promise<Response | undefined>;

/** One, on a port of this machine. */
export class OtlpSink implements AsyncDisposable {
  /** What was taken. */
  readonly spans: Span[] = [];
  /** Types of all that came. */
  readonly types: (string | null)[] = [];
  answer: Answer;
  readonly #server: Deno.HttpServer<Deno.NetAddr>;

  constructor(answer: Answer = () => undefined) {
    this.answer = answer;
    this.#server = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen() {} },
      async (request) => {
        const type = request.headers.get("content-type");
        this.types.push(type);
        const body = await request.arrayBuffer();
        const answered = await this.answer(request);
        if (answered !== undefined) return answered;
        if (type === "application/json") {
          const traces: OtlpTraces = JSON.parse(new TextDecoder().decode(body));
          for (const span of spansOf(traces)) this.spans.push(span);
        }
        return new Response();
      },
    );
  }

  get port(): number {
    return this.#server.addr.port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
  }
}
