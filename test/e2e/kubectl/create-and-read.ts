// Making objects from the command line, and every form in which they are shown.

import type { Scenario } from "../support/scenario.ts";

export const createAndRead: Scenario[] = [
  {
    name: "create makes objects of the kinds it knows",
    steps: [
      ["kubectl create namespace making", "namespace/making created"],
      ["kubectl config set-context --current --namespace making", "Context {any} modified."],
      [
        "kubectl create namespace making",
        'Error from server (AlreadyExists): namespaces "making" already exists',
        { code: 1 },
      ],
      [
        "kubectl create configmap settings --from-literal color=blue --from-literal size=9",
        "configmap/settings created",
      ],
      ["kubectl create secret generic login --from-literal user=ann", "secret/login created"],
      [
        "kubectl create secret docker-registry pull --docker-server r.example --docker-username u --docker-password p",
        "secret/pull created",
      ],
      ["kubectl create deployment web --image web:1 --replicas 2 --port 80", "deployment.apps/web created"],
      ["kubectl create job once --image busybox -- true", "job.batch/once created"],
      ["kubectl create cronjob often --image busybox --schedule '*/5 * * * *' -- true", "cronjob.batch/often created"],
      ["kubectl create job by-hand --from cronjob/often", "job.batch/by-hand created"],
      ["kubectl create service clusterip web --tcp 80:8080", "service/web created"],
      ["kubectl create service nodeport outside --tcp 80 --node-port 30123", "service/outside created"],
      ["kubectl expose deployment web --name front --port 80 --target-port 8080", "service/front exposed"],
      ["kubectl create ingress web --rule 'web.example/*=web:80'", "ingress.networking.k8s.io/web created"],
      ["kubectl create quota few --hard pods=3,configmaps=20", "resourcequota/few created"],
      [
        "kubectl create poddisruptionbudget calm --selector app=web --min-available 1",
        "poddisruptionbudget.policy/calm created",
      ],
      [
        "kubectl create priorityclass urgent --value 1000 --description 'first'",
        "priorityclass.scheduling.k8s.io/urgent created",
      ],
      ["kubectl create serviceaccount robot", "serviceaccount/robot created"],
      ["kubectl run single --image busybox --restart Never --labels tier=test -- sleep 1", "pod/single created"],
      [
        "kubectl create service nodeport again --tcp 80 --node-port 30123",
        'error: failed to create NodePort service: Service "again" is invalid: spec.ports[0].nodePort: Invalid value: 30123: provided port is already allocated',
        { code: 1 },
      ],
      [
        "kubectl create deployment Web --image web:1",
        /^error: failed to create deployment: Deployment.apps "Web" is invalid: \[?metadata\.name: Invalid value: "Web": a lowercase RFC 1123 subdomain/,
        { code: 1 },
      ],
      [
        "kubectl create configmap settings",
        'error: failed to create configmap: configmaps "settings" already exists',
        { code: 1 },
      ],
    ],
  },
  {
    name: "get shows objects as tables",
    steps: [
      ["kubectl create namespace tables", "namespace/tables created"],
      ["kubectl config set-context --current --namespace tables", "Context {any} modified."],
      ["kubectl get pods", "No resources found in tables namespace."],
      ["kubectl get pods --ignore-not-found", ""],
      ["kubectl get pods absent", 'Error from server (NotFound): pods "absent" not found', { code: 1 }],
      ["kubectl get nonsense", 'error: the server doesn\'t have a resource type "nonsense"', { code: 1 }],
      [
        "kubectl create configmap settings --from-literal color=blue --from-literal size=9",
        "configmap/settings created",
      ],
      ["kubectl create deployment web --image web:1 --replicas 2", "deployment.apps/web created"],
      ["kubectl create service clusterip web --tcp 80:8080 --clusterip 10.96.7.7", "service/web created"],
      ["kubectl run single --image busybox --labels tier=test", "pod/single created"],
      ["kubectl get configmap settings", "NAME       DATA   AGE\nsettings   2      {age}"],
      [
        "kubectl get deployments",
        "NAME   READY   UP-TO-DATE   AVAILABLE   AGE\nweb    0/2     0            0           {age}",
      ],
      [
        "kubectl get deployments -o wide",
        "NAME   READY   UP-TO-DATE   AVAILABLE   AGE   CONTAINERS   IMAGES   SELECTOR\nweb    0/2     0            0           {age}    web          web:1    app=web",
      ],
      [
        "kubectl get svc",
        "NAME   TYPE        CLUSTER-IP   EXTERNAL-IP   PORT(S)   AGE\nweb    ClusterIP   10.96.7.7    <none>        80/TCP    {age}",
      ],
      [
        "kubectl get pod/single",
        "NAME     READY   STATUS    RESTARTS   AGE\nsingle   0/1     Pending   0          {age}",
      ],
      [
        "kubectl get pod single -o wide --no-headers",
        "single   0/1   Pending   0     {age}   <none>   <none>   <none>   <none>",
      ],
      [
        "kubectl get pods --show-labels",
        "NAME     READY   STATUS    RESTARTS   AGE   LABELS\nsingle   0/1     Pending   0          {age}    tier=test",
      ],
      [
        "kubectl get pods -L tier",
        "NAME     READY   STATUS    RESTARTS   AGE   TIER\nsingle   0/1     Pending   0          {age}    test",
      ],
      [
        "kubectl get pods --show-kind",
        "NAME         READY   STATUS    RESTARTS   AGE\npod/single   0/1     Pending   0          {age}",
      ],
      [
        "kubectl get all",
        "NAME         READY   STATUS    RESTARTS   AGE\npod/single   0/1     Pending   0          {age}\n\n" +
          "NAME          TYPE        CLUSTER-IP   EXTERNAL-IP   PORT(S)   AGE\nservice/web   ClusterIP   10.96.7.7    <none>        80/TCP    {age}\n\n" +
          "NAME                  READY   UP-TO-DATE   AVAILABLE   AGE\ndeployment.apps/web   0/2     0            0           {age}",
      ],
      ["kubectl get deploy,svc -o name", "deployment.apps/web\nservice/web"],
      ["kubectl get namespace tables", "NAME     STATUS   AGE\ntables   Active   {age}"],
      ["kubectl get clusterroles cluster-admin", "NAME            CREATED AT\ncluster-admin   {time}"],
      [
        "kubectl get configmaps -A --field-selector metadata.name=settings,metadata.namespace=tables",
        "NAMESPACE   NAME       DATA   AGE\ntables      settings   2      {age}",
      ],
    ],
  },
  {
    name: "get -o shows objects in every form",
    newestOnly: true,
    steps: [
      ["kubectl create namespace forms", "namespace/forms created"],
      ["kubectl config set-context --current --namespace forms", "Context {any} modified."],
      ["kubectl create configmap settings --from-literal color=blue", "configmap/settings created"],
      ["kubectl create configmap other --from-literal color=red", "configmap/other created"],
      [
        "kubectl get cm settings -o yaml",
        'apiVersion: v1\ndata:\n  color: blue\nkind: ConfigMap\nmetadata:\n  creationTimestamp: "{time}"\n  name: settings\n  namespace: forms\n  resourceVersion: "{number}"\n  uid: {uid}',
      ],
      [
        "kubectl get cm settings -o yaml --show-managed-fields",
        'apiVersion: v1\n...\n  managedFields:\n  - apiVersion: v1\n    fieldsType: FieldsV1\n    fieldsV1:\n      f:data:\n        .: {}\n        f:color: {}\n    manager: kubectl-create\n    operation: Update\n    time: "{time}"\n...',
      ],
      [
        "kubectl get cm settings -o json",
        '{\n    "apiVersion": "v1",\n    "data": {\n        "color": "blue"\n    },\n    "kind": "ConfigMap",\n    "metadata": {\n        "creationTimestamp": "{time}",\n        "name": "settings",\n        "namespace": "forms",\n        "resourceVersion": "{number}",\n        "uid": "{uid}"\n    }\n}',
      ],
      ["kubectl get cm settings -o name", "configmap/settings"],
      ["kubectl get cm settings -o jsonpath='{.data.color}{\"\\n\"}'", "blue"],
      [
        "kubectl get cm settings other -o jsonpath='{range .items[*]}{.metadata.name}={.data.color};{end}'",
        "settings=blue;other=red;",
      ],
      ["kubectl get cm settings -o jsonpath-as-json='{.data}'", '[\n    {\n        "color": "blue"\n    }\n]'],
      [
        "kubectl get cm settings -o custom-columns=NAME:.metadata.name,COLOR:.data.color,NONE:.data.none",
        "NAME       COLOR   NONE\nsettings   blue    <none>",
      ],
      ["kubectl get cm settings -o go-template='{{.data.color}}{{\"\\n\"}}'", "blue"],
      [
        "kubectl get cm --field-selector metadata.name!=kube-root-ca.crt --sort-by .data.color",
        "NAME       DATA   AGE\nsettings   1      {age}\nother      1      {age}",
      ],
      [
        'kubectl get --raw /api/v1/namespaces/forms/configmaps/settings | grep -o \'"color":"[a-z]*"\'',
        '"color":"blue"',
      ],
      ["kubectl get --raw /readyz", "ok"],
      ["kubectl get --raw '/livez?verbose'", "[+]ping ok\n...\nlivez check passed"],
      [
        "kubectl get --raw /nothing",
        "Error from server (NotFound): the server could not find the requested resource",
        { code: 1 },
      ],
      [
        "kubectl describe cm settings",
        "Name:         settings\nNamespace:    forms\nLabels:       <none>\nAnnotations:  <none>\n\nData\n====\ncolor:\n----\nblue\n...\nEvents:  <none>",
      ],
    ],
  },
  {
    name: "get selects, sorts and pages",
    newestOnly: true,
    steps: [
      ["kubectl create namespace choosing", "namespace/choosing created"],
      ["kubectl config set-context --current --namespace choosing", "Context {any} modified."],
      [
        'for i in 1 2 3 4 5; do printf "apiVersion: v1\\nkind: Secret\\nmetadata: {name: s$i, labels: {odd: \\"$((i % 2))\\", nth: v$i}}\\n---\\n"; done | kubectl create -f -',
        "secret/s1 created\nsecret/s2 created\nsecret/s3 created\nsecret/s4 created\nsecret/s5 created",
      ],
      ["kubectl get secrets -l odd=1 -o name", "secret/s1\nsecret/s3\nsecret/s5"],
      ["kubectl get secrets -l 'odd=1,nth notin (v1,v5)' -o name", "secret/s3"],
      ["kubectl get secrets -l '!odd' -o name", ""],
      ["kubectl get secrets -l odd!=1 -o name", "secret/s2\nsecret/s4"],
      ["kubectl get secrets --chunk-size 2 -o name", "secret/s1\nsecret/s2\nsecret/s3\nsecret/s4\nsecret/s5"],
      [
        "kubectl get secrets --sort-by '{.metadata.labels.odd}' -o name",
        "secret/s2\nsecret/s4\nsecret/s1\nsecret/s3\nsecret/s5",
      ],
      [
        "kubectl get secrets --field-selector type=Opaque,metadata.name!=s1 -o name",
        "secret/s2\nsecret/s3\nsecret/s4\nsecret/s5",
      ],
      [
        "kubectl get secrets --field-selector nonsense=1",
        'Error from server (BadRequest): Unable to find "/v1, Resource=secrets" that match label selector "", field selector "nonsense=1": field label not supported: nonsense',
        { code: 1 },
      ],
      ["kubectl run p1 --image i --labels a=b", "pod/p1 created"],
      ["kubectl get pods --field-selector status.phase=Pending,spec.nodeName= -o name", "pod/p1"],
      ["kubectl get pods --field-selector status.phase=Running -o name", ""],
      [
        "kubectl delete secrets -l odd=1",
        'secret "s1" deleted{any}\nsecret "s3" deleted{any}\nsecret "s5" deleted{any}',
      ],
      ["kubectl get secrets -o name", "secret/s2\nsecret/s4"],
    ],
  },
  {
    name: "get --watch follows what happens",
    steps: [
      ["kubectl create namespace following", "namespace/following created"],
      ["kubectl config set-context --current --namespace following", "Context {any} modified."],
      ["kubectl create secret generic first", "secret/first created"],
      [
        follow(
          "kubectl get secrets --watch --output-watch-events",
          "first",
          "kubectl create secret generic second; kubectl label secret second a=b; kubectl delete secret first",
          "DELETED",
        ),
        "EVENT      NAME     TYPE     DATA   AGE\nADDED      first    Opaque   0      {age}\nADDED      second   Opaque   0      {age}\nMODIFIED   second   Opaque   0      {age}\nDELETED    first    Opaque   0      {age}",
      ],
      [
        follow(
          "kubectl get secrets -w -o jsonpath='{.metadata.name} {.data}{\"\\n\"}'",
          "second",
          'kubectl patch secret second -p \'{"stringData":{"k":"v"}}\'',
          "k",
        ),
        'second \nsecond {"k":"dg=="}',
      ],
    ],
  },
];

/** Starts a watch, acts once it has shown `first`, and prints what it saw when it has shown `last`. */
function follow(watch: string, first: string, act: string, last: string): string {
  const seen = (text: string) => `until grep -qs ${text} seen.txt; do sleep 0.02; done`;
  return `rm -f seen.txt; ${watch} > seen.txt & watcher=$!; ${seen(first)}; { ${act}; } > acted.txt; ${seen(last)}; kill $watcher; cat seen.txt`;
}
