import assert from "node:assert/strict";
import { test } from "node:test";
import { formatFieldError } from "../../machinery/field-error.ts";
import { deepCopy, type JsonObject } from "../../machinery/object.ts";
import type { Crd } from "./crd.ts";
import { defaultCrd, rememberStoredVersion } from "./crd-defaults.ts";
import { validateCrd, validateCrdUpdate } from "./crd-validation.ts";

/** A valid CRD, changed. */
function widgets(change: (crd: Crd) => void = () => {}): Crd {
  const crd: Crd = {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: "widgets.example.com" },
    spec: {
      group: "example.com",
      scope: "Namespaced",
      names: { plural: "widgets", kind: "Widget" },
      versions: [
        {
          name: "v1",
          served: true,
          storage: true,
          schema: {
            openAPIV3Schema: {
              type: "object",
              properties: { spec: { type: "object", properties: { size: { type: "integer" } } } },
            },
          },
        },
      ],
    },
  };
  change(crd);
  defaultCrd(crd);
  rememberStoredVersion(crd);
  return crd;
}

const schemaOf = (crd: Crd): JsonObject => crd.spec.versions[0]!.schema!.openAPIV3Schema!;
const texts = (crd: Crd, old?: Crd) => validateCrd(crd, old).map(formatFieldError);
const label =
  "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')";

const rejected: [name: string, change: (crd: Crd) => void, errors: string[]][] = [
  [
    "a name that is not plural.group",
    (crd) => {
      crd.metadata.name = "x.example.com";
    },
    ['metadata.name: Invalid value: "x.example.com": must be spec.names.plural+"."+spec.group'],
  ],
  [
    "a group without a dot",
    (crd) => {
      crd.spec.group = "example";
      crd.metadata.name = "widgets.example";
    },
    ['spec.group: Invalid value: "example": should be a domain with at least one dot'],
  ],
  [
    "a scope of its own",
    (crd) => {
      crd.spec.scope = "Hub";
    },
    ['spec.scope: Unsupported value: "Hub": supported values: "Cluster", "Namespaced"'],
  ],
  [
    "no storage version",
    (crd) => {
      crd.spec.versions[0]!.storage = false;
    },
    [
      `spec.versions: Invalid value: ${JSON.stringify([{ ...widgets().spec.versions[0], storage: false }])}: must have exactly one version marked as storage version`,
      "status.storedVersions: Invalid value: []: must have at least one stored version",
    ],
  ],
  [
    "no schema",
    (crd) => {
      delete crd.spec.versions[0]!.schema;
    },
    ["spec.versions[0].schema.openAPIV3Schema: Required value: schemas are required"],
  ],
  [
    "a version that is no label",
    (crd) => {
      crd.spec.versions[0]!.name = "1";
    },
    [`spec.versions[0].name: Invalid value: "1": ${label}`],
  ],
  [
    "kind and listKind alike",
    (crd) => {
      crd.spec.names.listKind = "Widget";
    },
    ['spec.names.listKind: Invalid value: "Widget": kind and listKind may not be the same'],
  ],
  [
    "a short name that is no label",
    (crd) => {
      crd.spec.names.shortNames = ["W"];
    },
    [`spec.names.shortNames[0]: Invalid value: "W": ${label}`],
  ],
  [
    "preserveUnknownFields",
    (crd) => {
      crd.spec.preserveUnknownFields = true;
    },
    [
      "spec.preserveUnknownFields: Invalid value: true: cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead",
    ],
  ],
  [
    "a group of the Kubernetes project",
    (crd) => {
      crd.spec.group = "x.k8s.io";
      crd.metadata.name = "widgets.x.k8s.io";
    },
    [
      'metadata.annotations[api-approved.kubernetes.io]: Required value: protected groups must have approval annotation "api-approved.kubernetes.io", see https://github.com/kubernetes/enhancements/pull/1111',
    ],
  ],
  [
    "a schema that is not structural",
    (crd) => {
      schemaOf(crd).properties.spec = {};
    },
    [
      "spec.validation.openAPIV3Schema.properties[spec].type: Required value: must not be empty for specified object fields",
    ],
  ],
  [
    "a default of the wrong type",
    (crd) => {
      schemaOf(crd).properties.spec.properties.size.default = "x";
    },
    [
      'spec.validation.openAPIV3Schema.properties[spec].properties[size].default: Invalid value: "string": spec.validation.openAPIV3Schema.properties[spec].properties[size].default in body must be of type integer: "string"',
    ],
  ],
  [
    "scale paths outside spec and status",
    (crd) => {
      crd.spec.versions[0]!.subresources = {
        scale: { specReplicasPath: ".replicas", statusReplicasPath: "", labelSelectorPath: "x" },
      };
    },
    [
      'spec.subresources.scale.specReplicasPath: Invalid value: ".replicas": should be a json path under .spec',
      "spec.subresources.scale.statusReplicasPath: Required value",
      'spec.subresources.scale.labelSelectorPath: Invalid value: "x": must be a simple json path starting with .',
    ],
  ],
  [
    "a column without a type",
    (crd) => {
      crd.spec.versions[0]!.additionalPrinterColumns = [{ name: "Size", type: "", jsonPath: ".spec.size" }];
    },
    ["spec.additionalPrinterColumns[0].type: Required value: must be one of boolean,date,integer,number,string"],
  ],
  [
    "a selectable object",
    (crd) => {
      crd.spec.versions[0]!.selectableFields = [{ jsonPath: ".spec" }];
    },
    [
      'spec.selectableFields[0].jsonPath: Invalid value: ".spec": must point to a field of type string, boolean or integer. Enum string fields and strings with formats are allowed.',
    ],
  ],
  [
    "a selectable field that is not there",
    (crd) => {
      crd.spec.versions[0]!.selectableFields = [{ jsonPath: ".spec.color" }];
    },
    [
      'spec.selectableFields[0].jsonPath: Invalid value: ".spec.color": is an invalid path: does not refer to a valid field',
    ],
  ],
  [
    "a webhook without a client",
    (crd) => {
      crd.spec.conversion = { strategy: "Webhook" };
    },
    [
      "spec.conversion.webhookClientConfig: Required value: required when strategy is set to Webhook",
      "spec.conversion.conversionReviewVersions: Required value",
    ],
  ],
  [
    "a webhook over http",
    (crd) => {
      crd.spec.conversion = {
        strategy: "Webhook",
        webhook: { clientConfig: { url: "http://a/b" }, conversionReviewVersions: ["v7"] },
      };
    },
    [
      "spec.conversion.webhookClientConfig.url: Invalid value: \"http\": 'https' is the only allowed URL scheme; desired format: https://host[/path]",
      'spec.conversion.conversionReviewVersions: Invalid value: ["v7"]: must include at least one of v1, v1beta1',
    ],
  ],
  [
    "a deprecation warning of a current version",
    (crd) => {
      crd.spec.versions[0]!.deprecationWarning = "old";
    },
    ['spec.versions[0].deprecationWarning: Invalid value: "old": can only be set for deprecated versions'],
  ],
  [
    "two versions of one name",
    (crd) => {
      crd.spec.versions.push({ ...crd.spec.versions[0]!, storage: false });
    },
    [
      `spec.versions: Invalid value: ${JSON.stringify([widgets().spec.versions[0], { ...widgets().spec.versions[0], storage: false }])}: must contain unique version names`,
    ],
  ],
];
for (const [name, change, errors] of rejected) {
  test(`refused: ${name}`, () => assert.deepEqual(texts(widgets(change)), errors));
}

