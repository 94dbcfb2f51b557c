/**
 * What requests to a bucket go by: the settings, put right by what the store tells. Buckets of one
 * command may be in several regions, and nobody sets the clock of a machine of somebody else.
 */
import { isAws, type StoreSettings } from "../aws/settings.ts";
import { BucketPlace } from "./place.ts";
import type { Refusal } from "./refusal.ts";

/** What one request goes by. */
export interface Bearing {
  settings: StoreSettings;
  place: BucketPlace;
  /** How far the store's clock is before this machine's, milliseconds. */
  aheadMs: number;
}

/** Clocks that differ by less sign alike. */
const SAME_CLOCK_MS = 60_000;

/** Of one bucket. */
export class Bearings {
  #now: Bearing;
  readonly #regions: Set<string>;

  constructor(bucket: string, settings: StoreSettings) {
    this.#now = { settings, place: new BucketPlace(bucket, settings), aheadMs: 0 };
    this.#regions = new Set([settings.region]);
  }

  get now(): Bearing {
    return this.#now;
  }

  /**
   * Takes what a refusal tells of region and clock.
   * @param used what the refused request went by
   * @returns whether the same request goes by something else now.
   */
  correct(refusal: Refusal, used: Bearing): boolean {
    return this.#followRegion(refusal, used) || this.#setClock(refusal, used);
  }

  #followRegion({ status, region }: Refusal, used: Bearing): boolean {
    const { settings, place } = this.#now;
    if (region === undefined || status >= 500 || region === used.settings.region) return false;
    // Another request was told so before.
    if (region === settings.region) return true;
    // It becomes a part of a host's name.
    if (!/^[a-z0-9-]{1,64}$/.test(region) || this.#regions.has(region)) return false;
    this.#regions.add(region);
    const endpoint = endpointIn(region, settings);
    const next = { ...settings, endpoint, region, regionIsGuessed: false };
    this.#now = { ...this.#now, settings: next, place: new BucketPlace(place.bucket, next) };
    return true;
  }

  #setClock({ code, time }: Refusal, used: Bearing): boolean {
    if (code !== "RequestTimeTooSkewed" || Number.isNaN(time)) return false;
    const aheadMs = time - Date.now();
    if (Math.abs(aheadMs - used.aheadMs) < SAME_CLOCK_MS) return false;
    this.#now = { ...this.#now, aheadMs };
    return true;
  }
}

/** AWS has an endpoint for each region, in every form of its names; other stores have one. */
function endpointIn(region: string, { endpoint, region: before }: StoreSettings): string {
  return isAws(endpoint) ? endpoint.replace(`.${before}.`, `.${region}.`) : endpoint;
}
