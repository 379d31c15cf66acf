import type { Fmt } from '../../model/audit.ts';
import { type WorkerKind, workerKinds } from './worker-kind.ts';

/**
 * Steps that bound the children of an app, in English: one a kind, in a fixed order. The command line is no evidence, so
 * they name the option to add, never the whole line.
 */
export function workerStepsEn(kinds: readonly WorkerKind[], fmt: Fmt): readonly string[] {
  const { code } = fmt;
  const steps: { readonly [K in WorkerKind]: string } = {
    wrapper: `Let ${code('script')} name the program itself, not npm, yarn or a shell; in a start script of your own, put ${code('exec')} in front of the program. PM2 then measures the program, and ${code('max_memory_restart')} works.`,
    gunicorn: `gunicorn: fewer workers (${code('--workers')}), each renewed after some requests: add ${code('--max-requests 1000 --max-requests-jitter 100')}.`,
    uvicorn: `uvicorn: fewer workers (${code('--workers')}), each renewed after some requests: add ${code('--limit-max-requests 1000')}.`,
    celery: `celery: fewer workers (${code('--concurrency')}), each renewed when it has grown: add ${code('--max-memory-per-child')}, in kB.`,
    'php-fpm': `php-fpm: lower ${code('pm.max_children')} and set ${code('pm.max_requests = 500')} in the pool’s file.`,
    sidekiq: `sidekiq: lower ${code('concurrency')}, and set ${code('MALLOC_ARENA_MAX=2')} in its environment.`,
    puma: `puma: fewer ${code('workers')} in config/puma.rb, with ${code('preload_app!')}, so that they share memory.`,
    browser: 'The children are browsers: open fewer at once, and close each page and browser after its job.',
    node: `Start fewer children, and give each a heap limit: ${code("execArgv: ['--max-old-space-size=…']")} in ${code('child_process.fork()')} or ${code('cluster.setupPrimary()')}. Or let PM2 start them, with ${code("exec_mode: 'cluster'")} and ${code('instances')}: it then measures each one.`,
    python: `Start fewer processes, and renew each after some tasks: ${code('maxtasksperchild')} of ${code('multiprocessing.Pool')}, or ${code('max_tasks_per_child')} of ${code('ProcessPoolExecutor')}.`,
    other:
      'Start fewer children, or renew each after some jobs, with the setting of the tool that starts them.',
  };
  return chosen(kinds).map((kind) => steps[kind]);
}

/** The same in Chinese. */
export function workerStepsZh(kinds: readonly WorkerKind[], fmt: Fmt): readonly string[] {
  const { code } = fmt;
  const steps: { readonly [K in WorkerKind]: string } = {
    wrapper: `让 ${code('script')} 直接指向程序本身，不经过 npm、yarn 或 shell；若使用自己的启动脚本，在程序前加上 ${code('exec')}。这样 PM2 统计的就是程序本身，${code('max_memory_restart')} 随之生效。`,
    gunicorn: `gunicorn：减少工作进程（${code('--workers')}），并加上 ${code('--max-requests 1000 --max-requests-jitter 100')}，处理一定数量的请求后自动更换。`,
    uvicorn: `uvicorn：减少工作进程（${code('--workers')}），并加上 ${code('--limit-max-requests 1000')}，处理一定数量的请求后自动更换。`,
    celery: `celery：减少工作进程（${code('--concurrency')}），并加上 ${code('--max-memory-per-child')}（单位 kB），占用超过后自动更换。`,
    'php-fpm': `php-fpm：在进程池配置中调低 ${code('pm.max_children')}，并设置 ${code('pm.max_requests = 500')}。`,
    sidekiq: `sidekiq：调低 ${code('concurrency')}，并在环境变量中设置 ${code('MALLOC_ARENA_MAX=2')}。`,
    puma: `puma：在 config/puma.rb 中减少 ${code('workers')}，并启用 ${code('preload_app!')}，让工作进程共享内存。`,
    browser: '子进程是浏览器：减少同时打开的数量，任务结束后及时关闭页面和浏览器。',
    node: `减少子进程，并为每个子进程设置堆上限：在 ${code('child_process.fork()')} 或 ${code('cluster.setupPrimary()')} 中加上 ${code("execArgv: ['--max-old-space-size=…']")}。也可以改由 PM2 启动（${code("exec_mode: 'cluster'")} 加 ${code('instances')}），这样每个进程都会被单独统计。`,
    python: `减少子进程，并在完成一定数量的任务后更换：${code('multiprocessing.Pool')} 的 ${code('maxtasksperchild')}，或 ${code('ProcessPoolExecutor')} 的 ${code('max_tasks_per_child')}。`,
    other: '减少子进程，或让每个子进程完成一定数量的任务后更换，具体设置取决于启动它们的工具。',
  };
  return chosen(kinds).map((kind) => steps[kind]);
}

/** True where all that is wrong is how the apps are started. */
export function isWrapped(kinds: readonly WorkerKind[]): boolean {
  return kinds.length > 0 && kinds.every((kind) => kind === 'wrapper');
}

/** Each kind once; the general advice only where nothing better is known. */
function chosen(kinds: readonly WorkerKind[]): readonly WorkerKind[] {
  const known = workerKinds.filter((kind) => kind !== 'other' && kinds.includes(kind));
  return known.length > 0 ? known : ['other'];
}
