// The admission plug-ins of a control plane, in order.

import type { AdmissionPlugin, AdmissionRequest } from "../admission.ts";
import type { AdmissionChain } from "../registry/services.ts";

export class PluginChain implements AdmissionChain {
  readonly #plugins: readonly AdmissionPlugin[];

  constructor(plugins: readonly AdmissionPlugin[]) {
    this.#plugins = plugins;
  }

  mutate(request: AdmissionRequest): void | Promise<void> {
    const first = this.#run(request, "mutate", 0);
    return first instanceof Promise ? first.then(() => this.#mutateAgain(request)) : this.#mutateAgain(request);
  }

  validate(request: AdmissionRequest): void | Promise<void> {
    return this.#run(request, "validate", 0);
  }

  release(request: AdmissionRequest): void {
    for (const plugin of this.#plugins) plugin.release?.(request);
  }

  #mutateAgain(request: AdmissionRequest): void | Promise<void> {
    if (request.reinvocation !== "wanted") return;
    request.reinvocation = "running";
    return this.#run(request, "mutate", 0);
  }

  /** Synchronous as long as the plug-ins are: most requests never leave the turn here. */
  #run(request: AdmissionRequest, step: "mutate" | "validate", index: number): void | Promise<void> {
    for (let at = index; at < this.#plugins.length; at++) {
      const plugin = this.#plugins[at]!;
      if (plugin[step] === undefined || !plugin.handles(request)) continue;
      const result = plugin[step](request);
      if (result instanceof Promise) return result.then(() => this.#run(request, step, at + 1));
    }
  }
}
