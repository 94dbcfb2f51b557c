/** The door of this folder: a bucket, as the environment says it is reached. */
import { ClipError } from "../errors.ts";
import { fileTrouble } from "../file_trouble.ts";
import { credentialChain } from "./aws/chain.ts";
import { CredentialCache } from "./aws/credentials.ts";
import { type Environment, environmentOfProfile, processEnvironment } from "./aws/environment.ts";
import { readProfile } from "./aws/profiles.ts";
import { readStoreSettings, type StoreSettings } from "./aws/settings.ts";
import type { ObjectAddress } from "./object_address.ts";
import type { ObjectStore } from "./object_store.ts";
import { S3Bucket } from "./s3/bucket.ts";
import { type Patience, S3Connection } from "./s3/connection.ts";

/** What stores are opened with. */
interface OpenOptions {
  environment?: Environment;
  patience?: Patience;
}

/** Opens buckets of one store; they share their credentials. */
export class ObjectStores {
  readonly #options: OpenOptions & { client?: Deno.HttpClient };
  readonly #profile: string | undefined;
  readonly #settings: StoreSettings;
  readonly #credentials: CredentialCache;
  readonly #buckets = new Map<string, ObjectStore>();
  readonly #others = new Map<string, Promise<ObjectStores>>();

  private constructor(
    options: OpenOptions & { client?: Deno.HttpClient },
    profile: string | undefined,
    settings: StoreSettings,
    credentials: CredentialCache,
  ) {
    this.#options = options;
    this.#profile = profile;
    this.#settings = settings;
    this.#credentials = credentials;
  }

  /**
   * Reads the settings: environment and profile. Nothing is asked of the store yet.
   * @throws {ClipError} "config" for settings that cannot be.
   */
  static open(options: OpenOptions = {}): Promise<ObjectStores> {
    return ObjectStores.#open(options, undefined);
  }

  static async #open(
    options: OpenOptions,
    named: string | undefined,
  ): Promise<ObjectStores> {
    const { environment: all = processEnvironment } = options;
    const environment = named === undefined ? all : environmentOfProfile(named, all);
    const profile = await readProfile(environment);
    const settings = readStoreSettings(environment, profile);
    const credentials = new CredentialCache(credentialChain(environment, profile));
    const client = await clientOf(settings);
    return new ObjectStores(
      { ...options, ...(client === undefined ? {} : { client }) },
      named,
      settings,
      credentials,
    );
  }

  /** The address of the service. */
  get endpoint(): string {
    return this.#settings.endpoint;
  }

  /** One of the buckets. */
  bucket(name: string): ObjectStore {
    const { client, patience } = this.#options;
    const opened = this.#buckets.get(name) ??
      new S3Bucket(
        new S3Connection(name, this.#settings, this.#credentials, {
          ...(client === undefined ? {} : { client }),
          ...(patience === undefined ? {} : { patience }),
          ...(this.#profile === undefined ? {} : { profile: this.#profile }),
        }),
      );
    this.#buckets.set(name, opened);
    return opened;
  }

  /**
   * The store that the profile of an address leads to, whatever the environment says of another; this
   * one for an address that names none.
   * @throws {ClipError} "config" as `open`.
   */
  of({ profile }: Pick<ObjectAddress, "profile">): Promise<ObjectStores> {
    if (profile === undefined) return Promise.resolve(this);
    const { client: _, ...options } = this.#options;
    const opened = this.#others.get(profile) ?? ObjectStores.#open(options, profile);
    this.#others.set(profile, opened);
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
