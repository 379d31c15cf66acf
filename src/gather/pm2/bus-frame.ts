import type { BusFrame } from '../../host/host.ts';
import type { BusEvent } from '../../model/pm2.ts';
import type { CleanText, EpochMs } from '../../model/text.ts';
import type { Cleaner } from '../clean.ts';
import { countOf, type Fields, isFields, numberOf, parseJson, textOf } from './json-fields.ts';
import { parsePm2LogText } from './pm2-log-line.ts';
import type { SecretTeacher } from './pm2-secrets.ts';

const maxStackLines = 20;
const maxLogLines = 50;

/**
 * One frame of the bus as events; none where it is not what its name says. An app may publish any name with
 * `process.send({type, data})`, but the daemon wraps that in `{at, data, process}` (PM2 7.0.4 lib/God/ForkMode.js):
 * real process events have `event` at the top, the daemon's own log lines name `PM2` as the process, and a real
 * `pm2:kill` has no process. An exception is always the word of the app it comes from.
 */
export function decodeBusFrame(
  frame: BusFrame,
  home: CleanText,
  now: EpochMs,
  clean: Cleaner,
  teacher: SecretTeacher,
): readonly BusEvent[] {
  const payload = parseJson(frame.payload);
  if (!isFields(payload)) return [];
  const at = countOf(payload['at'], 1) ?? now;
  const process = isFields(payload['process']) ? payload['process'] : null;
  // A start may bring an app whose secrets nobody told us before.
  if (process !== null) teacher.teach(process);
  const event = decode(frame.name, payload, process, at, clean);
  return event.map((one) => ({ at, home, event: one }));
}

function decode(
  name: string,
  payload: Fields,
  process: Fields | null,
  at: EpochMs,
  clean: Cleaner,
): readonly BusEvent['event'][] {
  if (name === 'pm2:kill') {
    if (process !== null || 'data' in payload) return [];
    return [{ kind: 'daemon-killed', detail: clean.text(textOf(payload['msg']) ?? '', 200) }];
  }
  if (process === null) return [];
  if (name === 'process:event') return processEvent(payload, process, clean);
  if (name === 'process:exception') return exception(payload['data'], process, clean);
  if (name !== 'log:PM2' || process['pm_id'] !== 'PM2' || typeof payload['data'] !== 'string') return [];
  const whole = payload['data'];
  // One message is one call of the daemon's console; an app's name may hold a line break.
  const lines = parsePm2LogText(whole, clean) === null ? whole.split('\n').slice(0, maxLogLines) : [whole];
  return lines
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const event = parsePm2LogText(line, clean);
      const text = clean.text(line.trimEnd());
      return { kind: 'log', line: event === null ? null : { at, text, event }, text };
    });
}

function processEvent(payload: Fields, process: Fields, clean: Cleaner): readonly BusEvent['event'][] {
  const what = payload['event'];
  if (typeof what !== 'string' || 'data' in payload) return [];
  return [
    {
      kind: 'process',
      what: clean.text(what, 100),
      manually: payload['manually'] === true,
      ...idOf(process['pm_id']),
      name: clean.text(textOf(process['name']) ?? ''),
      status: clean.text(textOf(process['status']) ?? 'unknown', 100),
      exitCode: numberOf(process['exit_code']),
      startedAt: countOf(process['pm_uptime'], 1),
    },
  ];
}

/** `3`, or `_old_3` for the worker a reload is replacing. */
function idOf(id: unknown): { readonly pmId: number | null; readonly old: boolean } {
  const old = typeof id === 'string' && id.startsWith('_old_');
  return { pmId: countOf(old ? id.slice('_old_'.length) : id), old };
}

function exception(data: unknown, process: Fields, clean: Cleaner): readonly BusEvent['event'][] {
  if (!isFields(data) && typeof data !== 'string') return [];
  const fields: Fields = isFields(data) ? data : { message: data };
  const stack = (typeof fields['stack'] === 'string' ? fields['stack'] : '').slice(0, 64 * 1024).split('\n');
  const message = textOf(fields['message']) ?? stack[0] ?? '';
  return [
    {
      kind: 'exception',
      pmId: idOf(process['pm_id']).pmId,
      name: clean.text(textOf(process['name']) ?? ''),
      message: clean.text(message, 500),
      stack: stack
        .filter((line) => line.trim() !== '')
        .slice(0, maxStackLines)
        .map((line) => clean.text(line, 500)),
    },
  ];
}
