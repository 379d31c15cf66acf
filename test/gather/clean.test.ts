import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { makeCleaner, ownWords } from '../../src/gather/clean.ts';

const clean = (text: string, maxChars?: number): string => makeCleaner().text(text, maxChars);
const knows = (...values: string[]) => {
  const cleaner = makeCleaner();
  for (const value of values) cleaner.learn(value);
  return cleaner;
};

describe('clean: innocent text', () => {
  it.each([
    'oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0,oom_memcg=/g,task_memcg=/g,task=node /srv/app/,pid=1,uid=0',
    'Memory cgroup out of memory: Killed process 14893 (node /srv/app/m) total-vm:1150752kB, anon-rss:132192kB, file-rss:41220kB, shmem-rss:0kB, UID:0 pgtables:900kB oom_score_adj:0',
    'task_memcg=/system.slice/pm2-auth.service,task=node /srv/auth/,pid=77,uid=0',
    'App [token-service:3] exited with code [1] via signal [SIGINT]',
    'App [auth-api:12] online',
    'Stopping app:secret-santa id:4',
    'App name:session-worker id:0 disconnected',
    'at Object.<anonymous> (/srv/auth/session.js:10:5)',
    'at run (/srv/token/token.js:10:5)',
    'File "/srv/app/password.py", line 33, in check',
    "TypeError: Cannot read properties of undefined (reading 'token')",
    '/home/deploy/.pm2/logs/password-reset-error.log',
    'http://localhost:8080/path/@scope/pkg?page=2',
    'git@github.com:org/repo.git',
    'ssh://git@example.org/repo',
    'docker run -u 1000:1000 image',
    'Basic configuration loaded. Bearer authentication failed.',
    'pids: 1, total-vm:7164820kB, max_tokens=4096',
    '[auth] author: John, monkey: banana',
    'emoji 👩‍👩‍👧 and 中文 stay',
    '[PM2][WORKER] Process 3 restarted because it exceeds --max-memory-restart value (current_memory=175800320 max_memory_limit=104857600 [octets])',
    'TOKEN_LIMIT reached; session closed; authentication ok',
  ])('leaves %s alone', (text) => {
    expect(clean(text)).toBe(text);
  });
});

describe('clean: what looks like a secret', () => {
  it.each([
    ['DB_PASSWORD=hunter2', 'DB_PASSWORD=[redacted]'],
    ['{"apiKey":"abc def","n":1}', '{"apiKey":"[redacted]","n":1}'],
    ['{\\"password\\":\\"abc\\",\\"n\\":1}', '{\\"password\\":\\"[redacted]\\",\\"n\\":1}'],
    ["{ 'client_secret': 'abc' }", "{ 'client_secret': '[redacted]' }"],
    ['password: hunter', 'password: [redacted]'],
    ['[password] => hunter', '[password] => [redacted]'],
    ['postgres://bob:pw@db/x', 'postgres://bob:[redacted]@db/x'],
    ['redis://:p@ss@cache:6379', 'redis://:[redacted]@cache:6379'],
    ['mongodb+srv://u:a/b@h/db', 'mongodb+srv://u:[redacted]@h/db'],
    ['https://0123456789abcdef0123@sentry.io/4', 'https://[redacted]@sentry.io/4'],
    ['Authorization: Bearer abc', 'Authorization: Bearer [redacted]'],
    ["'authorization': 'Basic dTpw'", "'authorization': 'Basic [redacted]'"],
    ['got Bearer abcdef123456', 'got Bearer [redacted]'],
    ['curl -u bob:pw https://x', 'curl -u bob:[redacted] https://x'],
    ['mysqldump -uroot -phunter2 db', 'mysqldump -uroot -p[redacted] db'],
    ['tool --password hunter2 --verbose', 'tool --password [redacted] --verbose'],
    ['tool --api-key=abc123', 'tool --api-key=[redacted]'],
    ['Cookie: sid=abc; theme=dark', 'Cookie: [redacted]'],
    ['session=1f2e3d4c5b', 'session=[redacted]'],
    ['x eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln y', 'x [redacted] y'],
    ['key ghp_0123456789abcdefABCD!', 'key [redacted]!'],
    ['LTAI5tABCDEFGHIJKLMN', '[redacted]'],
    ['AKIAIOSFODNN7EXAMPLE', '[redacted]'],
    ['-----BEGIN RSA PRIVATE KEY-----\nMIIE\nabc\n-----END RSA PRIVATE KEY----- end', '[redacted] end'],
    ['/cb?code=abc&x=1', '/cb?code=[redacted]&x=1'],
    ['/cb?blob=0123456789abcdefABCDEF0123', '/cb?blob=[redacted]'],
    ['Server=h;Password=a,b;Port=1', 'Server=h;Password=[redacted];Port=1'],
  ])('%s', (text, expected) => {
    expect(clean(text)).toBe(expected);
  });

  it('sees through colours and invisible characters', () => {
    expect(clean('\u001b[31mpass\u200bword\u001b[0m=hunter2')).toBe('password=[redacted]');
  });
});

