// Nodes and the pods on them, both made by hand; events; and what a server without nodes says about the rest.

import type { Scenario } from "../support/scenario.ts";

const pod = (name: string, owner = "") =>
  `apiVersion: v1\nkind: Pod\nmetadata: {name: ${name}, namespace: draining${owner}}\nspec: {nodeName: n1, terminationGracePeriodSeconds: 0, containers: [{name: main, image: i}]}\n`;

export const nodes: Scenario[] = [
  {
    name: "taint, cordon and drain",
    files: {
      "node.yaml": "apiVersion: v1\nkind: Node\nmetadata: {name: n1, labels: {kubernetes.io/hostname: n1}}\n",
      "owned.yaml": pod(
        "owned",
        ", ownerReferences: [{apiVersion: example.com/v1, kind: Maker, name: m, uid: 6f3a7f5e-0000-4000-8000-000000000001, controller: true}]",
      ),
      "bare.yaml": pod("bare"),
    },
    steps: [
      ["kubectl create namespace draining", "namespace/draining created"],
      ["kubectl config set-context --current --namespace draining", "Context {any} modified."],
      ["kubectl create -f node.yaml", "node/n1 created"],
      ["kubectl get nodes", "NAME   STATUS    ROLES    AGE   VERSION\nn1     Unknown   <none>   {age}"],
      ["kubectl taint node n1 key=value:NoSchedule", "node/n1 tainted"],
      [
        "kubectl taint node n1 key=value:NoSchedule",
        "error: node n1 already has key taint(s) with same effect(s) and --overwrite is false",
        { code: 1 },
      ],
      ["kubectl taint node n1 key:NoSchedule-", "node/n1 untainted"],
      ["kubectl cordon n1", "node/n1 cordoned"],
      ["kubectl cordon n1", "node/n1 already cordoned"],
      ["kubectl get nodes --no-headers", "n1   Unknown,SchedulingDisabled   <none>   {age}"],
      ["kubectl uncordon n1", "node/n1 uncordoned"],
      ["kubectl create -f bare.yaml", "pod/bare created"],
      [
        "kubectl drain n1 --timeout 20s",
        /^node\/n1 cordoned\nerror: unable to drain node "n1" due to error: ?(cannot delete )+Pods (that )?declare no controller \(use --force to override\): draining\/bare, continuing command\.\.\./,
        { code: 1 },
      ],
      [
        "kubectl drain n1 --force --timeout 20s",
        "node/n1 already cordoned\nWarning: deleting Pods that declare no controller: draining/bare\nevicting pod draining/bare\npod/bare evicted\nnode/n1 drained",
      ],
      ["kubectl get pods", "No resources found in draining namespace."],
      ["kubectl delete node n1", 'node "n1" deleted'],
    ],
  },
  {
    name: "a disruption budget keeps pods from being evicted",
    newestOnly: true,
    files: { "node.yaml": "apiVersion: v1\nkind: Node\nmetadata: {name: n2}\n" },
    steps: [
      ["kubectl create namespace budget", "namespace/budget created"],
      ["kubectl config set-context --current --namespace budget", "Context {any} modified."],
      ["kubectl create -f node.yaml", "node/n2 created"],
      ['kubectl run kept --image i --labels app=kept --overrides \'{"spec":{"nodeName":"n2"}}\'', "pod/kept created"],
      [
        'kubectl patch pod kept --subresource status --type merge -p \'{"status":{"phase":"Running","conditions":[{"type":"Ready","status":"True"}]}}\'',
        "pod/kept patched",
      ],
      ["kubectl create pdb kept --selector app=kept --min-available 1", "poddisruptionbudget.policy/kept created"],
      [
        `kubectl patch pdb kept --subresource status --type merge -p '{"status":{"observedGeneration":1,"expectedPods":1,"currentHealthy":1,"desiredHealthy":1,"disruptionsAllowed":0}}'`,
        "poddisruptionbudget.policy/kept patched",
      ],
      [
        "kubectl get pdb kept",
        "NAME   MIN AVAILABLE   MAX UNAVAILABLE   ALLOWED DISRUPTIONS   AGE\nkept   1               N/A               0                     {age}",
      ],
      [
        `printf '{"apiVersion":"policy/v1","kind":"Eviction","metadata":{"name":"kept"}}' | kubectl create --raw /api/v1/namespaces/budget/pods/kept/eviction -f -`,
        "Error from server (TooManyRequests): Cannot evict pod as it would violate the pod's disruption budget.",
        { code: 1 },
      ],
      ["kubectl get pod kept --no-headers", "kept   0/1   Running   0     {age}"],
      ["kubectl delete pdb kept", 'poddisruptionbudget.policy "kept" deleted{any}'],
      ["kubectl delete pod kept --force 2> warning.txt", 'pod "kept" force deleted{any}'],
      ["kubectl delete node n2", 'node "n2" deleted'],
    ],
  },
  {
    name: "events are listed for an object",
    newestOnly: true,
    steps: [
      ["kubectl create namespace telling", "namespace/telling created"],
      ["kubectl config set-context --current --namespace telling", "Context {any} modified."],
      ["kubectl run told --image i", "pod/told created"],
      ["kubectl events", "No events found in telling namespace."],
      [
        `printf '{"apiVersion":"v1","kind":"Event","metadata":{"name":"told.1"},"involvedObject":{"apiVersion":"v1","kind":"Pod","namespace":"telling","name":"told","uid":"%s"},"type":"Warning","reason":"Unlucky","message":"no node","count":3,"firstTimestamp":"%s","lastTimestamp":"%s","source":{"component":"hand"}}' $(kubectl get pod told -o jsonpath='{.metadata.uid}') $(date -u +%FT%TZ) $(date -u +%FT%TZ) | kubectl create -f -`,
        "event/told.1 created",
      ],
      [
        "kubectl get events",
        "LAST SEEN   TYPE      REASON    OBJECT     MESSAGE\n{age}          Warning   Unlucky   pod/told   no node",
      ],
      ["kubectl get events --field-selector involvedObject.name=told,type=Warning -o name", "event/told.1"],
      [
        "kubectl events --for pod/told",
        "LAST SEEN{any}TYPE      REASON    OBJECT     MESSAGE\n{any}Warning   Unlucky   Pod/told   no node",
      ],
      [
        "kubectl describe pod told | tail -n 4",
        "Events:\n  Type     Reason   Age               From  Message\n  ----     ------   ----              ----  -------\n  Warning  Unlucky  {any}  hand  no node",
      ],
    ],
  },
  {
    name: "what needs a node or metrics says so",
    newestOnly: true,
    steps: [
      ["kubectl create namespace nodeless", "namespace/nodeless created"],
      ["kubectl config set-context --current --namespace nodeless", "Context {any} modified."],
      ["kubectl run idle --image i", "pod/idle created"],
      ["kubectl top pods", "error: Metrics API not available", { code: 1 }],
      ["kubectl get componentstatuses", /^Warning: v1 ComponentStatus is deprecated in v1\.19\+/],
    ],
  },
];
