/** Files of many places, one place after the other, while those of the next ones are fetched. */
import type { LocalFiles, OutputPlace } from "./places/output_place.ts";

/** Files that are wanted. */
export interface Wanted {
  place: Pick<OutputPlace, "fetch">;
  paths: readonly string[];
}

/**
 * Gives the files of each that is wanted, in their order; they are there until the next one is asked for.
 * @param ahead so many places are asked at a time.
 * @throws as `OutputPlace.fetch`, when everything before has been given.
 */
export async function* fetchedAhead<T extends Wanted>(
  wanted: Iterable<T>,
  ahead: number,
): AsyncGenerator<{ one: T; folder: string }> {
  const begun: { one: T; fetching: Promise<LocalFiles> }[] = [];
  const fill = begin(wanted, begun, ahead);
  try {
    for (fill(); begun.length > 0; fill()) {
      const { one, fetching } = begun.shift()!;
      await using files = await fetching;
      fill();
      yield { one, folder: files.folder };
    }
  } finally {
    for (const { fetching } of begun) {
      await fetching.then((files) => files[Symbol.asyncDispose]()).catch(() => {});
    }
  }
}

/** What asks for more, as long as fewer are asked for than may be. */
function begin<T extends Wanted>(
  wanted: Iterable<T>,
  begun: { one: T; fetching: Promise<LocalFiles> }[],
  ahead: number,
): () => void {
  const iterator = wanted[Symbol.iterator]();
  return () => {
    while (begun.length < ahead) {
      const { done, value } = iterator.next();
      if (done) return;
      const fetching = value.place.fetch(value.paths);
      // Told when its turn comes.
      fetching.catch(() => {});
      begun.push({ one: value, fetching });
    }
  };
}
