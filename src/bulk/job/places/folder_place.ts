/** Output that is kept where it is written: in a folder. */
import { join } from "node:path";
import { compareCodePoints } from "../../../code_point_order.ts";
import { isThere } from "../../outputs/trouble.ts";
import {
  claimFolder,
  clearFolder,
  JOB_NAME,
  type JobFile,
  onFolder,
  readJobFile,
  removeUnfinished,
  withFolder,
  writeJobFile,
} from "../job_folder.ts";
import { type JobState, readState } from "../state.ts";
import type { LocalFiles, OutputPlace } from "./output_place.ts";

/** A folder. */
export class FolderPlace implements OutputPlace {
  readonly name: string;
  readonly folder: string;
  readonly usualRowsPerFile = 1_000_000;

  constructor(folder: string) {
    this.name = folder;
    this.folder = folder;
  }

  nameOf(path: string): string {
    return join(this.folder, path);
  }

  job(): Promise<JobFile | undefined> {
    return readJobFile(this.folder);
  }

  claim(job: JobFile): Promise<JobFile | undefined> {
    return claimFolder(this.folder, job);
  }

  alone<T>(work: () => Promise<T>): Promise<T> {
    return withFolder(this.folder, work);
  }

  clear(): Promise<void> {
    return clearFolder(this.folder);
  }

  state(): Promise<JobState> {
    return readState(this.folder);
  }

  async begin(job: JobFile): Promise<JobState> {
    await writeJobFile(this.folder, job);
    return await readState(this.folder);
  }

  /** It lies where it belongs. */
  keepPart(): Promise<void> {
    return Promise.resolve();
  }

  /** It lies where it belongs. */
  suspend(): Promise<void> {
    return Promise.resolve();
  }

  async finish(job: JobFile): Promise<void> {
    await writeJobFile(this.folder, job);
    await this.tidy();
  }

  tidy(): Promise<void> {
    return removeUnfinished(this.folder);
  }

  fetch(): Promise<LocalFiles> {
    const { folder } = this;
    return Promise.resolve({ folder, [Symbol.asyncDispose]: () => Promise.resolve() });
  }

  async *below(): AsyncGenerator<OutputPlace> {
    const names = await onFolder(this.folder, async () => {
      if (!await isThere(this.folder)) return [];
      const entries = await Array.fromAsync(Deno.readDir(this.folder));
      return entries.filter(({ isFile }) => !isFile).map(({ name }) => name);
    });
    for (const name of names.sort(compareCodePoints)) {
      const folder = join(this.folder, name);
      if (await isThere(join(folder, JOB_NAME)).catch(() => false)) yield new FolderPlace(folder);
    }
  }
}
