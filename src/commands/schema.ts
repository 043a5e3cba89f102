// qbuild schema [KIND]
import * as Args from '@oclif/core/args';
import { QbuildCommand } from '../qbuild-command.ts';

export default class Schema extends QbuildCommand {
  static override summary =
    'Print the JSON Schema of a manifest kind, or of all, for editors and other tools';

  static override args = {
    kind: Args.string({ description: 'kind of manifest, e.g. product; all when absent' }),
  };

  async run(): Promise<void> {
    const { args } = await this.parse(Schema);
    const { jsonSchemas } = await import('../manifest/kinds.ts');
    const { fail, ok } = await import('../base/failure.ts');
    const schemas: Readonly<Record<string, object>> = jsonSchemas();
    if (args.kind === undefined) return this.log(JSON.stringify(schemas, null, 2));
    const schema = Object.hasOwn(schemas, args.kind) ? schemas[args.kind] : undefined;
    const found =
      schema === undefined
        ? fail({
            code: 'usage/unknown-kind',
            message: `There is no manifest kind ${args.kind}.`,
            next: `Kinds: ${Object.keys(schemas).join(', ')}.`,
          })
        : ok(schema);
    this.log(JSON.stringify(this.unwrap(found), null, 2));
  }
}
