import assert from "node:assert/strict";
import { test } from "node:test";
import type { StateReader, StrategyContext } from "../../../apiserver/strategy.ts";
import type { KubeObject } from "../../../machinery/object.ts";
import { StatusError } from "../../../machinery/status-error.ts";
import { createErrors, defaulted, row, testContext, updateErrors } from "../../validation/testing.ts";
import { serviceKind } from "./service.ts";

const strategy = serviceKind.strategy!;

function service(name: string, spec: Record<string, unknown> = {}): KubeObject {
  const base = { ports: [{ port: 80 }], selector: { app: "web" } };
  return { apiVersion: "v1", kind: "Service", metadata: { name, namespace: "default" }, spec: { ...base, ...spec } };
}

/** A control plane's services: writes go through the strategy as the registry runs it. */
class Services implements StateReader {
  readonly stored = new Map<string, KubeObject>();
  readonly context: StrategyContext;

  constructor(ranges = "10.0.0.0/24", ports = { from: 30000, to: 32767 }) {
    const plane = { name: "test", serviceClusterIPRange: ranges, serviceNodePortRange: ports };
    this.context = { ...testContext(), state: this, plane };
  }

  get(_resource: unknown, namespace: string, name: string): KubeObject | undefined {
    return this.stored.get(`${namespace}/${name}`);
  }

  *list(): Iterable<KubeObject> {
    yield* this.stored.values();
  }

  create(object: KubeObject): KubeObject {
    const next = structuredClone(object);
    strategy.prepareForCreate?.(next, this.context);
    strategy.defaults?.(next);
    strategy.beforeCommit?.({ object: next }, this.context);
    return this.#store(next);
  }

  update(object: KubeObject): KubeObject {
    const next = structuredClone(object);
    const old = this.stored.get(`default/${object.metadata.name}`)!;
    strategy.prepareForUpdate?.(next, old, this.context);
    strategy.defaults?.(next);
    strategy.beforeCommit?.({ object: next, old }, this.context);
    return this.#store(next);
  }

  #store(object: KubeObject): KubeObject {
    this.stored.set(`default/${object.metadata.name}`, object);
    return object;
  }
}

function messageOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    assert.ok(error instanceof StatusError);
    return error.message;
  }
  return assert.fail("nothing was thrown");
}

test("defaults", () => {
  assert.deepEqual(defaulted(serviceKind, service("a")).spec, {
    ports: [{ port: 80, protocol: "TCP", targetPort: 80 }],
    selector: { app: "web" },
    type: "ClusterIP",
    sessionAffinity: "None",
    internalTrafficPolicy: "Cluster",
  });
  const balanced = defaulted(serviceKind, service("a", { type: "LoadBalancer", sessionAffinity: "ClientIP" })).spec;
  assert.equal(balanced.externalTrafficPolicy, "Cluster");
  assert.equal(balanced.allocateLoadBalancerNodePorts, true);
  assert.deepEqual(balanced.sessionAffinityConfig, { clientIP: { timeoutSeconds: 10800 } });
});

test("a service gets a cluster IP behind the reserved band, and single-stack families", () => {
  const services = new Services();
  const { spec } = services.create(service("a"));
  assert.equal(spec.clusterIP, "10.0.0.17");
  assert.deepEqual(spec.clusterIPs, ["10.0.0.17"]);
  assert.deepEqual(spec.ipFamilies, ["IPv4"]);
  assert.equal(spec.ipFamilyPolicy, "SingleStack");
  assert.equal(services.create(service("b")).spec.clusterIP, "10.0.0.18");
});

test("a requested address is given once, and again after its holder let it go", () => {
  const services = new Services();
  services.create(service("a", { clusterIP: "10.0.0.1" }));
  assert.equal(
    messageOf(() => services.create(service("b", { clusterIP: "10.0.0.1" }))),
    'Service "b" is invalid: spec.clusterIPs: Invalid value: ["10.0.0.1"]: failed to allocate IP 10.0.0.1: provided IP is already allocated',
  );
  assert.equal(
    messageOf(() => services.create(service("b", { clusterIP: "10.9.0.1" }))),
    'Service "b" is invalid: spec.clusterIPs: Invalid value: ["10.9.0.1"]: failed to allocate IP 10.9.0.1: the provided IP (10.9.0.1) is not in the valid range. The range of valid IPs is 10.0.0.0/24',
  );
  services.update(service("a", { type: "ExternalName", externalName: "example.com" }));
  assert.equal(services.stored.get("default/a")?.spec.clusterIP, undefined);
  assert.equal(services.create(service("b", { clusterIP: "10.0.0.1" })).spec.clusterIP, "10.0.0.1");
});

