import { engineSuite } from "../engine.suite.ts";
import { createMemoryEngine } from "./engine.ts";

engineSuite({ name: "memory", persistent: false, open: async () => createMemoryEngine() });
