// All scenarios, in the order in which they run.

import type { Scenario } from "../support/scenario.ts";
import { access } from "./access.ts";
import { apply } from "./apply.ts";
import { change } from "./change.ts";
import { createAndRead } from "./create-and-read.ts";
import { customResources } from "./custom-resources.ts";
import { deleteAndWait } from "./delete-and-wait.ts";
import { discovery } from "./discovery.ts";
import { nodes } from "./nodes.ts";
import { rollout } from "./rollout.ts";

export const scenarios: readonly Scenario[] = [
  ...discovery,
  ...createAndRead,
  ...apply,
  ...change,
  ...deleteAndWait,
  ...rollout,
  ...access,
  ...customResources,
  ...nodes,
];