test("services that were there before the index was built keep their addresses", () => {
  const services = new Services();
  const old = service("old", { type: "ClusterIP", clusterIP: "10.0.0.17", clusterIPs: ["10.0.0.17"] });
  services.stored.set("default/old", old);
  assert.equal(services.create(service("a")).spec.clusterIP, "10.0.0.18");
});

test("a full range is an error, and a small one is used to the end", () => {
  const services = new Services("10.0.0.0/29");
  const given = ["a", "b", "c", "d", "e", "f"].map((name) => services.create(service(name)).spec.clusterIP);
  assert.deepEqual(given.sort(), ["10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.4", "10.0.0.5", "10.0.0.6"]);
  assert.match(
    messageOf(() => services.create(service("g"))),
    /failed to allocate a serviceIP: range is full/,
  );
});

test("ten thousand services are allocated without a look at all of them for each", () => {
  const services = new Services("10.0.0.0/16");
  let lists = 0;
  const list = services.list.bind(services);
  services.list = () => {
    lists++;
    return list();
  };
  for (let index = 0; index < 10_000; index++) services.create(service(`s${index}`));
  assert.equal(new Set([...services.stored.values()].map(({ spec }) => spec.clusterIP)).size, 10_000);
  assert.ok(lists < 10, `listed ${lists} times`);
});

test("headless and ExternalName services get no address", () => {
  const services = new Services();
  const headless = services.create(service("a", { clusterIP: "None" })).spec;
  assert.deepEqual(headless.clusterIPs, ["None"]);
  const selectorless = services.create(service("b", { clusterIP: "None", selector: undefined })).spec;
  assert.deepEqual(selectorless.ipFamilies, ["IPv4", "IPv6"]);
  assert.equal(selectorless.ipFamilyPolicy, "RequireDualStack");
  const external = services.create(service("c", { type: "ExternalName", externalName: "x.example.com" })).spec;
  assert.equal(external.clusterIPs, undefined);
});

test("dual stack needs two ranges", () => {
  assert.match(
    messageOf(() => new Services().create(service("a", { ipFamilyPolicy: "RequireDualStack" }))),
    /spec.ipFamilyPolicy: Invalid value: "RequireDualStack": this cluster is not configured for dual-stack services/,
  );
  const services = new Services("10.0.0.0/24,fd00::/108");
  const { spec } = services.create(service("a", { ipFamilyPolicy: "PreferDualStack" }));
  assert.deepEqual(spec.ipFamilies, ["IPv4", "IPv6"]);
  assert.deepEqual(spec.clusterIPs, ["10.0.0.17", "fd00::101"]);
  const narrowed = services.update({ ...service("a"), spec: { ...spec, ipFamilyPolicy: "SingleStack" } }).spec;
  assert.deepEqual(narrowed.clusterIPs, ["10.0.0.17"]);
  assert.deepEqual(narrowed.ipFamilies, ["IPv4"]);
});

test("node ports are allocated, kept and released", () => {
  const services = new Services();
  const ports = [
    { name: "tcp", port: 53, protocol: "TCP" },
    { name: "udp", port: 53, protocol: "UDP" },
  ];
  const { spec } = services.create(service("a", { type: "NodePort", ports }));
  assert.deepEqual(
    spec.ports.map((port: { nodePort: number }) => port.nodePort),
    [30086, 30086],
  );
  assert.equal(
    messageOf(() => services.create(service("b", { type: "NodePort", ports: [{ port: 80, nodePort: 30086 }] }))),
    'Service "b" is invalid: spec.ports[0].nodePort: Invalid value: 30086: provided port is already allocated',
  );
  assert.match(
    messageOf(() => services.create(service("b", { type: "NodePort", ports: [{ port: 80, nodePort: 80 }] }))),
    /provided port is not in the valid range. The range of valid ports is 30000-32767/,
  );
  // A client that leaves out what was allocated does not lose it.
  const kept = services.update(service("a", { type: "NodePort", ports })).spec;
  assert.equal(kept.clusterIP, spec.clusterIP);
  assert.deepEqual(
    kept.ports.map((port: { nodePort: number }) => port.nodePort),
    [30086, 30086],
  );
  const released = services.update({ ...service("a"), spec: { ...kept, type: "ClusterIP" } }).spec;
  assert.deepEqual(
    released.ports.map((port: { nodePort?: number }) => port.nodePort),
    [undefined, undefined],
  );
  assert.equal(released.externalTrafficPolicy, undefined);
  services.create(service("b", { type: "NodePort", ports: [{ port: 80, nodePort: 30086 }] }));
});

