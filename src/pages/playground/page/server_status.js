/** What the server says of itself. The client library has no call for it. */
import { BASE } from "./address.js";
import { heardStatus, keyHeaders } from "./api_key.js";
import { Failure, refusal, unreachable } from "./failure.js";

/**
 * Asks it.
 * @param {AbortSignal} signal
 * @returns {Promise<any>}
 * @throws {Failure}
 */
export async function serverStatus(signal) {
  /** @type {Response} */
  let response;
  try {
    response = await fetch(`${BASE}/status`, { signal, cache: "no-store", headers: keyHeaders() });
  } catch (thrown) {
    throw unreachable(`${BASE} cannot be reached: ${thrown}`);
  }
  heardStatus(response.status);
  const text = await response.text();
  if (!response.ok) throw refusal(response.status, text.slice(0, 300));
  const answer = parsed(text);
  if (Array.isArray(answer?.executors)) return answer;
  throw new Failure("The server tells nothing of itself", text.slice(0, 300));
}

/** @param {string} text */
function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
