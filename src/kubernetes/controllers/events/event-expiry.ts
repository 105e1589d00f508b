// Deletes events an hour after they were last written. One sweep per plane: it deletes what is due and comes back when the next one
// is, so an event has no timer and a plane without events has none either.

import type { Controller } from "../../../runtime/controller.ts";
import { events } from "../../kinds.ts";
import type { Event } from "../../types.generated.ts";
import { ignoring } from "../ignore.ts";
import { forEachInParallel } from "../parallel.ts";

const lifetime = 3_600_000;
/** What falls due within this time goes together. */
const together = 60_000;
const sweep = "sweep";

export function eventExpiry(): Controller {
  /** When the next sweep of a plane is due. */
  const due = new Map<string, number>();
  return {
    name: "event-expiry",
    sources: [{ kind: events, keys: (event, old) => (event !== undefined && old === undefined ? [sweep] : []) }],
    onIdle: (plane) => {
      due.delete(plane);
    },
    concurrency: 1,
    async reconcile({ plane, client, reader, clock }) {
      const now = clock.now().getTime();
      const planned = due.get(plane) ?? 0;
      // An event that just came lives longer than those for which the sweep is planned.
      if (planned > now) return { requeueAfter: planned - now };
      let next = Number.POSITIVE_INFINITY;
      const old: Event[] = [];
      for (const event of reader.list(events)) {
        const time = expiryTime(event);
        if (time <= now) old.push(event);
        else if (time < next) next = time;
      }
      const resource = client.resource(events);
      await forEachInParallel(old, ({ metadata: { name, namespace, uid, resourceVersion } }) =>
        resource
          .delete(name!, namespace, { preconditions: { uid, resourceVersion } })
          // Conflict: it happened again just now, which gives the event another hour.
          .catch(ignoring("NotFound", "Conflict")),
      );
      if (next === Number.POSITIVE_INFINITY) {
        due.delete(plane);
        return undefined;
      }
      due.set(plane, next + together);
      return { requeueAfter: next + together - now };
    },
  };
}

/** When an event expires: an hour after it was made, or happened again. In milliseconds since the epoch. */
export function expiryTime(event: Event): number {
  const times = [
    event.metadata.creationTimestamp,
    event.lastTimestamp,
    event.eventTime,
    event.series?.lastObservedTime,
  ].map((time) => Date.parse(time ?? ""));
  return Math.max(0, ...times.filter((time) => !Number.isNaN(time))) + lifetime;
}
