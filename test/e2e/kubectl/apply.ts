// Declaring what should be: apply in both ways, diff, edit, replace, dry runs, checks of fields, kustomizations.

import type { Scenario } from "../support/scenario.ts";

const deployment = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  labels: {app: web}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: web
        image: web:1
        env:
        - {name: A, value: "1"}
        - {name: B, value: "2"}
        ports:
        - {containerPort: 80, name: http}
`;

const settings = (data: string) => `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: {${data}}\n`;

export const apply: Scenario[] = [
  {
    name: "apply merges what was, what is and what should be",
    files: {
      "web.yaml": deployment,
      "web-2.yaml": deployment.replace("web:1", "web:2").replace('        - {name: A, value: "1"}\n', ""),
      "both.yaml": `${settings("a: x")}---\n${deployment}`,
    },
    steps: [
      ["kubectl create namespace applying", "namespace/applying created"],
      ["kubectl config set-context --current --namespace applying", "Context {any} modified."],
      ["kubectl diff -f web.yaml > diff.txt; echo $?; grep -c '^+' diff.txt", "1\n{number}"],
      ["kubectl apply -f web.yaml", "deployment.apps/web created"],
      ["kubectl apply -f web.yaml", "deployment.apps/web unchanged"],
      ["kubectl diff -f web.yaml", ""],
      ["kubectl scale deployment web --replicas 5", "deployment.apps/web scaled"],
      [
        "kubectl diff -f web-2.yaml | grep '^[-+] '",
        '-  generation: 2\n+  generation: 3\n-  replicas: 5\n+  replicas: 2\n-        - name: A\n-          value: "1"\n-        image: web:1\n+        image: web:2',
      ],
      ["kubectl apply -f web-2.yaml", "deployment.apps/web configured"],
      [
        "kubectl get deploy web -o jsonpath='{.metadata.generation} {.spec.replicas} {.spec.template.spec.containers[0].env[*].name} {.spec.template.spec.containers[0].image}'",
        "3 2 B web:2",
      ],
      ["kubectl apply view-last-applied deploy/web | grep -c 'image: web:2'", "1"],
      ["kubectl apply -f both.yaml", "configmap/settings created\ndeployment.apps/web configured"],
      ["kubectl get -f both.yaml -o name", "configmap/settings\ndeployment.apps/web"],
      [
        "kubectl apply -f both.yaml --prune -l app=web --prune-allowlist core/v1/ConfigMap",
        "deployment.apps/web unchanged",
      ],
      ["kubectl delete -f both.yaml", 'configmap "settings" deleted{any}\ndeployment.apps "web" deleted{any}'],
    ],
  },
  {
    name: "apply --server-side knows who owns which field",
    files: {
      "web.yaml": deployment,
      "less.yaml": deployment.replace("  replicas: 2\n", ""),
      "scale.yaml": deployment.replace("replicas: 2", "replicas: 7"),
    },
    steps: [
      ["kubectl create namespace owning", "namespace/owning created"],
      ["kubectl config set-context --current --namespace owning", "Context {any} modified."],
      ["kubectl apply --server-side -f web.yaml", "deployment.apps/web serverside-applied"],
      ["kubectl apply --server-side -f web.yaml", "deployment.apps/web serverside-applied"],
      [
        "kubectl get deploy web -o jsonpath='{.metadata.managedFields[*].manager} {.metadata.managedFields[*].operation} {.metadata.generation}'",
        "kubectl Apply 1",
      ],
      [
        "kubectl apply --server-side --field-manager scaler -f scale.yaml",
        'error: Apply failed with 1 conflict: conflict with "kubectl": .spec.replicas\n...',
        { code: 1 },
      ],
      [
        "kubectl apply --server-side --field-manager scaler --force-conflicts -f scale.yaml",
        "deployment.apps/web serverside-applied",
      ],
      [
        "kubectl apply --server-side -f web.yaml",
        'error: Apply failed with 1 conflict: conflict with "scaler": .spec.replicas\nPlease review the fields above--they currently have other managers. Here\nare the ways you can resolve this warning:\n...',
        { code: 1 },
      ],
      ["kubectl apply --server-side -f less.yaml", "deployment.apps/web serverside-applied"],
      ["kubectl get deploy web -o jsonpath='{.spec.replicas}'", "7"],
      ["kubectl diff --server-side --field-manager scaler -f scale.yaml", ""],
      [
        "kubectl diff --server-side -f web.yaml --force-conflicts | grep '^[-+] '",
        "-  generation: 2\n+  generation: 3\n-  replicas: 7\n+  replicas: 2",
      ],
      ["kubectl set image deploy/web web=web:3 --field-manager hand", "deployment.apps/web image updated"],
      [
        "kubectl apply --server-side -f less.yaml",
        /^error: Apply failed with 1 conflict: conflict with "hand" using apps\/v1: \.spec\.template\.spec\.containers\[name="web"\]\.image\n/,
        { code: 1 },
      ],
      [
        "kubectl apply --server-side --dry-run=server --force-conflicts -f less.yaml",
        "deployment.apps/web serverside-applied (server dry run)",
      ],
      ["kubectl get deploy web -o jsonpath='{.spec.template.spec.containers[0].image}'", "web:3"],
      [
        "kubectl apply --server-side --force-conflicts -f less.yaml -o jsonpath='{.spec.template.spec.containers[0].image}'",
        "web:1",
      ],
    ],
  },
  {
    name: "a server-side apply takes over from a client-side one",
    newestOnly: true,
    files: { "web.yaml": settings("a: x, b: q"), "web-2.yaml": settings("a: z") },
    steps: [
      ["kubectl create namespace moving", "namespace/moving created"],
      ["kubectl config set-context --current --namespace moving", "Context {any} modified."],
      ["kubectl apply -f web.yaml", "configmap/settings created"],
      ["kubectl apply --server-side -f web-2.yaml", "configmap/settings serverside-applied"],
      ["kubectl get cm settings -o jsonpath='{.data}'", '{"a":"z"}'],
      ["kubectl get cm settings -o jsonpath='{.metadata.managedFields[*].manager}'", "kubectl kubectl-last-applied"],
    ],
  },
  {
    name: "dry runs change nothing, and say what would happen",
    newestOnly: true,
    files: { "settings.yaml": settings("a: x"), "bad.yaml": settings("a: 1") },
    steps: [
      ["kubectl create namespace trying", "namespace/trying created"],
      ["kubectl config set-context --current --namespace trying", "Context {any} modified."],
      ["kubectl apply --dry-run=server -f settings.yaml", "configmap/settings created (server dry run)"],
      ["kubectl apply --dry-run=client -f settings.yaml", "configmap/settings created (dry run)"],
      ["kubectl create --dry-run=server -f settings.yaml -o jsonpath='{.metadata.uid}'", "{uid}"],
      ["kubectl get cm settings", 'Error from server (NotFound): configmaps "settings" not found', { code: 1 }],
      ["kubectl create -f settings.yaml", "configmap/settings created"],
      ["kubectl delete --dry-run=server -f settings.yaml", 'configmap "settings" deleted{any}(server dry run)'],
      ["kubectl label --dry-run=server cm settings x=y", "configmap/settings labeled (server dry run)"],
      ["kubectl get cm settings -o jsonpath='{.metadata.labels} {.data.a}'", " x"],
    ],
  },
  {
    name: "--validate checks fields on the server",
    files: {
      "unknown.yaml": `${settings("a: x")}colour: blue\n`,
    },
    steps: [
      ["kubectl create namespace checking", "namespace/checking created"],
      ["kubectl config set-context --current --namespace checking", "Context {any} modified."],
      [
        "kubectl create -f unknown.yaml",
        'Error from server (BadRequest): error when creating "unknown.yaml": ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding error: unknown field "colour"',
        { code: 1 },
      ],
      ["kubectl create --validate=warn -f unknown.yaml", 'Warning: unknown field "colour"\nconfigmap/settings created'],
      [
        "kubectl apply --server-side --validate=ignore -f unknown.yaml",
        /failed to create typed patch object .*colour: field not declared in schema/,
        { code: 1 },
      ],
      ["kubectl replace --validate=ignore -f unknown.yaml", "configmap/settings replaced"],
    ],
  },
  {
    name: "edit and replace change what is there",
    files: {
      "settings.yaml": settings("a: x"),
      "replaced.yaml": settings("b: q"),
      "editor.sh": "#!/bin/sh\nsed -i 's/a: x/a: edited/' \"$1\"\n",
      "spoiler.sh": "#!/bin/sh\nsed -i 's/^kind: .*/kind: Nonsense/' \"$1\"\n",
      "hands-off.sh": "#!/bin/sh\n:\n",
    },
    steps: [
      ["kubectl create namespace editing", "namespace/editing created"],
      ["kubectl config set-context --current --namespace editing", "Context {any} modified."],
      ["chmod +x *.sh; kubectl create -f settings.yaml", "configmap/settings created"],
      ["EDITOR=./hands-off.sh kubectl edit cm settings", "Edit cancelled, no changes made."],
      ["EDITOR=./editor.sh kubectl edit cm settings", "configmap/settings edited"],
      ["kubectl get cm settings -o jsonpath='{.data.a} {.metadata.managedFields[1].manager}'", "edited kubectl-edit"],
      ["EDITOR=./editor.sh kubectl edit -f replaced.yaml", "Edit cancelled, no changes made."],
      ["kubectl replace -f replaced.yaml", "configmap/settings replaced"],
      ["kubectl get cm settings -o jsonpath='{.data}'", '{"b":"q"}'],
      ["kubectl get cm settings -o yaml > old.yaml; kubectl label cm settings new=yes", "configmap/settings labeled"],
      [
        "kubectl replace -f old.yaml",
        /^Error from server \(Conflict\): error when replacing "old.yaml": Operation cannot be fulfilled on configmaps "settings": the object has been modified; please apply your changes to the latest version and try again$/,
        { code: 1 },
      ],
      ["kubectl replace --force -f replaced.yaml", 'configmap "settings" deleted{any}\nconfigmap/settings replaced'],
      [
        "kubectl delete cm settings > deleted.txt && kubectl replace -f replaced.yaml",
        /Error from server \(NotFound\): error when replacing "replaced.yaml": configmaps "settings" not found$/,
        { code: 1 },
      ],
    ],
  },
  {
    name: "a kustomization is applied with -k",
    newestOnly: true,
    files: {
      "kustomization.yaml":
        "namespace: kustomized\nnamePrefix: team-\nlabels:\n- pairs: {team: a}\nresources: [base.yaml]\nconfigMapGenerator:\n- name: env\n  literals: [mode=test]\n",
      "base.yaml": `apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec:\n  selector: {app: web}\n  ports: [{port: 80}]\n---\n${settings("a: x")}`,
    },
    steps: [
      ["kubectl create namespace kustomized", "namespace/kustomized created"],
      [
        "kubectl apply -k .",
        "configmap/team-env-{word} created\nconfigmap/team-settings created\nservice/team-web created",
      ],
      [
        "kubectl -n kustomized get svc,cm -l team=a -o name",
        "service/team-web\nconfigmap/team-env-{word}\nconfigmap/team-settings",
      ],
      [
        "kubectl apply -k .",
        "configmap/team-env-{word} unchanged\nconfigmap/team-settings unchanged\nservice/team-web unchanged",
      ],
      ["kubectl diff -k .", ""],
      [
        "kubectl delete -k .",
        'configmap "team-env-{word}" deleted{any}\nconfigmap "team-settings" deleted{any}\nservice "team-web" deleted{any}',
      ],
    ],
  },
];
