/**
 * Private keys under a password, in PKCS #8 (RFC 5958) with PBES2 (RFC 8018).
 *
 * The runtime's own reader does not know DES-EDE3-CBC, which `openssl req` has encrypted new keys
 * with until version 3.0, nor PBKDF2 with HMAC-SHA-1 where it is left out as the default.
 */
import { Buffer } from "node:buffer";
import { createDecipheriv, pbkdf2Sync } from "node:crypto";
import { ClipError } from "../../errors.ts";

const PBES2 = "2a864886f70d01050d";
const PBKDF2 = "2a864886f70d01050c";

/** Object identifiers, in hexadecimal DER, of the ciphers and their key sizes in bytes. */
const CIPHERS: Record<string, [name: string, keyBytes: number]> = {
  "2a864886f70d0307": ["des-ede3-cbc", 24],
  "608648016503040102": ["aes-128-cbc", 16],
  "60864801650304012a": ["aes-256-cbc", 32],
};

/** The same, of PBKDF2's pseudo-random functions. */
const HASHES: Record<string, string> = {
  "2a864886f70d0207": "sha1",
  "2a864886f70d0209": "sha256",
  "2a864886f70d020a": "sha384",
  "2a864886f70d020b": "sha512",
};

/** More rounds than this are an attack on the start, not a protection. */
const MAX_ITERATIONS = 10_000_000;

/**
 * Decrypts an `ENCRYPTED PRIVATE KEY`.
 * @returns the `PrivateKeyInfo` in DER.
 * @throws {ClipError} "config" if the password is wrong or the encryption is another one.
 */
export function decryptPkcs8(pem: string, password: string): Buffer {
  const body = /-----BEGIN ENCRYPTED PRIVATE KEY-----([^-]+)-----END/.exec(pem)?.[1];
  if (body === undefined) throw new ClipError("config", "it holds no ENCRYPTED PRIVATE KEY");
  const [algorithm, encrypted] = children(read(Buffer.from(body, "base64"), 0).content);
  const [scheme, parameters] = children(need(algorithm));
  if (hex(scheme) !== PBES2) throw unsupported("scheme", hex(scheme));
  const [derivation, encryption] = children(need(parameters));
  const [function_, settings] = children(need(derivation));
  if (hex(function_) !== PBKDF2) throw unsupported("key derivation", hex(function_));
  const [salt, iterations, ...rest] = children(need(settings));
  const hash = pseudoRandomFunction(rest);
  const [cipherId, iv] = children(need(encryption));
  const cipher = CIPHERS[hex(cipherId)];
  if (!cipher) throw unsupported("cipher", hex(cipherId));
  const rounds = Number(`0x${hex(iterations)}`);
  if (!(rounds > 0 && rounds <= MAX_ITERATIONS)) throw unsupported("iteration count", `${rounds}`);
  const key = pbkdf2Sync(password, need(salt), rounds, cipher[1], hash);
  try {
    const decipher = createDecipheriv(cipher[0], key, need(iv));
    return Buffer.concat([decipher.update(need(encrypted)), decipher.final()]);
  } catch (cause) {
    throw new ClipError("config", "the password is wrong", { cause });
  }
}

/** The optional parts behind salt and count: a key length, a function; HMAC-SHA-1 if left out. */
function pseudoRandomFunction(rest: readonly Buffer[]): string {
  const last = rest.at(-1);
  // A key length is an integer of one or two bytes; a function a sequence with an identifier.
  if (last === undefined || last.length <= 2) return "sha1";
  const id = hex(children(last)[0]);
  const hash = HASHES[id];
  if (!hash) throw unsupported("hash", id);
  return hash;
}

interface Element {
  content: Buffer;
  end: number;
}

/** The DER element at an offset. */
function read(bytes: Buffer, offset: number): Element {
  let start = offset + 2;
  let length = bytes[offset + 1] ?? 0;
  if (length >= 0x80) {
    const count = length & 0x7f;
    if (count > 4 || start + count > bytes.length) throw damaged();
    length = count === 0 ? 0 : bytes.readUIntBE(start, count);
    start += count;
  }
  const end = start + length;
  if (end > bytes.length) throw damaged();
  return { content: bytes.subarray(start, end), end };
}

/** The contents of the elements in a sequence. */
function children(bytes: Buffer): Buffer[] {
  const found: Buffer[] = [];
  for (let offset = 0; offset < bytes.length;) {
    const { content, end } = read(bytes, offset);
    found.push(content);
    offset = end;
  }
  return found;
}

function need(bytes: Buffer | undefined): Buffer {
  if (bytes === undefined) throw damaged();
  return bytes;
}

function hex(bytes: Buffer | undefined): string {
  return need(bytes).toString("hex");
}

function damaged(): ClipError {
  return new ClipError("config", "it is damaged: its DER structure is cut short");
}

function unsupported(what: string, value: string): ClipError {
  return new ClipError(
    "config",
    `the password is wrong, or its encryption is not known (${what} ${value}): encrypt it with ` +
      "'openssl pkcs8 -topk8 -v2 aes-256-cbc'",
  );
}
