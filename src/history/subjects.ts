import type { Subject } from '../model/history.ts';
import type { AppRef } from '../model/pm2.ts';
import type { CleanText } from '../model/text.ts';
import { kinds } from './columns.ts';
import type { Cell, Database, Row } from './driver.ts';

export function kindNumber({ kind }: Subject): number {
  return kinds.indexOf(kind);
}

/** A subject as its row: what does not apply is '' or -1. */
type Key = readonly [kind: number, home: string, pmId: number, name: string, namespace: string, path: string];

function keyOf(subject: Subject): Key {
  const kind = kinds.indexOf(subject.kind);
  const app = subject.kind === 'app' || subject.kind === 'log' ? subject.app : null;
  const path =
    subject.kind === 'cgroup' || subject.kind === 'log'
      ? subject.path
      : subject.kind === 'disk'
        ? subject.mount
        : '';
  const home = subject.kind === 'daemon' ? subject.home : (app?.home ?? '');
  return [kind, home, app?.pmId ?? -1, app?.name ?? '', app?.namespace ?? '', path];
}

const find = `SELECT id FROM subject
  WHERE kind = ? AND home = ? AND pm_id = ? AND name = ? AND namespace = ? AND path = ?`;
const add = 'INSERT INTO subject (kind, home, pm_id, name, namespace, path) VALUES (?, ?, ?, ?, ?, ?)';

/** The number of a subject, null when nothing is kept of it. */
export function findSubject(database: Database, subject: Subject): number | null {
  const id = database.prepare(find).all(...keyOf(subject))[0]?.['id'];
  return typeof id === 'number' ? id : null;
}

/** Numbers for subjects, made on first sight. Forget them when a transaction was rolled back. */
export interface SubjectNumbers {
  of(subject: Subject): number;
  kindOf(id: number): number;
  forget(): void;
}

export function subjectNumbers(database: Database): SubjectNumbers {
  const ids = new Map<string, number>();
  const kindById = new Map<number, number>();
  return {
    of(subject) {
      const key = keyOf(subject);
      const short = key.join('\n');
      let id = ids.get(short) ?? findSubject(database, subject);
      if (id === null) {
        database.prepare(add).run(...key);
        id = findSubject(database, subject) ?? 0;
      }
      ids.set(short, id);
      kindById.set(id, key[0]);
      return id;
    },
    kindOf(id) {
      let kind = kindById.get(id);
      if (kind === undefined) {
        kind = Number(database.prepare('SELECT kind FROM subject WHERE id = ?').all(id)[0]?.['kind'] ?? 0);
        kindById.set(id, kind);
      }
      return kind;
    },
    forget() {
      ids.clear();
      kindById.clear();
    },
  };
}

export interface NumberedSubject {
  readonly id: number;
  readonly subject: Subject;
}

/** All subjects of one kind, or of every kind, in the order they were first seen. */
export function allSubjects(database: Database, kind?: Subject['kind']): readonly NumberedSubject[] {
  const rows = database.prepare('SELECT * FROM subject ORDER BY id').all();
  return rows.flatMap((row) => {
    const subject = subjectOf(row);
    if (subject === null || (kind !== undefined && subject.kind !== kind)) return [];
    return [{ id: Number(row['id']), subject }];
  });
}

/** A text of the file is clean: nothing else was ever written into it. */
export function isStoredText(value: Cell | undefined): value is CleanText {
  return typeof value === 'string';
}

export function appOf(row: Row): AppRef | null {
  const { home, pm_id: pmId, name, namespace } = row;
  if (!isStoredText(home) || !isStoredText(name) || !isStoredText(namespace)) return null;
  return typeof pmId === 'number' && name !== '' ? { home, pmId, name, namespace } : null;
}

function subjectOf(row: Row): Subject | null {
  const kind = kinds[Number(row['kind'])];
  const app = appOf(row);
  const { path, home } = row;
  if (!isStoredText(path) || !isStoredText(home)) return null;
  switch (kind) {
    case 'app':
      return app === null ? null : { kind, app };
    case 'host':
      return { kind };
    case 'cgroup':
      return { kind, path };
    case 'disk':
      return { kind, mount: path };
    case 'log':
      return { kind, path, app };
    case 'daemon':
      return { kind, home };
    default:
      return null;
  }
}
