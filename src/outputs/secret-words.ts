import type { Locale } from '../model/text.ts';

/** Why a secret could not be read. `place` is the variable, the file or the program's name: never what was found there. */
export type SecretTrouble =
  | { readonly kind: 'no-variable' | 'empty' | 'world-readable'; readonly place: string }
  | { readonly kind: 'no-file'; readonly place: string; readonly reason: string }
  | { readonly kind: 'command-absent' | 'command-noisy'; readonly place: string }
  | { readonly kind: 'command-timeout'; readonly place: string; readonly seconds: number }
  | { readonly kind: 'command-failed'; readonly place: string; readonly exit: string };

/** Node's error code of open(2) in words; others are shown as they are. */
const fileReasons: { readonly [L in Locale]: { readonly [code: string]: string } } = {
  en: {
    ENOENT: 'there is no such file',
    EACCES: 'this user may not read it',
    EISDIR: 'it is a folder',
    ENOTFILE: 'it is not a plain file',
  },
  'zh-CN': {
    ENOENT: '文件不存在',
    EACCES: '当前用户无权读取',
    EISDIR: '它是一个目录',
    ENOTFILE: '它不是普通文件',
  },
};

/** What happened, where, what to do. */
export const secretWords: { readonly [L in Locale]: (trouble: SecretTrouble) => string } = {
  en: (trouble) => {
    const { place } = trouble;
    switch (trouble.kind) {
      case 'no-variable':
        return `The environment variable ${place} is not set in this run. cron and systemd do not read your shell's profile: set it there, or name a file or a command instead.`;
      case 'empty':
        return `${place} is empty: its first line must be the secret.`;
      case 'world-readable':
        return `Every user of this host can read ${place}, so it is not used. Run: chmod 600 ${place}`;
      case 'no-file':
        return `${place} cannot be read: ${fileReasons.en[trouble.reason] ?? trouble.reason}.`;
      case 'command-absent':
        return `The program ${place || '(empty)'} that should print the secret could not be started: is it installed and on the PATH of this run? cron has a short PATH; write it with its whole path.`;
      case 'command-noisy':
        return `The program ${place} printed more than 64 KB; its first line must be the secret.`;
      case 'command-timeout':
        return `The program ${place} that should print the secret did not end within ${trouble.seconds} s. It has no terminal here, so it must not ask for a passphrase.`;
      case 'command-failed':
        return `The program ${place} that should print the secret ended with ${trouble.exit}. Run it by hand as the same user to see what it says.`;
      default:
        return trouble satisfies never;
    }
  },
  'zh-CN': (trouble) => {
    const { place } = trouble;
    switch (trouble.kind) {
      case 'no-variable':
        return `本次运行中没有环境变量 ${place}。cron 和 systemd 不会读取 shell 的配置文件：请在那里设置，或者改用文件或命令。`;
      case 'empty':
        return `${place} 是空的：第一行应当是密钥本身。`;
      case 'world-readable':
        return `本机所有用户都能读取 ${place}，因此没有使用它。请执行：chmod 600 ${place}`;
      case 'no-file':
        return `无法读取 ${place}：${fileReasons['zh-CN'][trouble.reason] ?? trouble.reason}。`;
      case 'command-absent':
        return `无法启动用来输出密钥的程序 ${place || '（空）'}：是否已安装，是否在本次运行的 PATH 中？cron 的 PATH 很短，请写完整路径。`;
      case 'command-noisy':
        return `程序 ${place} 的输出超过 64 KB；它的第一行应当是密钥。`;
      case 'command-timeout':
        return `用来输出密钥的程序 ${place} 在 ${trouble.seconds} 秒内没有结束。这里没有终端，它不能要求输入口令。`;
      case 'command-failed':
        return `用来输出密钥的程序 ${place} 以 ${trouble.exit} 结束。请以同一用户手工执行它，查看具体原因。`;
      default:
        return trouble satisfies never;
    }
  },
};
