// The node authorizer: a kubelet may read what its pods need and write what it reports, and nothing of other nodes. Together with the
// NodeRestriction admission, which looks into the objects that are written.
// Source: k8s.io/kubernetes plugin/pkg/auth/authorizer/node/node_authorizer.go.

import { qualifiedResource } from "../../machinery/object.ts";
import type { Attributes, Authorizer, Decision, PolicyRule } from "../identity.ts";
import type { NodeGraph, NodeRelated } from "./node-graph.ts";
import { nodeNameOf } from "./node-identity.ts";
import { RuleSet } from "./rule-set.ts";

type ResourceAttributes = NonNullable<Attributes["resource"]>;

const allow: Decision = { decision: "allow", reason: "" };
const objectVerbs = new Set(["get", "create", "update", "patch", "delete"]);

export class NodeAuthorizer implements Authorizer {
  readonly name = "Node";
  readonly #graph: NodeGraph;
  readonly #rules: RuleSet;

  /** `rules` are those of the role system:node; they hold for what is not decided object by object. */
  constructor(graph: NodeGraph, rules: readonly PolicyRule[]) {
    this.#graph = graph;
    this.#rules = new RuleSet(rules);
  }

  authorize(attributes: Attributes): Decision {
    const node = nodeNameOf(attributes.user);
    if (node === undefined) return refuse("");
    if (node === "") return refuse(`unknown node for user ${JSON.stringify(attributes.user.name)}`);
    const { resource, verb } = attributes;
    if (resource !== undefined) {
      const decision = this.#authorizeObject(node, verb, resource);
      if (decision !== undefined) return decision;
    }
    return this.#rules.allows(attributes) ? allow : refuse("");
  }

  /** The decision on kinds that are judged object by object; undefined for the others. */
  #authorizeObject(node: string, verb: string, resource: ResourceAttributes): Decision | undefined {
    switch (qualifiedResource(resource)) {
      case "secrets":
        return this.#read(node, "secret", verb, resource);
      case "configmaps":
        return this.#read(node, "configmap", verb, resource);
      case "persistentvolumeclaims":
        return resource.subresource === "status"
          ? this.#updateStatus(node, "persistentvolumeclaim", verb, resource)
          : this.#get(node, "persistentvolumeclaim", verb, resource);
      case "persistentvolumes":
        return this.#get(node, "persistentvolume", verb, resource);
      case "resourceclaims.resource.k8s.io":
        return this.#get(node, "resourceclaim", verb, resource);
      case "volumeattachments.storage.k8s.io":
        return this.#get(node, "volumeattachment", verb, resource);
      case "serviceaccounts":
        return this.#createToken(node, verb, resource);
      case "leases.coordination.k8s.io":
        return lease(node, verb, resource);
      case "csinodes.storage.k8s.io":
        return csiNode(node, verb, resource);
      case "resourceslices.resource.k8s.io":
        return this.#slice(node, verb, resource);
      case "podcertificaterequests.certificates.k8s.io":
        return this.#certificateRequest(node, verb, resource);
      case "nodes":
        return ownNode(node, verb, resource);
      case "pods":
        return this.#pod(node, verb, resource);
    }
    return undefined;
  }

  #related(node: string, kind: NodeRelated, { namespace, name }: ResourceAttributes): Decision {
    if (name === "") return refuse("No Object name found");
    if (this.#graph.relates(node, kind, namespace, name)) return allow;
    return refuse(`no relationship found between node '${node}' and this object`);
  }

  #read(node: string, kind: NodeRelated, verb: string, resource: ResourceAttributes): Decision {
    if (!isRead(verb)) return refuse("can only read resources of this type");
    if (resource.subresource !== "") return refuse("cannot read subresource");
    if (resource.namespace === "") return refuse("can only read namespaced object of this type");
    return this.#related(node, kind, resource);
  }

  #get(node: string, kind: NodeRelated, verb: string, resource: ResourceAttributes): Decision {
    if (verb !== "get") return refuse("can only get individual resources of this type");
    if (resource.subresource !== "") return refuse("cannot get subresource");
    return this.#related(node, kind, resource);
  }

  #updateStatus(node: string, kind: NodeRelated, verb: string, resource: ResourceAttributes): Decision {
    if (verb !== "update" && verb !== "patch") return refuse("can only get/update/patch this type");
    return this.#related(node, kind, resource);
  }

  #createToken(node: string, verb: string, resource: ResourceAttributes): Decision {
    if (resource.subresource === "" && verb === "get") return this.#get(node, "serviceaccount", verb, resource);
    if (verb !== "create" || resource.name === "") {
      return refuse("can only create tokens for individual service accounts");
    }
    if (resource.subresource !== "token") return refuse("can only create token subresource of serviceaccount");
    return this.#related(node, "serviceaccount", resource);
  }

  #slice(node: string, verb: string, resource: ResourceAttributes): Decision {
    if (resource.subresource !== "") return refuse("cannot authorize ResourceSlice subresources");
    switch (verb) {
      case "create":
        return allow;
      case "get":
      case "update":
      case "patch":
      case "delete":
        return this.#related(node, "resourceslice", resource);
      case "watch":
      case "list":
      case "deletecollection":
        return selects(resource, "spec.nodeName", node)
          ? allow
          : refuse("can only list/watch/deletecollection resourceslices with nodeName field selector");
    }
    const verbs = "get, watch, list, create, update, patch, delete, deletecollection";
    return refuse(`only the following verbs are allowed for a ResourceSlice: ${verbs}`);
  }

  #certificateRequest(node: string, verb: string, resource: ResourceAttributes): Decision {
    if (resource.subresource !== "") return refuse("nodes may not access the status of pod certificate requests");
    if (verb === "create") return allow;
    if (verb === "get") return this.#related(node, "podcertificaterequest", resource);
    if ((verb === "list" || verb === "watch") && selects(resource, "spec.nodeName", node)) return allow;
    return refuse("can only list/watch podcertificaterequests with nodeName field selector");
  }

  #pod(node: string, verb: string, resource: ResourceAttributes): Decision {
    switch (`${resource.subresource}:${verb}`) {
      case ":get":
        return this.#get(node, "pod", verb, resource);
      case ":list":
      case ":watch":
        if (selects(resource, "spec.nodeName", node)) return allow;
        if (resource.name !== "") return this.#related(node, "pod", resource);
        return refuse("can only list/watch pods with spec.nodeName field selector");
      // NodeRestriction sees to it that these are pods of the node.
      case ":create":
      case ":delete":
      case "status:update":
      case "status:patch":
      case "eviction:create":
        return allow;
    }
    return refuse("");
  }
}

