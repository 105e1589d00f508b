// Kinds of the user's own: schemas, defaults, rules in CEL, columns, subresources, versions.

import type { Scenario } from "../support/scenario.ts";

const definition = `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: boats.sea.example}
spec:
  group: sea.example
  scope: Namespaced
  names: {plural: boats, singular: boat, kind: Boat, shortNames: [bt], categories: [fleet]}
  conversion: {strategy: None}
  versions:
  - name: v1
    served: true
    storage: true
    subresources:
      status: {}
      scale: {specReplicasPath: .spec.crew, statusReplicasPath: .status.aboard}
    selectableFields: [{jsonPath: .spec.port}]
    additionalPrinterColumns:
    - {name: Port, type: string, jsonPath: .spec.port}
    - {name: Crew, type: integer, jsonPath: .spec.crew}
    - {name: Flags, type: string, jsonPath: .spec.flags, priority: 1}
    - {name: Age, type: date, jsonPath: .metadata.creationTimestamp}
    schema:
      openAPIV3Schema:
        type: object
        description: A boat and who is on it.
        required: [spec]
        properties:
          spec:
            type: object
            required: [port]
            x-kubernetes-validations:
            - {rule: 'self.crew <= self.seats', messageExpression: "'a crew of ' + string(self.crew) + ' does not fit in ' + string(self.seats) + ' seats'"}
            - {rule: 'self.port == oldSelf.port || self.crew > 0', message: 'nobody to move the boat'}
            properties:
              port: {type: string, pattern: '^[a-z]+$', maxLength: 20, description: Where the boat lies.}
              crew: {type: integer, minimum: 0, default: 2}
              seats: {type: integer, default: 4}
              kind: {type: string, enum: [sail, motor], default: sail}
              flags: {type: array, x-kubernetes-list-type: set, items: {type: string}}
          status:
            type: object
            properties:
              aboard: {type: integer}
  - name: v1beta1
    served: true
    storage: false
    deprecated: true
    schema:
      openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}
`;

const boat = (name: string, spec: string) =>
  `apiVersion: sea.example/v1\nkind: Boat\nmetadata: {name: ${name}}\nspec: ${spec}\n`;

