const brand: unique symbol = Symbol.for('tinyllm.error') as never;

/**
 * Every error that tinyllm throws on purpose. `code` is stable and documented (`area/what`); the message is
 * for people: what was expected, what came, what to do. Each package bundles this class, so `instanceof`
 * goes by a shared brand: an error of one package is an instance of another package's `TinyllmError`.
 */
export class TinyllmError extends Error {
  override readonly name: string = 'TinyllmError';
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    Object.defineProperty(this, brand, { value: true });
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    return value instanceof Object && brand in value;
  }
}
