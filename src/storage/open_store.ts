/** The door of this folder: a bucket, as the environment says it is reached. */
import { ClipError } from "../errors.ts";
import { fileTrouble } from "../file_trouble.ts";
import { credentialChain } from "./aws/chain.ts";
import { CredentialCache } from "./aws/credentials.ts";
import { type Environment, processEnvironment } from "./aws/environment.ts";
import { readProfile } from "./aws/profiles.ts";
import { readStoreSettings, type StoreSettings } from "./aws/settings.ts";
import type { ObjectStore } from "./object_store.ts";
import { S3Bucket } from "./s3/bucket.ts";
import { type Patience, S3Connection } from "./s3/connection.ts";

/** Opens buckets; those of one account share their credentials. */
export class ObjectStores {
  readonly #settings: StoreSettings;
  readonly #credentials: CredentialCache;
  readonly #options: { client?: Deno.HttpClient; patience?: Patience };
  readonly #buckets = new Map<string, ObjectStore>();

  private constructor(
    settings: StoreSettings,
    credentials: CredentialCache,
    options: { client?: Deno.HttpClient; patience?: Patience },
  ) {
    this.#settings = settings;
    this.#credentials = credentials;
    this.#options = options;
  }

  /**
   * Reads the settings: environment and profile. Nothing is asked of the store yet.
   * @throws {ClipError} "config" for settings that cannot be.
   */
  static async open(
    { environment = processEnvironment, patience }: {
      environment?: Environment;
      patience?: Patience;
    } = {},
  ): Promise<ObjectStores> {
    const profile = await readProfile(environment);
    const settings = readStoreSettings(environment, profile);
    const credentials = new CredentialCache(credentialChain(environment, profile));
    const client = await clientOf(settings);
    return new ObjectStores(settings, credentials, {
      ...(client === undefined ? {} : { client }),
      ...(patience === undefined ? {} : { patience }),
    });
  }

  /** The address of the service. */
  get endpoint(): string {
    return this.#settings.endpoint;
  }

  /** One of the buckets. */
  bucket(name: string): ObjectStore {
    const opened = this.#buckets.get(name) ??
      new S3Bucket(new S3Connection(name, this.#settings, this.#credentials, this.#options));
    this.#buckets.set(name, opened);
    return opened;
  }
}

async function clientOf({ caBundle }: StoreSettings): Promise<Deno.HttpClient | undefined> {
  if (caBundle === undefined) return undefined;
  try {
    return Deno.createHttpClient({ caCerts: [await Deno.readTextFile(caBundle)] });
  } catch (thrown) {
    throw new ClipError(
      "config",
      `Cannot read the certificates '${caBundle}' (AWS_CA_BUNDLE): ${fileTrouble(thrown)}`,
    );
  }
}
