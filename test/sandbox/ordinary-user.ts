// An ordinary user for tests that run as root: made with its own subordinate ids, and removed with its home.
import { type ChildProcess, execFileSync, type SpawnOptions, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const PROJECT = fileURLToPath(new URL('../..', import.meta.url));

/** Only root can make users; others are ordinary already. */
export const canMakeUsers = process.getuid?.() === 0;

export class OrdinaryUser {
  readonly name = `qbuild-${randomBytes(4).toString('hex')}`;
  /** A directory that everybody can read, for what the user needs of this checkout. */
  readonly dir = mkdtempSync(join(tmpdir(), 'qbuild-user-'));
  readonly home = join(this.dir, 'home');
  /** Its copy of this Node: the checkout may be where only root looks. */
  readonly node = join(this.dir, 'node');

  constructor() {
    chmodSync(this.dir, 0o755);
    execFileSync('useradd', ['--create-home', '--home-dir', this.home, '--shell', '/bin/bash', this.name]);
    if (!readFileSync('/etc/subuid', 'utf8').includes(`${this.name}:`)) {
      throw new Error('useradd gave the user no subordinate ids');
    }
    cpSync(process.execPath, this.node);
  }

  /** Copies files or directories of this checkout, at their places below `dir`. */
  copyProject(...paths: readonly string[]): this {
    for (const path of paths) {
      mkdirSync(join(this.dir, path, '..'), { recursive: true });
      cpSync(realpathSync(join(PROJECT, path)), join(this.dir, path), { recursive: true });
      execFileSync('chmod', ['-R', 'a+rX', join(this.dir, path)]);
    }
    return this;
  }

  /** Gives the user what root has below a directory; what belongs to subordinate ids keeps its owner. */
  own(path: string): void {
    execFileSync('chown', ['-R', '--from=root:root', `${this.name}:`, path]);
  }

  spawn(command: readonly string[], options: SpawnOptions = {}): ChildProcess {
    const identity = [`--reuid=${this.name}`, `--regid=${this.name}`, '--init-groups'];
    return spawn('setpriv', [...identity, '--', ...command], { cwd: this.home, ...options });
  }

  remove(): void {
    // Its layers belong to its subordinate ids: root may delete them, whoever owns them.
    rmSync(this.dir, { recursive: true, force: true });
    execFileSync('userdel', [this.name], { stdio: 'ignore' });
  }
}
