// Bounds of the resource.k8s.io kinds. Source: kubernetes staging/src/k8s.io/api/resource/v1/types.go.

export const limits = {
  requests: 32,
  constraints: 32,
  configs: 32,
  selectors: 32,
  firstAvailable: 8,
  tolerations: 16,
  allocationResults: 32,
  reservedFor: 256,
  expressionBytes: 10 * 1024,
  parameterBytes: 10 * 1024,
  devices: 128,
  /** When devices have taints, consume counters or carry lists. */
  advancedDevices: 64,
  attributesAndCapacities: 32,
  taints: 16,
  counterSets: 8,
  countersPerSet: 32,
  consumptions: 2,
  attributeValueBytes: 64,
  identifierBytes: 32,
  poolNameBytes: 253,
  bindingConditions: 4,
} as const;
