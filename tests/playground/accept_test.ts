import assert from "node:assert/strict";
import { prefersHtml } from "../../src/pages/playground/accept.ts";

const HTML = {
  "a browser":
    "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8",
  "Safari": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
  "HTML alone": "text/html",
  "any text": "text/*",
  "in capitals, with spaces": " TEXT/HTML ; q=0.9 , */* ; q=0.1",
  "JSON as the second choice": "application/json;q=0.5, text/html",
  "JSON refused": "*/*, application/json;q=0",
};

const JSON_ANSWERS = {
  "nothing said": null,
  "an empty header": "",
  "curl, aiohttp, fetch": "*/*",
  "JSON alone": "application/json",
  "JSON first": "application/json, text/html;q=0.9",
  "axios": "application/json, text/plain, */*",
  "both alike": "text/html, application/json",
  "HTML refused": "text/html;q=0, */*",
  "HTML less than the rest": "text/html;q=0.5, */*;q=0.8",
  "a picture": "image/png",
  "nonsense": "text, html; q=x, ;;;, /",
  "a weight that is none": "text/html;q=high",
  "a weight out of range": "text/html;q=7",
};

Deno.test("prefersHtml() follows the quality values, and gives a draw to JSON", () => {
  for (const [name, accept] of Object.entries(HTML)) {
    assert.equal(prefersHtml(accept), true, name);
  }
  for (const [name, accept] of Object.entries(JSON_ANSWERS)) {
    assert.equal(prefersHtml(accept), false, name);
  }
});
