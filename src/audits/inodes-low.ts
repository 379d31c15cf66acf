import { disksThatMatter } from '../derive/hosting/disk-of-path.ts';
import { shellQuote } from '../derive/printed/shell-quote.ts';
import { defineAudit } from '../model/audit.ts';

type Args = { readonly mount: string; readonly usedRatio: number; readonly freeBytes: number };

/** A disk with room for bytes, but hardly for new files. */
export default defineAudit<Args, 'disks', never, 'watch' | 'warn'>({
  id: 'inodes-low',
  topic: 'storage',
  needs: ['disks'],
  limits: {
    watch: { value: 0.8, unit: 'ratio', source: 'as for bytes, disk-filling' },
    warn: { value: 0.9, unit: 'ratio', source: 'as for bytes, disk-filling' },
  },
  references: ['statfs(2): f_files and f_ffree', 'inode(7)'],
  words: {
    en: {
      title: 'A disk runs out of inodes',
      why: 'Each file needs an inode, and many file systems have a fixed number. Without a free one no file can be made, though df shows free space; the error is the same: no space left on device.',
      found: (args, fmt) => `${fmt.code(args.mount)} has used ${fmt.ratio(args.usedRatio)} of its inodes`,
      effect: (args, fmt) =>
        `New files fail when they are used up, while ${fmt.bytes(args.freeBytes)} are still free. Session files, caches and mail queues are the usual reason.`,
      fix: (args, fmt) => ({
        title: `Find the folder with too many files on ${fmt.code(args.mount)}`,
        steps: ['Remove what is not needed, and bound what makes the files.'],
        expected: 'Less than 80 % of the inodes are used.',
        verify: `${fmt.code(`df -i ${args.mount}`)} shows it.`,
        undo: 'Not needed for looking; what is deleted is gone.',
        minutes: 20,
      }),
    },
    'zh-CN': {
      title: 'inode 即将用完',
      why: '每个文件占用一个 inode，很多文件系统的 inode 总数是固定的。用完之后即使 df 显示还有空间，也无法新建文件，报错同样是 no space left on device。',
      found: (args, fmt) => `${fmt.code(args.mount)} 的 inode 已用 ${fmt.ratio(args.usedRatio)}`,
      effect: (args, fmt) =>
        `用完之后无法新建文件，尽管还有 ${fmt.bytes(args.freeBytes)} 空间。常见原因是会话文件、缓存和邮件队列。`,
      fix: (args, fmt) => ({
        title: `找出 ${fmt.code(args.mount)} 上文件过多的目录`,
        steps: ['删除不需要的文件，并限制产生它们的程序。'],
        expected: 'inode 使用率低于 80 %。',
        verify: `${fmt.code(`df -i ${args.mount}`)} 可以看到。`,
        undo: '查看无需回退；删除的内容无法恢复。',
        minutes: 20,
      }),
    },
  },
  check({ disks }, { limits }) {
    return disksThatMatter(disks).flatMap((disk) => {
      if (disk.freeInodesRatio === null) return [];
      const usedRatio = 1 - disk.freeInodesRatio;
      if (usedRatio < limits.watch) return [];
      return [
        {
          subject: { kind: 'path', path: disk.mount },
          priority: usedRatio >= limits.warn ? 'P1' : 'P2',
          confidence: 'certain',
          args: { mount: disk.mount, usedRatio, freeBytes: disk.freeBytes },
          because: [{ source: disk.mount, at: null, text: disk.device }],
          fix: {
            kind: 'command',
            asRoot: true,
            user: null,
            run: [
              `du -x --inodes --max-depth=4 ${shellQuote(disk.mount)} 2>/dev/null | sort -n | tail -n 25`,
            ],
            undo: [],
          },
        },
      ];
    });
  },
});
