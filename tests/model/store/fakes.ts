/** A clock that does not wait, models that weigh a kilobyte, and a cache folder of one's own. */
import { join } from "node:path";
import { CATALOG, type CatalogEntry } from "../../../src/model/catalog/catalog.ts";
import type { CheckpointSource } from "../../../src/model/catalog/entry.ts";
import type { Clock } from "../../../src/model/store/clock.ts";
import type { ProgressReporter } from "../../../src/model/store/progress.ts";
import type { StoreSettings } from "../../../src/model/store/settings.ts";

/** Sleeps end at once and are written down; alarms go off only when told to. */
export class FakeClock implements Clock {
  readonly sleeps: number[] = [];
  readonly #alarms = new Set<() => void>();
  #now = 0;

  now(): number {
    return this.#now;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    this.sleeps.push(ms);
    this.#now += ms;
    return signal?.aborted ? Promise.reject(signal.reason) : Promise.resolve();
  }

  after(_ms: number, fire: () => void): () => void {
    this.#alarms.add(fire);
    return () => this.#alarms.delete(fire);
  }

  random(): number {
    return 0.5;
  }

  advance(ms: number): void {
    this.#now += ms;
  }

  /** Sets off every alarm that has not been called off. */
  ring(): void {
    for (const fire of [...this.#alarms]) fire();
  }
}

/** Writes down what a progress display is told. */
export class RecordedProgress implements ProgressReporter {
  readonly notes: string[] = [];
  readonly updates: [done: number, total: number | undefined][] = [];
  readonly ends: boolean[] = [];
  onUpdate: (done: number) => void = () => {};

  begin(_name: string, _done: number, _total: number | undefined) {
    return {
      update: (done: number, total: number | undefined) => {
        this.updates.push([done, total]);
        this.onUpdate(done);
      },
      note: (line: string) => void this.notes.push(line),
      end: (ok: boolean) => void this.ends.push(ok),
    };
  }
}

/** A model of the given sources; everything else is ViT-B/32's. */
export function fakeEntry(
  checkpoints: readonly CheckpointSource[],
  rest: Partial<CatalogEntry> = {},
): CatalogEntry {
  const { onnx: _onnx, onnxHub: _onnxHub, ...base } = CATALOG.find((each) =>
    each.name === "ViT-B-32::openai"
  )!;
  return { ...base, name: "Tiny::test", aliases: ["Tiny/1"], cached: [], ...rest, checkpoints };
}

/** A temporary folder with caches in it, removed at the end of the scope. */
export class TemporaryStore implements AsyncDisposable {
  readonly root: string;
  readonly settings: StoreSettings;
  /** As an option of the store: models that weigh a kilobyte are taken for what they are called. */
  readonly inspect = (): undefined => undefined;

  constructor(changes: Partial<StoreSettings> = {}) {
    this.root = Deno.makeTempDirSync({ prefix: "clipline-store-" });
    this.settings = {
      cache: join(this.root, "clipline"),
      clipCache: join(this.root, "clip"),
      hubCache: join(this.root, "hub"),
      hubEndpoint: "http://127.0.0.1:9",
      offline: false,
      ...changes,
    };
  }

  /** Writes a file below the root, making its folders. */
  async put(path: string, bytes: Uint8Array): Promise<string> {
    const full = join(this.root, path);
    await Deno.mkdir(join(full, ".."), { recursive: true });
    await Deno.writeFile(full, bytes);
    return full;
  }

  /** Every file below the root, sorted, without the records of checked hashes and of pins. */
  async files(): Promise<string[]> {
    const found: string[] = [];
    const walk = async (folder: string, prefix: string) => {
      for await (const each of Deno.readDir(folder)) {
        const name = `${prefix}${each.name}`;
        if (each.isDirectory) await walk(join(folder, each.name), `${name}/`);
        else if (!/^clipline\/(verified|pinned)\//.test(name)) found.push(name);
      }
    };
    await walk(this.root, "");
    return found.sort();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.root, { recursive: true });
  }
}

/** An address that nobody listens on: a privileged port, and none of those that `fetch` refuses. */
export const CLOSED_ORIGIN = "http://127.0.0.1:2";
