/**
 * The faulty replica worker, which does not come back before the gate is open that its address names:
 * what is so between a death and a restart stays so until then. For tests only.
 */
/// <reference lib="deno.worker" />
import "./faulty_replica.ts";
import { waitForGate, wasHereBefore } from "../../support/gate_file.ts";

if (wasHereBefore(self.name)) waitForGate();
