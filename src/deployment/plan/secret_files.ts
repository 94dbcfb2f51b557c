/** Files beside the flow that only the server may read. */
import { basename } from "node:path";
import { GATEWAY_KEYS, UVICORN_KEYS } from "../../flow/gateway_keys.ts";
import { listItems } from "../../flow/key.ts";
import type { PlannedFile } from "../plan.ts";
import { secretFolder } from "./container_paths.ts";
import type { Draft } from "./draft.ts";
import { findKey } from "./flow_text.ts";

/** Finds them, and makes the flow name the places where they are mounted. */
export function settleFiles({ flow, text }: Draft): PlannedFile[] {
  const files: PlannedFile[] = [];
  const add = (secret: string, key: string, source: string): string => {
    const path = `${secretFolder(secret)}/${key}`;
    if (!files.some((file) => file.path === path)) files.push({ secret, key, path, source });
    return path;
  };
  const { tls, apiKeys } = flow.gateway;
  const rename = (key: keyof typeof GATEWAY_KEYS, path: string) => {
    const own = findKey(text.gateway, key, GATEWAY_KEYS[key].aliases);
    const node = own ?? (Object.hasOwn(UVICORN_KEYS, key) ? findKey(text.uvicorn, key) : undefined);
    if (node !== undefined) text.replace(node, path);
  };
  if (tls !== null) {
    // The keys of a Secret of type kubernetes.io/tls.
    rename("ssl_certfile", add("tls", "tls.crt", tls.certFile));
    rename("ssl_keyfile", add("tls", "tls.key", tls.keyFile));
    if (tls.clientCaFile !== null) {
      rename("ssl_client_ca", add("client-ca", "ca.crt", tls.clientCaFile));
    }
  }
  const keys = findKey(text.gateway, "api_keys");
  if (keys === undefined || apiKeys === null) return files;
  for (const [index, item] of listItems(keys).entries()) {
    const entry = apiKeys[index];
    const node = item.kind === "map" ? item.entries.get("file")?.node : undefined;
    if (entry === undefined || !("file" in entry) || node === undefined) continue;
    text.replace(node, add("api-keys", keyName(entry.file, files), entry.file));
  }
  return files;
}

/** A key of a Secret for a file: its own name, unless another file has it. */
function keyName(source: string, files: readonly PlannedFile[]): string {
  const stem = basename(source).replace(/[^\w.-]/g, "_");
  const taken = (name: string) =>
    files.some((file) => file.secret === "api-keys" && file.key === name && file.source !== source);
  let name = stem;
  for (let number = 2; taken(name); number++) name = `${number}-${stem}`;
  return name;
}
