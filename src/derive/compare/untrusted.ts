/** A value of parsed JSON and where it stands, e.g. `findings[3].priority`. */
export interface Path {
  readonly value: unknown;
  readonly name: string;
}

/** A field is missing or of another type than it must be. */
export class WrongField extends Error {
  readonly field: string;
  constructor(field: string) {
    super(`${field} is not as it must be`);
    this.field = field;
  }
}

export function isRecord(value: unknown): value is { readonly [key: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** One field of an object. Throws WrongField when there is no object; a field that is missing is `undefined`. */
export function field(parent: Path, key: string): Path {
  if (!isRecord(parent.value)) throw new WrongField(parent.name);
  const value = Object.hasOwn(parent.value, key) ? parent.value[key] : undefined;
  return { value, name: parent.name === '' ? key : `${parent.name}.${key}` };
}

export function listAt({ value, name }: Path): readonly Path[] {
  if (!Array.isArray(value)) throw new WrongField(name);
  const items: readonly unknown[] = value;
  return items.map((item, index) => ({ value: item, name: `${name}[${index}]` }));
}

export function textAt({ value, name }: Path): string {
  if (typeof value !== 'string') throw new WrongField(name);
  return value;
}

/** A finite number, or null where it says null. */
export function numberAt({ value, name }: Path): number | null {
  if (value === null) return null;
  if (typeof value !== 'number' || !Number.isFinite(value)) throw new WrongField(name);
  return value;
}

/** One of these words. */
export function wordAt<W extends string>({ value, name }: Path, words: readonly W[]): W {
  const found = words.find((word) => word === value);
  if (found === undefined) throw new WrongField(name);
  return found;
}
