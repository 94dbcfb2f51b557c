/** Server credentials whose certificate can be replaced while the server listens. */
import { Buffer } from "node:buffer";
import { ServerCredentials } from "@grpc/grpc-js";
import type { TlsIdentity } from "./tls.ts";

/**
 * TLS 1.2 and 1.3. Not `createSsl`: with `null` for the roots it makes the runtime name every root of
 * the system in its certificate request, and clients break the handshake off ("excessive message
 * size"); and what it makes cannot be changed.
 */
export class ReloadableCredentials extends ServerCredentials {
  constructor(identity: TlsIdentity) {
    super({ requestCert: false, minVersion: "TLSv1.2" }, context(identity));
  }

  /** New connections get this certificate. */
  reload(identity: TlsIdentity): void {
    this.updateSecureContextOptions(context(identity));
  }

  /** For grpc-js: whether two listeners could share a port. */
  override _equals(other: ServerCredentials): boolean {
    return this === other;
  }
}

function context({ cert, key }: TlsIdentity) {
  return { ca: Buffer.from(cert), cert: [Buffer.from(cert)], key: [Buffer.from(key)] };
}
