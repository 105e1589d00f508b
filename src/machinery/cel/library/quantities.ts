// Kubernetes' quantity library.

import {
  addQuantities,
  compareQuantities,
  integerQuantity,
  parseQuantity,
  type Quantity,
  quantityError,
  quantityToNumber,
  scaledValue,
  subtractQuantities,
} from "../../quantity.ts";
import * as t from "../types.ts";
import { fail, Opaque } from "../values.ts";
import { func, type Library, method, parsing } from "./overload.ts";

const { bool, int, string } = t;
const quantityType = t.opaque("kubernetes.Quantity");

class QuantityValue extends Opaque {
  readonly typeName = "kubernetes.Quantity";
  readonly quantity: Quantity;
  constructor(quantity: Quantity) {
    super();
    this.quantity = quantity;
  }
  override equals(other: QuantityValue): boolean {
    return compareQuantities(this.quantity, other.quantity) === 0;
  }
}

function toQuantity(text: string): QuantityValue {
  const quantity = parseQuantity(text);
  return quantity === undefined ? fail(quantityError(text) ?? "") : new QuantityValue(quantity);
}

/** The whole number that a quantity is, if it is one and fits. */
function wholeNumber({ quantity }: QuantityValue): bigint | undefined {
  const value = scaledValue(quantity, 0);
  const exact = compareQuantities(integerQuantity(value), quantity) === 0;
  return exact && BigInt.asIntN(64, value) === value ? value : undefined;
}

function combine(operation: (a: Quantity, b: Quantity) => Quantity) {
  return [
    method(
      [quantityType, quantityType],
      quantityType,
      (a: QuantityValue, b: QuantityValue) => new QuantityValue(operation(a.quantity, b.quantity)),
    ),
    method(
      [quantityType, int],
      quantityType,
      (a: QuantityValue, b: bigint) => new QuantityValue(operation(a.quantity, integerQuantity(b))),
    ),
  ];
}

function compare(a: QuantityValue, b: QuantityValue): number {
  return compareQuantities(a.quantity, b.quantity);
}

export const quantityFunctions: Library = {
  quantity: [func([string], quantityType, toQuantity, parsing)],
  isQuantity: [func([string], bool, (text: string) => parseQuantity(text) !== undefined, parsing)],
  isInteger: [method([quantityType], bool, (value: QuantityValue) => wholeNumber(value) !== undefined)],
  asInteger: [
    method(
      [quantityType],
      int,
      (value: QuantityValue) => wholeNumber(value) ?? fail("cannot convert value to integer"),
    ),
  ],
  asApproximateFloat: [method([quantityType], t.double, ({ quantity }: QuantityValue) => quantityToNumber(quantity))],
  sign: [method([quantityType], int, ({ quantity }: QuantityValue) => BigInt(Math.sign(Number(quantity.unscaled))))],
  add: combine(addQuantities),
  sub: combine(subtractQuantities),
  compareTo: [
    method([quantityType, quantityType], int, (a: QuantityValue, b: QuantityValue) => BigInt(Math.sign(compare(a, b)))),
  ],
  isLessThan: [method([quantityType, quantityType], bool, (a: QuantityValue, b: QuantityValue) => compare(a, b) < 0)],
  isGreaterThan: [
    method([quantityType, quantityType], bool, (a: QuantityValue, b: QuantityValue) => compare(a, b) > 0),
  ],
};
