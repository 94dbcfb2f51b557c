/** Opens the graph that the command line names, as a replica does. */
import { Session } from "../../src/runtime/session.ts";

await Session.open(Deno.args[0]!, { providers: [{ name: "cpu" }], threads: 1 });
