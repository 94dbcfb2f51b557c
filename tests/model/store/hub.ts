/** A Hugging Face hub with repositories of one's own. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import type { CatalogEntry } from "../../../src/model/catalog/catalog.ts";
import { familyPath } from "../../support/families.ts";
import { honest, RawServer, sha256 } from "./raw_server.ts";

/** Name -> content. */
export type Files = Map<string, Uint8Array>;

/** The files of a family's fixture, as they were before they were packed. */
export function publishedFiles(path: string): Files {
  const files: Files = new Map();
  for (const { name, isFile } of Deno.readDirSync(familyPath(path))) {
    if (!isFile) continue;
    const bytes = Deno.readFileSync(join(familyPath(path), name));
    if (name.endsWith(".gz")) files.set(name.slice(0, -3), new Uint8Array(gunzipSync(bytes)));
    else files.set(name, bytes);
  }
  return files;
}

/** A hub with these repositories. It states the sha256 of weights and tokenizers, as the real one. */
export class Hub implements AsyncDisposable {
  readonly #repositories = new Map<string, Files>();
  readonly #server: RawServer = new RawServer((request) => {
    const [repository, file] = request.path.slice(1).split("/resolve/main/");
    const bytes = this.#repositories.get(repository ?? "")?.get(file ?? "");
    if (bytes === undefined) return { status: 404 };
    const reply = honest(request, bytes);
    const big = /\.(bin|safetensors|pt|model)$/.test(file ?? "");
    return big
      ? { ...reply, headers: { ...reply.headers, "x-linked-etag": sha256(bytes) } }
      : reply;
  });

  get origin(): string {
    return this.#server.origin;
  }

  /** What was asked for, `owner/name/file`. */
  get asked(): string[] {
    return this.#server.requests.map(({ path }) => path.slice(1).replace("/resolve/main/", "/"));
  }

  put(repository: string, files: Files): this {
    this.#repositories.set(repository, files);
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server[Symbol.asyncDispose]();
  }
}

/** The repository of a model's weights. */
export function repositoryOf({ checkpoints }: CatalogEntry): string {
  const source = checkpoints.find((each) => each.kind === "hub");
  assert.ok(source?.kind === "hub");
  return source.repository;
}
