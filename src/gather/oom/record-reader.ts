import type { LogClock } from './calendar.ts';
import { type Fields, parseFields, recordOfFields } from './journal-fields.ts';
import type { LogRecord } from './log-record.ts';
import { splitPrefix } from './prefix.ts';

/** A record of many lines is given up beyond this. */
const maxBlockLines = 400;
const maxBlockChars = 256 * 1024;

/** `{`, `},{`, `[{`: a record of pretty-printed JSON begins. */
const opensObject = /^\s*(?:[[\]},\s]|"[\w.@-]+"\s*:\s*\[\s*)*\{\s*$/;
const closesObject = /^\s*\}/;
const exportField = /^([_A-Z][_A-Z0-9]*)=([\s\S]*)$/;
const verboseHead = /^(\p{L}{2,5}\.? \d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)? \S+) \[s=[^\]]*\]\s*$/u;
const verboseField = /^ {4}([_A-Z][_A-Z0-9]*)=([\s\S]*)$/;

type Block =
  | { readonly kind: 'json'; readonly lines: string[] }
  | { readonly kind: 'export' | 'verbose'; readonly fields: { [name: string]: string }; last: string | null };

export interface RecordReader {
  line(text: string): void;
  /** The lines so far end here: hands over what is complete. */
  flush(): void;
  /** In the middle of a record of several lines. */
  isOpen(): boolean;
}

/** Puts lines together to records: text lines one by one, JSON, export and verbose blocks as a whole. */
export function recordReader(
  clock: LogClock,
  onRecord: (record: LogRecord) => void,
  isWanted: (line: string) => boolean = () => true,
): RecordReader {
  let block: Block | null = null;
  let size = 0;
  let count = 0;

  const emitFields = (fields: Fields, raw: string): void => {
    const record = recordOfFields(fields, raw, clock);
    if (record) onRecord(record);
  };

  const close = (): void => {
    const done = block;
    block = null;
    size = 0;
    count = 0;
    if (done === null) return;
    if (done.kind !== 'json') {
      emitFields(done.fields, '');
      return;
    }
    // A block cut off at the end, or followed by a comma, is still one object.
    const text = done.lines
      .join('\n')
      .replace(/^[^{]*/, '')
      .replace(/[\s,\]]*$/, '');
    const fields = parseFields(text) ?? parseFields(`${text.replace(/,\s*$/, '')}}`);
    if (fields) emitFields(fields, text);
    else for (const line of done.lines) onRecord(splitPrefix(line, clock));
  };

  const one = (text: string): void => {
    const head = text.search(/[^\s\u001e[,]/);
    if (head >= 0 && text.charCodeAt(head) === 0x7b) {
      const end = text.lastIndexOf('}');
      const fields = end > head ? parseFields(text.slice(head, end + 1)) : null;
      if (fields) {
        emitFields(fields, text);
        return;
      }
      if (opensObject.test(text)) {
        block = { kind: 'json', lines: [text] };
        return;
      }
    } else if (opensObject.test(text)) {
      block = { kind: 'json', lines: ['{'] };
      return;
    }
    const verbose = verboseHead.exec(text);
    if (verbose) {
      block = { kind: 'verbose', fields: { '': verbose[1] ?? '' }, last: null };
      return;
    }
    const field = /^(?:__CURSOR|__REALTIME_TIMESTAMP|MESSAGE|_TRANSPORT|PRIORITY)=/.test(text)
      ? exportField.exec(text)
      : null;
    if (field) {
      block = { kind: 'export', fields: { [field[1] ?? '']: field[2] ?? '' }, last: null };
      return;
    }
    if (isWanted(text)) onRecord(splitPrefix(text, clock));
  };

  const within = (open: Block, text: string): void => {
    if (open.kind === 'json') {
      // An object in a list in an object (`dmesg -J`): the inner ones are the records.
      if (opensObject.test(text) && !closesObject.test(text)) block = { kind: 'json', lines: ['{'] };
      else if (closesObject.test(text)) {
        open.lines.push('}');
        const opensNext = opensObject.test(text);
        close();
        if (opensNext) block = { kind: 'json', lines: ['{'] };
      } else open.lines.push(text);
      return;
    }
    if (open.kind === 'export') {
      const field = exportField.exec(text);
      if (text === '') close();
      else if (field) open.fields[field[1] ?? ''] = field[2] ?? '';
      else if (/^[_A-Z][_A-Z0-9]*$/.test(text)) open.last = text;
      // A value with a newline or no UTF-8: eight bytes of length first (systemd.io/JOURNAL_EXPORT_FORMATS).
      else if (open.last !== null) {
        const known = open.fields[open.last];
        open.fields[open.last] = known === undefined ? text.slice(8) : `${known}\n${text}`;
      } else leave(text);
      return;
    }
    const field = verboseField.exec(text);
    if (field) {
      open.last = field[1] ?? '';
      open.fields[open.last] = field[2] ?? '';
    } else if (/^ {5,}/.test(text) && open.last !== null) {
      // The rest of a value of several lines is indented to its start.
      open.fields[open.last] = `${open.fields[open.last] ?? ''}\n${text.slice(5 + open.last.length)}`;
    } else leave(text);
  };

  const leave = (text: string): void => {
    close();
    if (text.trim() !== '') one(text);
  };

  return {
    line(text) {
      if (block === null) {
        one(text);
        return;
      }
      size += text.length;
      count += 1;
      if (count > maxBlockLines || size > maxBlockChars) leave(text);
      else within(block, text);
    },
    flush: close,
    isOpen: () => block !== null,
  };
}
