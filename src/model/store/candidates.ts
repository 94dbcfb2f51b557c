/** The addresses that a file is asked from, with the mirror or the hub's endpoint put in. */
import { basename } from "node:path";
import type { CheckpointSource } from "../catalog/catalog.ts";
import type { Candidate } from "./fetch_file.ts";
import { mirrored, type StoreSettings } from "./settings.ts";

/** The addresses of the weights of a source. */
export function candidatesOf(source: CheckpointSource, settings: StoreSettings): Candidate[] {
  if (source.kind === "url") {
    return [{
      url: mirrored(source.url, settings.mirror),
      file: source.file,
      digests: source.digest === undefined ? [] : [source.digest],
    }];
  }
  return source.files.map((file) => hubCandidate(source.repository, file, settings));
}

/** The address of a file on the hub, or of its copy on the mirror. */
export function hubCandidate(
  repository: string,
  file: string,
  settings: StoreSettings,
): Candidate {
  const path = `${repository}/resolve/main/${file}`;
  if (settings.mirror !== undefined) {
    const url = mirrored(`https://huggingface.co/${path}`, settings.mirror);
    return { url, file: basename(file), digests: [] };
  }
  return {
    url: `${settings.hubEndpoint}/${path}`,
    file: basename(file),
    digests: [],
    ...(settings.hubToken === undefined ? {} : { token: settings.hubToken }),
  };
}
