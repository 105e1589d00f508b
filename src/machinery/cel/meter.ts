// Counts what an evaluation costs, in Kubernetes' units, and ends it when the limit is reached.

import { BudgetExceeded } from "./values.ts";

/** What Kubernetes charges (source: cel-go common/cost.go), and what we do for patterns that are not literals. */
export const unit = {
  stringTraversal: 0.1,
  regexLength: 0.25,
  listCreate: 10,
  mapCreate: 30,
  messageCreate: 40,
  regexCompile: 500,
} as const;

/**
 * Kubernetes counts some work on large values as one unit, such as joining lists. Here every element beyond this many is a unit more:
 * no one notices but who asks for millions.
 */
const freeElements = 1000;

/** An absorbed failure (`a || b`) takes the engine as long as this many plain steps. */
export const failureCost = 20;

export class Meter {
  cost = 0;
  #nested = 0;
  readonly #limit: number;
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** @throws BudgetExceeded when the limit is passed. */
  charge(units: number): void {
    this.cost += units;
    if (this.cost > this.#limit) throw new BudgetExceeded();
  }

  /** Counts members walked inside compared values, and charges for them once there are many. */
  nested(members: number): void {
    this.#nested += members;
    if (this.#nested > freeElements) this.charge(members);
  }

  /** Charges for elements that are walked or copied though Kubernetes does not count them. */
  work(elements: number): void {
    if (elements > freeElements) this.charge(elements - freeElements);
  }
}
