// A client of an apt repository: the real apt with directories of its own, which trusts what a `.sources` file says.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { scratch } from '../../source/fixture/scratch.ts';

export interface Said {
  readonly exitCode: number | null;
  readonly output: string;
}

export class AptClient {
  readonly dir = scratch();
  /** Where packages are installed. */
  readonly root = join(this.dir, 'root');
  readonly #config = join(this.dir, 'apt.conf');

  /** `sources`: content of a deb822 file. */
  constructor(sources: string) {
    for (const sub of [
      'etc/preferences.d',
      'state/lists/partial',
      'cache/archives/partial',
      'log',
      'root/var/lib/dpkg/info',
    ]) {
      mkdirSync(join(this.dir, sub), { recursive: true });
    }
    for (const file of ['status', 'available']) writeFileSync(join(this.root, 'var/lib/dpkg', file), '');
    mkdirSync(join(this.root, 'var/lib/dpkg/updates'));
    writeFileSync(join(this.dir, 'etc/repository.sources'), sources);
    const settings = {
      Dir: this.dir,
      'Dir::Etc': join(this.dir, 'etc'),
      'Dir::Etc::main': '/dev/null',
      'Dir::Etc::parts': '/dev/null',
      'Dir::Etc::sourcelist': join(this.dir, 'etc/repository.sources'),
      'Dir::Etc::sourceparts': '/dev/null',
      'Dir::Etc::trusted': '/dev/null',
      'Dir::Etc::trustedparts': '/dev/null',
      'Dir::State': join(this.dir, 'state'),
      'Dir::State::status': join(this.root, 'var/lib/dpkg/status'),
      'Dir::Cache': join(this.dir, 'cache'),
      'Dir::Log': join(this.dir, 'log'),
      'APT::Architecture': 'amd64',
      'APT::Architectures': 'amd64',
      'APT::Sandbox::User': 'root',
      'APT::Update::Error-Mode': 'any',
      'Acquire::Languages': 'none',
    };
    const lines = Object.entries(settings).map(([name, value]) => `${name} "${value}";\n`);
    const dpkg = [
      `--root=${this.root}`,
      '--force-not-root',
      '--force-unsafe-io',
      `--log=${this.dir}/dpkg.log`,
    ];
    lines.push(...dpkg.map((option) => `Dpkg::Options:: "${option}";\n`));
    writeFileSync(this.#config, lines.join(''));
  }

  #run(tool: string, args: readonly string[]): Said {
    const env = { PATH: `${process.env.PATH}:/usr/sbin:/sbin`, LC_ALL: 'C.UTF-8', APT_CONFIG: this.#config };
    const { status, stdout, stderr } = spawnSync(tool, args, { encoding: 'utf8', env });
    return { exitCode: status, output: `${stdout}${stderr}` };
  }

  update(...options: string[]): Said {
    return this.#run('apt-get', ['update', ...options]);
  }

  install(...names: string[]): Said {
    return this.#run('apt-get', ['install', '--yes', '--no-install-recommends', ...names]);
  }

  source(name: string): Said {
    const args = ['source', '--download-only', name];
    const env = { PATH: process.env.PATH, LC_ALL: 'C.UTF-8', APT_CONFIG: this.#config };
    const { status, stdout, stderr } = spawnSync('apt-get', args, { encoding: 'utf8', env, cwd: this.dir });
    return { exitCode: status, output: `${stdout}${stderr}` };
  }

  /** The version of an installed package of `makeDeb`. */
  installed(name: string): string {
    return readFileSync(join(this.root, 'usr/share', name, 'version'), 'utf8').trim();
  }
}
