// Label and field selectors: parsing and matching. Source: k8s.io/apimachinery pkg/labels, pkg/fields.

/** One requirement of a selector; all of a selector's requirements must hold. Field selectors use In and NotIn with one value. */
export interface Requirement {
  key: string;
  operator: "In" | "NotIn" | "Exists" | "DoesNotExist" | "Gt" | "Lt";
  values: readonly string[];
}
