/** An array of `length` numbers that begins with those of `array`. */
export function grown<T extends Uint8Array | Int32Array | Float64Array>(array: T, length: number): T {
  const longer = new (array.constructor as new (length: number) => T)(length);
  longer.set(array);
  return longer;
}
