import { problem } from './problem.ts';

export type Value = number | string | null | Uint8Array;
export type Cell = number | string | null | Uint8Array;
export type Row = { readonly [column: string]: Cell };

/** A prepared statement. Numbers are SQLite integers below 2^53 or reals; blobs are bytes. */
export interface Statement {
  /** How many rows it changed. */
  run(...values: readonly Value[]): number;
  all(...values: readonly Value[]): readonly Row[];
}

export interface Database {
  exec(sql: string): void;
  prepare(sql: string): Statement;
  close(): void;
}

/** The engine below: both read and write the same file format. */
export interface Driver {
  readonly name: 'node:sqlite' | 'libsql';
  /** Makes the file when it is missing. Waits up to `busyMs` for another process's lock. */
  open(path: string, busyMs: number): Database;
}

interface RawStatement {
  run(...values: readonly unknown[]): { readonly changes: number | bigint };
  all(...values: readonly unknown[]): readonly { readonly [column: string]: unknown }[];
}
interface RawDatabase {
  exec(sql: string): void;
  prepare(sql: string): RawStatement;
  close(): void;
}
type Maker = new (path: string, options: { readonly timeout: number }) => RawDatabase;

/**
 * node:sqlite where this Node has it unlocked (22.13 and newer), else libsql when it is installed. Asked of Node, not
 * of its version. Throws a HistoryProblem when there is neither.
 */
export async function findDriver(only?: Driver['name']): Promise<Driver> {
  const own = only === 'libsql' ? null : nodeSqlite();
  if (own !== null) return own;
  const other = only === 'node:sqlite' ? null : await libsql();
  if (other !== null) return other;
  throw problem('no-driver', 'is off', `Node ${process.version} has no SQLite and libsql is not installed`);
}

function nodeSqlite(): Driver | null {
  const module: unknown = withoutExperimentalWarning(() => {
    try {
      return process.getBuiltinModule?.('node:sqlite');
    } catch {
      return undefined;
    }
  });
  if (!isNodeSqlite(module)) return null;
  const { DatabaseSync } = module;
  return { name: 'node:sqlite', open: (path, busyMs) => open(DatabaseSync, path, busyMs, false) };
}

async function libsql(): Promise<Driver | null> {
  try {
    const module: unknown = await import('libsql');
    const maker =
      typeof module === 'object' && module !== null && 'default' in module ? module.default : module;
    if (!isMaker(maker)) return null;
    return { name: 'libsql', open: (path, busyMs) => open(maker, path, busyMs, true) };
  } catch {
    return null;
  }
}

/** libsql takes a single object for named values, so it gets a list. */
function open(Maker: Maker, path: string, busyMs: number, asList: boolean): Database {
  const database = new Maker(path, { timeout: busyMs });
  const once = new Map<string, Statement>();
  const prepare = (sql: string): Statement => {
    const statement = database.prepare(sql);
    const bound = (values: readonly Value[]): readonly unknown[] => (asList ? [values] : values);
    return {
      run: (...values) => Number(statement.run(...bound(values)).changes),
      all: (...values) => statement.all(...bound(values)).map(plain),
    };
  };
  return {
    exec: (sql) => database.exec(sql),
    prepare(sql) {
      const known = once.get(sql) ?? prepare(sql);
      once.set(sql, known);
      return known;
    },
    close() {
      // libsql keeps the file open for as long as a statement is alive.
      once.clear();
      database.close();
    },
  };
}

/** libsql gives an ArrayBuffer for a blob. */
function plain(row: { readonly [column: string]: unknown }): Row {
  const cells: { [column: string]: Cell } = {};
  for (const column in row) {
    const value = row[column];
    if (typeof value === 'number' || typeof value === 'string' || value instanceof Uint8Array)
      cells[column] = value;
    else if (value instanceof ArrayBuffer) cells[column] = new Uint8Array(value);
    else if (typeof value === 'bigint') cells[column] = Number(value);
    else cells[column] = null;
  }
  return cells;
}

/** Node 22 says once that SQLite is experimental. Only that is held back, only while the module loads. */
function withoutExperimentalWarning<T>(load: () => T): T {
  const emit = process.emitWarning;
  const filter = (...said: readonly unknown[]): void => {
    if (/\bSQLite\b/.test(String(said[0])) && said.includes('ExperimentalWarning')) return;
    Reflect.apply(emit, process, said);
  };
  process.emitWarning = filter;
  try {
    return load();
  } finally {
    process.emitWarning = emit;
  }
}

function isMaker(value: unknown): value is Maker {
  return typeof value === 'function';
}

function isNodeSqlite(value: unknown): value is { readonly DatabaseSync: Maker } {
  return (
    typeof value === 'object' && value !== null && 'DatabaseSync' in value && isMaker(value.DatabaseSync)
  );
}
