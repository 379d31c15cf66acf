import type { NoLimit } from './limit-advice.ts';

/** Why no value for `max_memory_restart` is proposed, and what to do instead, in English; one sentence pair a reason. */
export function noLimitEn(reasons: readonly NoLimit[]): readonly string[] {
  const words: { readonly [R in NoLimit]: string } = {
    'in-children':
      'Most of the memory is in child processes, which max_memory_restart does not measure. Bound those.',
    'killed-near':
      'It was killed at about its ordinary size: a limit below that would restart it for nothing. Give its group or host more memory.',
    'no-room': 'There is no room for a limit above what it holds now. Make room first.',
    'use-unknown': 'What it holds now is not known, so no value can be proposed. Look again while it runs.',
    'host-unseen': 'The memory of the host was not seen, so no value can be checked against it.',
  };
  return [...new Set(reasons)].map((reason) => words[reason]);
}

/** The same in Chinese. */
export function noLimitZh(reasons: readonly NoLimit[]): readonly string[] {
  const words: { readonly [R in NoLimit]: string } = {
    'in-children': '内存大部分在子进程中，max_memory_restart 统计不到，应约束这些子进程。',
    'killed-near': '它在接近平时占用时就被强杀：更低的上限只会误重启。请为所在分组或主机增加内存。',
    'no-room': '剩余内存不足以容纳高于当前占用的上限，请先腾出内存。',
    'use-unknown': '当前占用未知，无法给出数值，请在它运行时再看一次。',
    'host-unseen': '看不到主机内存，无法核对任何数值。',
  };
  return [...new Set(reasons)].map((reason) => words[reason]);
}
