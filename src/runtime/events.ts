// Tells people what happened to an object, as Events that `kubectl describe` and `kubectl get events` show.
//
// Recording never waits and never fails: events are sent in the background, one at a time.
// Invariants:
//   V1 the same event again is a higher count of the first one, not another object;
//   V2 more than ten different notes of one reason in ten minutes become one combined event;
//   V3 an object causes at most 25 events at once and one per five minutes in the long run;
//   V4 repeats that come faster than they can be sent are sent as one.
// The numbers are those of k8s.io/client-go tools/record.

import type { Client, KindReference } from "../client/client.ts";
import { dns1123SubdomainErrors } from "../machinery/names.ts";
import type { KubeObject } from "../machinery/object.ts";
import { hasReason, StatusError } from "../machinery/status-error.ts";
import { formatTime } from "../machinery/time.ts";
import { type Clock, sleep } from "./clock.ts";
import { Fifo } from "./fifo.ts";
import type { Logger } from "./log.ts";

const eventKind: KindReference = { group: "", version: "v1", kind: "Event", plural: "events", namespaced: true };

const combineAfter = 10;
const combineWithin = 10 * 60_000;
const combinedPrefix = "(combined from similar events): ";
const burst = 25;
const refillEvery = 5 * 60_000;
/** Most series, groups and budgets that are remembered; the oldest go first. */
const remembered = 4096;
const longestNote = 1024;
const attempts = 12;
const retryDelay = 10_000;

export interface ObjectReference {
  apiVersion?: string;
  kind?: string;
  name?: string;
  namespace?: string;
  uid?: string;
  resourceVersion?: string;
  fieldPath?: string;
}

export interface EventInput {
  /** What it happened to. */
  regarding: KubeObject | ObjectReference;
  /** Another object that took part. */
  related?: KubeObject | ObjectReference;
  type: "Normal" | "Warning";
  /** Why, in one UpperCamelCase word for programs. */
  reason: string;
  /** What was done or tried, in one UpperCamelCase word. */
  action?: string;
  /** What happened, in a sentence for people. */
  note: string;
}

export interface EventRecorderOptions {
  client: Client;
  clock: Clock;
  log: Logger;
  /** Who records, such as `garbage-collector`. */
  component: string;
  /** Which of its instances, such as a host or pod name. */
  instance?: string;
  /** Ends attempts to send. */
  signal?: AbortSignal;
}

/** Equal events: one Event object. */
interface Series {
  readonly input: EventInput;
  readonly reference: ObjectReference;
  readonly first: Date;
  /** The Event's name on the server, once it is there. */
  name: string | undefined;
  last: Date;
  count: number;
  note: string;
}

export class EventRecorder {
  readonly #options: EventRecorderOptions;
  readonly #series = new Recent<Series>();
  readonly #groups = new Recent<{ notes: Set<string>; last: number }>();
  readonly #budgets = new Recent<{ tokens: number; at: number }>();
  readonly #unsent = new Fifo<Series>();
  #sending: Promise<void> | undefined;
  #serial = 0;

  constructor(options: EventRecorderOptions) {
    this.#options = options;
  }

