import assert from "node:assert/strict";
import { parseCommandLine } from "../../src/cli/args.ts";
import { ClipError } from "../../src/errors.ts";

Deno.test("parseCommandLine() reads what is asked for", () => {
  const table: [string[], ReturnType<typeof parseCommandLine>][] = [
    [[], { command: "serve", flow: "torch-flow.yml" }],
    [["onnx-flow.yml"], { command: "serve", flow: "onnx-flow.yml" }],
    [["--", "-odd.yml"], { command: "serve", flow: "-odd.yml" }],
    [["-i"], { command: "serve-stdin" }],
    [["--stdin"], { command: "serve-stdin" }],
    [["--port", "52000"], { command: "serve", flow: "torch-flow.yml", port: 52000 }],
    [["a.yml", "--port=0"], { command: "serve", flow: "a.yml", port: 0 }],
    [["-i", "--port", "1"], { command: "serve-stdin", port: 1 }],
    [["--help"], { command: "help" }],
    [["x.yml", "-h"], { command: "help" }],
    [["help"], { command: "help" }],
    [["help", "encode"], { command: "run", name: "encode", args: ["--help"] }],
    [["--version"], { command: "version" }],
    [["-V"], { command: "version" }],
    [["serve", "a.yml"], { command: "serve", flow: "a.yml" }],
    [["serve"], { command: "serve", flow: "torch-flow.yml" }],
    [["model"], { command: "run", name: "model", args: [] }],
    [
      ["model", "list", "--help", "-x"],
      { command: "run", name: "model", args: ["list", "--help", "-x"] },
    ],
    [["encode", "a"], { command: "run", name: "encode", args: ["a"] }],
    [["nothing.yml"], { command: "serve", flow: "nothing.yml" }],
    [["./model"], { command: "serve", flow: "./model" }],
  ];
  for (const [args, expected] of table) assert.deepEqual(parseCommandLine(args), expected);
});

Deno.test("parseCommandLine() refuses what it does not know, in one line", () => {
  const table: [string[], string][] = [
    [["--hlep"], "There is no option '--hlep'; did you mean '--help'?; see --help"],
    [["-x"], "There is no option '-x'; see --help"],
    [["--prot=3"], "There is no option '--prot'; did you mean '--port'?; see --help"],
    [["--port"], "'--port' takes a number from 0 to 65535: got nothing; see --help"],
    [["--port=http"], "'--port' takes a number from 0 to 65535: got 'http'; see --help"],
    [["--port", "65536"], "'--port' takes a number from 0 to 65535: got '65536'; see --help"],
    [["--help=yes"], "'--help' takes no value; see --help"],
    [["a.yml", "b.yml"], "Only one flow can be served: got 'a.yml', 'b.yml'; see --help"],
    [["-i", "a.yml"], "'-i' reads the flow from standard input: got 'a.yml' as well; see --help"],
    [["encdoe", "x"], "There is no command or flow 'encdoe'; did you mean 'encode'?; see --help"],
    [["--__proto__"], "There is no option '--__proto__'; see --help"],
  ];
  for (const [args, message] of table) {
    assert.throws(() => parseCommandLine(args), (thrown) => {
      assert.ok(thrown instanceof ClipError);
      assert.equal(thrown.kind, "config");
      assert.equal(thrown.message, message);
      return true;
    });
  }
});
