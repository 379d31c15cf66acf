import type { Host } from '../../host/host.ts';
import type { Why } from '../../model/gap.ts';
import type { AppStatus, DumpFile, FileFacts } from '../../model/pm2.ts';
import type { CleanText } from '../../model/text.ts';
import { type Cleaner, ownWords } from '../clean.ts';
import { isFields, parseJson, textOf } from './json-fields.ts';
import { secretTeacher, shownTexts } from './pm2-secrets.ts';

/** 10 KB an app with its environment: room for three thousand. */
const dumpMaxBytes = 32 * 1024 * 1024;
const statuses: readonly AppStatus[] = [
  'online',
  'launching',
  'stopping',
  'stopped',
  'waiting restart',
  'errored',
  'one-launch-status',
];

export interface ReadDump {
  readonly apps: DumpFile['apps'];
  readonly problem: { readonly why: Why; readonly detail: CleanText } | null;
}

/**
 * Names and states of the apps in a `dump.pm2`. It holds every environment in clear: their secrets are taught to the
 * cleaner, so that none of them gets into the report by another way, and nothing else of them is kept.
 * Source: lib/API/Startup.js dump, PM2 5 to 7: a JSON list of pm2_env. `apps` null = not readable, half written, no list.
 */
export function readDump(host: Host, file: FileFacts, shown: readonly string[], clean: Cleaner): ReadDump {
  if (file.sizeBytes > dumpMaxBytes) {
    return { apps: null, problem: { why: 'truncated', detail: clean.text(`${file.sizeBytes} bytes`) } };
  }
  const bytes = host.read(file.path, dumpMaxBytes);
  if (!bytes.ok) return { apps: null, problem: { why: bytes.why, detail: clean.text(bytes.detail) } };
  const parsed = parseJson(bytes.value);
  if (!Array.isArray(parsed)) {
    const detail =
      parsed === undefined ? ownWords('not JSON, or written in part') : ownWords('not a list of apps');
    return { apps: null, problem: { why: 'malformed', detail } };
  }
  const records = parsed.filter(isFields);
  const teacher = secretTeacher(clean, [...new Set([...shown, ...records.flatMap(shownTexts)])]);
  for (const record of records) teacher.teach(record);
  return {
    apps: records.map((record) => ({
      name: clean.text(textOf(record['name']) ?? ''),
      status: statuses.find((known) => known === record['status']) ?? 'unknown',
    })),
    problem: null,
  };
}
