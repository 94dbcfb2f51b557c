/** SentencePiece's own files (`spiece.model`, `sentencepiece.bpe.model`): `sentencepiece_model.proto`. */
import { WireReader } from "../../../encoding/protobuf_reader.ts";
import { ClipError } from "../../../errors.ts";

/** What a piece is for. */
export const PIECE_TYPE = {
  normal: 1,
  unknown: 2,
  control: 3,
  userDefined: 4,
  unused: 5,
  byte: 6,
} as const;

/** One piece. */
export interface SentencePiece {
  piece: string;
  /** Logarithm of how likely it is, float32. */
  score: number;
  /** Of `PIECE_TYPE`. */
  type: number;
}

/** What such a file says. */
export interface SentencePieceFile {
  /** By id. */
  pieces: SentencePiece[];
  byteFallback: boolean;
  normalizer: {
    /** A compiled character map; empty for none. */
    charsmap: Uint8Array;
    addDummyPrefix: boolean;
    removeExtraWhitespaces: boolean;
    escapeWhitespaces: boolean;
  };
}

/** `TrainerSpec.ModelType`. */
const UNIGRAM = 1;
/** A piece has four fields and a message around them; a million pieces are four times the largest. */
const MAX_FIELDS = 6_000_000;

/** Tags: number << 3 | wire type. */
const BYTES = 2;

/**
 * Reads one.
 * @throws {ClipError} "model": it is broken, or of a kind that is not read.
 */
export function readSentencePieceFile(bytes: Uint8Array, label: string): SentencePieceFile {
  try {
    return read(new WireReader(bytes, MAX_FIELDS));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ClipError("model", `Cannot read the tokenizer '${label}': ${reason}`, { cause });
  }
}

function read(reader: WireReader): SentencePieceFile {
  const file: SentencePieceFile = {
    pieces: [],
    byteFallback: false,
    normalizer: {
      charsmap: new Uint8Array(0),
      addDummyPrefix: true,
      removeExtraWhitespaces: true,
      escapeWhitespaces: true,
    },
  };
  let modelType = UNIGRAM;
  let asSuffix = 0;
  while (reader.more()) {
    const tag = reader.tag();
    if (tag === (1 << 3 | BYTES)) file.pieces.push(readPiece(reader));
    else if (tag === (2 << 3 | BYTES)) {
      message(reader, {
        [3 << 3]: () => modelType = reader.uint32(),
        [24 << 3]: () => asSuffix = reader.uint32(),
        [35 << 3]: () => file.byteFallback = reader.uint32() !== 0,
      });
    } else if (tag === (3 << 3 | BYTES)) {
      const { normalizer } = file;
      message(reader, {
        [2 << 3 | BYTES]: () => normalizer.charsmap = reader.bytes(),
        [3 << 3]: () => normalizer.addDummyPrefix = reader.uint32() !== 0,
        [4 << 3]: () => normalizer.removeExtraWhitespaces = reader.uint32() !== 0,
        [5 << 3]: () => normalizer.escapeWhitespaces = reader.uint32() !== 0,
      });
    } else reader.skip(tag);
  }
  if (file.pieces.length === 0) throw new Error("it has no pieces");
  if (modelType !== UNIGRAM) throw new Error("only SentencePiece's Unigram models are read");
  if (asSuffix) {
    throw new Error("white space behind words (treat_whitespace_as_suffix) is not read");
  }
  return file;
}

const FLOAT = 5;

function readPiece(reader: WireReader): SentencePiece {
  const piece = { piece: "", score: 0, type: PIECE_TYPE.normal as number };
  message(reader, {
    [1 << 3 | BYTES]: () => piece.piece = reader.string(),
    [2 << 3 | FLOAT]: () => piece.score = reader.float(),
    [3 << 3]: () => piece.type = reader.uint32(),
  });
  return piece;
}

/** Reads the message at the cursor; what no reader is given for is passed over. */
function message(reader: WireReader, fields: Record<number, () => unknown>): void {
  const outer = reader.enter();
  while (reader.more()) {
    const tag = reader.tag();
    const field = fields[tag];
    if (field) field();
    else reader.skip(tag);
  }
  reader.leave(outer);
}
