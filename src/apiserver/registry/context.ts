// What is known of one request while it is served: who, what, with which options, and what its answer will say besides.

import { randomInt, randomUUID } from "node:crypto";
import { randomSuffix } from "../../machinery/names.ts";
import { badRequest } from "../../machinery/status-error.ts";
import { formatTime } from "../../machinery/time.ts";
import type { RequestInfo } from "../http/request-info.ts";
import type { UserInfo } from "../identity.ts";
import type { PlaneFacts, StateReader, StrategyContext } from "../strategy.ts";

/** Longest text of one Warning header, and of all of an answer. Source: apiserver/pkg/endpoints/filters/warning.go. */
const warningLimits = { one: 256, all: 4096 } as const;

export interface RequestContextOptions {
  user: UserInfo;
  /** Who sent the request, when that is not `user`. */
  requester?: UserInfo;
  info: RequestInfo;
  query: URLSearchParams;
  userAgent: string;
  now: Date;
  state: StateReader;
  plane: PlaneFacts;
}

export class RequestContext implements StrategyContext {
  readonly user: UserInfo;
  readonly requester: UserInfo;
  readonly info: RequestInfo;
  readonly query: URLSearchParams;
  readonly userAgent: string;
  readonly now: Date;
  readonly state: StateReader;
  readonly plane: PlaneFacts;
  readonly #warnings = new Set<string>();
  /** Characters of the warnings, each counted up to the limit of one. */
  #warned = 0;
  readonly auditAnnotations = new Map<string, string>();
  dryRun = false;
  #uid: string | undefined;
  #timestamp: string | undefined;

  constructor(options: RequestContextOptions) {
    this.user = options.user;
    this.requester = options.requester ?? options.user;
    this.info = options.info;
    this.query = options.query;
    this.userAgent = options.userAgent;
    this.now = options.now;
    this.state = options.state;
    this.plane = options.plane;
  }

  get subresource(): string {
    return this.info.resource?.subresource ?? "";
  }

  /** `now` as objects show it. */
  get timestamp(): string {
    this.#timestamp ??= formatTime(this.now);
    return this.#timestamp;
  }

  /** Identifies the request to webhooks and in the audit log. */
  get uid(): string {
    this.#uid ??= randomUUID();
    return this.#uid;
  }

  randomSuffix(length: number): string {
    return randomSuffix(randomInt, length);
  }

  get warnings(): readonly string[] {
    return [...this.#warnings];
  }

  /** Adds a warning to the answer; what no header would have room for is dropped. */
  warn(text: string): void {
    if (this.#warned >= warningLimits.all || this.#warnings.has(text)) return;
    this.#warnings.add(text);
    this.#warned += Math.min(text.length, warningLimits.one);
  }

  /** Values of Warning headers, `299 - "text"`. */
  warningHeaders(): string[] {
    const { warnings } = this;
    const limit =
      warnings.reduce((sum, text) => sum + text.length, 0) > warningLimits.all ? warningLimits.one : Infinity;
    return warnings.map((text) => {
      const short = text.length > limit ? text.slice(0, limit) : text;
      // Control characters cannot stand in a header.
      const clean = short.replace(/[\u0000-\u001f\u007f]+/g, " ").replace(/[\\"]/g, (character) => `\\${character}`);
      return `299 - "${Buffer.from(clean, "utf8").toString("latin1")}"`;
    });
  }

  /** A boolean of the query: absent is false; anything but the words of Go's ParseBool is 400. */
  flag(name: string): boolean {
    return parseFlag(name, this.query.get(name)) ?? false;
  }

  optionalFlag(name: string): boolean | undefined {
    return parseFlag(name, this.query.get(name));
  }
}

function parseFlag(name: string, value: string | null): boolean | undefined {
  if (value === null) return undefined;
  // The conversion of query parameters takes an empty value and any other word for true, and only these for false.
  if (value === "false" || value === "0") return false;
  if (value.length > 64) throw badRequest(`invalid value for query parameter ${name}`);
  return true;
}