function refuse(reason: string): Decision {
  return { decision: "noOpinion", reason };
}

function isRead(verb: string): boolean {
  return verb === "get" || verb === "list" || verb === "watch";
}

/** Whether the request is limited to objects with this field. */
function selects(resource: ResourceAttributes, field: string, value: string): boolean {
  return (resource.fieldSelector ?? []).some(
    ({ key, operator, values }) => key === field && operator === "In" && values.length === 1 && values[0] === value,
  );
}

function lease(node: string, verb: string, resource: ResourceAttributes): Decision {
  if (!objectVerbs.has(verb)) return refuse("can only get, create, update, patch, or delete a node lease");
  if (resource.namespace !== "kube-node-lease") {
    return refuse('can only access leases in the "kube-node-lease" system namespace');
  }
  // The name of a new lease is in the object, which NodeRestriction looks at.
  if (verb !== "create" && resource.name !== node) {
    return refuse("can only access node lease with the same name as the requesting node");
  }
  return allow;
}

function csiNode(node: string, verb: string, resource: ResourceAttributes): Decision {
  if (!objectVerbs.has(verb)) return refuse("can only get, create, update, patch, or delete a CSINode");
  if (resource.subresource !== "") return refuse("cannot authorize CSINode subresources");
  if (verb !== "create" && resource.name !== node) {
    return refuse("can only access CSINode with the same name as the requesting node");
  }
  return allow;
}

function ownNode(node: string, verb: string, { subresource, name }: ResourceAttributes): Decision {
  if (subresource === "status") return verb === "update" || verb === "patch" ? allow : refuse("");
  if (subresource !== "") return refuse("");
  // Which node is written, NodeRestriction checks.
  if (verb === "create" || verb === "update" || verb === "patch") return allow;
  if (!isRead(verb)) return refuse("");
  if (name === node) return allow;
  if (name === "") return refuse(`node '${node}' cannot read all nodes, only its own Node object`);
  return refuse(`node '${node}' cannot read '${name}', only its own Node object`);
}
