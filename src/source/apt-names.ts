// The failure for a package name that the archive does not have, with the name that was probably meant.
import type { Failure } from '../base/failure.ts';
import { nearestName } from '../manifest/names.ts';
import type { PrivateApt } from './apt-private.ts';

export async function unknownPackage(
  apt: PrivateApt,
  name: string,
  stdout: string,
  root: string,
  distribution: string,
): Promise<Failure> {
  const provided = /is a virtual package provided by:\n((?: .*\n)+)/.exec(stdout)?.[1];
  if (provided !== undefined) {
    const providers = [...provided.matchAll(/^ +(\S+)/gm)].map((match) => match[1]);
    return {
      code: 'source/unknown-package',
      message: `The package ${name} is virtual: several packages provide it.`,
      place: `root ${root} of ${distribution}`,
      next: `Name one of them instead: ${providers.join(', ')}.`,
    };
  }
  const listed = await apt.run('apt-cache', ['pkgnames']);
  const names = listed.ok ? listed.value.stdout.toString('utf8').split('\n').filter(Boolean) : [];
  const near = nearestName(name, names);
  return {
    code: 'source/unknown-package',
    message: `The archive has no package ${name}.`,
    place: `root ${root} of ${distribution}`,
    next: near === undefined ? 'Correct the name, or add an archive that has it.' : `Did you mean ${near}?`,
  };
}
