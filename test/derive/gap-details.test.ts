import { describe, expect, it } from 'vitest';
import { attemptText, gapDetail, gapSubject } from '../../src/derive/gap-details.ts';

describe('what an attempt failed with', () => {
  it('is English as gathered, with brackets of the language', () => {
    expect(attemptText('en', 'journalctl -k', 'no journal is kept')).toBe(
      'journalctl -k (no journal is kept)',
    );
    expect(attemptText('zh-CN', 'journalctl -k', 'no journal is kept')).toBe(
      'journalctl -k（没有保存 journal）',
    );
    expect(attemptText('zh-CN', 'kernel log', '')).toBe('内核日志');
  });

  it.each([
    ['not read after 1500 ms', '1500 ms 内未读完'],
    ['3 of 9 records are not those of an app', '9 条记录中有 3 条不是应用的记录'],
    ['read until the time was up: 12 bytes, 3 lines of PM2', '读到时间用完：12 字节，PM2 日志 3 行'],
  ])('of our own words is Chinese: %s', (detail, words) => {
    expect(gapDetail('zh-CN', detail)).toBe(words);
  });

  it.each(['ENOENT', 'dmesg: read kernel buffer failed: Operation not permitted', 'no journal is kept here'])(
    'of the machine stays as it came: %s',
    (detail) => expect(gapDetail('zh-CN', detail)).toBe(detail),
  );

  it('names a part that is not seen', () => {
    expect(gapSubject('zh-CN', 'PSS of 4 processes')).toBe('4 个进程的 PSS');
    expect(gapSubject('zh-CN', '/root/.pm2')).toBe('/root/.pm2');
    expect(gapSubject('en', 'PSS of 4 processes')).toBe('PSS of 4 processes');
  });
});
