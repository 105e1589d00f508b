import { engineSuite } from "../engine.suite.ts";
import { openSqliteEngine } from "./engine.ts";

engineSuite({ name: "sqlite", persistent: true, open: (directory) => openSqliteEngine({ directory }) });