export const customResources: Scenario[] = [
  {
    name: "a custom kind is served as its definition says",
    files: {
      "definition.yaml": definition,
      "ann.yaml": boat("ann", "{port: kiel, flags: [red, green]}"),
      "overfull.yaml": boat("overfull", "{port: kiel, crew: 9}"),
      "wrong.yaml": boat("wrong", "{port: KIEL, kind: steam, crew: -1}"),
      "extra.yaml": boat("extra", "{port: kiel, colour: red}"),
    },
    steps: [
      ["kubectl create namespace sea", "namespace/sea created"],
      ["kubectl config set-context --current --namespace sea", "Context {any} modified."],
      ["kubectl apply -f definition.yaml", "customresourcedefinition.apiextensions.k8s.io/boats.sea.example created"],
      [
        "kubectl wait --for=condition=Established crd/boats.sea.example --timeout 20s",
        "customresourcedefinition.apiextensions.k8s.io/boats.sea.example condition met",
      ],
      ["kubectl apply -f definition.yaml", "customresourcedefinition.apiextensions.k8s.io/boats.sea.example unchanged"],
      ["kubectl apply -f ann.yaml", "boat.sea.example/ann created"],
      ["kubectl get boats", "NAME   PORT   CREW   AGE\nann    kiel   2      {age}"],
      ["kubectl get bt -o wide", 'NAME   PORT   CREW   FLAGS       AGE\nann    kiel   2      ["red","green"]   {age}'],
      ["kubectl get fleet", "NAME   PORT   CREW   AGE\nann    kiel   2      {age}"],
      ["kubectl get boats --field-selector spec.port=kiel -o name", "boat.sea.example/ann"],
      ["kubectl get boats --field-selector spec.port=other -o name", ""],
      ["kubectl get boat ann -o jsonpath='{.spec.kind} {.spec.seats} {.metadata.generation}'", "sail 4 1"],
      [
        "kubectl apply -f overfull.yaml",
        'The Boat "overfull" is invalid: spec: Invalid value: a crew of 9 does not fit in 4 seats',
        { code: 1 },
      ],
      ["kubectl create -f wrong.yaml", /^The Boat "wrong" is invalid: ?\n(\* [^\n]*\n?)*/, { code: 1 }],
      [
        "kubectl create -f wrong.yaml 2>&1 | grep '^[*]' | sort",
        '* .spec.crew: Invalid value: -1: should be a non-negative integer\n* spec.crew: Invalid value: -1: spec.crew in body should be greater than or equal to 0\n* spec.kind: Unsupported value: "steam": supported values: "sail", "motor"\n* spec.port: Invalid value: "KIEL": spec.port in body should match \'^[a-z]+$\'',
      ],
      [
        "kubectl create -f extra.yaml",
        /^Error from server \(BadRequest\): error when creating "extra.yaml": Boat in version "v1" cannot be handled as a Boat: strict decoding error: unknown field "spec.colour"$/,
        { code: 1 },
      ],
      [
        "kubectl create --validate=warn -f extra.yaml",
        'Warning: unknown field "spec.colour"\nboat.sea.example/extra created',
      ],
      ["kubectl get boat extra -o jsonpath='{.spec}'", '{"crew":2,"kind":"sail","port":"kiel","seats":4}'],
      [
        'kubectl patch boat ann --type merge -p \'{"spec":{"port":"oslo","crew":0}}\'',
        /^The Boat "ann" is invalid: .*nobody to move the boat$/,
        { code: 1 },
      ],
      [
        "kubectl patch boat ann -p '{}'",
        "error: application/strategic-merge-patch+json is not supported by sea.example/v1, Kind=Boat: the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml",
        { code: 1 },
      ],
      ["kubectl scale boat ann --replicas 3", "boat.sea.example/ann scaled"],
      ["kubectl get boat ann -o jsonpath='{.spec.crew} {.metadata.generation}'", "3 2"],
      [
        'kubectl patch boat ann --subresource status --type merge -p \'{"status":{"aboard":1},"spec":{"crew":4}}\'',
        "boat.sea.example/ann patched",
      ],
      ["kubectl get boat ann -o jsonpath='{.spec.crew} {.status.aboard} {.metadata.generation}'", "3 1 2"],
      [
        "kubectl get boats.v1beta1.sea.example ann -o jsonpath='{.apiVersion} {.spec.port}'",
        "Warning: sea.example/v1beta1 Boat is deprecated\nsea.example/v1beta1 kiel",
      ],
      [
        "kubectl explain boat.spec.port | tail -n +4",
        "FIELD: port <string>\n...\n    Where the boat lies.",
        { eventually: true },
      ],
      ["kubectl explain boat --recursive | grep -A1 aboard", "    aboard\t<integer>\n"],
      ["kubectl label boat ann a=b", "boat.sea.example/ann labeled"],
      ["kubectl apply --server-side --field-manager other -f ann.yaml", "boat.sea.example/ann serverside-applied"],
      [
        "kubectl api-resources --api-group sea.example",
        "NAME    SHORTNAMES   APIVERSION       NAMESPACED   KIND\nboats   bt           sea.example/v1   true         Boat",
      ],
      ["kubectl get crd boats.sea.example", "NAME                CREATED AT\nboats.sea.example   {time}"],
      [
        "kubectl delete crd boats.sea.example --timeout 20s",
        'customresourcedefinition.apiextensions.k8s.io "boats.sea.example" deleted',
      ],
      [
        "kubectl get boats",
        'Error from server (NotFound): Unable to list "sea.example/v1, Resource=boats": the server could not find the requested resource',
        { code: 1 },
      ],
    ],
  },
  {
    name: "a definition that cannot be served is refused",
    newestOnly: true,
    files: {
      "rule.yaml": definition
        .replace("self.crew <= self.seats", "self.crew <= self.nothing")
        .replaceAll("boat", "raft")
        .replaceAll("Boat", "Raft"),
      "name.yaml": definition.replace("name: boats.sea.example", "name: ships.sea.example"),
    },
    steps: [
      [
        "kubectl create -f rule.yaml",
        /The CustomResourceDefinition "rafts.sea.example" is invalid: [\s\S]*compilation failed: ERROR: <input>:1:\d+: undefined field 'nothing'/,
        { code: 1 },
      ],
      [
        "kubectl create -f name.yaml",
        'The CustomResourceDefinition "ships.sea.example" is invalid: metadata.name: Invalid value: "ships.sea.example": must be spec.names.plural+"."+spec.group',
        { code: 1 },
      ],
    ],
  },
  {
    name: "policies in CEL guard other kinds",
    newestOnly: true,
    since: 30,
    files: {
      "policy.yaml": `apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: few-replicas}
spec:
  failurePolicy: Fail
  matchConstraints:
    resourceRules:
    - {apiGroups: [apps], apiVersions: [v1], operations: [CREATE, UPDATE], resources: [deployments]}
  validations:
  - {expression: 'object.spec.replicas <= 3', messageExpression: "'no more than 3, not ' + string(object.spec.replicas)"}
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: {name: few-replicas}
spec:
  policyName: few-replicas
  validationActions: [Deny]
  matchResources: {namespaceSelector: {matchLabels: {small: "yes"}}}
`,
    },
    steps: [
      ["kubectl create namespace guarded", "namespace/guarded created"],
      ["kubectl label namespace guarded small=yes", "namespace/guarded labeled"],
      [
        "kubectl apply -f policy.yaml",
        "validatingadmissionpolicy.admissionregistration.k8s.io/few-replicas created\nvalidatingadmissionpolicybinding.admissionregistration.k8s.io/few-replicas created",
      ],
      [
        "kubectl -n guarded create deployment web --image i --replicas 4 --dry-run=server",
        "error: failed to create deployment: deployments.apps \"web\" is forbidden: ValidatingAdmissionPolicy 'few-replicas' with binding 'few-replicas' denied request: no more than 3, not 4",
        { code: 1, eventually: true },
      ],
      ["kubectl -n guarded create deployment web --image i --replicas 3", "deployment.apps/web created"],
      ["kubectl -n default create deployment guarded --image i --replicas 4", "deployment.apps/guarded created"],
      [
        "kubectl delete -f policy.yaml",
        'validatingadmissionpolicy.admissionregistration.k8s.io "few-replicas" deleted\nvalidatingadmissionpolicybinding.admissionregistration.k8s.io "few-replicas" deleted',
      ],
    ],
  },
];
