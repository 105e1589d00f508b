// The metrics of requests, named as those of kube-apiserver so that its dashboards work.

import { allVerbs } from "../../machinery/kind.ts";
import type { ResourcePath } from "../http/request-info.ts";
import type { ControlPlane } from "../plane/control-plane.ts";
import { type Counter, type Histogram, Metrics } from "./metrics.ts";
import type { ServedRequest } from "./served-request.ts";

const durationBuckets = [0.001, 0.005, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

/** Verbs of resources, and methods of other paths. Source: apiserver/pkg/endpoints/metrics, validRequestMethods. */
const knownVerbs: ReadonlySet<string> = new Set([
  ...allVerbs.map((verb) => verb.toUpperCase()),
  ...["POST", "PUT", "HEAD", "OPTIONS", "CONNECT"],
]);

type KnownPath = Pick<ResourcePath, "group" | "version" | "resource" | "subresource">;

const unknownPath: KnownPath = { group: "", version: "", resource: "", subresource: "" };

export class RequestMetrics {
  readonly #plane: ControlPlane;
  readonly #metrics = new Metrics();
  readonly #requests: Counter;
  readonly #durations: Histogram;

  constructor(plane: ControlPlane) {
    this.#plane = plane;
    const metrics = this.#metrics;
    const labels = ["verb", "group", "version", "resource", "subresource", "scope", "code"];
    this.#requests = metrics.counter(
      "apiserver_request_total",
      "Requests, by verb, resource, scope and answer code.",
      labels,
    );
    this.#durations = metrics.histogram(
      "apiserver_request_duration_seconds",
      "Time from a request's arrival to the end of its answer, watches excepted.",
      labels.slice(0, -1),
      durationBuckets,
    );
    metrics.gauge(
      "apiserver_current_inflight_requests",
      "Requests under way, by class of identity.",
      ["request_kind"],
      () => [...plane.limits.underWay()].filter(([key]) => !key.includes("/")).map(([key, count]) => [[key], count]),
    );
    metrics.gauge("apiserver_longrunning_requests", "Open watches.", ["verb"], () => [
      [["WATCH"], plane.fanOut.watchers],
    ]);
    metrics.gauge("apiserver_storage_objects", "Objects, by resource.", ["resource"], function* () {
      for (const { group, resource, entries } of plane.store.resources) {
        yield [[group === "" ? resource : `${resource}.${group}`], entries.size];
      }
    });
    metrics.gauge("apiserver_storage_size_bytes", "Bytes of all current objects.", [], () => [[[], plane.store.bytes]]);
    metrics.gauge("muster_revision", "The newest revision.", [], () => [[[], plane.store.revision]]);
    metrics.gauge("muster_compacted_revision", "The revision that history reaches back to.", [], () => [
      [[], plane.store.oldestRevision],
    ]);
    metrics.gauge("process_resident_memory_bytes", "Resident memory of the process.", [], () => [
      [[], process.memoryUsage.rss()],
    ]);
    metrics.gauge("process_cpu_seconds_total", "Processor time of the process.", [], () => {
      const { user, system } = process.cpuUsage();
      return [[[], (user + system) / 1e6]];
    });
    metrics.gauge("process_start_time_seconds", "When the process started, since the epoch.", [], () => [
      [[], Math.round(performance.timeOrigin / 1000)],
    ]);
  }

  observe({ context, exchange, milliseconds }: ServedRequest): void {
    const path = context?.info.resource;
    const { group, version, resource, subresource } = this.#known(path);
    const { namespace = "", name = "" } = path ?? {};
    const scope = resource === "" ? "" : name !== "" ? "resource" : namespace !== "" ? "namespace" : "cluster";
    const asked = (context?.info.verb ?? exchange.method).toUpperCase();
    const verb = knownVerbs.has(asked) ? asked : "other";
    const values = [verb, group, version, resource, subresource, scope];
    this.#requests.add([...values, String(exchange.sentCode ?? 0)]);
    if (verb !== "WATCH") this.#durations.observe(values, milliseconds / 1000);
  }

  /** The part of a path that names something served here: clients can make up any number of other names, and series are for ever. */
  #known(path: ResourcePath | undefined): KnownPath {
    const served = path && this.#plane.kinds.resource(path.group, path.version, path.resource);
    if (served === undefined) return unknownPath;
    const { subresource, group, version, resource } = path!;
    const parts = served.strategy.subresources;
    const exists =
      subresource === "status" || subresource === "scale" || (parts !== undefined && Object.hasOwn(parts, subresource));
    return { group, version, resource, subresource: exists ? subresource : "" };
  }

  text(): string {
    return this.#metrics.text();
  }
}
