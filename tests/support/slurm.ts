/** A Slurm of a test's own, of Debian's `slurm-wlm` and `munge`: one node, in a folder, on loopback. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { ownPorts } from "./own_port.ts";
import { Program } from "./process.ts";
import { until } from "./until.ts";

const PLUGINS = "/usr/lib/x86_64-linux-gnu/slurm-wlm";
const CORES = 8;

/** A running one. */
export class Slurm implements AsyncDisposable {
  readonly #folder: string;
  readonly #daemons: Program[] = [];

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /** Starts it; resolves when it takes jobs. @throws {Error} if a daemon ends. */
  static async start(): Promise<Slurm> {
    const slurm = new Slurm(await Deno.makeTempDir({ prefix: "clipline_slurm_" }));
    try {
      await slurm.#start();
    } catch (error) {
      await slurm[Symbol.asyncDispose]();
      throw error;
    }
    return slurm;
  }

  /** Variables with which its commands find it. */
  get variables(): Record<string, string> {
    return { SLURM_CONF: join(this.#folder, "slurm.conf") };
  }

  /** Runs a command: `squeue`, `scontrol`. What it prints. @throws {Error} if it fails. */
  async run(command: string, ...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await new Deno.Command(command, {
      args,
      env: this.variables,
      stdin: "null",
    }).output();
    const decoder = new TextDecoder();
    assert.equal(code, 0, `${command} ${args.join(" ")}: ${decoder.decode(stderr)}`);
    return decoder.decode(stdout);
  }

  /** The states of the tasks of a job that is still known, by their names: `12_0`. */
  async states(): Promise<Map<string, string>> {
    const format = ["--noheader", "--array", "--states=all", "--format=%i %T"];
    const lines = (await this.run("squeue", ...format)).trim().split("\n");
    return new Map(lines.filter(Boolean).map((line) => line.split(" ") as [string, string]));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const daemon of this.#daemons.reverse()) {
      daemon.kill("SIGTERM");
      await daemon.ended();
    }
    await Deno.remove(this.#folder, { recursive: true });
  }

  async #start(): Promise<void> {
    const path = (name: string) => join(this.#folder, name);
    for (const name of ["state", "spool"]) await Deno.mkdir(path(name));
    const key = crypto.getRandomValues(new Uint8Array(1024));
    await Deno.writeFile(path("munge.key"), key, { mode: 0o600 });
    const [controller, node] = await ownPorts(2) as [number, number];
    const text = configuration(this.#folder, { controller, node });
    await Deno.writeTextFile(path("slurm.conf"), text);
    // Forced: everybody may write to the folder of temporary files.
    this.#daemon("munged", [
      ...["--foreground", "--force", `--key-file=${path("munge.key")}`],
      ...["socket", "pid-file", "log-file", "seed-file"].map((name) =>
        `--${name}=${path(`munge.${name}`)}`
      ),
    ]);
    await until(() => Deno.stat(path("munge.socket")).then(() => true, () => false), Boolean);
    this.#daemon("slurmctld", ["-D", "-i", "-f", path("slurm.conf")]);
    this.#daemon("slurmd", ["-D", "-N", "node", "-f", path("slurm.conf")]);
    const idle = () => this.run("sinfo", "--noheader", "--format=%T").catch(() => "");
    await until(idle, (states) => states.trim() === "idle");
  }

  #daemon(program: string, words: string[]): void {
    this.#daemons.push(
      new Program([], { program: `/usr/sbin/${program}`, words, env: this.variables }),
    );
  }
}

/** `slurm.conf`: accounting, cgroups and the like are left out. */
function configuration(folder: string, port: { controller: number; node: number }): string {
  const user = Deno.env.get("USER") ?? "root";
  const host = Deno.hostname();
  return `
ClusterName=test
PluginDir=${PLUGINS}
SlurmctldHost=${host}(127.0.0.1)
SlurmctldPort=${port.controller}
SlurmdPort=${port.node}
SlurmUser=${user}
SlurmdUser=${user}
AuthType=auth/munge
AuthInfo=socket=${folder}/munge.socket
CredType=cred/munge
ProctrackType=proctrack/pgid
TaskPlugin=task/none
SwitchType=switch/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SchedulerParameters=sched_interval=1,bf_interval=1
SlurmdParameters=config_overrides
StateSaveLocation=${folder}/state
SlurmdSpoolDir=${folder}/spool
SlurmctldPidFile=${folder}/slurmctld.pid
SlurmdPidFile=${folder}/slurmd.pid
NodeName=node NodeHostname=${host} NodeAddr=127.0.0.1 CPUs=${CORES} RealMemory=100000 State=UNKNOWN
PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP
`;
}
