import { describe, expect, it } from 'vitest';
import type { AppTree } from '../../../src/derive/apps/process-tree.ts';
import { type WorkerKind, workerKind, workerKinds } from '../../../src/derive/apps/worker-kind.ts';
import { workerStepsEn, workerStepsZh } from '../../../src/derive/apps/worker-words.ts';
import type { App } from '../../../src/model/pm2.ts';
import { app, c, process } from '../../factories.ts';
import { plainFmt } from '../../plain-fmt.ts';

const tree = (of: App, main: string, children: readonly string[]): AppTree => {
  const own = process(1000, 900, { comm: c(main) });
  const members = [own, ...children.map((comm, n) => process(1001 + n, 1000, { comm: c(comm) }))];
  return {
    app: of,
    main: own,
    members,
    orphans: [],
    rssBytes: 0,
    pssBytes: 0,
    swapBytes: 0,
    cpuPercent: 0,
    openFiles: 0,
  };
};
const web = (interpreter: string, script: string) =>
  app('web', 0, { interpreter: c(interpreter), scriptPath: c(script) });

describe('what the children of an app are', () => {
  it.each<[WorkerKind, App, string, readonly string[]]>([
    ['gunicorn', web('none', '/srv/venv/bin/gunicorn'), 'gunicorn', ['gunicorn', 'gunicorn']],
    ['gunicorn', web('bash', '/srv/start.sh'), 'bash', ['gunicorn']],
    ['uvicorn', web('/usr/bin/python3', '/srv/venv/bin/uvicorn'), 'uvicorn', ['python3']],
    ['celery', web('none', '/srv/venv/bin/celery'), 'celery', ['celery']],
    ['php-fpm', web('none', '/usr/sbin/php-fpm8.2'), 'php-fpm8.2', ['php-fpm8.2']],
    ['puma', web('ruby', '/srv/app/bin/puma'), 'ruby', ['ruby']],
    ['sidekiq', web('none', '/usr/bin/bundle'), 'sidekiqswarm', ['sidekiq 7.2.0 a']],
    ['wrapper', web('none', '/usr/bin/npm'), 'npm run start', ['sh', 'node']],
    ['wrapper', web('node', '/usr/lib/node_modules/npm/bin/npm-cli.js'), 'npm start', ['node']],
    ['wrapper', web('bash', '/srv/start.sh'), 'bash', ['node']],
    ['node', web('node', '/srv/app/server.js'), 'node /srv/app/s', ['node', 'node']],
    ['browser', web('node', '/srv/shots/index.js'), 'node /srv/shots', ['chrome', 'chrome']],
    ['python', web('/usr/bin/python3', '/srv/jobs/main.py'), 'python3', ['python3']],
    ['other', web('none', '/srv/bin/relay'), 'relay', ['relay']],
  ])('%s', (kind, of, main, children) => expect(workerKind(of, tree(of, main, children))).toBe(kind));

  it('is read from a killed child and the app’s log where nothing else is left', () => {
    const of = web('none', '/srv/run');
    expect(workerKind(of, null, ['python3', '[ERROR] Worker (pid:101877) was sent SIGKILL!'])).toBe(
      'gunicorn',
    );
    expect(workerKind(null, null, ['python3'])).toBe('other');
  });
});

describe('steps against children that grow', () => {
  it('name the tool at hand and no other', () => {
    const steps = workerStepsEn(['node'], plainFmt).join(' ');
    expect(steps).toContain('child_process.fork()');
    expect(steps).not.toMatch(/gunicorn|celery/);
    expect(workerStepsEn(['wrapper'], plainFmt).join(' ')).toContain('script');
  });

  it('fall back to general advice only where nothing is known, and say each kind in both languages', () => {
    expect(workerStepsEn(['other', 'gunicorn'], plainFmt)).toHaveLength(1);
    expect(workerStepsEn([], plainFmt)).toEqual(workerStepsEn(['other'], plainFmt));
    for (const kind of workerKinds) {
      expect(workerStepsEn([kind], plainFmt)[0]).toMatch(/\.$/);
      expect(workerStepsZh([kind], plainFmt)[0]).toMatch(/\p{Script=Han}.*。$/u);
    }
  });
});
