// Deletion in its forms, and waiting for what is to come.

import type { Scenario } from "../support/scenario.ts";

const owner = (name: string) => `apiVersion: apps/v1
kind: ReplicaSet
metadata: {name: ${name}, labels: {set: ${name}}}
spec:
  replicas: 0
  selector: {matchLabels: {app: ${name}}}
  template:
    metadata: {labels: {app: ${name}}}
    spec: {containers: [{name: main, image: i}]}
`;

/** Makes a pod that belongs to the replica set. */
const adopt = (name: string) =>
  `uid=$(kubectl get rs ${name} -o jsonpath='{.metadata.uid}'); printf '{"apiVersion":"v1","kind":"Pod","metadata":{"name":"${name}-pod","ownerReferences":[{"apiVersion":"apps/v1","kind":"ReplicaSet","name":"${name}","uid":"%s","controller":true,"blockOwnerDeletion":true}]},"spec":{"containers":[{"name":"main","image":"i"}]}}' $uid | kubectl create -f -`;

export const deleteAndWait: Scenario[] = [
  {
    name: "delete takes what belongs to an object along, leaves it, or goes after it",
    files: {
      "background.yaml": owner("background"),
      "foreground.yaml": owner("foreground"),
      "orphan.yaml": owner("orphan"),
    },
    steps: [
      ["kubectl create namespace deleting", "namespace/deleting created"],
      ["kubectl config set-context --current --namespace deleting", "Context {any} modified."],
      [
        "kubectl create -f background.yaml -f foreground.yaml -f orphan.yaml",
        "replicaset.apps/background created\nreplicaset.apps/foreground created\nreplicaset.apps/orphan created",
      ],
      [adopt("background"), "pod/background-pod created"],
      [adopt("foreground"), "pod/foreground-pod created"],
      [adopt("orphan"), "pod/orphan-pod created"],
      ["kubectl delete rs background", 'replicaset.apps "background" deleted{any}'],
      ["kubectl wait --for=delete pod/background-pod --timeout 20s", /^$|^pod\/background-pod condition met$/],
      ["kubectl delete rs foreground --cascade=foreground --timeout 20s", 'replicaset.apps "foreground" deleted{any}'],
      ["kubectl get pod foreground-pod", 'Error from server (NotFound): pods "foreground-pod" not found', { code: 1 }],
      ["kubectl delete rs orphan --cascade=orphan --timeout 20s", 'replicaset.apps "orphan" deleted{any}'],
      ["kubectl get pod orphan-pod -o jsonpath='{.metadata.name} {.metadata.ownerReferences}'", "orphan-pod"],
      ["kubectl delete pod orphan-pod --now", 'pod "orphan-pod" deleted{any}'],
      ["kubectl delete pod orphan-pod", 'Error from server (NotFound): pods "orphan-pod" not found', { code: 1 }],
      ["kubectl delete pod orphan-pod --ignore-not-found", ""],
    ],
  },
  {
    name: "a finalizer holds an object until it is taken off",
    newestOnly: true,
    steps: [
      ["kubectl create namespace holding", "namespace/holding created"],
      ["kubectl config set-context --current --namespace holding", "Context {any} modified."],
      ["kubectl create configmap held", "configmap/held created"],
      [
        'kubectl patch cm held --type merge -p \'{"metadata":{"finalizers":["example.com/hold"]}}\'',
        "configmap/held patched",
      ],
      ["kubectl delete cm held --wait=false", 'configmap "held" deleted{any}'],
      [
        "kubectl get cm held -o jsonpath='{.metadata.deletionTimestamp} {.metadata.finalizers}'",
        '{time} ["example.com/hold"]',
      ],
      [
        "kubectl delete cm held --timeout 100ms",
        'configmap "held" deleted{any}\nerror: timed out waiting for the condition on configmaps/held',
        { code: 1 },
      ],
      [
        'kubectl patch cm held --type json -p \'[{"op":"add","path":"/metadata/finalizers/-","value":"example.com/more"}]\'',
        'The ConfigMap "held" is invalid: metadata.finalizers: Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{"example.com/more"}',
        { code: 1 },
      ],
      [
        'kubectl patch cm held --type json -p \'[{"op":"remove","path":"/metadata/finalizers"}]\'',
        "configmap/held patched",
      ],
      ["kubectl get cm held", 'Error from server (NotFound): configmaps "held" not found', { code: 1 }],
    ],
  },
  {
    name: "a pod on a node is given its grace",
    newestOnly: true,
    steps: [
      ["kubectl create namespace graceful", "namespace/graceful created"],
      ["kubectl config set-context --current --namespace graceful", "Context {any} modified."],
      ['kubectl run slow --image i --overrides \'{"spec":{"nodeName":"n1"}}\'', "pod/slow created"],
      ["kubectl delete pod slow --wait=false", 'pod "slow" deleted{any}'],
      [
        "kubectl get pod slow",
        "NAME   READY   STATUS        RESTARTS   AGE\nslow   0/1     Terminating   0          {age}",
      ],
      ["kubectl get pod slow -o jsonpath='{.metadata.deletionGracePeriodSeconds}'", "30"],
      [
        "kubectl delete pod slow --force --grace-period 0",
        'Warning: Immediate deletion does not wait for confirmation that the running resource has been terminated. The resource may continue to run on the cluster indefinitely.\npod "slow" force deleted{any}',
      ],
      ["kubectl get pods", "No resources found in graceful namespace."],
    ],
  },
  {
    name: "a namespace goes with all that is in it",
    newestOnly: true,
    steps: [
      ["kubectl create namespace leaving", "namespace/leaving created"],
      ["kubectl -n leaving create configmap a", "configmap/a created"],
      ["kubectl -n leaving create deployment web --image i", "deployment.apps/web created"],
      ["kubectl -n leaving get serviceaccount default -o name", "serviceaccount/default", { eventually: true }],
      ["kubectl -n leaving get configmap kube-root-ca.crt -o name", "configmap/kube-root-ca.crt", { eventually: true }],
      ["kubectl delete namespace leaving --timeout 30s", 'namespace "leaving" deleted'],
      ["kubectl get namespace leaving", 'Error from server (NotFound): namespaces "leaving" not found', { code: 1 }],
      [
        "kubectl -n leaving create configmap b",
        'error: failed to create configmap: namespaces "leaving" not found',
        { code: 1 },
      ],
      [
        "kubectl delete namespace kube-system",
        'Error from server (Forbidden): namespaces "kube-system" is forbidden: this namespace may not be deleted',
        { code: 1 },
      ],
    ],
  },
  {
    name: "wait waits for conditions and values",
    steps: [
      ["kubectl create namespace waiting", "namespace/waiting created"],
      ["kubectl config set-context --current --namespace waiting", "Context {any} modified."],
      ["kubectl create deployment web --image i", "deployment.apps/web created"],
      [
        "kubectl wait --for=condition=Available deployment/web --timeout 100ms",
        "error: timed out waiting for the condition on deployments/web",
        { code: 1 },
      ],
      [
        `kubectl wait --for=condition=Available deployment/web --timeout 20s & kubectl patch deployment web --subresource status --type merge -p '{"status":{"conditions":[{"type":"Available","status":"True"}]}}' > patched.txt && wait`,
        "deployment.apps/web condition met",
      ],
      [
        "kubectl wait --for=jsonpath='{.spec.replicas}'=1 deployment/web --timeout 5s",
        "deployment.apps/web condition met",
      ],
      [
        "kubectl wait --for=create deployment/later --timeout 20s & kubectl create deployment later --image i > later.txt && wait",
        "deployment.apps/later condition met",
        { since: 31 },
      ],
      [
        "kubectl wait --for=delete deployment/later --timeout 20s & kubectl delete deployment later > later.txt && wait",
        /^$|^deployment.apps\/later condition met$/,
        { since: 31 },
      ],
      [
        "kubectl wait --for=condition=Ready pod -l app=none --timeout 1s",
        "error: no matching resources found",
        { code: 1 },
      ],
    ],
  },
];
