// QEMU's arguments of machines.
import { describe, expect, test } from 'vitest';
import { type Drive, machineArguments } from '../../src/machine/arguments.ts';

const image = (path: string, discards = true) => ({ kind: 'image', path, format: 'raw', discards }) as const;

function argumentsWith(drives: readonly Drive[]): string {
  return machineArguments({ accelerator: 'tcg', firmware: undefined, memoryMiB: 64, drives }).join(' ');
}

describe('the arguments of a machine', () => {
  test('have its drives in the order in which the firmware tries them', () => {
    const text = argumentsWith([
      { bus: 'cd', source: image('/m.iso') },
      { bus: 'virtio', source: image('/d.img', false) },
      { bus: 'usb', source: image('/u.img') },
    ]);
    expect(text).toContain(
      '-drive if=none,id=drive0,format=raw,file=/m.iso,readonly=on -device ide-cd,bus=ide.0,drive=drive0,bootindex=1 ' +
        '-drive if=none,id=drive1,format=raw,file=/d.img,cache=unsafe -device virtio-blk-pci,drive=drive1,bootindex=2 ' +
        '-drive if=none,id=drive2,format=raw,file=/u.img,snapshot=on -device usb-storage,drive=drive2,bootindex=3',
    );
    expect(text).toContain('-device qemu-xhci ');
  });

  test('take no part of a path for an option', () => {
    expect(argumentsWith([{ bus: 'sata', source: image('/a,snapshot=off') }])).toContain(
      'file=/a,,snapshot=off,snapshot=on',
    );
  });

  test('show a directory as a disk that the machine cannot write', () => {
    const source = { kind: 'directory', path: '/answers', label: 'ANSWERS' } as const;
    expect(argumentsWith([{ bus: 'virtio', source }])).toContain(
      'format=raw,readonly=on,file.driver=vvfat,file.dir=/answers,file.label=ANSWERS',
    );
  });

  test('protect the variables of a firmware that trusts only its keys', () => {
    const firmware = { code: '/code', variables: '/variables', secure: true };
    const text = machineArguments({ accelerator: 'kvm', firmware, memoryMiB: 64, drives: [] }).join(' ');
    expect(text).toContain('-machine q35,accel=kvm,smm=on -cpu host ');
    expect(text).toContain('-global driver=cfi.pflash01,property=secure,value=on -drive if=pflash,');
  });

  test('let the time of an emulated machine depend on what it has done, and of no other', () => {
    expect(argumentsWith([])).toContain('-icount shift=2 ');
    const real = { accelerator: 'kvm', firmware: undefined, memoryMiB: 64, drives: [] } as const;
    expect(machineArguments(real)).not.toContain('-icount');
    const firmware = { code: '/code', variables: '/variables', secure: true };
    expect(machineArguments({ ...real, accelerator: 'tcg', firmware })).not.toContain('-icount');
  });

  // Without SVM QEMU's highest leaf would be lower, and Linux not know how wide its addresses are.
  test('let an emulated processor say how wide addresses are', () => {
    expect(argumentsWith([])).toMatch(/ -cpu max,(?=\S*-svm)\S*xlevel=0x80000008,/);
  });

  test('give no machine a network', () => {
    expect(argumentsWith([])).toContain('-nic none');
  });
});
