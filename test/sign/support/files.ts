// Real files to sign: programs and a library by mingw-w64, a 32-bit program, and installer databases by wixl.
import { createHash } from 'node:crypto';
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from './run.ts';

export interface SignableFiles {
  readonly exe: string;
  /** With debugging sections and a symbol table, at an odd size. */
  readonly debugExe: string;
  readonly dll: string;
  /** PE32, all others are PE32+. */
  readonly exe32: string;
  readonly msi: string;
  /** Big enough that its allocation table does not fit into the header. */
  readonly bigMsi: string;
}

/** A directory that is removed when the test file is done. */
export async function scratchDir(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'qbuild-sign-test-'));
}

export async function removeDir(dir: string): Promise<void> {
  await rm(dir, { recursive: true, force: true });
}

export async function buildSignableFiles(dir: string): Promise<SignableFiles> {
  const at = (name: string): string => join(dir, name);
  await writeFile(at('main.c'), 'int main(void) { return 7; }\n');
  await writeFile(at('lib.c'), '__declspec(dllexport) int answer(void) { return 42; }\n');
  await writeFile(at('start.s'), '.globl _start\n_start: xor %eax, %eax\n ret\n');
  const gcc = (args: string[]): Promise<string> =>
    run('x86_64-w64-mingw32-gcc', ['-Wl,--no-insert-timestamp', ...args], { cwd: dir });
  await gcc(['-s', '-o', 'main.exe', 'main.c']);
  await gcc(['-g', '-o', 'debug.exe', 'main.c']);
  await gcc(['-s', '-shared', '-Wl,--disable-auto-image-base', '-o', 'lib.dll', 'lib.c']);
  await run('x86_64-w64-mingw32-as', ['--32', '-o', 'start.o', 'start.s'], { cwd: dir });
  // The cross linker knows the 32-bit format but has no default script for it.
  await writeFile(at('script.x'), 'SECTIONS { .text __image_base__ + 0x1000 : { *(.text) } }\n');
  const ld = ['-m', 'i386pe', '-T', 'script.x', '-e', '_start', '-o', 'small32.exe', 'start.o'];
  await run('x86_64-w64-mingw32-ld', ld, { cwd: dir });
  return {
    exe: at('main.exe'),
    debugExe: at('debug.exe'),
    dll: at('lib.dll'),
    exe32: at('small32.exe'),
    msi: await buildMsi(dir, 'small', 2_000),
    bigMsi: await buildMsi(dir, 'big', 9_000_000),
  };
}

/** An MSI with one file of `size` bytes that do not compress. */
export async function buildMsi(dir: string, name: string, size: number): Promise<string> {
  await writeFile(join(dir, `${name}.bin`), noise(size));
  await writeFile(
    join(dir, `${name}.wxs`),
    `<?xml version="1.0"?>
<Wix xmlns="http://schemas.microsoft.com/wix/2006/wi">
  <Product Id="11111111-2222-3333-4444-555555555555" UpgradeCode="11111111-2222-3333-4444-555555555556"
           Name="Sample" Language="1033" Version="1.0.0" Manufacturer="Sample">
    <Package Id="11111111-2222-3333-4444-555555555557" InstallerVersion="200" Compressed="yes"/>
    <Media Id="1" Cabinet="a.cab" EmbedCab="yes"/>
    <Directory Id="TARGETDIR" Name="SourceDir"><Directory Id="ProgramFilesFolder"><Directory Id="D" Name="Sample">
      <Component Id="C" Guid="11111111-2222-3333-4444-555555555558"><File Id="F" Source="${name}.bin" KeyPath="yes"/></Component>
    </Directory></Directory></Directory>
    <Feature Id="X" Level="1"><ComponentRef Id="C"/></Feature>
  </Product>
</Wix>
`,
  );
  await run('wixl', ['-o', `${name}.msi`, `${name}.wxs`], { cwd: dir });
  return join(dir, `${name}.msi`);
}

/** Bytes that look random and are the same every time. */
export function noise(size: number): Buffer {
  const blocks: Buffer[] = [];
  for (let i = 0; i * 32 < size; i++) blocks.push(createHash('sha256').update(`block ${i}`).digest());
  return Buffer.concat(blocks).subarray(0, size);
}

/** A copy of a PE file with `overlay` appended, as self-extracting programs have it. */
export async function withOverlay(file: string, to: string, overlay: Uint8Array): Promise<string> {
  await copyFile(file, to);
  await writeFile(to, overlay, { flag: 'a' });
  return to;
}

export async function sha256(file: string): Promise<string> {
  return createHash('sha256')
    .update(await readFile(file))
    .digest('hex');
}
