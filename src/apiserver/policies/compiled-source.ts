// Webhooks and policies, compiled from their objects once per change of these, and indexed by the resources that requests are about: a
// request that nothing matches costs one look-up.

import type { GroupResource } from "../../machinery/object.ts";
import type { AdmissionRequest } from "../admission.ts";
import type { KindRegistry } from "../registry/kind-registry.ts";
import type { PlaneStore, Subscriber } from "../store/plane-store.ts";
import type { StateReader } from "../strategy.ts";
import type { Matched, RequestMatch } from "./match-rules.ts";

/** What compiled sources need of a control plane. */
export interface SourcePlane {
  readonly store: PlaneStore;
  readonly kinds: KindRegistry;
  /** The published state. */
  readonly committed: StateReader;
}

export interface Found<T> {
  item: T;
  matched: Matched;
}

/** Kinds of requests that are remembered; more than a plane has resources and operations. */
const mostRemembered = 4096;
const nothing: readonly never[] = [];

export class CompiledSource<T extends { readonly match: RequestMatch }> {
  readonly #plane: SourcePlane;
  readonly #compile: (state: StateReader) => T[];
  #items: readonly T[] | undefined;
  #found = new Map<string, readonly Found<T>[]>();
  #generation = -1;

  /** `compile` makes the items, in their order, of the objects of `resources`. */
  constructor(plane: SourcePlane, resources: readonly GroupResource[], compile: (state: StateReader) => T[]) {
    this.#plane = plane;
    this.#compile = compile;
    for (const { group, resource } of resources) this.#follow(group, resource);
  }

  /** The items whose rules match a request, before selectors and conditions. */
  find(request: AdmissionRequest): readonly Found<T>[] {
    this.#items ??= this.#compile(this.#plane.committed);
    if (this.#items.length === 0) return nothing;
    const { kinds } = this.#plane;
    if (this.#generation !== kinds.generation || this.#found.size > mostRemembered) {
      this.#generation = kinds.generation;
      this.#found.clear();
    }
    const key = keyOf(request);
    const known = this.#found.get(key);
    if (known !== undefined) return known;
    const found = this.#items.flatMap((item) => {
      const matched = item.match.find(request, kinds);
      return matched === undefined ? [] : [{ item, matched }];
    });
    if (!this.#items.some(({ match }) => match.dependsOnName)) this.#found.set(key, found);
    return found;
  }

  #follow(group: string, resource: string): void {
    const { store } = this.#plane;
    const state = store.resource(group, resource);
    const forget = () => {
      this.#items = undefined;
      this.#found.clear();
    };
    const subscriber: Subscriber = {
      deliver: forget,
      reset: (reason) => {
        forget();
        if (reason === "expired") store.follow(state, subscriber);
      },
    };
    store.follow(state, subscriber);
  }
}

/** All that rules look at but names. */
function keyOf({ operation, resource, subresource, namespace }: AdmissionRequest): string {
  const scope = namespace === "" ? "c" : "n";
  return `${operation} ${resource.group}/${resource.version}/${resource.resource}/${subresource} ${scope}`;
}

const exemptGroup = "admissionregistration.k8s.io";

/** Whether a request is about the declarations of admission itself, which no webhook or policy may lock away. */
export function isExempt({ resource }: AdmissionRequest): boolean {
  return resource.group === exemptGroup;
}
