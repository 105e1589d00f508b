// Who may do what: reviews, roles, tokens, certificates.

import type { Scenario } from "../support/scenario.ts";

export const access: Scenario[] = [
  {
    name: "auth tells who one is and what one may do",
    steps: [
      ["kubectl create namespace asking", "namespace/asking created"],
      ["kubectl config set-context --current --namespace asking", "Context {any} modified."],
      [
        "kubectl auth whoami",
        "ATTRIBUTE   VALUE\nUsername    muster-admin\nGroups      [system:masters system:authenticated]\n...",
        { since: 28 },
      ],
      ["kubectl auth whoami -o jsonpath='{.status.userInfo.username}' --as jane --as-group dev", "jane", { since: 28 }],
      ["kubectl auth can-i create pods", "yes"],
      ["kubectl auth can-i create pods --as jane", "no", { code: 1 }],
      ["kubectl auth can-i get pods --subresource log --as system:serviceaccount:asking:robot", "no", { code: 1 }],
      [
        "kubectl create role reader --verb get,list,watch --resource pods,pods/log",
        "role.rbac.authorization.k8s.io/reader created",
      ],
      [
        "kubectl create rolebinding jane-reads --role reader --user jane --serviceaccount asking:robot",
        "rolebinding.rbac.authorization.k8s.io/jane-reads created",
      ],
      [
        "kubectl create clusterrole node-reader --verb get --resource nodes",
        "clusterrole.rbac.authorization.k8s.io/node-reader created",
      ],
      [
        "kubectl create clusterrolebinding jane-nodes --clusterrole node-reader --user jane",
        "clusterrolebinding.rbac.authorization.k8s.io/jane-nodes created",
      ],
      ["kubectl auth can-i get pods --subresource log --as system:serviceaccount:asking:robot", "yes"],
      ["kubectl auth can-i list pods --as jane", "yes"],
      ["kubectl auth can-i list pods --as jane -n default", "no", { code: 1 }],
      ["kubectl auth can-i get /healthz --as jane", "yes"],
      [
        "kubectl auth can-i --list --as jane | grep -e '^pods ' -e '^nodes ' | sort",
        "nodes{any}[get]\npods {any}[get list watch]",
      ],
      ["kubectl get pods --as jane", "No resources found in asking namespace."],
      [
        "kubectl get secrets --as jane",
        'Error from server (Forbidden): secrets is forbidden: User "jane" cannot list resource "secrets" in API group "" in the namespace "asking"',
        { code: 1 },
      ],
      [
        "kubectl create rolebinding more --clusterrole admin --user jane --as jane",
        /^error: failed to create rolebinding: rolebindings.rbac.authorization.k8s.io is forbidden: User "jane" cannot create resource "rolebindings" in API group "rbac.authorization.k8s.io" in the namespace "asking"$/,
        { code: 1 },
      ],
      [
        "kubectl describe role reader",
        "Name:         reader\n...\nPolicyRule:\n  Resources  Non-Resource URLs  Resource Names  Verbs\n  ---------  -----------------  --------------  -----\n  pods/log   []                 []              [get list watch]\n  pods       []                 []              [get list watch]",
      ],
    ],
  },
  {
    name: "auth reconcile brings roles up to a file",
    newestOnly: true,
    files: {
      "roles.yaml":
        "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: reconciled}\nrules:\n- {apiGroups: [''], resources: [pods], verbs: [get]}\n",
    },
    steps: [
      ["kubectl auth reconcile -f roles.yaml", "clusterrole.rbac.authorization.k8s.io/reconciled reconciled\n..."],
      [
        "kubectl get clusterrole reconciled -o jsonpath='{.rules}'",
        '[{"apiGroups":[""],"resources":["pods"],"verbs":["get"]}]',
      ],
    ],
  },
  {
    name: "a service account's token lets its holder in",
    steps: [
      ["kubectl create namespace tokens", "namespace/tokens created"],
      ["kubectl config set-context --current --namespace tokens", "Context {any} modified."],
      ["kubectl create serviceaccount robot", "serviceaccount/robot created"],
      [
        "kubectl create rolebinding robot-edits --clusterrole edit --serviceaccount tokens:robot",
        "rolebinding.rbac.authorization.k8s.io/robot-edits created",
      ],
      ["kubectl create token robot --duration 20m > token.txt; grep -Ec '^[^.]+[.][^.]+[.][^.]+$' token.txt", "1"],
      ["kubectl create token robot --duration 1m", /may not specify a duration less than 10 minutes/, { code: 1 }],
      ["kubectl create token nobody", 'error: failed to create token: serviceaccounts "nobody" not found', { code: 1 }],
      [
        "kubectl config view --raw --minify > robot.kubeconfig; kubectl --kubeconfig robot.kubeconfig config set-credentials robot --token $(cat token.txt); kubectl --kubeconfig robot.kubeconfig config set-context --current --user robot",
        'User "robot" set.\nContext {any} modified.',
      ],
      [
        "kubectl --kubeconfig robot.kubeconfig auth whoami -o jsonpath='{.status.userInfo.username}'",
        "system:serviceaccount:tokens:robot",
        { since: 28 },
      ],
      ["kubectl --kubeconfig robot.kubeconfig create configmap by-robot", "configmap/by-robot created"],
      [
        "kubectl --kubeconfig robot.kubeconfig get nodes",
        'Error from server (Forbidden): nodes is forbidden: User "system:serviceaccount:tokens:robot" cannot list resource "nodes" in API group "" at the cluster scope',
        { code: 1 },
      ],
      ["kubectl delete serviceaccount robot", 'serviceaccount "robot" deleted{any}'],
      [
        "kubectl --kubeconfig robot.kubeconfig get configmaps",
        "error: You must be logged in to the server (Unauthorized)",
        { code: 1 },
      ],
      [
        "kubectl --token nonsense --kubeconfig robot.kubeconfig get pods",
        "error: You must be logged in to the server (Unauthorized)",
        { code: 1 },
      ],
    ],
  },
  {
    name: "a certificate is requested, approved and used",
    newestOnly: true,
    steps: [
      [
        "openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout jane.key -out jane.csr -subj /O=dev/CN=jane 2> openssl.txt; ls jane.csr",
        "jane.csr",
      ],
      [
        `printf '{"apiVersion":"certificates.k8s.io/v1","kind":"CertificateSigningRequest","metadata":{"name":"jane"},"spec":{"request":"%s","signerName":"kubernetes.io/kube-apiserver-client","usages":["client auth"]}}' $(base64 -w0 jane.csr) | kubectl create -f -`,
        "certificatesigningrequest.certificates.k8s.io/jane created",
      ],
      [
        "kubectl get csr jane",
        "NAME   AGE   SIGNERNAME                            REQUESTOR      REQUESTEDDURATION   CONDITION\njane   {age}    kubernetes.io/kube-apiserver-client   muster-admin   <none>              Pending",
      ],
      ["kubectl certificate approve jane", "certificatesigningrequest.certificates.k8s.io/jane approved"],
      ["kubectl get csr jane --no-headers | grep -o '[^ ]*$'", "Approved,Issued", { eventually: true }],
      [
        "kubectl get csr jane -o jsonpath='{.status.certificate}' | base64 -d > jane.crt; openssl x509 -noout -subject -in jane.crt",
        /^subject= ?\/?O ?= ?dev[,/] ?CN ?= ?jane$/,
      ],
      [
        "kubectl config view --raw --minify > jane.kubeconfig; kubectl --kubeconfig jane.kubeconfig config set-credentials jane --client-certificate jane.crt --client-key jane.key; kubectl --kubeconfig jane.kubeconfig config set-context --current --user jane",
        'User "jane" set.\nContext {any} modified.',
      ],
      [
        "kubectl --kubeconfig jane.kubeconfig get pods -n default",
        /^Error from server \(Forbidden\): pods is forbidden: User "jane" cannot list resource "pods" in API group "" in the namespace "default"/,
        { code: 1 },
      ],
      [
        `printf '{"apiVersion":"certificates.k8s.io/v1","kind":"CertificateSigningRequest","metadata":{"name":"john"},"spec":{"request":"%s","signerName":"example.com/mine","usages":["client auth"]}}' $(base64 -w0 jane.csr) | kubectl create -f -`,
        "certificatesigningrequest.certificates.k8s.io/john created",
      ],
      ["kubectl certificate deny john", "certificatesigningrequest.certificates.k8s.io/john denied"],
      ["kubectl get csr john --no-headers | grep -o '[^ ]*$'", "Denied"],
    ],
  },
];
