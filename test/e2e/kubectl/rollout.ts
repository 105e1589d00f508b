// Rollouts. No controller of workloads runs yet, so the statuses and replica sets that one would make are written here by hand.

import type { Scenario } from "../support/scenario.ts";

/** A replica set as the deployment controller would make it for `revision`. */
const replicaSet = (revision: number, image: string) =>
  `uid=$(kubectl get deploy web -o jsonpath='{.metadata.uid}'); printf '%s' '{"apiVersion":"apps/v1","kind":"ReplicaSet","metadata":{"name":"web-${revision}","labels":{"app":"web","pod-template-hash":"${revision}"},"annotations":{"deployment.kubernetes.io/revision":"${revision}"},"ownerReferences":[{"apiVersion":"apps/v1","kind":"Deployment","name":"web","uid":"'$uid'","controller":true}]},"spec":{"replicas":0,"selector":{"matchLabels":{"app":"web","pod-template-hash":"${revision}"}},"template":{"metadata":{"labels":{"app":"web","pod-template-hash":"${revision}"}},"spec":{"containers":[{"name":"web","image":"${image}"}]}}}}' | kubectl create -f -`;

const status = (generation: number, updated: number, available: number) =>
  `kubectl patch deployment web --subresource status --type merge -p '{"status":{"observedGeneration":${generation},"replicas":2,"updatedReplicas":${updated},"readyReplicas":${available},"availableReplicas":${available}}}'`;

export const rollout: Scenario[] = [
  {
    name: "rollout shows, undoes, pauses and restarts",
    newestOnly: true,
    steps: [
      ["kubectl create namespace rolling", "namespace/rolling created"],
      ["kubectl config set-context --current --namespace rolling", "Context {any} modified."],
      ["kubectl create deployment web --image web:1 --replicas 2", "deployment.apps/web created"],
      [
        "kubectl rollout status deployment/web --timeout 200ms",
        "Waiting for deployment spec update to be observed...\nerror: timed out waiting for the condition",
        { code: 1 },
      ],
      [status(1, 2, 1), "deployment.apps/web patched"],
      [
        "kubectl rollout status deployment/web --watch=false",
        'Waiting for deployment "web" rollout to finish: 1 of 2 updated replicas are available...',
      ],
      [
        `kubectl rollout status deployment/web --timeout 20s & ${status(1, 2, 2)} > patched.txt; wait`,
        '...\ndeployment "web" successfully rolled out',
      ],
      [replicaSet(1, "web:1"), "replicaset.apps/web-1 created"],
      ["kubectl set image deployment/web web=web:2", "deployment.apps/web image updated"],
      [replicaSet(2, "web:2"), "replicaset.apps/web-2 created"],
      [
        "kubectl annotate deployment web deployment.kubernetes.io/revision=2 kubernetes.io/change-cause='second try'",
        /^deployment.apps\/web annotated?$/,
      ],
      [
        "kubectl rollout history deployment/web",
        "deployment.apps/web\nREVISION  CHANGE-CAUSE\n1         <none>\n2         <none>",
      ],
      ["kubectl rollout history deployment/web --revision 1 | grep Image", "    Image:\tweb:1"],
      ["kubectl rollout undo deployment/web --to-revision 1", "deployment.apps/web rolled back"],
      ["kubectl get deploy web -o jsonpath='{.spec.template.spec.containers[0].image}'", "web:1"],
      ["kubectl rollout pause deployment/web", "deployment.apps/web paused"],
      [
        "kubectl rollout restart deployment/web",
        'error: deployments.apps "web" can\'t restart paused deployment (run rollout resume first)',
        { code: 1 },
      ],
      ["kubectl rollout resume deployment/web", "deployment.apps/web resumed"],
      ["kubectl rollout restart deployment/web", "deployment.apps/web restarted"],
      [
        "kubectl get deploy web -o jsonpath='{.spec.template.metadata.annotations}'",
        '{"kubectl.kubernetes.io/restartedAt":"{any}"}',
      ],
    ],
  },
];
