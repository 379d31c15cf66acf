import { describe, expect, it } from 'vitest';
import { isContainer, placeEn, placeOf, placeZh } from '../../../src/derive/kills/cgroup-place.ts';

const id = '3f2a9c11d0e4b5a6978812345678901234567890abcdefabcdefabcdefabcdef';
const plain = (text: string) => text;

describe('the place a cgroup path names', () => {
  it.each([
    [`/docker/${id}`, 'the docker container 3f2a9c11d0e4', 'docker 容器 3f2a9c11d0e4'],
    [`/system.slice/docker-${id}.scope`, 'the docker container 3f2a9c11d0e4', 'docker 容器 3f2a9c11d0e4'],
    [
      `/machine.slice/libpod-${id}.scope/container`,
      'the podman container 3f2a9c11d0e4',
      'podman 容器 3f2a9c11d0e4',
    ],
    [
      `/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod12.slice/cri-containerd-${id}.scope`,
      'the container 3f2a9c11d0e4 of a Kubernetes pod',
      'Kubernetes pod 中的容器 3f2a9c11d0e4',
    ],
    [
      `/kubepods/burstable/pod1b2c/${id}`,
      'the container 3f2a9c11d0e4 of a Kubernetes pod',
      'Kubernetes pod 中的容器 3f2a9c11d0e4',
    ],
    ['/lxc.payload.shop/system.slice/cron.service', 'the lxc container shop', 'lxc 容器 shop'],
    ['/machine.slice/machine-build.scope', 'the nspawn container build', 'nspawn 容器 build'],
    [
      '/user.slice/user-1000.slice/session-412.scope',
      'session-412.scope of user 1000',
      '用户 1000 的 session-412.scope',
    ],
    [
      '/user.slice/user-1000.slice/user@1000.service/app.slice/vscode.service',
      'vscode.service of user 1000',
      '用户 1000 的 vscode.service',
    ],
    ['/system.slice/mysql.service', 'mysql.service', 'mysql.service'],
    ['/jobs/nightly', 'nightly', 'nightly'],
    ['/', '/', '/'],
  ])('%s', (path, en, zh) => {
    expect(placeEn(path, plain)).toBe(en);
    // It follows a Han character: `它运行在 docker 容器 …`, `它运行在用户 1000 的 …`.
    expect(placeZh(path, plain)).toBe(zh.startsWith('用') ? zh : ` ${zh}`);
  });

  it('knows a container from a unit that is only called like one', () => {
    expect(isContainer(`/docker/${id}`)).toBe(true);
    expect(isContainer('/system.slice/docker.service')).toBe(false);
    expect(placeOf('/system.slice/docker.service').kind).toBe('unit');
  });
});
