/** `rank`: which candidate fits best. */
import { inSlices } from "../../encoding/slices.ts";
import { rank as rankEmbeddings } from "../../service/rank.ts";
import { clientOptions, openHere } from "../embedding/open_embedder.ts";
import { asClipError, openClient } from "../embedding/servers.ts";
import { EXIT_OK } from "../exit_code.ts";
import type { Console } from "../model/console.ts";
import type { Given } from "../words/given.ts";
import { bars } from "./bars.ts";
import { documentOf, type QueryContent, readContents } from "./contents.ts";
import { terminalStyle } from "./terminal_style.ts";
import { withLinesOfFiles } from "./words_of_files.ts";

/** A candidate, ranked. */
interface Ranked {
  candidate: string;
  /** Of all candidates, or (SigLIP) the probability that it fits. */
  score: number;
  cosine: number;
}

/** Runs it; the exit code. @throws {ClipError} with the reason. */
export async function rank(given: Given, console: Console): Promise<number> {
  const words = await withLinesOfFiles(given.words);
  if (words.length < 2) throw given.fault("A candidate is missing");
  const [query, ...candidates] = await readContents(words, given.on("plain"));
  const url = given.all("server")[0];
  const ranked = url === undefined
    ? await rankHere(query!, candidates, given, console)
    : await rankByServer(url, query!, candidates, given, console);
  if (given.on("json")) {
    console.out(JSON.stringify({ query: query!.word, candidates: ranked }));
    return EXIT_OK;
  }
  const scored = ranked.map(({ candidate, score }) => ({ label: candidate, score }));
  for (const line of bars(scored, terminalStyle(console))) console.out(line);
  return EXIT_OK;
}

async function rankHere(
  query: QueryContent,
  candidates: readonly QueryContent[],
  given: Given,
  console: Console,
): Promise<Ranked[]> {
  const embedder = await openHere(given, console);
  try {
    const all = [query, ...candidates];
    const results = await embedder.encode(
      all.map(({ item }) => item),
      new AbortController().signal,
    );
    const embeddings = results.map((result, index) => {
      if (result instanceof Float32Array) return result;
      throw asClipError(result, all[index]!.word);
    });
    const ranking = await inSlices((slices) =>
      rankEmbeddings(embeddings[0]!, embeddings.slice(1), embedder.similarity, slices)
    );
    return ranking.map(({ index, score, cosine }) => ({
      candidate: candidates[index]!.word,
      score,
      cosine,
    }));
  } finally {
    await embedder.close();
  }
}

async function rankByServer(
  url: string,
  query: QueryContent,
  candidates: readonly QueryContent[],
  given: Given,
  console: Console,
): Promise<Ranked[]> {
  const client = openClient(url, await clientOptions(given, console));
  const model = given.text("model");
  try {
    const [document] = await client.rank([{
      ...documentOf(query),
      matches: candidates.map((each, index) => ({ id: String(index), ...documentOf(each) })),
    }], model === undefined ? {} : { parameters: { model_name: model } });
    return (document?.matches ?? []).map(({ id, scores }) => ({
      candidate: candidates[Number(id)]!.word,
      score: scores?.clip_score?.value ?? NaN,
      cosine: scores?.clip_score_cosine?.value ?? NaN,
    }));
  } catch (thrown) {
    throw asClipError(thrown, url);
  } finally {
    await client.close();
  }
}
