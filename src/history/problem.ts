/** What can be wrong with the store. The collector goes on without it, the audit says so in one line. */
export type ProblemCode =
  | 'no-driver'
  | 'no-store'
  | 'network-file-system'
  | 'not-writable'
  | 'locked'
  | 'newer'
  | 'foreign'
  | 'corrupt'
  | 'disk-full'
  | 'failed';

/** One sentence: what, where, what to do. `cause` has the driver's own error. */
export class HistoryProblem extends Error {
  override readonly name = 'HistoryProblem';
  readonly code: ProblemCode;
  constructor(code: ProblemCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** SQLITE_IOERR_SHORT_READ: the file ends before its last page does. */
const shortRead = 522;
/** Primary result codes of SQLite (sqlite.org/rescode.html), without the extended part. */
const byResultCode: { readonly [code: number]: ProblemCode } = {
  5: 'locked', // SQLITE_BUSY
  6: 'locked', // SQLITE_LOCKED
  8: 'not-writable', // SQLITE_READONLY
  10: 'failed', // SQLITE_IOERR
  11: 'corrupt', // SQLITE_CORRUPT
  13: 'disk-full', // SQLITE_FULL
  14: 'not-writable', // SQLITE_CANTOPEN
  26: 'corrupt', // SQLITE_NOTADB
};

const advice: { readonly [C in ProblemCode]: string } = {
  'no-driver': 'use Node 22.13 or newer, or install the optional package libsql',
  'no-store': 'start `pm2-audit watch` to make it',
  'network-file-system': 'name a local path with --db',
  'not-writable': 'check its owner and rights, or name another path with --db',
  locked: 'another process writes to it; try again when it has ended',
  newer: 'use that version, or name another path with --db',
  foreign: 'name another path with --db',
  corrupt: 'the collector moves it aside and begins anew when it starts',
  'disk-full': 'make room; it goes on by itself',
  failed: 'see the error of the disk in the kernel log',
};

/** Makes the one sentence from what the driver threw. */
export function problemOf(error: unknown, path: string): HistoryProblem {
  if (error instanceof HistoryProblem) return error;
  const result = resultCode(error);
  const code =
    result === shortRead ? 'corrupt' : (byResultCode[result & 0xff] ?? systemCode(error) ?? 'failed');
  return problem(code, path, error instanceof Error ? error.message : String(error), error);
}

export function problem(code: ProblemCode, path: string, what: string, cause?: unknown): HistoryProblem {
  return new HistoryProblem(code, `history ${path}: ${what}; ${advice[code]}`, { cause });
}

/** node:sqlite says `errcode`, libsql `rawCode`, and on opening only the end of its message. */
function resultCode(error: unknown): number {
  if (typeof error !== 'object' || error === null) return 0;
  if ('errcode' in error && typeof error.errcode === 'number') return error.errcode;
  if ('rawCode' in error && typeof error.rawCode === 'number') return error.rawCode;
  const said =
    error instanceof Error ? /^ConnectionFailed\(.*: (\d+)"?\)$/.exec(error.message)?.[1] : undefined;
  return said === undefined ? 0 : Number(said);
}

function systemCode(error: unknown): ProblemCode | null {
  if (typeof error !== 'object' || error === null || !('code' in error)) return null;
  if (error.code === 'ENOSPC' || error.code === 'EDQUOT' || error.code === 'EFBIG') return 'disk-full';
  if (error.code === 'EACCES' || error.code === 'EPERM' || error.code === 'EROFS' || error.code === 'ENOTDIR')
    return 'not-writable';
  return null;
}
