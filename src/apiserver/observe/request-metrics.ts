// The metrics of requests, named as those of kube-apiserver so that its dashboards work.

import type { ControlPlane } from "../plane/control-plane.ts";
import { type Counter, type Histogram, Metrics } from "./metrics.ts";
import type { ServedRequest } from "./served-request.ts";

const durationBuckets = [0.001, 0.005, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

export class RequestMetrics {
  readonly #metrics = new Metrics();
  readonly #requests: Counter;
  readonly #durations: Histogram;

  constructor(plane: ControlPlane) {
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
    const info = context?.info;
    const {
      group = "",
      version = "",
      resource = "",
      subresource = "",
      namespace = "",
      name = "",
    } = info?.resource ?? {};
    const scope = resource === "" ? "" : name !== "" ? "resource" : namespace !== "" ? "namespace" : "cluster";
    const verb = (info?.verb ?? exchange.method).toUpperCase();
    const values = [verb, group, version, resource, subresource, scope];
    this.#requests.add([...values, String(exchange.sentCode ?? 0)]);
    if (verb !== "WATCH") this.#durations.observe(values, milliseconds / 1000);
  }

  text(): string {
    return this.#metrics.text();
  }
}