describe('clean: values PM2 told us', () => {
  it('removes them in every usual spelling, the longest first', () => {
    const cleaner = knows('p@ss "w/rd"', 'hunter2', 'hunter2-long');
    expect(cleaner.text('a hunter2-long b hunter2x')).toBe('a [redacted] b [redacted]x');
    expect(cleaner.text(`q ${encodeURIComponent('p@ss "w/rd"')} j ${JSON.stringify('p@ss "w/rd"')}`)).toBe(
      'q [redacted] j "[redacted]"',
    );
  });

  it.each(['bob', 'bo', 'b', ''])('removes them from base64 behind %j', (user) => {
    const encoded = Buffer.from(`${user}:swordfish-and-more`).toString('base64');
    const out = knows('swordfish-and-more').text(`sent ${encoded}.`);
    expect(out).toContain('[redacted]');
    expect(Buffer.from(out.replace(/^sent /, ''), 'base64').toString('latin1')).not.toContain('swordfish');
  });

  it('ignores short values and keeps longer numbers whole', () => {
    const cleaner = knows('abc', '123456');
    expect(cleaner.text('abc total-vm:91234567kB 123456')).toBe('abc total-vm:91234567kB [redacted]');
  });

  it('removes each line of a key', () => {
    expect(knows('first-line-of-the-key\nsecond-line-of-key').text('x second-line-of-key')).toBe(
      'x [redacted]',
    );
  });

  it('never keeps half of one at the end of a long text', () => {
    const secret = 'S3cretValue'.repeat(20);
    const cleaner = knows(secret);
    // Wherever the looked-at part ends, it must not end inside the secret and show its first half.
    for (let fill = 16_000; fill < 18_000; fill += 50) {
      const out = cleaner.text(`password=${'x'.repeat(fill)} ${secret}${'y'.repeat(100_000)}`, 100);
      expect(out).not.toContain('S3cret');
    }
  });
});

describe('clean: shape of the result', () => {
  it('strips what could steer a terminal or a page', () => {
    expect(clean('a\u001b]0;title\u0007b\u009b31mc\u202ed\u2028e\ue003f\ud800g\r\nh\ti\u0000j')).toBe(
      'abcd ef\ufffdg h ij',
    );
    expect(clean('\u001b]0;no end: evidence')).toBe('0;no end: evidence');
  });

  it('caps on a whole character and marks the cut', () => {
    expect(clean('ab😀cd', 4)).toBe('ab…');
    expect(clean('abcd', 4)).toBe('abcd');
    expect(ownWords('x')).toBe('x');
  });

  const piece = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 30 }),
    fc.constantFrom(
      'password=',
      'token: ',
      '"secret":"',
      '://u:',
      '@',
      'Bearer ',
      'Authorization: ',
      '-----BEGIN X-----',
      'eyJabcdefghijk.',
      '[redacted]',
      '…',
      ' -u a:b',
      '\u001b[',
      '?key=',
      '&',
      ';',
      'Cookie: a=b;',
      "'",
      '\\"',
      ' --token ',
      'mysql -p',
      '\n',
    ),
  );
  const texts = fc.array(piece, { maxLength: 12 }).map((parts) => parts.join(''));

  it('is idempotent', () => {
    fc.assert(
      fc.property(texts, fc.integer({ min: 1, max: 200 }), (text, maxChars) => {
        const cleaner = knows('swordfish');
        const out = cleaner.text(text, maxChars);
        expect(cleaner.text(out, maxChars)).toBe(out);
        expect(out.length).toBeLessThanOrEqual(maxChars);
      }),
      { numRuns: 2000 },
    );
  });

  it('never lets a known value or a control character through', () => {
    const secret = fc
      .string({ unit: 'grapheme-ascii', minLength: 8, maxLength: 40 })
      .filter((s) => !/redacted/.test(s) && s.trim() === s && !/^\d+$/.test(s));
    fc.assert(
      fc.property(texts, secret, texts, (before, value, after) => {
        const out = knows(value).text(before + value + after, 100_000);
        expect(out).not.toContain(value);
        expect(out).not.toMatch(
          /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069\ue000-\ue00f]/,
        );
        expect(out).not.toMatch(/\p{Surrogate}/u);
      }),
      { numRuns: 2000 },
    );
  });

  it.each([
    'a',
    'password',
    'password=',
    '://',
    'eyJ',
    '-----BEGIN A-----',
    '\u001b]',
    'a=b;',
    'cookie: a',
    '\\',
    '"token":"',
    ' -p',
    'key',
    '?a=',
    'bearer ',
  ])(
    'stays linear on 50 MB of %j',
    (unit) => {
      const text = unit.repeat(Math.ceil((50 * 1024 * 1024) / unit.length));
      expect(clean(text).length).toBeLessThanOrEqual(2000);
      expect(clean(text.slice(0, 400_000), 200_000).length).toBeLessThanOrEqual(200_000);
    },
    20_000,
  );
});
