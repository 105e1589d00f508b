// The modules of Muster: to add a capability is to add a folder and a line here.

import { kubernetes } from "./kubernetes/index.ts";
import type { Module } from "./runtime/module.ts";

export const modules: readonly Module[] = [kubernetes];
