// What the server says of itself: kinds, versions, the documentation of fields.

import type { Scenario } from "../support/scenario.ts";

export const discovery: Scenario[] = [
  {
    name: "api-resources and api-versions list what is served",
    steps: [
      [
        "kubectl api-resources --api-group apps",
        "NAME                  SHORTNAMES   APIVERSION   NAMESPACED   KIND\ncontrollerrevisions                apps/v1      true         ControllerRevision\ndaemonsets            ds           apps/v1      true         DaemonSet\ndeployments           deploy       apps/v1      true         Deployment\nreplicasets           rs           apps/v1      true         ReplicaSet\nstatefulsets          sts          apps/v1      true         StatefulSet",
      ],
      [
        "kubectl api-resources --namespaced=false --verbs create,list --api-group '' -o name",
        "namespaces\nnodes\npersistentvolumes",
      ],
      [
        "kubectl api-resources --api-group apps -o wide | grep deployments",
        "deployments           deploy       apps/v1      true         Deployment           create,delete,deletecollection,get,list,patch,update,watch   all",
      ],
      [
        "kubectl api-resources --categories all -o name | sort | head -n 3",
        "cronjobs.batch\ndaemonsets.apps\ndeployments.apps",
      ],
      ["kubectl api-resources --cached --no-headers | wc -l", "{number}"],
      [
        "kubectl api-versions | grep -x -e v1 -e apps/v1 -e batch/v1 -e apiextensions.k8s.io/v1 -e apiregistration.k8s.io/v1",
        "apiextensions.k8s.io/v1\napiregistration.k8s.io/v1\napps/v1\nbatch/v1\nv1",
      ],
    ],
  },
  {
    name: "version and cluster-info",
    steps: [
      ["kubectl version 2> skew.txt | grep 'Server Version'", "Server Version: v{word}", { since: 28 }],
      ["kubectl version --short 2> skew.txt | grep 'Server Version'", "Server Version: v{word}", { until: 27 }],
      ['kubectl get --raw /version | grep -o \'"platform": *"[a-z0-9/]*"\'', '"platform":{any}"linux/{word}"'],
      [
        "kubectl cluster-info | head -n 1 | sed 's/\\x1b[[0-9;]*m//g'",
        "Kubernetes control plane is running at https://127.0.0.1:{number}",
      ],
      [
        "kubectl cluster-info dump --namespaces kube-public > dump.json; grep -c ConfigMapList dump.json || true",
        "{number}",
      ],
      [
        "kubectl config view --minify -o jsonpath='{.users[0].name} {.users[0].user.client-key-data}'",
        "admin DATA+OMITTED",
      ],
    ],
  },
  {
    name: "explain documents fields",
    steps: [
      ["kubectl explain deployment | head -n 3", "GROUP:      apps\nKIND:       Deployment\nVERSION:    v1"],
      [
        "kubectl explain pod.spec.containers.ports | head -n 5",
        "KIND:       Pod\nVERSION:    v1\n\nFIELD: ports <[]ContainerPort>\n",
      ],
      [
        "kubectl explain pod.spec.containers.ports | grep -e containerPort -e protocol",
        "  containerPort\t<integer> -required-\n  protocol\t<string>{any}",
      ],
      [
        "kubectl explain service.spec --recursive | grep -A2 clientIP",
        "    clientIP\t<ClientIPConfig>\n      timeoutSeconds\t<integer>\n{any}",
      ],
      [
        "kubectl explain hpa --api-version autoscaling/v1 | head -n 3",
        "GROUP:      autoscaling\nKIND:       HorizontalPodAutoscaler\nVERSION:    v1",
      ],
      ["kubectl explain pod.spec.nonsense", /field "nonsense" does not exist/, { code: 1 }],
      ["kubectl explain nonsense", /the server doesn't have a resource type "nonsense"$/, { code: 1 }],
    ],
  },
];
