/** Checks on parsed JSON whose author may be anyone. */

export type JSONRecord = Readonly<Record<string, unknown>>;

export function isRecord(value: unknown): value is JSONRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isArrayOf<T>(value: unknown, is: (item: unknown) => item is T): value is T[] {
  return Array.isArray(value) && value.every(is);
}

export function isRecordOf<T>(
  value: unknown,
  is: (item: unknown) => item is T,
): value is Readonly<Record<string, T>> {
  return isRecord(value) && Object.values(value).every(is);
}

export function isString(value: unknown): value is string {
  return typeof value === 'string';
}

export function isStringOrNull(value: unknown): value is string | null {
  return value === null || isString(value);
}

export function isNumber(value: unknown): value is number {
  return typeof value === 'number';
}

/** Ids lie below: tables are as long as the largest id, and no file must make them of any length. */
export const ID_LIMIT: number = 2 ** 20;

/** A token id: a whole number from 0 on. Published vocabularies have at most a quarter of `ID_LIMIT`. */
export function isId(value: unknown): value is number {
  return isNumber(value) && Number.isSafeInteger(value) && value >= 0 && value < ID_LIMIT;
}
