// qbuild product show NAME|PATH
import * as Args from '@oclif/core/args';
import { QbuildCommand } from '../../qbuild-command.ts';

export default class ProductShow extends QbuildCommand {
  static override summary =
    'Print a product as composed from all layers, with the file and line of every value';

  static override args = {
    product: Args.string({ description: 'name of a product, or path of a product manifest', required: true }),
  };

  async run(): Promise<void> {
    const { args } = await this.parse(ProductShow);
    const { showProduct } = await import('../../build/products.ts');
    process.stdout.write(this.unwrap(await showProduct(process.cwd(), args.product)));
  }
}
