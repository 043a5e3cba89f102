// A client of an RPM repository: the real dnf with directories and a database of its own.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { scratch } from '../../source/fixture/scratch.ts';

export class DnfClient {
  readonly dir = scratch();
  /** Where packages are installed. */
  readonly root = join(this.dir, 'root');

  /** `description`: content of a `.repo` file. */
  constructor(description: string) {
    for (const sub of ['root', 'repos', 'log', 'cache', 'persist']) mkdirSync(join(this.dir, sub));
    writeFileSync(join(this.dir, 'repos/repository.repo'), description);
    writeFileSync(join(this.dir, 'dnf.conf'), '[main]\n');
  }

  install(...names: string[]): { readonly exitCode: number | null; readonly output: string } {
    const options = {
      reposdir: join(this.dir, 'repos'),
      cachedir: join(this.dir, 'cache'),
      logdir: join(this.dir, 'log'),
      persistdir: join(this.dir, 'persist'),
      pluginpath: '/nonexistent',
      metadata_expire: '0',
    };
    const set = Object.entries(options).map(([name, value]) => `--setopt=${name}=${value}`);
    const where = ['--config', join(this.dir, 'dnf.conf'), '--installroot', this.root, '--releasever', '1'];
    const args = ['--assumeyes', ...where, ...set, 'install', ...names];
    const env = { PATH: process.env.PATH, LC_ALL: 'C.UTF-8', HOME: this.dir };
    const { status, stdout, stderr } = spawnSync('dnf', args, { encoding: 'utf8', env });
    return { exitCode: status, output: `${stdout}${stderr}` };
  }

  has(path: string): boolean {
    return existsSync(join(this.root, path));
  }
}
