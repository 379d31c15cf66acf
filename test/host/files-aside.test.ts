import { expect, it } from 'vitest';
import { realHost } from '../../src/host/real.ts';

const aside = async (path: string): Promise<unknown> => realHost().readTextAside?.(path);

it('reads a small file of /proc beside the event loop', async () => {
  expect(await aside('/proc/self/smaps_rollup')).toEqual({
    ok: true,
    value: expect.stringMatching(/^[0-9a-f]+-[0-9a-f]+ .*\[rollup\]\n[\s\S]*\nPss: +\d+ kB\n[\s\S]*\n$/),
  });
});

it('says why not', async () => {
  expect(await aside('/proc/999999999/smaps_rollup')).toEqual({
    ok: false,
    why: 'not-found',
    detail: 'ENOENT: no such file or directory',
  });
  expect(await aside('/proc')).toMatchObject({ ok: false, why: 'malformed' });
});
