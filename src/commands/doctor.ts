// qbuild doctor
import * as Flags from '@oclif/core/flags';
import { QbuildCommand } from '../qbuild-command.ts';

export default class Doctor extends QbuildCommand {
  static override summary = 'Check that this machine has what qbuild needs';

  static override flags = {
    'install-host-tools': Flags.boolean({ description: 'install what is missing (Debian and derivatives)' }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(Doctor);
    const { examineHost, hostFailure, installHostTools } = await import('../host/doctor.ts');
    const { fail, ok } = await import('../base/failure.ts');
    if (flags['install-host-tools'])
      this.unwrap(await installHostTools((message) => this.logToStderr(message)));
    const findings = examineHost('test');
    for (const { requirement, present } of findings) {
      const { name, why, only } = requirement;
      const [absent, purpose] =
        only === undefined ? ['MISSING', ''] : ['absent ', ` (\`qbuild ${only}\` only)`];
      this.log(`${present ? 'ok     ' : absent}  ${name}: ${why}${purpose}`);
    }
    const failure = hostFailure(findings.filter(({ requirement }) => requirement.only === undefined));
    this.unwrap(failure === undefined ? ok() : fail(failure));
  }
}
