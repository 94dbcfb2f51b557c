import assert from "node:assert/strict";
import { startTestServer } from "../support/server.ts";

Deno.test("the metrics are on the HTTP port too, unless debugging is taken away", async () => {
  for (const [more, status] of [["", 200], ["no_debug_endpoints: true", 404]] as const) {
    const { server, url } = await startTestServer({
      gateway: ["monitoring: true", "port_monitoring: 0", more],
    });
    try {
      const response = await fetch(`${url}/metrics`);
      assert.equal(response.status, status);
      const text = await response.text();
      if (status === 200) assert.match(text, /^# TYPE clipline_ready gauge$/m);
    } finally {
      await server.stop(1000);
    }
  }
});

Deno.test("who has no key is not shown the metrics, where keys are asked for", async () => {
  const { server, url } = await startTestServer({
    gateway: ["monitoring: true", "port_monitoring: 0", "api_keys: [sk-0123456789abcdef]"],
  });
  try {
    const refused = await fetch(`${url}/metrics`);
    assert.deepEqual([refused.status, refused.headers.get("www-authenticate")], [401, "Bearer"]);
    await refused.body?.cancel();
    const headers = { authorization: "Bearer sk-0123456789abcdef" };
    const response = await fetch(`${url}/metrics`, { headers });
    assert.equal(response.status, 200);
    assert.match(await response.text(), /^# TYPE clipline_ready gauge$/m);
  } finally {
    await server.stop(1000);
  }
});
