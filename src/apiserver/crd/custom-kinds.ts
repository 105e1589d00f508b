// The registrations of a plane's custom kinds, each made when what its CRD declares is new and kept until that changes. What else is
// written to a CRD (conditions, annotations) makes nothing anew.

import { randomUUID } from "node:crypto";
import { equalJson } from "../../machinery/equal.ts";
import type { GroupResource } from "../../machinery/object.ts";
import type { KindRegistration } from "../strategy.ts";
import type { WebhookPost } from "./conversion.ts";
import type { Crd, CrdNames, CrdSpec } from "./crd.ts";
import { kindFromCrd } from "./custom-kind.ts";
import type { SharedSchemas } from "./custom-schema.ts";
import { strategyFromCrd } from "./custom-strategy.ts";

interface Registered {
  readonly uid: string | undefined;
  readonly spec: CrdSpec;
  readonly acceptedNames: Partial<CrdNames> | undefined;
  readonly terminating: boolean;
  readonly registration: KindRegistration;
}

export interface CustomKindsOptions {
  schemas: SharedSchemas;
  post: WebhookPost;
  /** Called for a CRD that cannot be served; the others are. */
  onError(error: unknown): void;
}

/** While a CRD goes, its objects can be seen and deleted, and no new ones made. */
const terminatingVerbs = ["delete", "deletecollection", "get", "list", "patch", "update", "watch"] as const;

export class CustomKinds {
  readonly #options: CustomKindsOptions;
  /** By the name of the CRD. */
  #registered = new Map<string, Registered>();

  constructor(options: CustomKindsOptions) {
    this.#options = options;
  }

  /** What these CRDs declare, and the resources that are declared otherwise than before or no more. */
  declare(crds: readonly Crd[]): { registrations: KindRegistration[]; changed: GroupResource[] } {
    const before = this.#registered;
    this.#registered = new Map();
    for (const crd of crds) {
      const name = crd.metadata.name!;
      try {
        this.#registered.set(name, this.#register(crd, before.get(name)));
      } catch (error) {
        this.#options.onError(error);
      }
    }
    const changed: GroupResource[] = [];
    for (const [name, old] of before) {
      const now = this.#registered.get(name);
      // Objects that go with their CRD are still seen going.
      if (now === undefined || !declaresTheSame(now, old)) {
        changed.push({ group: old.spec.group, resource: old.registration.kind.plural });
      }
    }
    return { registrations: [...this.#registered.values()].map(({ registration }) => registration), changed };
  }

  #register(crd: Crd, old: Registered | undefined): Registered {
    const { uid, deletionTimestamp } = crd.metadata;
    const terminating = deletionTimestamp !== undefined;
    const next = { uid, spec: crd.spec, acceptedNames: crd.status?.acceptedNames, terminating };
    if (old !== undefined && old.terminating === terminating && declaresTheSame(next, old)) return old;
    const kind = kindFromCrd(crd, this.#options.schemas);
    const strategy = strategyFromCrd(crd, kind, { post: this.#options.post, uuid: randomUUID });
    if (terminating) kind.verbs = terminatingVerbs;
    return { ...next, registration: { kind, strategy } };
  }
}

type Declared = Pick<Registered, "uid" | "spec" | "acceptedNames">;

function declaresTheSame(a: Declared, b: Declared): boolean {
  return a.uid === b.uid && equalJson(a.spec, b.spec) && equalJson(a.acceptedNames, b.acceptedNames);
}