  record(input: EventInput): void {
    const now = this.#options.clock.now();
    const reference = referenceTo(input.regarding);
    const subject = [reference.kind, reference.namespace, reference.name, reference.uid, reference.fieldPath];
    if (!this.#mayRecord(JSON.stringify(subject), now.getTime())) return;
    const groupKey = JSON.stringify([...subject, input.type, input.reason, input.action]);
    const combined = this.#isCombined(groupKey, input.note, now.getTime());
    const note = `${combined ? combinedPrefix : ""}${input.note}`.slice(0, longestNote);
    const seriesKey = combined ? groupKey : JSON.stringify([groupKey, input.note]);
    const series = this.#series.get(seriesKey, () => ({
      input,
      reference,
      first: now,
      name: undefined,
      last: now,
      count: 0,
      note,
    }));
    series.last = now;
    series.count++;
    series.note = note;
    this.#unsent.add(series);
    this.#sending ??= this.#send().finally(() => {
      this.#sending = undefined;
    });
  }

  /** Resolves when all that was recorded is sent or given up. */
  async flush(): Promise<void> {
    await this.#sending;
  }

  #mayRecord(subject: string, now: number): boolean {
    const budget = this.#budgets.get(subject, () => ({ tokens: burst, at: now }));
    budget.tokens = Math.min(burst, budget.tokens + (now - budget.at) / refillEvery);
    budget.at = now;
    if (budget.tokens < 1) return false;
    budget.tokens--;
    return true;
  }

  #isCombined(groupKey: string, note: string, now: number): boolean {
    const group = this.#groups.get(groupKey, () => ({ notes: new Set(), last: now }));
    if (now - group.last > combineWithin) group.notes.clear();
    group.last = now;
    if (group.notes.size < combineAfter) group.notes.add(note);
    return !group.notes.has(note);
  }

  async #send(): Promise<void> {
    for (let series = this.#unsent.take(); series !== undefined; series = this.#unsent.take()) {
      for (let attempt = 1; attempt <= attempts && this.#options.signal?.aborted !== true; attempt++) {
        if (await this.#sendOne(series)) break;
      }
    }
  }

  /** Whether the event is settled: sent, or refused for good. */
  async #sendOne(series: Series): Promise<boolean> {
    const { client, clock, log, signal } = this.#options;
    const events = client.resource(eventKind);
    try {
      if (series.name === undefined) {
        const created = await events.create(this.#event(series));
        series.name = created.metadata.name;
      } else {
        const body = { count: series.count, lastTimestamp: formatTime(series.last), message: series.note };
        await events.patch(series.name, namespaceOf(series.reference), { type: "merge", body });
      }
      return true;
    } catch (error) {
      if (series.name !== undefined && hasReason(error, "NotFound")) {
        // It has expired: the series begins anew under another name.
        series.name = undefined;
        return false;
      }
      if (hasReason(error, "AlreadyExists")) return false;
      const refused = error instanceof StatusError && error.code < 500 && error.code !== 429;
      log.debug("event not recorded", { reason: series.input.reason, error: String(error), final: refused });
      if (!refused) await sleep(clock, retryDelay, signal);
      return refused;
    }
  }

  #event({ input, reference, first, last, count, note }: Series): KubeObject {
    const { component, instance } = this.#options;
    return {
      apiVersion: "v1",
      kind: "Event",
      metadata: { name: this.#newName(reference), namespace: namespaceOf(reference) },
      involvedObject: reference,
      ...(input.related && { related: referenceTo(input.related) }),
      type: input.type,
      reason: input.reason,
      ...(input.action !== undefined && { action: input.action }),
      message: note,
      count,
      firstTimestamp: formatTime(first),
      lastTimestamp: formatTime(last),
      source: { component, ...(instance !== undefined && { host: instance }) },
      reportingComponent: component,
      reportingInstance: instance ?? "",
    };
  }

  /** The object's name and the time in nanoseconds; the part below a millisecond is a serial number. */
  #newName({ name = "", kind = "" }: ObjectReference): string {
    const nanoseconds = BigInt(this.#options.clock.now().getTime()) * 1_000_000n + BigInt(this.#serial++ % 1_000_000);
    const suffix = nanoseconds.toString(16);
    const full = `${name}.${suffix}`;
    return dns1123SubdomainErrors(full).length === 0 ? full : `${kind.toLowerCase() || "event"}.${suffix}`;
  }
}

/** Events of cluster-scoped objects are kept in `default`. */
function namespaceOf({ namespace }: ObjectReference): string {
  return namespace === undefined || namespace === "" ? "default" : namespace;
}

function referenceTo(object: KubeObject | ObjectReference): ObjectReference {
  if (!isKubeObject(object)) return object;
  const { apiVersion, kind } = object;
  const { name, namespace, uid, resourceVersion } = object.metadata;
  return { apiVersion, kind, name, ...(namespace && { namespace }), uid, resourceVersion };
}

function isKubeObject(object: KubeObject | ObjectReference): object is KubeObject {
  return "metadata" in object;
}

/** Remembers values by key, those used last. */
class Recent<V> {
  readonly #values = new Map<string, V>();

  get(key: string, make: () => V): V {
    const value = this.#values.get(key) ?? make();
    this.#values.delete(key);
    this.#values.set(key, value);
    if (this.#values.size > remembered) {
      for (const oldest of this.#values.keys()) {
        this.#values.delete(oldest);
        break;
      }
    }
    return value;
  }
}
