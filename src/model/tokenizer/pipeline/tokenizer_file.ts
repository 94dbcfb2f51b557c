/** Reads a tokenizer's file, whatever kind it is. */
import { basename } from "node:path";
import type { FileTokenizer } from "../../../checkpoint/state_dict.ts";
import { ClipError } from "../../../errors.ts";
import type { Pipeline } from "./pipeline.ts";
import { readSentencePieceFile } from "./sentencepiece_file.ts";
import { fairseqSentencePiece, plainSentencePiece } from "./sentencepiece_text.ts";
import { siglipSentencePiece } from "./siglip_text.ts";
import { readTokenizerJson } from "./tokenizer_json.ts";
import { readVocabTxt, VOCAB_READINGS } from "./vocab_txt.ts";

/** Larger ones are not read: the largest published (XLM-V's) has 60 MB. */
const MAX_BYTES = 1 << 28;

/** Pipelines of this thread, by file and how it is read, while somebody has them. */
const opened = new Map<string, WeakRef<Pipeline>>();

/**
 * The pipeline of a file.
 * @param clean `siglip` chooses how a SentencePiece file is read.
 * @throws {ClipError} "model": it is not there or broken, or a part of it, which is named, is not
 * read.
 */
export function readTokenizerFile(
  path: string,
  format: FileTokenizer["format"],
  clean: FileTokenizer["clean"],
): Pipeline {
  const { size, mtime } = statOf(path);
  const key = [path, format, clean, size, mtime?.getTime()].join("\n");
  const known = opened.get(key)?.deref();
  if (known) return known;
  const pipeline = parseTokenizerFile(readBytes(path), format, clean, basename(path));
  opened.set(key, new WeakRef(pipeline));
  return pipeline;
}

/** The same of bytes. @param label what the file is called in errors. */
export function parseTokenizerFile(
  bytes: Uint8Array,
  format: FileTokenizer["format"],
  clean: FileTokenizer["clean"],
  label: string,
): Pipeline {
  switch (format) {
    case "tokenizer_json":
      return readTokenizerJson(parseJson(textOf(bytes, label), label));
    case "sentencepiece": {
      const file = readSentencePieceFile(bytes, label);
      return clean === "siglip"
        ? siglipSentencePiece(file, label)
        : plainSentencePiece(file, label);
    }
    case "xlm_roberta":
      return fairseqSentencePiece(readSentencePieceFile(bytes, label), label);
    case "wordpiece_cased":
    case "wordpiece_uncased":
    case "wordpiece_chinese_clip":
      return readVocabTxt(textOf(bytes, label), VOCAB_READINGS[format], label);
  }
}

function statOf(path: string): Deno.FileInfo {
  let info: Deno.FileInfo;
  try {
    info = Deno.statSync(path);
  } catch (cause) {
    throw cannotRead(basename(path), "there is no such file", cause);
  }
  if (info.isFile && info.size <= MAX_BYTES) return info;
  throw cannotRead(
    basename(path),
    info.isFile
      ? `it has ${info.size} bytes: more than ${MAX_BYTES} are not read`
      : "it is no file",
  );
}

function readBytes(path: string): Uint8Array {
  try {
    return Deno.readFileSync(path);
  } catch (cause) {
    throw cannotRead(basename(path), cause instanceof Error ? cause.message : String(cause), cause);
  }
}

function textOf(bytes: Uint8Array, label: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw cannotRead(label, "it is no UTF-8", cause);
  }
}

function parseJson(text: string, label: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw cannotRead(label, "it is no JSON", cause);
  }
}

function cannotRead(label: string, reason: string, cause?: unknown): ClipError {
  return new ClipError("model", `Cannot read the tokenizer '${label}': ${reason}`, { cause });
}
