/** The forms in which a job's output can be asked for: what files a part becomes, and how. */
import { join } from "node:path";
import { writeJsonl } from "./jsonl_part.ts";
import { writeClipRetrievalMetadata, writeParquet } from "./parquet_part.ts";
import type { Part, Tower } from "./part.ts";

/** Names of the forms. */
export const OUTPUT_FORMATS = ["npy", "parquet", "jsonl", "clip-retrieval"] as const;
export type OutputFormat = typeof OUTPUT_FORMATS[number];

/** What files a part becomes; paths below the job's folder. */
export interface PartFiles {
  /** Where the matrix of each tower goes as it is; none: it does not stay. */
  matrices: readonly (string | undefined)[];
  /** Where the lines of the rows go as they are. */
  rows?: string;
  /** What is written from both. */
  made?: { path: string; write(part: Part, file: Deno.FsFile): Promise<void> };
}

const CLIP_RETRIEVAL_NAMES = { any: "img_emb", image: "img_emb", text: "text_emb" } as const;

/** The files of part `number` (0, 1, …) of a job that embeds `towers`. */
export function partFiles(
  format: OutputFormat,
  towers: readonly Tower[],
  number: number,
): PartFiles {
  const nowhere = towers.map(() => undefined);
  switch (format) {
    case "npy":
      return {
        matrices: towers.map((tower) =>
          tower === "any" ? `embeddings_${number}.npy` : `${tower}_embeddings_${number}.npy`
        ),
        rows: `ids_${number}.jsonl`,
      };
    case "parquet":
      return {
        matrices: nowhere,
        made: { path: `embeddings_${number}.parquet`, write: writeParquet },
      };
    case "jsonl":
      return {
        matrices: nowhere,
        made: { path: `embeddings_${number}.jsonl`, write: writeJsonl },
      };
    case "clip-retrieval":
      return {
        matrices: towers.map((tower) => {
          const name = CLIP_RETRIEVAL_NAMES[tower];
          return join(name, `${name}_${number}.npy`);
        }),
        made: {
          path: join("metadata", `metadata_${number}.parquet`),
          write: writeClipRetrievalMetadata,
        },
      };
  }
}

/** All paths of a part. */
export function partPaths({ matrices, rows, made }: PartFiles): string[] {
  return [...matrices, rows, made?.path].filter((path) => path !== undefined);
}

/** Folders in which a job's files lie, and the names that they can have. */
export const OUTPUT_NAMES: Readonly<Record<string, RegExp>> = {
  ".": /^(((image|text)_)?embeddings_\d+\.(npy|parquet|jsonl)|ids_\d+\.jsonl)(\.tmp)?$/,
  img_emb: /^img_emb_\d+\.npy$/,
  text_emb: /^text_emb_\d+\.npy$/,
  metadata: /^metadata_\d+\.parquet(\.tmp)?$/,
};
