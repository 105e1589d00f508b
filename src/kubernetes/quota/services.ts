// What services use: their number, load balancers and node ports.

import { integerQuantity } from "../../machinery/quantity.ts";
import type { ResourceList } from "../core/pod-resources.ts";
import { listOf } from "../validation/fields.ts";
import type { QuotaEvaluator } from "./evaluator.ts";

const names = ["services", "count/services", "services.loadbalancers", "services.nodeports"];
const one = integerQuantity(1);

export const serviceEvaluator: QuotaEvaluator = {
  usage({ spec = {} }) {
    const usage: ResourceList = new Map([
      ["services", one],
      ["count/services", one],
    ]);
    const ports = listOf(spec.ports);
    if (spec.type === "NodePort") usage.set("services.nodeports", integerQuantity(ports.length));
    if (spec.type === "LoadBalancer") {
      usage.set("services.loadbalancers", one);
      const used = spec.allocateLoadBalancerNodePorts === false ? ports.filter((port) => port.nodePort > 0) : ports;
      usage.set("services.nodeports", integerQuantity(used.length));
    }
    return usage;
  },
  measures: (name) => names.includes(name),
  inScope: () => false,
  updates: (subresource) => subresource === "",
};
