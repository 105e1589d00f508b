// What the action subresources of pods have in common: the context of the writes that they make, and the Status that they answer.

import type { ActionRequest, StrategyContext } from "../../apiserver/strategy.ts";
import type { KubeObject } from "../../machinery/object.ts";

/** The context of a write that an action makes through another subresource. */
export function contextFor(request: ActionRequest, subresource: string): StrategyContext {
  return {
    user: request.user,
    dryRun: request.dryRun,
    subresource,
    now: request.now,
    state: request.state,
    plane: request.plane,
    randomSuffix: (length) => request.randomSuffix(length),
    warn: (text) => request.warn(text),
  };
}

/** The Status of an action that did what was asked. */
export function success(): KubeObject {
  return { apiVersion: "v1", kind: "Status", metadata: {}, status: "Success", code: 201 };
}