const accepted: [name: string, change: (crd: Crd) => void][] = [
  ["plain", () => {}],
  [
    "status, scale, columns and selectable fields",
    (crd) => {
      Object.assign(crd.spec.versions[0]!, {
        subresources: { status: {}, scale: { specReplicasPath: ".spec.size", statusReplicasPath: ".status.size" } },
        additionalPrinterColumns: [{ name: "Size", type: "integer", jsonPath: ".spec.size" }],
        selectableFields: [{ jsonPath: ".spec.size" }],
      });
    },
  ],
  [
    "rules",
    (crd) => {
      schemaOf(crd).properties.spec["x-kubernetes-validations"] = [{ rule: "self.size > 0", message: "m" }];
    },
  ],
  [
    "a webhook",
    (crd) => {
      crd.spec.conversion = {
        strategy: "Webhook",
        webhook: { clientConfig: { service: { namespace: "a", name: "b" } }, conversionReviewVersions: ["v1"] },
      };
    },
  ],
  [
    "an approved group",
    (crd) => {
      crd.spec.group = "x.k8s.io";
      crd.metadata.name = "widgets.x.k8s.io";
      crd.metadata.annotations = { "api-approved.kubernetes.io": "unapproved, test" };
    },
  ],
];
for (const [name, change] of accepted) test(`accepted: ${name}`, () => assert.deepEqual(texts(widgets(change)), []));

test("a rule that does not compile is refused", () => {
  const [error] = texts(
    widgets((crd) => {
      schemaOf(crd).properties.spec["x-kubernetes-validations"] = [{ rule: "self.color == 1" }];
    }),
  );
  assert.match(
    error ?? "",
    /^spec\.validation\.openAPIV3Schema\.properties\[spec\]\.x-kubernetes-validations\[0\]\.rule: Invalid value: \{"rule":"self\.color == 1"\}: compilation failed: ERROR: <input>:1:5: undefined field 'color'/,
  );
});

test("differing versions are reported by version", () => {
  const crd = widgets(({ spec }) => {
    const second = deepCopy(spec.versions[0]!);
    second.schema!.openAPIV3Schema!.properties.spec = {};
    spec.versions.push({ ...second, name: "v2", storage: false });
  });
  assert.deepEqual(texts(crd), [
    "spec.versions[1].schema.openAPIV3Schema.properties[spec].type: Required value: must not be empty for specified object fields",
  ]);
});

test("what may not change in an established CRD", () => {
  const old = widgets();
  old.status = { ...old.status, conditions: [{ type: "Established", status: "True" }] };
  const next = widgets((crd) => {
    crd.spec.scope = "Cluster";
    crd.spec.names.kind = "Gadget";
  });
  assert.deepEqual(validateCrdUpdate(next, old).map(formatFieldError), [
    'spec.scope: Invalid value: "Cluster": field is immutable',
    'spec.names.kind: Invalid value: "Gadget": field is immutable',
  ]);
});

test("a version in which objects are stored may not go", () => {
  const crd = widgets();
  crd.status!.storedVersions = ["v1alpha1", "v1"];
  assert.match(
    texts(crd)[0] ?? "",
    /^status\.storedVersions\[0\]: Invalid value: "v1alpha1": missing from spec\.versions; v1alpha1 was previously/,
  );
});

test("what is missing altogether is required, and nothing throws", () => {
  const crd = {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: "a.b" },
  } as Crd;
  defaultCrd(crd);
  const fields = validateCrd(crd).map((error) => error.field);
  for (const field of ["spec.group", "spec.scope", "spec.names.plural", "spec.names.kind", "spec.versions"]) {
    assert.ok(fields.includes(field), field);
  }
});

test("defaults", () => {
  const { spec, status } = widgets();
  assert.equal(spec.names.singular, "widget");
  assert.equal(spec.names.listKind, "WidgetList");
  assert.deepEqual(spec.conversion, { strategy: "None" });
  assert.deepEqual(status, { storedVersions: ["v1"] });
});
