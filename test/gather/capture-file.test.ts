import { describe, expect, it } from 'vitest';
import { decodeCapture, encodeCapture } from '../../src/gather/capture-file.ts';
import type { AppLog } from '../../src/model/storage.ts';
import { c, evidence, now, ref } from '../factories.ts';
import { plainCleaner } from '../gather-context.ts';

describe('a capture of an older version', () => {
  it('gets the fields of app logs that it does not have', () => {
    const { exceptions, tail, ...old } = {
      app: ref('web', 0),
      stream: 'err',
      path: c('/l/web-error.log'),
      sizeBytes: 1,
      readBytes: 1,
      modifiedAt: now,
      texts: [],
      lastException: null,
      exceptions: [],
      tail: { at: null, lines: [] },
    } satisfies AppLog;
    const whole = JSON.parse(encodeCapture(evidence()));
    whole.items.appLogs.value = [old];
    const decoded = decodeCapture(JSON.stringify(whole), plainCleaner);
    expect(decoded).toMatchObject({
      ok: true,
      evidence: { items: { appLogs: { value: [{ exceptions, tail }] } } },
    });
  });
});
