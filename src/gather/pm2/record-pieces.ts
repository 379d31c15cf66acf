import { isFields, parseJson } from './json-fields.ts';

/** What may stand between two records: PM2 writes each with its pid first, or its name where there is none (lib/God.js). */
const separators = ['},{"pid":', '},{"name":'].map((text) => Buffer.from(text));
/** As getMonitorData answers; what follows is a record, or the end of an empty list. */
const head = '{"args":[[';
const end = ']]}';
/** Lists inside a record may look like the next one; so often at most it is tried whether a record ends there. */
const mostTries = 40;
/** A piece of a socket and a large record; together below what the C library gives back to the system at once. */
const scratchBytes = 112 * 1024;

/**
 * A daemon's list as it comes over the socket. Read as one text, a list of some MB leaves a text, a tree of objects and a
 * heap behind that stay big; here each record is kept as its bytes, and is a text only for as long as it is looked at.
 */
export class RecordPieces {
  private readonly kept: Buffer[] = [];
  private scratch = Buffer.allocUnsafeSlow(scratchBytes);
  /** Bytes of `scratch` in use. */
  private used = 0;
  private searched = 0;
  private tries = 0;
  /** The head was read, and taken off. */
  private isBegun = false;
  /** True once the reply is not laid out as PM2 does it: then it is kept, and parsed as a whole. */
  private isOther = false;

  /** The bytes are copied. */
  add(bytes: Buffer): void {
    if (this.isOther) {
      this.kept.push(Buffer.from(bytes));
      return;
    }
    if (this.used + bytes.length > this.scratch.length) {
      const wider = Buffer.allocUnsafeSlow(2 * (this.used + bytes.length));
      this.scratch.copy(wider, 0, 0, this.used);
      this.scratch = wider;
    }
    bytes.copy(this.scratch, this.used);
    this.used += bytes.length;
    if (!this.isBegun && this.used >= head.length) {
      if (this.scratch.toString('latin1', 0, head.length) !== head) {
        this.giveUp();
        return;
      }
      this.isBegun = true;
      this.drop(head.length);
    }
    if (this.isBegun) this.takeRecords();
  }

  /** The records in their order, parsed anew each time they are gone through; undefined = no JSON, null = no list. */
  records(): Iterable<unknown> | null | undefined {
    if (!this.isOther) {
      const last = this.scratch.toString('utf8', 0, this.used);
      const record = last.slice(0, -end.length);
      if (this.isBegun && last.endsWith(end) && (record === '' || parseJson(record) !== undefined)) {
        if (record !== '') this.kept.push(Buffer.from(record));
        return { [Symbol.iterator]: () => parsedOneByOne(this.kept) };
      }
      this.giveUp();
    }
    const parsed = parseJson(Buffer.concat(this.kept));
    if (!isFields(parsed)) return Array.isArray(parsed) ? parsed : parsed === undefined ? undefined : null;
    const args: unknown = parsed['args'];
    const list: unknown = Array.isArray(args) ? args[0] : null;
    return Array.isArray(list) ? list : null;
  }

  /** A separator holds a bare quotation mark, so it never stands inside a text: what parses before it is a record. */
  private takeRecords(): void {
    let start = 0;
    const { scratch, used } = this;
    const bytes = scratch.subarray(0, used);
    for (let at = nextSeparator(bytes, this.searched); at >= 0; at = nextSeparator(bytes, at + 1)) {
      const record = scratch.subarray(start, at + 1);
      if (parseJson(record) !== undefined) {
        this.kept.push(Buffer.from(record));
        start = at + 2;
        this.tries = 0;
        continue;
      }
      this.tries += 1;
      if (this.tries > mostTries) {
        this.drop(start);
        this.giveUp();
        return;
      }
    }
    this.drop(start);
    this.searched = Math.max(0, this.used - 16);
  }

  private drop(count: number): void {
    this.scratch.copyWithin(0, count, this.used);
    this.used -= count;
    this.searched = 0;
  }

  /** Puts together what came so far. */
  private giveUp(): void {
    const records = this.kept.splice(0);
    if (this.isBegun) this.kept.push(Buffer.from(head));
    for (const record of records) this.kept.push(record, Buffer.from(','));
    this.kept.push(Buffer.from(this.scratch.subarray(0, this.used)));
    this.isOther = true;
  }
}

function* parsedOneByOne(records: readonly Buffer[]): Generator<unknown> {
  for (const bytes of records) yield parseJson(bytes);
}

function nextSeparator(bytes: Buffer, from: number): number {
  let first = -1;
  for (const separator of separators) {
    const at = bytes.indexOf(separator, from);
    if (at >= 0 && (first < 0 || at < first)) first = at;
  }
  return first;
}
