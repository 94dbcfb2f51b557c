/** Certificates and key of the gateways: read, proved to fit each other, and read again when renewed. */
import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { ClipError, KeyError } from "../../errors.ts";
import type { TlsConfig } from "../../flow/config.ts";
import type { Log } from "../../telemetry/log.ts";
import { decryptPkcs8 } from "./encrypted_key.ts";

/** What a listener is opened with, both as PEM text. */
export interface TlsIdentity {
  /** The certificate, and what leads to its issuer behind it. */
  cert: string;
  /** The private key, unencrypted: not to be logged. */
  key: string;
  /** Certificates of those who issue certificates to clients; undefined asks clients for none. */
  clientCa: string | undefined;
}

/** How often the files are looked at. */
const POLL_MS = 10_000;

const PEM_CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/**
 * Reads certificate and key. Keys may be RSA or EC, in PKCS #8, PKCS #1 or SEC 1, encrypted or not.
 * @throws {ClipError} "config": a file cannot be read or is no PEM of its kind, the password is
 * missing or wrong, or the key is not that of the certificate.
 */
export function readTlsIdentity(
  { certFile, keyFile, keyPassword, clientCaFile }: TlsConfig,
): TlsIdentity {
  const { pem: cert, certificates } = readCertificates(certFile, "ssl_certfile");
  const key = readKey(keyFile, keyPassword);
  if (!certificates[0]!.checkPrivateKey(key)) {
    throw new KeyError(
      "config",
      "ssl_keyfile",
      `'ssl_keyfile' ${keyFile} is not the key of the first certificate in ${certFile}`,
    );
  }
  return {
    cert,
    key: key.export({ type: "pkcs8", format: "pem" }) as string,
    clientCa: clientCaFile === null
      ? undefined
      : readCertificates(clientCaFile, "ssl_client_ca").pem,
  };
}

/** What a listener of node's is opened with, and renewed with. */
export function secureContext({ cert, key, clientCa }: TlsIdentity) {
  return {
    ...{ cert, key, minVersion: "TLSv1.2" as const },
    ...(clientCa === undefined
      ? {}
      : { ca: clientCa, requestCert: true, rejectUnauthorized: true }),
  };
}

/** The identity of running listeners: kept up with the files. */
export class TlsFiles {
  readonly #config: TlsConfig;
  readonly #log: Log;
  readonly #listeners = new Set<(identity: TlsIdentity) => void>();
  readonly #timer: ReturnType<typeof setInterval>;
  #seen: string;
  #identity: TlsIdentity;

  /** @throws {ClipError} as `readTlsIdentity`. */
  constructor(config: TlsConfig, log: Log, pollMs = POLL_MS) {
    this.#config = config;
    this.#log = log;
    this.#seen = stamp(config);
    this.#identity = readTlsIdentity(config);
    this.#timer = setInterval(() => this.check(), pollMs);
    Deno.unrefTimer(this.#timer as unknown as number);
  }

  /** The identity now. */
  get identity(): TlsIdentity {
    return this.#identity;
  }

  /** Hears of each new identity. */
  listen(listener: (identity: TlsIdentity) => void): void {
    this.#listeners.add(listener);
  }

  /**
   * Looks whether the files have changed and takes up what they hold. A pair that is not whole yet,
   * or wrong, is logged and the old one stays.
   */
  check(): void {
    const now = stamp(this.#config);
    if (now === this.#seen) return;
    this.#seen = now;
    try {
      const identity = readTlsIdentity(this.#config);
      this.#identity = identity;
      for (const listener of this.#listeners) listener(identity);
      const { validTo } = new X509Certificate(identity.cert);
      if (this.#listeners.size > 0) this.#log.info("The new certificate is in use", { validTo });
      else this.#log.warn("The new certificate is taken up by a restart only", { validTo });
    } catch (thrown) {
      const reason = ClipError.wrap(thrown).message;
      this.#log.warn("The changed certificate cannot be used: the old one stays", { reason });
    }
  }

  /** Looks no more. */
  close(): void {
    clearInterval(this.#timer);
  }
}

function readCertificates(
  file: string,
  name: string,
): { pem: string; certificates: X509Certificate[] } {
  const pem = readText(file, name);
  const chain = pem.match(PEM_CERTIFICATE);
  if (!chain) {
    const what = pem.includes("PRIVATE KEY-----") ? "a private key" : "no PEM certificate";
    throw new KeyError(
      "config",
      name,
      `'${name}' ${file} holds ${what}: expected -----BEGIN CERTIFICATE-----`,
    );
  }
  const certificates = chain.map((pem, index) => {
    try {
      return new X509Certificate(pem);
    } catch (cause) {
      const which = chain.length === 1 ? "the certificate" : `certificate ${index + 1}`;
      throw new KeyError("config", name, `'${name}' ${file}: ${which} is damaged`, { cause });
    }
  });
  return { pem, certificates };
}

function readKey(file: string, password: string | null): KeyObject {
  const pem = readText(file, "ssl_keyfile");
  if (!pem.includes("PRIVATE KEY-----")) {
    const what = pem.includes("CERTIFICATE-----") ? "a certificate" : "no PEM key";
    throw new KeyError(
      "config",
      "ssl_keyfile",
      `'ssl_keyfile' ${file} holds ${what}: expected a private key`,
    );
  }
  const pkcs8 = pem.includes("-----BEGIN ENCRYPTED PRIVATE KEY-----");
  const encrypted = pkcs8 || pem.includes("Proc-Type: 4,ENCRYPTED");
  if (encrypted && password === null) {
    throw new KeyError(
      "config",
      "ssl_keyfile",
      `'ssl_keyfile' ${file} is encrypted: its password is expected in ` +
        "'uvicorn_kwargs.ssl_keyfile_password'",
    );
  }
  try {
    return createPrivateKey(encrypted ? { key: pem, passphrase: password! } : pem);
  } catch (cause) {
    if (pkcs8) return readPkcs8(pem, password!, file);
    const why = encrypted ? "the password is wrong or the key damaged" : "the key is damaged";
    throw new KeyError(
      "config",
      "ssl_keyfile",
      `'ssl_keyfile' ${file}: ${why}`,
      { cause },
    );
  }
}

function readPkcs8(pem: string, password: string, file: string): KeyObject {
  try {
    const key = decryptPkcs8(pem, password);
    return createPrivateKey({ key, format: "der", type: "pkcs8" });
  } catch (cause) {
    const why = cause instanceof ClipError ? cause.message : "the password is wrong";
    throw new KeyError(
      "config",
      "ssl_keyfile",
      `'ssl_keyfile' ${file}: ${why}`,
      { cause },
    );
  }
}

function readText(file: string, key: string): string {
  try {
    return Deno.readTextFileSync(file);
  } catch (cause) {
    const why = cause instanceof Deno.errors.NotFound
      ? "there is no such file"
      : cause instanceof Deno.errors.PermissionDenied
      ? "permission denied"
      : `${cause instanceof Error ? cause.message : cause}`;
    throw new KeyError("config", key, `'${key}' ${file} cannot be read: ${why}`, { cause });
  }
}

/** Changes when one of the files is another one, also behind a link that was moved. */
function stamp({ certFile, keyFile, clientCaFile }: TlsConfig): string {
  return [certFile, keyFile, clientCaFile ?? []].flat().map((file) => {
    try {
      const { mtime, size, ino } = Deno.statSync(file);
      return `${mtime?.getTime()}:${size}:${ino}`;
    } catch {
      return "missing";
    }
  }).join(" ");
}
