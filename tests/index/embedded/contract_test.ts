import { engineContract } from "../engine_contract.ts";
import { newFolder, openFolder } from "./opening.ts";

engineContract("embedded engine", (shape, place) => openFolder(shape, newFolder(place)));
