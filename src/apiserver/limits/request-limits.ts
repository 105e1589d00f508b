// How many requests may be under way at a time, by class of identity, so that no client can take the process for itself. A request
// over the limit waits for nothing: it gets 429 and a time after which to come again.
//
// Watches and health checks are not counted: they are bounded elsewhere and hold no work. Members of system:masters have a class
// of their own, so an administrator can always look at what the others do.

import { tooManyRequests } from "../../machinery/status-error.ts";
import { privilegedGroup } from "../authorization/union.ts";
import type { RequestContext } from "../registry/context.ts";

export interface LimitSettings {
  /** Requests under way at a time, of each class. */
  administrators: number;
  /** Nodes, agents, and controllers of the system: `system:` users other than service accounts. */
  system: number;
  serviceAccounts: number;
  users: number;
  /** Of one user, within its class. */
  perUser: number;
}

export const defaultLimits: LimitSettings = {
  administrators: 1000,
  system: 800,
  serviceAccounts: 600,
  users: 600,
  perUser: 400,
};

type IdentityClass = Exclude<keyof LimitSettings, "perUser">;

export class RequestLimits {
  readonly #settings: LimitSettings;
  readonly #underWay = new Map<string, number>();

  constructor(settings: LimitSettings = defaultLimits) {
    this.#settings = settings;
  }

  /** Counts a request in; the function that is returned counts it out. Throws 429. */
  enter(context: RequestContext): () => void {
    const { verb, resource } = context.info;
    if (verb === "watch" || resource === undefined) return nothing;
    const identityClass = classOf(context);
    const user = `${identityClass}/${context.user.name}`;
    this.#check(identityClass, this.#settings[identityClass]);
    if (identityClass !== "administrators") this.#check(user, this.#settings.perUser);
    this.#add(identityClass, 1);
    this.#add(user, 1);
    let left = false;
    return () => {
      if (left) return;
      left = true;
      this.#add(identityClass, -1);
      this.#add(user, -1);
    };
  }

  /** Requests under way, by class and by `class/user`. */
  underWay(): ReadonlyMap<string, number> {
    return this.#underWay;
  }

  #check(key: string, limit: number): void {
    if ((this.#underWay.get(key) ?? 0) >= limit) {
      throw tooManyRequests("Too many requests, please try again later.", 1);
    }
  }

  #add(key: string, change: number): void {
    const count = (this.#underWay.get(key) ?? 0) + change;
    if (count === 0) this.#underWay.delete(key);
    else this.#underWay.set(key, count);
  }
}

function nothing(): void {}

function classOf({ user }: RequestContext): IdentityClass {
  if (user.groups.includes(privilegedGroup)) return "administrators";
  if (user.name.startsWith("system:serviceaccount:")) return "serviceAccounts";
  return user.name.startsWith("system:") && user.name !== "system:anonymous" ? "system" : "users";
}
