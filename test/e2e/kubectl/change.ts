// Changing objects in place: every kind of patch, labels, annotations, sizes and what `kubectl set` sets.

import type { Scenario } from "../support/scenario.ts";

export const change: Scenario[] = [
  {
    name: "patch in every type",
    steps: [
      ["kubectl create namespace patching", "namespace/patching created"],
      ["kubectl config set-context --current --namespace patching", "Context {any} modified."],
      ["kubectl create deployment web --image web:1", "deployment.apps/web created"],
      [
        `kubectl patch deployment web -p '{"spec":{"template":{"spec":{"containers":[{"name":"side","image":"side:1"}]}}}}'`,
        "deployment.apps/web patched",
      ],
      ["kubectl get deploy web -o jsonpath='{.spec.template.spec.containers[*].name}'", "side web"],
      [
        `kubectl patch deployment web -p '{"spec":{"template":{"spec":{"$setElementOrder/containers":[{"name":"web"}],"containers":[{"name":"side","$patch":"delete"}]}}}}'`,
        "deployment.apps/web patched",
      ],
      ["kubectl get deploy web -o jsonpath='{.spec.template.spec.containers[*].name}'", "web"],
      [
        `kubectl patch deployment web --type merge -p '{"spec":{"replicas":4,"template":{"metadata":{"labels":{"app":"web","v":"2"}}}}}'`,
        "deployment.apps/web patched",
      ],
      [
        `kubectl patch deployment web --type json -p '[{"op":"test","path":"/spec/replicas","value":4},{"op":"replace","path":"/spec/replicas","value":3},{"op":"remove","path":"/spec/template/metadata/labels/v"}]'`,
        "deployment.apps/web patched",
      ],
      [
        'kubectl patch deployment web --type merge -p \'{"spec":{"replicas":3}}\'',
        "deployment.apps/web patched (no change)",
      ],
      [
        `kubectl patch deployment web --type json -p '[{"op":"test","path":"/spec/replicas","value":9}]'`,
        'The Deployment "web" is invalid: patch: testing value /spec/replicas failed: test failed',
        { code: 1 },
      ],
      [
        'kubectl patch deployment web -p \'{"spec":{"replicas":-1}}\'',
        'The Deployment "web" is invalid: spec.replicas: Invalid value: -1: must be greater than or equal to 0',
        { code: 1 },
      ],
      [
        'kubectl patch deployment web --type merge -p \'{"spec":{"selector":{"matchLabels":{"app":"web","b":"c"}}}}\'',
        'The Deployment "web" is invalid:\n* spec.template.metadata.labels: Invalid value: {"app":"web"}: `selector` does not match template `labels`\n* spec.selector: Invalid value: {"matchLabels":{"app":"web","b":"c"}}: field is immutable',
        { code: 1 },
      ],
      [
        'kubectl patch deployment web --subresource scale --type merge -p \'{"spec":{"replicas":6}}\'',
        "scale.autoscaling/web patched",
      ],
      [
        `kubectl patch deployment web --subresource status --type merge -p '{"spec":{"replicas":9},"status":{"replicas":6,"readyReplicas":5}}'`,
        "deployment.apps/web patched",
      ],
      ["kubectl get deploy web -o jsonpath='{.spec.replicas} {.status.readyReplicas} {.metadata.generation}'", "6 5 6"],
      ["kubectl get deploy web --subresource status -o jsonpath='{.status.replicas}'", "6"],
      [
        "kubectl get deploy web --subresource scale",
        "NAME   DESIRED   AVAILABLE   AGE\nweb    6         6           {age}",
      ],
    ],
  },
  {
    name: "label and annotate",
    newestOnly: true,
    steps: [
      ["kubectl create namespace marking", "namespace/marking created"],
      ["kubectl config set-context --current --namespace marking", "Context {any} modified."],
      ["kubectl create configmap a", "configmap/a created"],
      ["kubectl create configmap b", "configmap/b created"],
      ["kubectl label configmap a tier=front env=test", "configmap/a labeled"],
      ["kubectl label configmap a tier=front", "configmap/a not labeled"],
      [
        "kubectl label configmap a tier=back",
        "error: 'tier' already has a value (front), and --overwrite is false",
        { code: 1 },
      ],
      ["kubectl label --overwrite configmap a tier=back env-", "configmap/a labeled"],
      ["kubectl label configmap -l tier=back done=yes", "configmap/a labeled"],
      ["kubectl label configmap a --list | sort", "done=yes\ntier=back"],
      ["kubectl label configmap a bad='no way'", /invalid label value: "bad=no way"/, { code: 1 }],
      ["kubectl annotate configmap b note='hello there' example.com/x=1", /^configmap\/b annotated?$/],
      ["kubectl annotate configmap b example.com/x-", /^configmap\/b annotated?$/],
      [
        "kubectl get configmaps a b -o jsonpath='{.items[0].metadata.labels} {.items[1].metadata.annotations}'",
        '{"done":"yes","tier":"back"} {"note":"hello there"}',
      ],
      [
        "kubectl label configmap a --resource-version 1 x=y",
        /Operation cannot be fulfilled on configmaps "a": the object has been modified/,
        { code: 1 },
      ],
    ],
  },
  {
    name: "scale, autoscale and set",
    newestOnly: true,
    steps: [
      ["kubectl create namespace setting", "namespace/setting created"],
      ["kubectl config set-context --current --namespace setting", "Context {any} modified."],
      ["kubectl create deployment web --image web:1", "deployment.apps/web created"],
      ["kubectl scale deployment web --replicas 3", "deployment.apps/web scaled"],
      [
        "kubectl scale deployment web --current-replicas 2 --replicas 4",
        "error: Expected replicas to be 2, was 3",
        { code: 1 },
      ],
      ["kubectl scale deployment web --current-replicas 3 --replicas 4", "deployment.apps/web scaled"],
      [
        "kubectl autoscale deployment web --min 2 --max 5 --cpu-percent 80",
        "horizontalpodautoscaler.autoscaling/web autoscaled",
      ],
      [
        "kubectl get hpa",
        "NAME   REFERENCE        TARGETS                MINPODS   MAXPODS   REPLICAS   AGE\nweb    Deployment/web   cpu: <unknown>/80%     2         5         0          {age}",
      ],
      [
        "kubectl get horizontalpodautoscalers.v1.autoscaling web -o jsonpath='{.apiVersion} {.spec.targetCPUUtilizationPercentage}'",
        "autoscaling/v1 80",
      ],
      [
        "kubectl get horizontalpodautoscalers.v2.autoscaling web -o jsonpath='{.apiVersion} {.spec.metrics[0].resource.target.averageUtilization}'",
        "autoscaling/v2 80",
      ],
      ["kubectl set image deployment/web web=web:2", "deployment.apps/web image updated"],
      ["kubectl set env deployment/web MODE=test", "deployment.apps/web env updated"],
      ["kubectl set env deployment/web --list", "# Deployment web, container web\nMODE=test"],
      [
        "kubectl set resources deployment web --limits cpu=200m,memory=64Mi",
        "deployment.apps/web resource requirements updated",
      ],
      ["kubectl set serviceaccount deployment web robot", "deployment.apps/web serviceaccount updated"],
      ["kubectl create service clusterip web --tcp 80", "service/web created"],
      ["kubectl set selector service web app=other", "service/web selector updated"],
      ["kubectl get svc web -o jsonpath='{.spec.selector}'", '{"app":"other"}'],
      [
        "kubectl get deploy web -o jsonpath='{.spec.replicas} {.spec.template.spec.containers[0].resources.limits.memory} {.spec.template.spec.serviceAccount}'",
        "4 64Mi robot",
      ],
    ],
  },
];
