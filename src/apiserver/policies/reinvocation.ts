// Reinvocation: when a webhook or policy changed the object, plug-ins run once more, and of the webhooks and policies those that wish so
// and ran before the change. Source: apiserver/pkg/admission/plugin/webhook/mutating/reinvocationcontext.go.

import { equalJson } from "../../machinery/equal.ts";
import type { KubeObject } from "../../machinery/object.ts";
import type { AdmissionRequest } from "../admission.ts";

/** What happened to one request, in one plug-in. */
class Reinvocation {
  readonly #ran = new Set<string>();
  readonly #due = new Set<string>();
  #output: KubeObject | undefined;

  /** Begins a round: in the second one, a change by other plug-ins makes due what had run. */
  begin(request: AdmissionRequest): void {
    if (request.reinvocation === "running" && !equalJson(this.#output, request.object)) this.#changed();
  }

  /** Whether something is to run in this round. */
  mayRun(request: AdmissionRequest, uid: string): boolean {
    return request.reinvocation !== "running" || this.#due.has(uid);
  }

  /** Notes that something ran, whether it may run again, and whether it changed the object. */
  done(request: AdmissionRequest, uid: string, again: boolean, changed: boolean): void {
    if (changed) {
      this.#changed();
      if (request.reinvocation === "none") request.reinvocation = "wanted";
    }
    if (again) this.#ran.add(uid);
  }

  /** Ends a round. */
  end(request: AdmissionRequest): void {
    this.#output = request.object;
  }

  #changed(): void {
    for (const uid of this.#ran) this.#due.add(uid);
    this.#ran.clear();
  }
}

/** Reinvocations by request, for the time that it is served. */
export class Reinvocations {
  readonly #known = new WeakMap<object, Reinvocation>();

  of(request: AdmissionRequest): Reinvocation {
    let known = this.#known.get(request);
    if (known === undefined) {
      known = new Reinvocation();
      this.#known.set(request, known);
    }
    return known;
  }
}
