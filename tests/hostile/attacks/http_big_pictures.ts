import type { Attack } from "../attack.ts";

const FOLDER = new URL("../pictures/", import.meta.url);

/** A few kilobytes that decode to hundreds of megabytes of pixels. */
export const httpBigPictures: Attack = {
  name: "http: huge pictures in a few kilobytes",
  protocol: "http",
  seconds: { small: 2, full: 60 },
  async run(attacker) {
    const names = attacker.full
      ? ["8000.avif", "6000.avif", "12000.webp", "6000.webp", "12000.png", "6000.png"]
      : ["4000.avif", "6000.webp", "6000.png"];
    const bodies = await Promise.all(names.map(async (name, i) => {
      const blob = (await Deno.readFile(new URL(name, FOLDER))).toBase64();
      return JSON.stringify({ data: new Array(1 + i).fill({ blob }) });
    }));
    await Promise.all(bodies.map(async (body) => {
      while (!attacker.signal.aborted) await attacker.post("/encode", body);
    }));
  },
};
