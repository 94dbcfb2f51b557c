/** The embedded index: a Web Worker that owns its folder's files. */
/// <reference lib="deno.worker" />
import { IndexThread } from "../src/index/embedded/index_thread.ts";
import type { ToIndex } from "../src/index/embedded/messages.ts";

const thread = new IndexThread((message, transfer) => self.postMessage(message, transfer));

self.onmessage = ({ data }: MessageEvent<ToIndex>) => thread.handle(data);
