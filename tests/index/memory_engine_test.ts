import { engineContract } from "./engine_contract.ts";
import { openMemoryEngine } from "./memory_engine.ts";

engineContract("memory engine", openMemoryEngine);