test("a local load balancer gets a health check port", () => {
  const services = new Services();
  const spec = { type: "LoadBalancer", externalTrafficPolicy: "Local" };
  const created = services.create(service("a", spec)).spec;
  assert.equal(created.healthCheckNodePort, 30087);
  assert.equal(created.ports[0].nodePort, 30086);
  const changed = services.update(service("a", { type: "ClusterIP" })).spec;
  assert.equal(changed.healthCheckNodePort, undefined);
});

test("what is wrong with a service", () => {
  const cases: [string, Record<string, unknown>, string[]][] = [
    ["no ports", { ports: [] }, ["spec.ports: Required value"]],
    [
      "unnamed ports",
      { ports: [{ port: 80 }, { port: 80, name: "b" }] },
      ["spec.ports[0].name: Required value", 'spec.ports[1]: Duplicate value: {"port":80,"protocol":"TCP"}'],
    ],
    [
      "port number",
      { ports: [{ port: 0, targetPort: 70000 }] },
      [
        "spec.ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive",
        "spec.ports[0].targetPort: Invalid value: 70000: must be between 1 and 65535, inclusive",
      ],
    ],
    [
      "type",
      { type: "Ghost" },
      [
        'spec.type: Unsupported value: "Ghost": supported values: "ClusterIP", "ExternalName", "LoadBalancer", "NodePort"',
      ],
    ],
    ["external name", { type: "ExternalName", ports: undefined }, ["spec.externalName: Required value"]],
    [
      "node port on ClusterIP",
      { ports: [{ port: 80, nodePort: 30000 }] },
      ["spec.ports[0].nodePort: Forbidden: may not be used when `type` is 'ClusterIP'"],
    ],
    [
      "cluster IP",
      { clusterIP: "x", clusterIPs: ["x"] },
      ['spec.clusterIPs[0]: Invalid value: "x": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)'],
    ],
    [
      "affinity",
      { sessionAffinity: "ClientIP", sessionAffinityConfig: { clientIP: { timeoutSeconds: 100_000 } } },
      [
        "spec.sessionAffinityConfig.clientIP.timeoutSeconds: Invalid value: 100000: must be greater than 0 and less than 86400",
      ],
    ],
    [
      "source ranges",
      { loadBalancerSourceRanges: ["10.0.0.0/8"] },
      ["spec.LoadBalancerSourceRanges: Forbidden: may only be used when `type` is 'LoadBalancer'"],
    ],
    [
      "traffic policy",
      { externalTrafficPolicy: "Local" },
      ['spec.externalTrafficPolicy: Invalid value: "Local": may only be set for externally-accessible services'],
    ],
  ];
  for (const [name, spec, errors] of cases)
    assert.deepEqual(createErrors(serviceKind, service("a", spec)), errors, name);
  assert.deepEqual(createErrors(serviceKind, service("a")), []);
});

test("the primary cluster IP does not change", () => {
  const at = (ip: string) => service("a", { clusterIP: ip, clusterIPs: [ip] });
  assert.deepEqual(updateErrors(serviceKind, at("10.0.0.2"), at("10.0.0.1")), [
    'spec.clusterIPs[0]: Invalid value: ["10.0.0.2"]: may not change once set',
  ]);
});

test("columns", () => {
  const cells = (spec: Record<string, unknown>, status = {}) => {
    const {
      Type,
      "Cluster-IP": ip,
      "External-IP": external,
      "Port(s)": ports,
      Selector,
    } = row(serviceKind, {
      ...service("a", spec),
      status,
    });
    return [Type, ip, external, ports, Selector];
  };
  assert.deepEqual(cells({ type: "ClusterIP", clusterIPs: ["10.0.0.1"], ports: [{ port: 80, protocol: "TCP" }] }), [
    "ClusterIP",
    "10.0.0.1",
    "<none>",
    "80/TCP",
    "app=web",
  ]);
  assert.deepEqual(
    cells({ type: "NodePort", externalIPs: ["1.2.3.4"], ports: [{ port: 80, nodePort: 30000, protocol: "TCP" }] }),
    ["NodePort", "<none>", "1.2.3.4", "80:30000/TCP", "app=web"],
  );
  assert.equal(cells({ type: "LoadBalancer" })[2], "<pending>");
  assert.equal(cells({ type: "LoadBalancer" }, { loadBalancer: { ingress: [{ ip: "9.9.9.9" }] } })[2], "9.9.9.9");
  assert.equal(cells({ type: "ExternalName", externalName: "x.y" })[2], "x.y");
});
